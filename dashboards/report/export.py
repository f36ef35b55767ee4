"""The inspector's export: a period in, one ZIP out: sums of days, alerts, decisions, limits and the log.

A manifest names each file's SHA-256; the audit log is whole, so its chain can be followed. docs/reports.md
tells what proves what.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from msgspec.structs import asdict

from dashboards.report.making import DayBook
from dashboards.report.plain import rows_csv
from dashboards.report.screening import VERDICTS, hour_by_hour, local_hour
from dashboards.report.tables import Cell
from dashboards.report.week import begins, campus_day
from dashboards.report.words import LANGUAGES, Words
from hub.store.audit import Entry
from hub.store.decisions import Decision
from hub.store.history_rows import SpaceDayRow
from hub.store.report_book import AlarmRow, InForce, ReportBook, Turn
from protocol.quantities import format_instant

MANIFEST, AUDIT = "manifest.json", "audit.jsonl"
#: The longest period, days.
LONGEST = 366
_FORMAT = "kuzet-export/1"
_TASKS = ("airing", "surfaces", "equipment", "air_disinfection")
_AT_ONCE = 500


class PeriodFault(ValueError):
    """No period that can be exported; the message says what to write."""


class AuditBook(Protocol):
    """Where the audit log is read: `AuditLog`."""

    def entries(self) -> Iterator[Entry]:
        """Every entry, oldest first."""


class DecisionBook(Protocol):
    """Where decisions are read: `Decisions`."""

    def since(self, last: int, limit: int = 500) -> list[Decision]:
        """The decisions after a number."""


class ExportSources(NamedTuple):
    """What an export is made from."""

    history: DayBook
    book: ReportBook
    audit: AuditBook
    decisions: DecisionBook


class Export(NamedTuple):
    """The file, and the SHA-256 of its manifest: noted elsewhere, it seals the whole."""

    name: str
    body: bytes
    manifest_sha256: str


def read_period(first: str, last: str, zone: ZoneInfo, now: datetime) -> tuple[date, date]:
    """The days from and to, both inclusive. Raises PeriodFault."""
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise PeriodFault(f"`{first[:20]}` to `{last[:20]}`: write days like 2026-11-16") from None
    if days[0] > days[1]:
        raise PeriodFault(f"the first day {first} is after the last day {last}")
    if days[1] > campus_day(now, zone):
        today = campus_day(now, zone)
        # Before 04:00 the calendar and the campus name two days.
        is_early = today < now.astimezone(zone).date()
        why = " (a campus day begins at 04:00)" if is_early else ""
        raise PeriodFault(f"the last day {last} has not begun: today is {today}{why}")
    if (days[1] - days[0]).days >= LONGEST:
        raise PeriodFault(f"a period is at most {LONGEST} days: export {first} to {last} in parts")
    return days


def make_export(sources: ExportSources, first: date, last: date, now: datetime) -> Export:
    """The ZIP of the campus days from the first to the last, both inclusive."""
    zone = sources.book.site().zone
    starts, ends = begins(first, zone), begins(last + timedelta(days=1), zone)
    until = min(ends, now)
    entries = list(sources.audit.entries())
    days = sources.history.days(first.isoformat(), last.isoformat())
    posts = hour_by_hour(sources.history.posts(first.isoformat(), last.isoformat()), zone)
    files = {
        "README.txt": _readme(first, last).encode(),
        "days.csv": rows_csv(_days(days)),
        "posts.csv": rows_csv(
            [
                ("day", "hour_local", "post", "door", "building", *VERDICTS),
                *(
                    (
                        *(row.day, local_hour(row, zone).isoformat(), row.post, row.door, row.building),
                        *(_number(said[verdict]) for verdict in VERDICTS),
                    )
                    for row, said in posts
                ),
            ]
        ),
        "alerts.csv": rows_csv(_structs(AlarmRow.__struct_fields__, sources.book.rows(starts, until))),
        "transitions.csv": rows_csv(_structs(Turn.__struct_fields__, sources.book.turns(starts, until))),
        "decisions.csv": rows_csv(_decisions(sources.decisions, starts, until)),
        "regime.csv": rows_csv(_regime(sources.book.in_force(starts, until))),
        "regime.json": _json([asdict(one) for one in sources.book.in_force(starts, until)]),
        "outages.csv": rows_csv(_outages(sources.history, starts, until)),
        AUDIT: "".join(json.dumps(entry._asdict(), ensure_ascii=False) + "\n" for entry in entries).encode(),
    }
    head = entries[-1] if entries else None
    manifest = _json(
        {
            "format": _FORMAT,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "timezone": str(zone),
            "made_at": format_instant(now),
            "is_open": now < ends + timedelta(hours=72),
            "audit_head": {"id": head.id if head else 0, "hash": head.hash if head else "0" * 64},
            "files": {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())},
        }
    )
    name = f"kuzet-export-{first.isoformat()}-{last.isoformat()}.zip"
    return Export(name, _zip({**files, MANIFEST: manifest}, now), hashlib.sha256(manifest).hexdigest())


def _days(rows: Iterable[SpaceDayRow]) -> Iterator[Sequence[Cell]]:
    plain = [name for name in SpaceDayRow.__struct_fields__ if name != "tasks"]
    counts = ("due", "done", "late", "extra", "lapsed", "minutes_late")
    yield (*plain, "completeness", *(f"{task}_{count}" for task in _TASKS for count in counts))
    for row in rows:
        tasks = [row.tasks.get(task) for task in _TASKS]
        yield (
            *(_plain(getattr(row, name)) for name in plain),
            round(row.completeness, 4),
            *(None if task is None else _plain(getattr(task, count)) for task in tasks for count in counts),
        )


def _decisions(book: DecisionBook, starts: datetime, ends: datetime) -> Iterator[Sequence[Cell]]:
    yield ("id", "at", "who", "kind", "subject", "detail")
    last = 0
    while found := book.since(last, _AT_ONCE):
        last = found[-1].id
        for one in found:
            if starts <= one.at < ends:
                yield one.id, format_instant(one.at), one.who, one.kind, one.subject, one.detail.decode()


def _regime(rows: Iterable[InForce]) -> Iterator[Sequence[Cell]]:
    yield ("since", "profile", "variant", "sha256")
    for one in rows:
        yield format_instant(one.since), one.profile, one.variant, one.sha256


def _outages(history: DayBook, starts: datetime, ends: datetime) -> Iterator[Sequence[Cell]]:
    """Where the hub was not awake: of these stretches nothing is known."""
    yield ("from", "to", "minutes")
    at_ms, ends_ms = round(starts.timestamp() * 1000), round(ends.timestamp() * 1000)
    for awake in history.awake(starts, ends):
        if awake.from_ms > at_ms:
            yield _stretch(at_ms, awake.from_ms)
        at_ms = awake.until_ms
    if at_ms < ends_ms:
        yield _stretch(at_ms, ends_ms)


def _stretch(from_ms: int, to_ms: int) -> Sequence[Cell]:
    return _instant(from_ms), _instant(to_ms), round((to_ms - from_ms) / 60_000, 1)


def _structs(names: Sequence[str], rows: Iterable[object]) -> Iterator[Sequence[Cell]]:
    yield names
    for row in rows:
        yield tuple(_plain(getattr(row, name)) for name in names)


def _plain(value: object) -> Cell:
    if isinstance(value, datetime):
        return format_instant(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)


def _number(said: str) -> Cell:
    return int(said) if said.isdecimal() else said


def _instant(at_ms: int) -> str:
    return format_instant(datetime.fromtimestamp(at_ms / 1000, UTC))


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()


def _readme(first: date, last: date) -> str:
    parts = (Words(language)("report.readme", first=first, last=last) for language in LANGUAGES)
    return "\n\n----\n\n".join(parts) + "\n"


def _zip(files: dict[str, bytes], now: datetime) -> bytes:
    body = io.BytesIO()
    # A ZIP knows no time zones: UTC.
    at = now.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, at), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()
