"""Weeks that a hub remembers, made by hand: rooms, posts, alerts and limits of 2026-W47."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Engine

from dashboards.report.week import Week, begins
from hub.alerts.alert import Alert, Change
from hub.store.history_rows import PostHour, SpaceDayRow, TaskDay
from hub.store.history_writer import HistoryWriter
from hub.store.schema import alert, in_force, transition
from protocol.messages import AlertState

ZONE = ZoneInfo("Asia/Almaty")
W47 = Week(2026, 47)
PROFILE = Path(__file__).parents[3] / "deploy/regime/kz-2020-order-345-381.toml"
DAY_MIN = 1440.0


def ms(at: datetime) -> int:
    """Milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def a_day(day: date, space: str = "a-204", *, unknown: float = 0.0, **fields: Any) -> SpaceDayRow:
    """A whole day of a room in which nothing happened."""
    row = SpaceDayRow(
        day=day.isoformat(),
        space=space,
        code=space.upper(),
        building=space.partition("-")[0],
        kind="classroom",
        starts_ms=ms(begins(day, ZONE)),
        ends_ms=ms(begins(day + timedelta(days=1), ZONE)),
        minutes=DAY_MIN,
        minutes_watched=DAY_MIN,
        minutes_unknown=unknown,
        is_final=True,
    )
    return msgspec.structs.replace(row, **fields)


def a_week(space: str = "a-204", week: Week = W47, **fields: Any) -> list[SpaceDayRow]:
    """Seven such days."""
    return [a_day(day, space, **fields) for day in week.days]


def busy_week(rooms: int = 60, week: Week = W47, worse: int = 0) -> list[SpaceDayRow]:
    """A campus of so many rooms: some too full, some aired late, one hardly seen."""
    rows: list[SpaceDayRow] = []
    for number in range(rooms):
        space = f"{'ab'[number % 2]}-{100 + number}"
        for place, day in enumerate(week.days):
            over = 7.5 if number == 3 and place < 2 + worse else 0.0
            tasks = {
                "airing": TaskDay(
                    due=4, done=4 - (number % 7 == 1), late=int(number % 7 == 1), minutes_late=3.0
                ),
                "surfaces": TaskDay(due=2, done=2),
            }
            rows.append(
                a_day(
                    day,
                    space,
                    unknown=400.0 if number == 5 else 4.0,
                    minutes_over=over,
                    times_over=2 if over else 0,
                    worst_excess=3 if over else 0,
                    tasks=tasks if number % 3 else {},
                    minutes_corrected=12.0 if number == 8 and place == 1 else 0.0,
                )
            )
    return rows


def screenings(week: Week = W47) -> list[PostHour]:
    """Mornings at two doors."""
    rows: list[PostHour] = []
    for day in week.days[:5]:
        for hour in (7, 8, 9):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)
            for door in ("entrance-a", "entrance-b"):
                rows.append(
                    PostHour(
                        post=f"post-{door}",
                        door=door,
                        building=door[-1],
                        hour=ms(at) // 3_600_000,
                        day=day.isoformat(),
                        verdicts={
                            "pass": 120 + hour,
                            "repeat": 3,
                            "elevated": int(hour == 8),
                            "no_reading": 1,
                        },
                    )
                )
    return rows


def remember(engine: Engine, rows: list[SpaceDayRow], posts: list[PostHour] | None = None) -> None:
    """Write days and screenings, and that the hub was awake through them."""
    writer = HistoryWriter(engine)
    with engine.begin() as connection:
        writer.write_days(connection, rows)
        writer.write_posts(connection, posts or [])
        starts = min(row.starts_ms for row in rows)
        writer.write_awake(connection, starts, max(row.ends_ms for row in rows))


def put_in_force(engine: Engine, since: datetime) -> None:
    """The profile of the order."""
    tables = tomllib.loads(PROFILE.read_text(encoding="utf-8"))
    with engine.begin() as connection:
        row = {
            "since_ms": ms(since),
            "profile": "kz-2020-order-345-381",
            "variant": None,
            "sha256": "ab" * 32,
        }
        connection.execute(in_force.insert().values(**row, body=msgspec.json.encode(tables)))


def sound(
    engine: Engine, key: str, at: datetime, *, acked_after_s: float | None = 40.0, label: str = "A-204"
) -> None:
    """An alarm that fired, was taken, and is over."""
    acked = None if acked_after_s is None else at + timedelta(seconds=acked_after_s)
    one = Alert(
        id=key,
        rule="over-capacity",
        subject=key,
        label=label,
        priority=1,
        space=label.lower(),
        node=None,
        state=AlertState.RESOLVED,
        since=at,
        found_at=at,
        fired_at=at,
        resolved_at=at + timedelta(minutes=2),
        acked_by=None if acked is None else "Әсет",
        acked_at=acked,
        closed_at=at + timedelta(minutes=3),
        clause="§71",
    )
    turns: list[tuple[datetime, Change, str | None]] = [(at, Change.FIRED, None)]
    if acked is not None:
        turns.append((acked, Change.ACKED, "Әсет"))
    with engine.begin() as connection:
        values = {"id": key, "rule": one.rule, "subject": key, "state": "resolved", "since": at}
        connection.execute(
            alert.insert().values(**values, closed_at=one.closed_at, body=msgspec.json.encode(one))
        )
        for when, change, by in turns:
            connection.execute(
                transition.insert().values(alert=key, at=when.astimezone(UTC), change=change.value, by=by)
            )


def whole_campus(engine: Engine, rooms: int = 60) -> None:
    """W46 and W47 of a campus, with everything a report tells."""
    remember(engine, busy_week(rooms, W47.before(), worse=1), screenings(W47.before()))
    remember(engine, busy_week(rooms), screenings())
    put_in_force(engine, W47.before().starts(ZONE))
    for number in range(6):
        sound(
            engine,
            f"alarm-{number}",
            W47.starts(ZONE) + timedelta(hours=5 + number),
            label=f"A-20{number % 2}",
        )
    sound(engine, "alarm-9", W47.starts(ZONE) + timedelta(hours=20), acked_after_s=None)
