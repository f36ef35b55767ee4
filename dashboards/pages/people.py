"""The accounts, for administrators: add, change, disable, a code to print, and what was lost reset."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboards.access.auditing import record
from dashboards.access.gate import administering, is_administrator, overseeing, visitor
from dashboards.access.whence import absolute
from dashboards.duty.scanning import qr
from dashboards.services import services
from dashboards.words.naming import names_now
from hub.store.accounts import AccountError, Role, User

blueprint = Blueprint("people", __name__)
Answer = Response | tuple[str, int]


@blueprint.get("/people")
@overseeing
def show() -> str:
    """Everybody, and the form for somebody new."""
    return _page(saved=request.args.get("saved"))


@blueprint.post("/people")
@administering
def add() -> Answer:
    """A new account; its first code is shown to be printed."""
    given = request.form
    try:
        _require_buildings()
        made = services().accounts.add(
            given.get("name", ""),
            given.get("role", ""),
            buildings=given.getlist("building"),
            language=given.get("language") or None,
        )
    except AccountError as error:
        return _page(fault=error.code), 400
    record("account.add", made.name, {"role": made.role.value, "buildings": sorted(made.buildings)})
    return _code(made), 200


@blueprint.post("/people/second-step")
@administering
def need() -> Answer:
    """Whether administrators must have a second step."""
    needed = request.form.get("needed") == "yes"
    services().accounts.need_second_step(needed=needed)
    record("account.second_step.needed", detail={"needed": needed})
    return redirect(url_for("people.show", saved="need"), 303)


@blueprint.get("/people/<int:key>")
@overseeing
def open_one(key: int) -> Answer | str:
    """One account."""
    found = services().accounts.by_id(key)
    return _nobody() if found is None else _one(found, saved=request.args.get("saved"))


@blueprint.post("/people/<int:key>")
@administering
def change(key: int) -> Answer:
    """Another role, other buildings, another language."""
    accounts, given = services().accounts, request.form
    found = accounts.by_id(key)
    if found is None:
        return _nobody()
    try:
        _require_buildings()
        made = accounts.change(
            found.name,
            role=given.get("role", ""),
            buildings=given.getlist("building"),
            language=given.get("language") or None,
        )
    except AccountError as error:
        return _one(found, fault=error.code), 400
    record("account.change", made.name, {"role": made.role.value, "buildings": sorted(made.buildings)})
    return redirect(url_for("people.open_one", key=key, saved="1"), 303)


@blueprint.post("/people/<int:key>/<what>")
@administering
def do(key: int, what: str) -> Answer:
    """One of the buttons of an account."""
    accounts = services().accounts
    found = accounts.by_id(key)
    if found is None:
        return _nobody()
    try:
        if what == "code":
            page = _code(found), 200
            record("account.code", found.name)
            return page
        if what == "pin":
            accounts.pins.set(found.id, found.role, request.form.get("pin", ""))
        elif what == "disable":
            accounts.disable(found.name)
        elif what == "enable":
            accounts.enable(found.name)
        elif what == "reset-second-step":
            accounts.reset_second_step(found.name)
        elif what == "link":
            accounts.allow_link(found.name)
        elif what == "end-sittings":
            accounts.end_sittings(found.name)
        else:
            return _nobody()
    except AccountError as error:
        return _one(found, fault=error.code), 400
    record(f"account.{what}", found.name)
    return redirect(url_for("people.open_one", key=key, saved="1"), 303)


def _code(found: User) -> str:
    code = services().accounts.issue_one_time_code(found.name, found.role.value)
    link = absolute(url_for("sign_in.form", code=code))
    return render_template("people_code.html", one=found, code=code, link=link, qr=qr(link))


def buildings() -> list[str]:
    """The buildings of the campus, as the hub shows them."""
    here = services()
    state = here.picture().state(here.clock.now(), here.settings.build)
    return sorted({one.building for one in state.spaces})


def _require_buildings() -> None:
    known = buildings()
    strange = [one for one in request.form.getlist("building") if one not in known]
    if strange:
        raise AccountError("building", f"there is no building `{strange[0]}`")


def _nobody() -> tuple[str, int]:
    return _page(fault="nobody"), 404


def _page(*, fault: str | None = None, saved: str | None = None) -> str:
    accounts, asker = services().accounts, visitor()
    assert asker is not None
    return render_template(
        "people.html",
        everybody=accounts.list(),
        sittings=accounts.sittings.count(),
        buildings=buildings(),
        names=names_now(),
        roles=list(Role),
        is_needed=accounts.is_second_step_needed(),
        may_change=is_administrator(),
        fault=fault,
        saved=saved,
        given=request.form,
    )


def _one(found: User, *, fault: str | None = None, saved: str | None = None) -> str:
    asker = visitor()
    assert asker is not None
    given = request.form if fault else None
    return render_template(
        "people_one.html",
        one=found,
        role=given.get("role", "") if given and "role" in given else found.role.value,
        chosen=set(given.getlist("building")) if given and "role" in given else found.buildings,
        buildings=sorted({*buildings(), *found.buildings}),
        names=names_now(),
        roles=list(Role),
        sittings=services().accounts.sittings.count().get(found.id, 0),
        may_change=is_administrator(),
        is_self=found.id == asker.user.id,
        has_provider=services().settings.oidc is not None,
        fault=fault,
        saved=saved,
    )
