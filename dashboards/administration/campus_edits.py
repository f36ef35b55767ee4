"""Asks the hub to change the campus file and waits for its word; every edit and its outcome is audited."""

import re
import threading
from dataclasses import dataclass
from typing import Any

import msgspec

from dashboards.access.auditing import record
from dashboards.api.ordering import decide
from dashboards.services import services
from hub.store.campus_edits import CampusEdit, edit_name
from hub.store.campus_rows import EditFault, EditRow, LayoutRow, read_edit_row, read_layout_row
from hub.store.orders import EditCampus
from protocol.quantities import ID_PATTERN

#: All edits have one subject, so that they stand in one order and only a repeat of the newest is a repeat.
SUBJECT = "campus"
#: How often the board is asked for the hub's word, seconds.
LOOK_S = 0.05
#: Kazakh and Russian letters as an id spells them.
_LATIN = str.maketrans(
    {
        **dict(
            zip("абвгғдеёзийкқлмнңоөпрстуұүфхһцыіэъь", "abvggdeeziikqlmnnooprstuuufhhcyie  ", strict=True)
        ),
        **{"ж": "zh", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "yu", "я": "ya", "ә": "a", "ъ": "", "ь": ""},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an edit; no `row`: the hub has not answered yet."""

    decision: int
    row: EditRow | None

    @property
    def is_accepted(self) -> bool:
        """Whether the campus is as was asked."""
        return self.row is not None and self.row.accepted

    @property
    def faults(self) -> tuple[EditFault, ...]:
        """Why not; a hub that is silent is a fault too."""
        if self.row is None:
            return (EditFault(code="silent"),)
        return self.row.faults


def change_campus(*edits: CampusEdit) -> Outcome:
    """Order the edits, all or none, and wait until they are in force or refused."""
    here, order = services(), EditCampus(edits=edits)
    try:
        msgspec.convert(msgspec.to_builtins(order), EditCampus)
    except msgspec.ValidationError as error:
        # The hub could not read it, and would never answer.
        fault = EditFault(code="check", text=str(error))
        unread = EditRow(decision=0, at=here.clock.now(), by="", accepted=False, what=(), faults=(fault,))
        return Outcome(decision=0, row=unread)
    ordered = decide(order, SUBJECT)
    pause = threading.Event()
    row: EditRow | None = None
    for _ in range(int(here.settings.edit_wait_s / LOOK_S)):
        changes = here.board.read()
        row, layout = read_edit_row(changes, ordered.decision), read_layout_row(changes)
        is_in_force = layout is not None and layout.decision >= ordered.decision
        if row is not None and (is_in_force or not row.accepted):
            break
        pause.wait(LOOK_S)
    outcome = Outcome(decision=ordered.decision, row=row)
    what = "accepted" if outcome.is_accepted else "unanswered" if row is None else "refused"
    detail: dict[str, Any] = {"decision": ordered.decision, "edits": [edit_name(one) for one in edits[:20]]}
    if outcome.faults:
        detail["faults"] = [one.text or one.code for one in outcome.faults]
    record(f"campus.{what}", SUBJECT, detail)
    return outcome


def layout() -> LayoutRow | None:
    """The campus in force; None before a hub has written one."""
    return read_layout_row(services().board.read())


def id_from(words: str, taken: list[str], fallback: str) -> str:
    """An id nobody has, from what people call it: `А-204 зал` gives `a-204-zal`."""
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower().translate(_LATIN)).strip("-")[:40].strip("-") or fallback
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    assert re.fullmatch(ID_PATTERN, free)
    return free
