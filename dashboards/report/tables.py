"""A report in, its tables out: the rows that HTML, PDF, workbook and CSV all show. Pure but for the words.

A cell is text, a whole number, a number, a share 0-1 for a column of percentages, or None for nothing.
"""

from math import ceil
from typing import Literal, NamedTuple

from dashboards.report.facts import ENOUGH, Share, WeekFacts, change
from dashboards.report.limits import LimitLine, Period
from dashboards.report.making import Report
from dashboards.report.screening import VERDICTS
from dashboards.report.words import Words

Cell = str | int | float | None
Kind = Literal["text", "int", "number", "percent"]


class Column(NamedTuple):
    """A column and what its cells are; a word may stand where a figure cannot be told."""

    title: str
    kind: Kind = "text"


class Table(NamedTuple):
    """One table. `key` names it in files and never changes with the language."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    #: How to read it, or why it is empty.
    note: str = ""


def tables_of(report: Report, say: Words) -> tuple[Table, ...]:
    """Every table of the report, in order."""
    return (
        _summary(report, say),
        _rooms(report, say),
        _alarms(report, say),
        _sources(report, say),
        _screening(report, say),
        _limits(report, say),
        _about(report, say),
    )


def whole_minutes(minutes: float) -> int:
    """Minutes rounded up: the shortest breach is one."""
    return ceil(round(minutes, 6))


def told(share: Share, say: Words) -> Cell:
    """The share, a word where too little is known, None where nothing was asked for."""
    if not share.asked:
        return None
    return say("report.insufficient") if share.value is None else round(share.value, 4)


def counted(value: int, completeness: float, say: Words) -> Cell:
    """How many were seen; that none were says something only where enough is known."""
    return value if value or completeness >= ENOUGH else say("report.insufficient")


def _summary(report: Report, say: Words) -> Table:
    now, before = report.facts, report.before
    known = now.completeness
    counts = (
        ("report.over_times", now.times_over, before.times_over),
        ("report.over_minutes", whole_minutes(now.minutes_over), whole_minutes(before.minutes_over)),
    )
    rows: list[tuple[Cell, ...]] = [
        _share_row("report.kept", now.kept, before.kept, now, say),
        *(
            (say(key), counted(value, known, say), None, None, _more(value, earlier, report), _known(now))
            for key, value, earlier in counts
        ),
        _share_row("report.airing", now.airing, before.airing, now, say),
        _share_row("report.disinfection", now.disinfection, before.disinfection, now, say),
    ]
    columns = (
        Column(say("report.figure")),
        Column(say("report.count"), "int"),
        Column(say("report.of"), "int"),
        Column(say("report.share"), "percent"),
        Column(say("report.change"), "number"),
        Column(say("report.completeness"), "percent"),
    )
    note = "" if now.completeness >= ENOUGH else say("report.insufficient_note")
    return Table("summary", say("report.summary"), columns, tuple(rows), note)


def _more(value: int, earlier: int, report: Report) -> Cell:
    """The difference to the week before, where both are known."""
    known = min(report.facts.completeness, report.before.completeness) >= ENOUGH
    return value - earlier if known and report.before.rooms else None


def _share_row(key: str, now: Share, before: Share, facts: WeekFacts, say: Words) -> tuple[Cell, ...]:
    points = change(now, before)
    return (
        say(key),
        now.done,
        now.asked,
        told(now, say),
        None if points is None else round(points, 1),
        _known(facts),
    )


def _known(facts: WeekFacts) -> float:
    # Cut, not rounded: what is not whole is never shown as whole.
    return int(facts.completeness * 1000) / 1000


def _rooms(report: Report, say: Words) -> Table:
    rooms = report.facts.rooms
    columns = (
        Column(say("report.room")),
        Column(say("report.building")),
        Column(say("report.room_over"), "int"),
        Column(say("report.room_times"), "int"),
        Column(say("report.room_airing"), "percent"),
        Column(say("report.room_disinfection"), "percent"),
        Column(say("report.room_late"), "int"),
        Column(say("report.room_unknown"), "int"),
        Column(say("report.completeness"), "percent"),
    )
    rows = tuple(
        (
            one.code,
            report.site.building(one.building, say.language),
            counted(whole_minutes(one.minutes_over), one.completeness, say),
            counted(one.times_over, one.completeness, say),
            told(one.airing, say),
            told(one.disinfection, say),
            whole_minutes(one.minutes_late),
            whole_minutes(one.minutes_unknown),
            int(one.completeness * 1000) / 1000,
        )
        for one in rooms
    )
    return Table(
        "rooms", say("report.rooms"), columns, rows, say("report.rooms_note" if rows else "report.no_rooms")
    )


def _alarms(report: Report, say: Words) -> Table:
    alarms = report.alarms
    rows: tuple[tuple[Cell, ...], ...] = (
        (say("report.alarms_count"), alarms.count),
        (say("report.alarms_hours"), round(alarms.hours, 1)),
        (say("report.alarms_per_hour"), None if alarms.per_hour is None else round(alarms.per_hour, 2)),
        (say("report.alarms_acked"), alarms.acked),
        (say("report.alarms_median"), None if alarms.median_ack_s is None else round(alarms.median_ack_s)),
        (say("report.alarms_chattering"), alarms.chattered),
        (say("report.alarms_flood"), round(alarms.flood_share * 100, 1)),
    )
    columns = (Column(say("report.figure")), Column(say("report.value"), "number"))
    return Table("alarms", say("report.alarms"), columns, rows, say("report.alarms_note"))


def _sources(report: Report, say: Words) -> Table:
    rows = tuple((say.code("rule", one.rule), one.label, one.count) for one in report.alarms.sources)
    columns = (
        Column(say("report.source_rule")),
        Column(say("report.source_place")),
        Column(say("report.count"), "int"),
    )
    return Table("sources", say("report.sources"), columns, rows, "" if rows else say("report.no_alarms"))


def _screening(report: Report, say: Words) -> Table:
    columns = (
        Column(say("report.building")),
        Column(say("report.door")),
        Column(say("report.hour")),
        *(Column(say(f"report.verdict.{verdict}"), "int") for verdict in VERDICTS),
    )
    rows = tuple(
        (
            report.site.building(one.building or "", say.language),
            one.door,
            f"{one.hour:02d}:00",
            *(_number(one.counts[verdict]) for verdict in VERDICTS),
        )
        for one in report.screening
    )
    note = say("report.screening_note" if rows else "report.no_screening")
    return Table("screening", say("report.screening"), columns, rows, note)


def _number(said: str) -> Cell:
    """A count that may be told is a number again."""
    return int(said) if said.isdecimal() else said


def _limits(report: Report, say: Words) -> Table:
    columns = (
        Column(say("report.since")),
        Column(say("report.profile")),
        Column(say("report.limit")),
        Column(say("report.limit_values")),
        Column(say("report.clause")),
    )
    rows: list[tuple[Cell, ...]] = []
    last: set[LimitLine] | None = None
    for period in report.limits:
        since, profile = say.instant(period.since, report.site.zone), _profile(period)
        # The first stands whole, each later one with what it changed.
        lines = [line for line in period.lines if last is None or line not in last]
        rows += [(since, profile, line.limit, line.values, line.clause) for line in lines]
        if not lines:
            rows.append((since, profile, say("report.same_limits"), None, None))
        last = set(period.lines)
    note = say("report.limits_note" if rows else "report.no_limits")
    return Table("limits", say("report.limits"), columns, tuple(rows), note)


def _profile(period: Period) -> str:
    return period.profile if period.variant is None else f"{period.profile} / {period.variant}"


def status(report: Report, say: Words) -> str:
    """Whether the week may still change, and until when."""
    zone = report.site.zone
    if report.is_running:
        return say("report.running", until=say.instant(report.week.ends(zone), zone))
    key = "report.open" if report.is_open else "report.final"
    return say(key, until=say.instant(report.final_at, zone))


def corrected(report: Report, say: Words) -> str:
    """What late events have changed, and when; empty where nothing has."""
    minutes = whole_minutes(report.facts.minutes_corrected)
    if report.corrected_at is not None:
        return say(
            "report.corrected_at", minutes=minutes, at=say.instant(report.corrected_at, report.site.zone)
        )
    return say("report.corrected", minutes=minutes) if minutes else ""


def _about(report: Report, say: Words) -> Table:
    zone = report.site.zone
    rows: list[tuple[Cell, ...]] = [
        (say("report.week"), report.week.name),
        (say("report.days"), f"{say.day(report.week.monday)} – {say.day(report.week.sunday)}"),
        (say("report.state"), status(report, say)),
        (say("report.corrections"), corrected(report, say) or say("report.no_corrections")),
        (say("report.made"), say.instant(report.made_at, zone)),
        (say("report.timezone"), report.site.timezone),
        (say("report.head"), f"{report.head.id}:{report.head.hash}"),
    ]
    columns = (Column(say("report.figure")), Column(say("report.value")))
    return Table("about", say("report.about"), columns, tuple(rows))
