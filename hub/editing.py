"""Carries out edits of the campus file: whole or not at all, checked first, the old one kept, safe to repeat.

A crash between the file and the hub's commit brings the same decision again; what the last one made is
written down beside the file before it takes its place, so that it is not made twice.
"""

import hashlib
import logging
import os
import re
import shutil
import stat
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from hub.campus_file import EditRefused, edited
from hub.store.campus_edits import AddDoor, CampusEdit, ChangeDoor, ReverseDoor, edit_name
from hub.store.campus_rows import EditFault, EditRow
from hub.store.decisions import Decision
from protocol import keeping
from protocol.errors import ConfigError

log = logging.getLogger(__name__)
#: Files before the present one that are kept.
KEPT = 20
#: Faults and changes told of one edit.
MOST_TOLD = 10
_AT = re.compile(r"^\$\.(\w+)\[(\d+)\](?:\.(\w+))?")
_O = TypeVar("_O")


class _Done(Struct, frozen=True):
    """The edit that made the file with this hash."""

    book: str
    decision: int
    sha256: str


class CampusEditor(Generic[_O]):
    """One campus file and what changes it; `check` reads what a hub works by, or raises ConfigError.

    `shipped` is read while there is no file of our own yet.
    """

    def __init__(self, path: Path, shipped: Path | None, check: Callable[[Path], _O]) -> None:
        self.path = path
        self._shipped = shipped
        self._check = check
        self._made: _O | None = None

    @property
    def is_demonstration(self) -> bool:
        """Whether nothing was ever changed: the shipped file is in force."""
        return not self.path.exists()

    def take_made(self) -> _O | None:
        """What the last accepted edits made, once: the hub has to work by it now."""
        made, self._made = self._made, None
        return made

    def carry_out(self, decision: Decision, edits: Sequence[CampusEdit], book: str) -> EditRow:
        """Make the edits, or refuse them all with their faults."""
        faults: list[EditFault] = []
        try:
            if self._is_done(decision, book):
                self._made = self._check(self.path)
            else:
                self._make(decision, edits, book)
        except EditRefused as refused:
            faults = [refused.fault]
        except ConfigError as error:
            faults = [EditFault(code="check", text=fault) for fault in error.faults]
        except _Faulty as faulty:
            faults = faulty.faults
        except OSError as error:
            text = (
                f"{self.path} cannot be written: {error.strerror or error}; see that the hub may write there"
            )
            faults = [EditFault(code="disk", text=text)]
        for fault in faults:
            log.warning("campus=refused decision=%s why=%s", decision.id, fault.text)
        if not faults:
            log.info("campus=changed decision=%s edits=%s", decision.id, len(edits))
        what = tuple(f"{edit_name(one)} {getattr(one, 'id', '')}".strip() for one in edits[:MOST_TOLD])
        return EditRow(
            decision=decision.id,
            at=decision.at,
            by=decision.who,
            accepted=not faults,
            what=what,
            faults=tuple(faults[:MOST_TOLD]),
        )

    def _make(self, decision: Decision, edits: Sequence[CampusEdit], book: str) -> None:
        source = self.path if self.path.exists() or self._shipped is None else self._shipped
        text = edited(source.read_text(encoding="utf-8-sig"), edits)
        if source != self.path:
            _bring_timetables(text, source.parent, self.path.parent)
        new = self.path.with_name(self.path.name + ".new")
        _write(new, text.encode())
        try:
            made = self._check(new)
        except ConfigError as error:
            new.unlink()
            raise _Faulty(_told(error.faults, f"{new}: ", text, edits)) from None
        if self.path.exists():
            shutil.copymode(self.path, new)
            self._keep()
        done = _Done(book, decision.id, hashlib.sha256(text.encode()).hexdigest())
        keeping.write(self._note, msgspec.json.encode(done), keeping.OPEN)
        new.replace(self.path)
        keeping.sync_folder(self.path.parent)
        self._made = made

    def _is_done(self, decision: Decision, book: str) -> bool:
        """Whether the present file is what this very decision made: we died before we could say so."""
        try:
            done = msgspec.json.decode(self._note.read_bytes(), type=_Done)
            present = hashlib.sha256(self.path.read_bytes()).hexdigest()
        except (OSError, msgspec.MsgspecError):
            return False
        return (done.book, done.decision, done.sha256) == (book, decision.id, present)

    @property
    def _note(self) -> Path:
        return self.path.with_name(self.path.name + ".done")

    def _keep(self) -> None:
        """The present file under the next number; the oldest go."""
        numbered = sorted(_numbered(self.path))
        present = self.path.read_bytes()
        if numbered and numbered[-1][1].read_bytes() == present:
            return
        last = numbered[-1][0] if numbered else 0
        mode = stat.S_IMODE(self.path.stat().st_mode)
        keeping.write(self.path.with_name(f"{self.path.name}.{last + 1}"), present, mode)
        for _, old in numbered[: max(0, len(numbered) + 1 - KEPT)]:
            old.unlink()


class _Faulty(Exception):
    """The file as it would be does not hang together."""

    def __init__(self, faults: list[EditFault]) -> None:
        super().__init__(str(faults))
        self.faults = faults


def doors_of(edits: Sequence[CampusEdit]) -> list[str]:
    """The doors that were added or turned: somebody is about to walk through them."""
    return [one.id for one in edits if isinstance(one, AddDoor | ChangeDoor | ReverseDoor)]


def _told(faults: Sequence[str], prefix: str, text: str, edits: Sequence[CampusEdit]) -> list[EditFault]:
    """The check's faults, each at the edit and field that caused it, where one did."""
    tables = tomllib.loads(text)
    numbers = {getattr(edit, "id", ""): number for number, edit in enumerate(edits)}
    told = []
    for fault in faults:
        words, number, field = fault.removeprefix(prefix), 0, ""
        found = _AT.match(words)
        if found is not None:
            row = tables[found[1]][int(found[2])]
            number = numbers.get(row.get("id") if isinstance(row, dict) else None, -1)
            field = (found[3] or "") if number >= 0 else ""
        told.append(EditFault(code="check", edit=max(number, 0), field=field, text=words))
    return told


def _bring_timetables(text: str, source: Path, target: Path) -> None:
    """Timetables lie beside the campus file: they come along when it moves."""
    for name in tomllib.loads(text).get("timetables", ()):
        there = target / name
        if not there.exists() and (source / name).is_file():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, there)


def _numbered(path: Path) -> list[tuple[int, Path]]:
    others = path.parent.glob(f"{path.name}.*")
    return [(int(one.suffix[1:]), one) for one in others if one.suffix[1:].isdecimal()]


def _write(path: Path, body: bytes) -> None:
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
