"""The audit log as a page: who did what, newest first, filtered; what its chain says when asked."""

from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from dashboards.access.audit_words import AuditWords
from dashboards.access.auditing import AuditView, view_entry
from dashboards.access.gate import overseeing
from dashboards.services import services
from dashboards.words.naming import as_code, names_now
from dashboards.words.wording import known_word, said
from hub.store.audit import Entry

blueprint = Blueprint("audit", __name__)
#: Entries of a page.
ROWS = 50
#: The filters, as the API calls them.
FILTERS = ("actor", "action", "subject")
#: What may be filtered for: of an action, everything below it.
KINDS = (
    *("alert", "task", "space", "silence", "drill", "shift", "sign_in", "sign_out", "account", "token"),
    *("campus", "door", "plan", "limits", "sign", "receiver", "report", "store"),
)


@blueprint.get("/audit")
@overseeing
def show() -> str:
    """One page of entries."""
    here, given = services(), request.args
    asked = {name: given.get(name, "").strip()[:120] for name in FILTERS}
    after = given.get("after", "")
    before = int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else None
    wanted = {**asked, "subject": names_now().id_of(asked["subject"])}
    found = here.audit.page(before, ROWS + 1, **wanted)
    rows = found[:ROWS]
    older = urlencode({**asked, "after": rows[-1].id}) if len(found) > ROWS else None
    # Following the whole chain takes about a second for 100,000 entries: only when it is asked for.
    is_checked = given.get("check") == "1"
    faults = here.audit.verify() if is_checked else []
    offset, words = _offset(), _words()
    return render_template(
        "audit.html",
        rows=[_row(one, words, offset) for one in rows],
        asked=asked,
        kinds=KINDS,
        older=older,
        is_checked=is_checked,
        fault=faults[0] if faults else None,
        count=here.audit.count() if is_checked else None,
        head=here.audit.head(),
        action_word=action_word,
    )


def action_word(action: str) -> str:
    """The action in the reader's language; one that has no word shows itself."""
    key = f"audit.action.{action}"
    return str(_(key)) if known_word(key) else as_code(action)


def _words() -> AuditWords:
    """The words of this page: names of the campus in force, alerts by where they are and what is wrong."""
    here = services()
    open_alerts = {one.id: one for one in here.picture().state(here.clock.now(), here.settings.build).alerts}

    def label(alert_id: str) -> str | None:
        found = open_alerts.get(alert_id) or here.alert_book.find(alert_id)
        return None if found is None else f"{found.label} · {said('rule', found.rule)}"

    return AuditWords(names_now(), label, _offset())


def _row(one: Entry, words: AuditWords, offset: timedelta) -> tuple[AuditView, str, str, str]:
    """The entry, its time on the campus's own clocks, what it is about, and its detail in one line."""
    view = view_entry(one)
    at = (one.at + offset).strftime("%d.%m.%Y %H:%M:%S")
    return view, at, words.subject(view), words.detail(view)


def _offset() -> timedelta:
    here = services()
    hub = here.picture().state(here.clock.now(), here.settings.build).hub
    return timedelta(minutes=0 if hub is None else hub.utc_offset_min)
