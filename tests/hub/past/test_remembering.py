"""What the hub remembers, over a real store: minutes, its own silence, late truth, screenings, sums."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.store.history_book import HistoryBook
from hub.store.history_rows import History
from protocol.events import Verdict
from tests.builders import OTHER_EPOCH, a_passage, a_screening, an_exit, at
from tests.hub.site import Site

HOUR = timedelta(hours=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.kill()


def told(site: Site) -> History:
    """All that is remembered of the room."""
    return HistoryBook(site.store).between("room", at() - HOUR, at() + 24 * HOUR)


def counts(site: Site) -> list[tuple[int, int | None]]:
    """Minutes since the morning began, and the count."""
    begins = int(at().timestamp()) // 60
    return [(row.minute - begins, row.occupancy) for row in told(site).minutes]


def pass_minutes(site: Site, minutes: int, step_s: float = 10.0) -> None:
    """The hub lives on, and its nodes are heard."""
    for _ in range(round(minutes * 60 / step_s)):
        site.tick(step_s)


def enter(site: Site, seq: int, *, seconds: float | None = None) -> None:
    when = site.clock.now() if seconds is None else at(seconds)
    site.send("room-node", a_passage(seq, at=when))


def test_space_is_written_once_a_minute_with_its_highest_count(site: Site) -> None:
    site.send("room-node", a_passage(1), a_passage(2))
    site.tick()
    site.send("room-node", an_exit(3, at=at(5)))
    site.tick(6)
    pass_minutes(site, 1)
    found = told(site).minutes
    assert counts(site) == [(0, 1)]
    assert found[0].most == 2
    assert (found[0].state, found[0].reason, found[0].capacity) == ("open", "free", 15)


def test_space_in_which_nothing_changes_is_written_no_more(site: Site) -> None:
    enter(site, 1)
    for seq in range(2, 12):
        pass_minutes(site, 1)
        site.send("room-node", a_screening(seq, channel="other"))
    assert len(counts(site)) <= 2


def test_silence_of_the_hub_is_a_gap(site: Site) -> None:
    enter(site, 1)
    pass_minutes(site, 5)
    site.kill()
    site.clock.pass_by(3600)
    site.start()
    pass_minutes(site, 5)
    first, second = told(site).awake
    assert timedelta(milliseconds=second.from_ms - first.until_ms) == HOUR
    assert first.until_ms - first.from_ms == 5 * 60_000


def test_hub_that_was_asleep_in_between_says_so(site: Site) -> None:
    site.tick()
    site.tick(3600)
    site.tick()
    first, second = told(site).awake
    assert second.from_ms - first.until_ms == 3_600_000


def test_start_after_a_silence_does_not_go_on_with_what_was_before(site: Site) -> None:
    enter(site, 1)
    pass_minutes(site, 2)
    site.kill()
    site.clock.pass_by(600)
    site.start()
    site.tick()
    assert told(site).minutes[-1].state == "unknown"


def test_late_passages_correct_the_minutes_they_belong_to(site: Site) -> None:
    for minute in range(20):
        enter(site, minute + 1)
        pass_minutes(site, 1, 20.0)
    before = dict(counts(site))
    site.send("room-node", a_passage(1, at=at(120)), a_passage(2, at=at(150)), epoch=OTHER_EPOCH)
    pass_minutes(site, 1)
    after = dict(counts(site))
    assert after[1] == before[1]
    assert [after[minute] for minute in (2, 3, 10)] == [(before[minute] or 0) + 2 for minute in (2, 3, 10)]
    corrected = {row.minute for row in told(site).minutes if row.is_corrected}
    begins = int(at().timestamp()) // 60
    assert begins + 2 in corrected
    assert begins + 1 not in corrected


def test_minutes_of_a_silent_node_are_known_once_it_says_what_passed(site: Site) -> None:
    enter(site, 1)
    pass_minutes(site, 10, 20.0)
    assert told(site).minutes[-1].occupancy is None
    late = [a_passage(2 + one, at=at(240 + 60 * one)) for one in range(4)]
    site.send("room-node", *late)
    site.tick()
    site.tick(2)
    known = {row.minute: row.occupancy for row in told(site).minutes if row.is_corrected}
    begins = int(at().timestamp()) // 60
    assert [known[begins + minute] for minute in (4, 5, 6, 7)] == [2, 3, 4, 5]
    # What the node saw after its last word nobody knows.
    assert known[begins + 8] is None


def test_screenings_are_counted_by_hour_exactly_once_over_a_crash(site: Site) -> None:
    site.send("entrance", a_screening(1), a_screening(2, verdict=Verdict.ELEVATED))
    pass_minutes(site, 2)
    site.send("entrance", a_screening(3, at=at(130)), a_screening(4, at=at(3700)))
    site.restart()
    site.clock.pass_by(60)
    pass_minutes(site, 2)
    site.restart()
    pass_minutes(site, 2)
    found = HistoryBook(site.store).posts("2026-11-23", "2026-11-23")
    assert [one.verdicts for one in found] == [{"elevated": 1, "pass": 2}, {"pass": 1}]
    assert (found[0].post, found[0].door, found[0].building) == ("post", "entrance", "a")


def test_day_is_summed_while_it_is_open(site: Site) -> None:
    site.send("room-node", *(a_passage(one) for one in range(1, 18)))
    seq = 18
    for _ in range(16):
        pass_minutes(site, 1, 20.0)
        enter(site, seq)
        seq += 1
    pass_minutes(site, 1, 1.0)
    row = HistoryBook(site.store).days("2026-11-23", "2026-11-23", "room")[0]
    assert (row.code, row.building, row.kind) == ("ROOM", "a", "classroom")
    assert row.times_over == 1
    assert row.worst_excess == 16
    assert row.minutes_over >= 15
    assert row.entered == 17 + 15
    assert not row.is_final
    assert 0.0 < row.minutes_watched < row.minutes
    assert 0.0 < row.completeness < 0.1
