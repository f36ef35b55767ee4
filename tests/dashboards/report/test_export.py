"""The inspector's export: what is in it, and that every change of it shows."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest

from dashboards.report.checking import check_export
from dashboards.report.export import (
    AUDIT,
    MANIFEST,
    Export,
    ExportSources,
    PeriodFault,
    make_export,
    read_period,
)
from hub.store import schema
from hub.store.audit import AuditLog, Head
from hub.store.database import hub_url, opened, people_url
from hub.store.decisions import Decisions
from hub.store.history_book import HistoryBook
from hub.store.report_book import ReportBook
from tests.dashboards.campus_board import CampusBoard
from tests.dashboards.report.weeks import W47, ZONE, whole_campus
from tests.fakes.edge import FakeClock

NOW = W47.ends(ZONE) + timedelta(hours=5)
FIRST, LAST = date(2026, 11, 16), date(2026, 11, 22)
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Export]:
    data = tmp_path_factory.mktemp("export")
    board = CampusBoard(data, NOW)
    board.pulse()
    whole_campus(board.engine, rooms=6)
    board.engine.dispose()
    with opened(hub_url(data), schema.hub) as hub, opened(people_url(data), schema.people) as people:
        log = AuditLog(people, FakeClock(NOW))
        for name in ("a", "b", "c"):
            log.add("=Сәуле", "admin", "account.add", name)
        decisions = Decisions(people)
        at_ms = int((NOW - timedelta(days=2)).timestamp() * 1000)
        decisions.add("recount", "a-204", "Әсет", at_ms, b'{"count":12}')
        decisions.add("recount", "a-204", "Әсет", at_ms - 30 * 86_400_000, b'{"count":1}')
        yield make_export(ExportSources(HistoryBook(hub), ReportBook(hub), log, decisions), FIRST, LAST, NOW)


def files_of(body: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


def rows(files: Files, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))


def test_export_is_whole(made: Export) -> None:
    checked = check_export(made.body, made.manifest_sha256)
    assert checked.faults == ()
    assert checked.entries == 3


def test_export_holds_days_alerts_decisions_and_limits_of_the_period(made: Export) -> None:
    files = files_of(made.body)
    assert len(rows(files, "days.csv")) == 6 * 7
    assert len(rows(files, "alerts.csv")) == 7
    assert {row["change"] for row in rows(files, "transitions.csv")} == {"fired", "acked"}
    assert [row["detail"] for row in rows(files, "decisions.csv")] == ['{"count":12}']
    assert [row["profile"] for row in rows(files, "regime.csv")] == ["kz-2020-order-345-381"]
    assert rows(files, "outages.csv") == []
    assert files["README.txt"].decode().count("manifest.json") == 3


def test_export_hides_small_counts_of_screening(made: Export) -> None:
    found = rows(files_of(made.body), "posts.csv")
    assert {row["repeat"] for row in found} == {"<5"}
    assert {row["elevated"] for row in found} == {"<5", "0"}
    assert "temperature" not in found[0]


def _changed(name: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


def _gone(name: str) -> Callable[[Files], None]:
    return lambda files: files.__delitem__(name)


def _added(files: Files) -> None:
    files["more.csv"] = b"x"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_changed("days.csv", b"B-103", b"B-104"), "days.csv: was changed"),
        (_changed("regime.json", b"capacity", b"capacitY"), "regime.json: was changed"),
        (_gone("alerts.csv"), "alerts.csv: is missing"),
        (_added, "more.csv: is not in the manifest"),
        (_gone(MANIFEST), "has no manifest.json"),
        (_changed(MANIFEST, b"{", b"["), "manifest.json cannot be read"),
        (_changed(AUDIT, b'"admin"', b'"guard"'), "entry 1 was changed"),
    ],
)
def test_change_of_an_export_shows(made: Export, change: Callable[[Files], None], says: str) -> None:
    files = files_of(made.body)
    change(files)
    assert any(says in fault for fault in check_export(zipped(files)).faults)


def _reseal(files: Files) -> None:
    """What somebody would do who knows how the manifest is made."""
    import hashlib

    manifest = json.loads(files[MANIFEST])
    manifest["files"] = {
        name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != MANIFEST
    }
    files[MANIFEST] = json.dumps(manifest).encode()


def test_manifest_made_anew_shows_against_the_one_noted(made: Export) -> None:
    files = files_of(made.body)
    _changed("days.csv", b"B-103", b"B-104")(files)
    _reseal(files)
    assert check_export(zipped(files)).faults == ()
    assert check_export(zipped(files), made.manifest_sha256).faults == (
        "manifest.json: is not the one that was noted",
    )


def test_log_that_was_cut_off_shows_though_the_manifest_was_made_anew(made: Export) -> None:
    files = files_of(made.body)
    files[AUDIT] = b"".join(files[AUDIT].splitlines(keepends=True)[:-1])
    _reseal(files)
    assert any("cut off" in fault for fault in check_export(zipped(files)).faults)


def test_entry_taken_out_of_the_log_shows(made: Export) -> None:
    files = files_of(made.body)
    lines = files[AUDIT].splitlines(keepends=True)
    files[AUDIT] = lines[0] + lines[2]
    _reseal(files)
    assert any("entry 3 does not follow 1" in fault for fault in check_export(zipped(files)).faults)


def test_head_noted_elsewhere_is_looked_for(made: Export) -> None:
    assert check_export(made.body, noted=check_export(made.body).head).faults == ()
    assert "does not hold the head" in check_export(made.body, noted=Head(2, "a" * 64)).faults[0]


@pytest.mark.parametrize("body", [b"", b"PK", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_export_is_refused_in_words(body: bytes) -> None:
    assert check_export(body).faults[0].startswith(("is no ZIP", "has no manifest"))


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2026-11-22", "2026-11-16", "is after the last day"),
        ("2026-11-16", "2026-12-01", "has not begun: today is 2026-11-23"),
        ("2025-01-01", "2026-11-22", "at most 366 days"),
        ("yesterday", "2026-11-22", "write days like 2026-11-16"),
    ],
)
def test_period_that_does_not_fit_is_refused_in_words(first: str, last: str, says: str) -> None:
    with pytest.raises(PeriodFault, match=says):
        read_period(first, last, ZONE, NOW)


def test_refusal_before_four_says_when_the_campus_day_begins() -> None:
    night = datetime(2026, 11, 24, 2, 0, tzinfo=ZONE)
    with pytest.raises(PeriodFault, match=r"today is 2026-11-23 \(a campus day begins at 04:00\)"):
        read_period("2026-11-24", "2026-11-24", ZONE, night)
