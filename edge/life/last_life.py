"""How the node's last life ended, from a small file beside the outbox; written while this life goes on.

The file is there as long as the node lives, and is taken away when it ends because it was asked to. Whoever
finds it at the start knows that the last life ended otherwise, and in it why, as far as anybody could say.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import msgspec

from edge.kept import replace_file
from edge.life.progress import Stuck

log = logging.getLogger(__name__)

#: The component that the node's fault events name.
WATCHDOG = "watchdog"
#: The kernel's name for the time since it was started, below the root.
BOOT_ID = "proc/sys/kernel/random/boot_id"
_DETAIL_MAX = 200


class Code(Enum):
    """Why a node was started again, as its `fault` event says."""

    #: A part of it had stopped moving, and the watchdog ended it.
    STUCK = "stuck"
    #: It ended by itself or was killed: a fault of ours, or no memory.
    KILLED = "killed"
    #: The machine was started again without asking the node first: a power cut, or its own watchdog.
    POWER = "power"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the last life ended."""

    code: Code
    #: For people, at most 200 characters.
    detail: str
    #: The part that was stuck; empty where none was.
    part: str = ""
    #: How many lives in a row ended with that part stuck, none but the first having seen it move.
    in_a_row: int = 0


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    #: The kernel's boot id during that life.
    boot: str
    stuck: str = ""
    part: str = ""
    in_a_row: int = 0


class LastLife:
    """The file of this life and the last. Never raises: a disk that refuses must not end the node."""

    def __init__(self, outbox: Path, root: Path) -> None:
        """`root` is `/` but in tests."""
        self._path = outbox.with_name(outbox.name + ".life")
        self._boot = _read_boot(root)
        self._before: Ending | None = None
        self._told = ""
        self._has_begun = False

    def begin(self) -> Ending | None:
        """Begin this life; how the last one ended, or None when it was asked to, or was the first.

        To be called by whoever has the outbox open, and so owns the file beside it.
        """
        self._before, self._has_begun = self._read(), True
        if self._before is not None:
            log.warning("last-life=%s why=%s", self._before.code.value, self._before.detail)
        self._write(_Record(boot=self._boot))
        return self._before

    def stuck(self, stuck: Stuck) -> None:
        """Keep which part does not move, in case this life ends of it. Written once a part."""
        if self._told == stuck.part:
            return
        self._told = stuck.part
        before = self._before
        in_vain = before is not None and before.part == stuck.part and not stuck.has_moved
        in_a_row = before.in_a_row + 1 if before is not None and in_vain else 1
        self._write(
            _Record(boot=self._boot, stuck=str(stuck)[:_DETAIL_MAX], part=stuck.part, in_a_row=in_a_row)
        )

    def moved(self) -> None:
        """Whatever was stuck moves again."""
        if self._told:
            self._told = ""
            self._write(_Record(boot=self._boot))

    def end(self) -> None:
        """End this life because it was asked to, or because it could not begin what it is for."""
        if not self._has_begun:
            # The file is somebody else's: another node has the outbox open.
            return
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _read(self) -> Ending | None:
        try:
            record = msgspec.json.decode(self._path.read_bytes(), type=_Record)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            detail = f"ended without saying why, and its note is damaged: {error}"
            return Ending(code=Code.KILLED, detail=detail[:_DETAIL_MAX])
        if record.part:
            return Ending(
                code=Code.STUCK, detail=record.stuck, part=record.part, in_a_row=max(record.in_a_row, 1)
            )
        if record.boot != self._boot:
            return Ending(code=Code.POWER, detail="the machine started again without stopping the node first")
        return Ending(code=Code.KILLED, detail="ended without being asked: crashed, killed, or out of memory")

    def _write(self, record: _Record) -> None:
        try:
            replace_file(self._path, msgspec.json.encode(record))
        except OSError as error:
            log.warning("life=not-kept path=%s why=%s", self._path, error)


def _read_boot(root: Path) -> str:
    try:
        return (root / BOOT_ID).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
