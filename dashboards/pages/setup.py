"""The first minutes: language and password, the campus's name, a demonstration or a campus of one's own."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboards.access.auditing import record
from dashboards.access.gate import ADMINISTERING, acting, administering, browser, reading, remember, visitor
from dashboards.access.whence import address
from dashboards.administration.campus_edits import change_campus
from dashboards.administration.campus_forms import Reading
from dashboards.pages.campus import ZONES, asked, there
from dashboards.services import services
from hub.store.accounts import AccountError, Throttled
from hub.store.campus_edits import SetCampus, StartEmpty
from hub.store.campus_rows import EditFault

blueprint = Blueprint("setup", __name__)
#: The steps, in order; each is kept, so leaving is safe.
STEPS = ("password", "campus", "begin")
Answer = Response | str | tuple[str, int]


def show() -> str:
    """The step asked for, else the first that is not done."""
    asker = visitor()
    assert asker is not None
    step = request.args.get("step", "")
    if step not in STEPS:
        step = STEPS[1] if asker.user.has_password else STEPS[0]
    return _page(step)


def set_password() -> Answer:
    """The administrator's own password; every other sitting of the account ends."""
    asker = visitor()
    assert asker is not None
    new, accounts = request.form.get("new", ""), services().accounts
    if new != request.form.get("again", ""):
        return _page("password", wrong={"again": "differ"}), 422
    try:
        accounts.set_password(asker, new, request.form.get("current"), address())
    except AccountError as error:
        field = "current" if error.code == "wrong" else "new"
        return _page("password", wrong={field: error.code}), 422
    except Throttled:
        return _page("password", wrong={"current": "slow"}), 429
    record("account.password", asker.user.name)
    again = accounts.sit_down_again(asker, browser())
    return remember(redirect(url_for("setup.show", step="campus"), 303), again.token, again.browser)


def set_campus() -> Answer:
    """What the campus is called and which clock it keeps."""
    campus, read = there(), Reading(request.form)
    names = read.names("name_", "")
    if names.kk == "–":
        read.faults["name_kk"] = "needed"
    zone = read.choice("timezone", [*ZONES, campus.timezone])
    faults: list[EditFault] = []
    if not read.faults:
        outcome = change_campus(SetCampus(names=names, timezone=zone))
        faults = asked(outcome.faults)
    if read.faults or faults:
        return _page("campus", read, read.faults, faults), 422
    return redirect(url_for("setup.show", step="begin"), 303)


def begin() -> Answer:
    """With the demonstration as it is, or with nothing and a first door."""
    if request.form.get("with") != "empty":
        return redirect(url_for("board.show"), 303)
    campus = there()
    if not campus.spaces:
        return redirect(url_for("new_door.show"), 303)
    if request.form.get("sure") != "1":
        return _page("begin", wrong={"sure": "sure"}), 422
    outcome = change_campus(StartEmpty())
    if not outcome.is_accepted:
        return _page("begin", faults=asked(outcome.faults)), 422
    return redirect(url_for("new_door.show"), 303)


blueprint.add_url_rule("/setup", "show", reading(show, ADMINISTERING))
# One's own: an administrator kept to a building may, too.
blueprint.add_url_rule("/setup/password", "password", acting(set_password, ADMINISTERING), methods=["POST"])
for _rule, _change in (("campus", set_campus), ("begin", begin)):
    blueprint.add_url_rule(f"/setup/{_rule}", _rule, administering(_change), methods=["POST"])


def _page(
    step: str,
    read: Reading | None = None,
    wrong: dict[str, str] | None = None,
    faults: list[EditFault] | None = None,
) -> str:
    asker = visitor()
    assert asker is not None
    return render_template(
        "setup.html",
        step=step,
        steps=STEPS,
        campus=there(),
        zones=ZONES,
        typed=read.form if read else {},
        wrong=wrong or {},
        faults=faults or [],
        asks_current=asker.user.has_password and not asker.by_code,
        account=asker.user.name,
    )
