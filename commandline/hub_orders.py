"""What a hub works by, read from its files: campus, regime, timetables, receivers; every fault at once."""

from pathlib import Path
from zoneinfo import ZoneInfo

from hub.courier.config import read_receivers
from hub.engine import Orders
from hub.layout import Layout, read_layout
from hub.regime.reading import read_regime
from hub.regime.schedule import Regime
from hub.rules import CHECKS
from hub.timetable.lesson_book import LessonBook
from hub.timetable.reading import Timetable, read_timetable
from protocol.config import did_you_mean
from protocol.errors import ConfigError


def read_orders(campus: Path, regime: Path, receivers: Path | None = None) -> Orders:
    """Raises ConfigError with the faults of every file."""
    layout = read_layout(campus)
    faults: list[str] = []
    found = _read_regime(regime, layout, campus, faults)
    book = _read_book(layout, campus, faults)
    known = _read_receivers(receivers, layout, campus, faults)
    if found is None or faults:
        raise ConfigError(faults)
    return Orders(layout=layout, regime=found, lesson_book=book, receivers=known)


def _read_regime(folder: Path, layout: Layout, campus: Path, faults: list[str]) -> Regime | None:
    try:
        return read_regime(folder, layout, tuple(CHECKS), campus_file=campus)
    except ConfigError as error:
        faults += error.faults
        return None


def _read_book(layout: Layout, campus: Path, faults: list[str]) -> LessonBook:
    timetables: list[Timetable] = []
    for name in layout.timetables:
        try:
            timetables.append(read_timetable(campus.parent / name, ZoneInfo(layout.timezone)))
        except ConfigError as error:
            faults += error.faults
    return LessonBook(layout, timetables)


def _read_receivers(
    path: Path | None, layout: Layout, campus: Path, faults: list[str]
) -> frozenset[str] | None:
    """The receivers there are; without a file nobody is told anywhere but on the board."""
    if path is None:
        return None
    try:
        known = sorted(read_receivers(path).posts)
    except ConfigError as error:
        faults += error.faults
        return frozenset()
    faults += [
        f"{campus}: $.duties[{i}].receivers: there is no `{name}` in {path}{did_you_mean(name, known)}"
        for i, duty in enumerate(layout.duties)
        for name in duty.receivers
        if name not in known
    ]
    return frozenset(known)
