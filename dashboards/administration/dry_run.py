"""What limits would have given last week: `kuzet replay` of the hub's journal, only read, in a process."""

import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from dashboards.files import Files
from hub.campus_file import edited
from hub.store.campus_edits import CampusEdit

KIND = "dry-run"
#: A week of a busy campus takes well under a minute; then something is wrong.
DEADLINE_S = 300.0
#: How much of the journal's end is judged.
LAST = "7d"


class Load(Struct, frozen=True, kw_only=True):
    """What one guard was, or would have been, asked to look at."""

    alarms: int
    per_hour_max: int
    per_hour_mean: float
    flood_share: float


class GuardLoad(Struct, frozen=True, kw_only=True):
    """On the guard's board, whoever was called."""

    board: Load


class Both(Struct, frozen=True, kw_only=True):
    """How many were, and how many would have been."""

    was: int
    would: int


class Totals(Struct, frozen=True, kw_only=True):
    """Alerts of each rule."""

    was: int
    would: int
    rules: dict[str, Both]


class Loads(Struct, frozen=True, kw_only=True):
    """By guard."""

    was: dict[str, GuardLoad]
    would: dict[str, GuardLoad]


class Answer(Struct, frozen=True, kw_only=True):
    """What `kuzet replay --json` prints of a journal, as far as the page needs it."""

    begins: str = msgspec.field(name="from")
    ends: str = msgspec.field(name="to")
    totals: Totals
    load: Loads
    entries: int
    notes: tuple[str, ...] = ()

    def per_hour(self, side: str) -> float:
        """Alarms an hour of the guard who has or would have most."""
        loads: dict[str, GuardLoad] = getattr(self.load, side)
        return max((one.board.per_hour_mean for one in loads.values()), default=0.0)


def command(
    files: Files, edits: Iterable[CampusEdit], profile: str = "", variant: str = ""
) -> Callable[[Path], list[str]]:
    """What to run in a job's folder: the journal under the edited campus, or under another profile.

    It raises EditRefused where the edits cannot be made, and OSError where a file cannot be read.
    """

    def build(folder: Path) -> list[str]:
        campus = files.campus_in_use
        if campus is None:
            raise FileNotFoundError(files.campus[0])
        proposed = folder / "campus.toml"
        text = edited(campus.read_text(encoding="utf-8-sig"), tuple(edits))
        proposed.write_text(text, encoding="utf-8")
        _bring_timetables(text, campus.parent, folder)
        words = [sys.executable, "-m", "kuzet", "replay", str(files.data), "--json", "--progress"]
        words += ["--last", LAST, "--campus", str(proposed), "--regime", str(files.regime)]
        words += ["--profile", profile] if profile else []
        return words + (["--variant", variant] if variant else [])

    return build


def read_answer(body: bytes) -> Answer | None:
    """What it printed; None: it printed something else."""
    try:
        return msgspec.json.decode(body, type=Answer)
    except msgspec.DecodeError:
        return None


def _bring_timetables(text: str, source: Path, folder: Path) -> None:
    """Timetables lie beside the campus file: links to them lie beside the proposed one."""
    for name in tomllib.loads(text).get("timetables", ()):
        link = folder / name
        if link.resolve().is_relative_to(folder.resolve()):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to((source / name).resolve())
