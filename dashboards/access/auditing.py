"""Puts into the audit log who is asking and what they did; a decision and its entry are one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from flask import current_app
from msgspec import Struct

from dashboards.access.bursts import Bursts
from dashboards.access.gate import visitor
from dashboards.services import services
from hub.store.audit import Entry, Transaction
from hub.store.decisions import Decision

#: The entry's action, by a decision's kind; a treatment's says what was done.
_ACTIONS = {
    "ack": "alert.ack",
    "shelve": "alert.shelve",
    "silence": "silence.add",
    "unsilence": "silence.end",
    "recount": "space.recount",
    "hold": "space.hold",
    "drill": "drill.start",
    "shift": "shift.sign",
    "listen": "door.listen",
    "restored": "store.restored",
    "restored-read": "store.read",
}


class AuditView(Struct, frozen=True, kw_only=True):
    """An entry of the audit log."""

    id: int
    at: datetime
    who: str
    #: The account's number and its role then; null and empty where nobody was signed in.
    account: int | None
    role: str
    action: str
    subject: str
    detail: dict[str, Any]
    #: SHA-256 of the entry before, and of this one.
    prev_hash: str
    hash: str


def view_entry(one: Entry) -> AuditView:
    """The entry with its detail as an object."""
    return AuditView(
        id=one.id,
        at=one.at,
        who=one.who,
        account=one.account,
        role=one.role,
        action=one.action,
        subject=one.subject,
        detail=msgspec.json.decode(one.detail),
        prev_hash=one.prev_hash,
        hash=one.hash,
    )


def record(
    action: str, subject: str = "", detail: dict[str, Any] | None = None, *, who: str | None = None
) -> Entry:
    """Note what whoever is asking did; `who` is read where nobody is signed in, as by a failed sign-in."""
    asker = visitor()
    if asker is None:
        return services().audit.add(who or "-", "", action, subject, detail)
    user = asker.user
    return services().audit.add(asker.shown_name, user.role.value, action, subject, detail, account=user.id)


def record_throttled(who: str | None, way: str) -> None:
    """Note that somebody who tries to sign in is made to wait: once for all tries of an hour."""
    here = services()
    bursts: Bursts = current_app.extensions.setdefault("kuzet-bursts", Bursts())
    if bursts.is_new(f"{way} {who or '-'}", here.clock.now()):
        record("sign_in.throttled", who or "", {"way": way}, who=who)


def beside_decision() -> Callable[[Transaction, Decision], None]:
    """What `Decisions.add` calls in its transaction for a decision that is new."""
    asker, log = visitor(), services().audit
    assert asker is not None

    def note(connection: Transaction, made: Decision) -> None:
        detail = msgspec.json.decode(made.detail, type=dict[str, Any]) if made.detail else {}
        # The tag of the order: the action says it.
        detail.pop("type", None)
        log.add(
            made.who,
            asker.user.role.value,
            _action(made.kind, detail),
            made.subject,
            {**detail, "decision": made.id},
            account=asker.user.id,
            connection=connection,
        )

    return note


def _action(kind: str, detail: dict[str, Any]) -> str:
    if kind == "task":
        return f"task.{detail['action']}"
    return _ACTIONS.get(kind, kind)
