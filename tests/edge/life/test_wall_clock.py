from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.life.wall_clock import BUILT, LATEST, SAVE_EVERY_S, Correction, InstantFile, WallClock, rebased
from edge.outbox.outbox import KEPT_FOR, Outbox
from protocol.clock import SystemClock, kernel_clock_synced
from protocol.codec import decode_event
from protocol.events import AnyEvent, ClockState, Direction, Passage
from protocol.quantities import to_milliseconds
from tests.edge.outbox.test_outbox import EPOCH, an_ack
from tests.fakes.edge import START, FakeClock

EPOCH_OF_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Bench:
    """A machine whose clock is set, by hand or by time service, and what the node makes of it."""

    def __init__(
        self,
        wall: datetime,
        *,
        is_synced: bool = False,
        truth: datetime = START,
        saved: datetime | None = None,
    ) -> None:
        self.clock = FakeClock(wall)
        self.is_synced = is_synced
        self.truth_at_0 = truth - timedelta(seconds=self.clock.monotonic())
        self.saved: list[datetime] = []
        self.wall = WallClock(self.clock, lambda: self.is_synced, saved=saved, save=self.saved.append)

    @property
    def truth(self) -> datetime:
        return self.truth_at_0 + timedelta(seconds=self.clock.monotonic())

    def set_by_hand(self, now: datetime) -> Correction | None:
        self.clock.sync(now)
        self.is_synced = False
        return self.wall.look()

    def set_by_service(self) -> Correction | None:
        self.clock.sync(self.truth)
        self.is_synced = True
        return self.wall.look()


# -- before synchronisation


def test_clock_of_a_machine_without_one_begins_when_the_software_was_built() -> None:
    bench = Bench(EPOCH_OF_UNIX)
    bench.clock.advance(5.0)
    bench.wall.look()
    assert (bench.wall.now(), bench.wall.state) == (BUILT + timedelta(seconds=5), ClockState.ESTIMATED)


def test_clock_begins_where_the_last_run_ended() -> None:
    assert Bench(EPOCH_OF_UNIX, saved=BUILT + HOUR).wall.now() == BUILT + HOUR


@pytest.mark.parametrize("saved", [EPOCH_OF_UNIX, LATEST])
def test_clock_begins_when_it_was_built_if_what_was_saved_cannot_be(saved: datetime) -> None:
    assert Bench(EPOCH_OF_UNIX, saved=saved).wall.now() == BUILT


@pytest.mark.parametrize("by", [timedelta(days=-20454), timedelta(days=-1), timedelta(days=40_000)])
def test_clock_does_not_follow_a_step_to_before_it_was_built_or_out_of_the_century(by: timedelta) -> None:
    bench = Bench(BUILT)
    assert bench.set_by_hand(BUILT + by) is None
    assert bench.wall.now() == BUILT


def test_clock_follows_a_date_set_by_hand_and_stays_estimated() -> None:
    bench = Bench(EPOCH_OF_UNIX)
    assert bench.set_by_hand(BUILT + HOUR) == Correction(HOUR, False)
    assert (bench.wall.now(), bench.wall.state) == (BUILT + HOUR, ClockState.ESTIMATED)


# -- synchronisation


def test_clock_tells_once_by_how_much_it_was_wrong() -> None:
    bench = Bench(EPOCH_OF_UNIX, truth=BUILT + 3 * HOUR)
    corrections = [bench.set_by_service(), bench.wall.look(), bench.wall.look()]
    assert corrections == [Correction(3 * HOUR, True), None, None]
    assert (bench.wall.now(), bench.wall.state) == (bench.truth, ClockState.SYNCED)


def test_clock_that_is_right_at_the_start_has_nothing_to_tell() -> None:
    bench = Bench(START, is_synced=True)
    assert bench.wall.look() is None
    assert bench.wall.state is ClockState.SYNCED


def test_clock_takes_the_word_of_time_service_over_a_later_instant_that_was_saved() -> None:
    bench = Bench(EPOCH_OF_UNIX, truth=BUILT + HOUR, saved=BUILT + 87_600 * HOUR)
    bench.set_by_service()
    assert bench.wall.now() == BUILT + HOUR


def test_clock_does_not_believe_a_time_service_from_before_it_was_built() -> None:
    bench = Bench(EPOCH_OF_UNIX, truth=EPOCH_OF_UNIX)
    assert bench.set_by_service() is None
    assert (bench.wall.now(), bench.wall.state) == (BUILT, ClockState.ESTIMATED)


@pytest.mark.parametrize("by", [HOUR, -HOUR, timedelta(seconds=5), timedelta(days=3650)])
def test_clock_once_synced_follows_no_hand(by: timedelta) -> None:
    bench = Bench(START, is_synced=True)
    bench.clock.advance(10.0)
    bench.set_by_hand(START + by)
    bench.clock.advance(10.0)
    bench.wall.look()
    assert (bench.wall.now(), bench.wall.state) == (bench.truth, ClockState.SYNCED)


def test_clock_that_is_set_while_it_is_looked_at_is_asked_again() -> None:
    clock = FakeClock(BUILT)
    # Not yet synced when first asked; time service sets it before the second question.
    answers = iter([False, False, False, True, True, True])
    wall = WallClock(clock, lambda: next(answers))
    assert wall.look() is None
    clock.sync(BUILT + HOUR)
    assert wall.look() == Correction(HOUR, True)


# -- what is saved


def test_clock_saves_the_instant_now_and_then() -> None:
    bench = Bench(START, is_synced=True)
    for _ in range(25):
        bench.clock.advance(SAVE_EVERY_S / 10)
        bench.wall.look()
    assert bench.saved == [START + timedelta(seconds=n * SAVE_EVERY_S) for n in (1, 2)]


def test_clock_does_not_save_a_date_set_by_hand() -> None:
    bench = Bench(BUILT)
    bench.set_by_hand(BUILT + 87_600 * HOUR)
    bench.clock.advance(SAVE_EVERY_S)
    bench.wall.look()
    assert bench.saved == []


def test_instant_is_kept_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite.clock"
    assert InstantFile(path).load() is None
    InstantFile(path).save(START)
    assert InstantFile(path).load() == START


def test_instant_that_cannot_be_kept_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "clock"
    InstantFile(path).save(START)
    assert InstantFile(path).load() is None


# -- what was stamped


def stamped(clock: WallClock) -> Passage:
    at = to_milliseconds(clock.now())
    return Passage(seq=1, at=at, channel="main", direction=Direction.IN, clock=clock.state)


def test_event_that_was_synced_is_not_corrected() -> None:
    event = stamped(Bench(START, is_synced=True).wall)
    assert rebased(event, HOUR, synced=True) is event


def test_event_whose_correction_leads_out_of_all_calendars_is_kept() -> None:
    event = stamped(Bench(START).wall)
    assert rebased(event, timedelta(days=300_000), synced=True) is event


STEPS = st.sampled_from(
    [timedelta(days=-20454), timedelta(days=3650), HOUR, -HOUR, timedelta(seconds=5), timedelta(seconds=-5)]
)
#: A step of the machine's clock, time service at work, or somebody walking.
DOINGS = st.lists(st.one_of(STEPS, st.sampled_from(["service", "walk", "walk"])), max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    doings=DOINGS,
    wrong=st.sampled_from([timedelta(0), timedelta(days=-20454), timedelta(days=14), -HOUR]),
    waits_s=st.lists(st.floats(0.05, 900.0), min_size=41, max_size=41),
)
def test_events_are_true_to_two_seconds_once_the_clock_is_synced_whatever_it_did_before(
    tmp_path_factory: pytest.TempPathFactory,
    doings: list[timedelta | str],
    wrong: timedelta,
    waits_s: list[float],
) -> None:
    bench = Bench(START + wrong, truth=START + 24 * HOUR)
    outbox = Outbox.open(tmp_path_factory.mktemp("clock") / "outbox.sqlite", lambda: EPOCH)
    truths: list[datetime] = []

    def follow(correction: Correction | None) -> None:
        for one in [correction] * (correction is not None):
            assert one is not None
            outbox.rebase(one.by, synced=one.synced)

    for doing, wait_s in zip([*doings, "walk", "service", "walk"], waits_s, strict=False):
        bench.clock.advance(wait_s)
        follow(bench.wall.look())
        match doing:
            case "walk":
                outbox.put([stamped(bench.wall)])
                truths.append(bench.truth)
            case "service":
                follow(bench.set_by_service())
            case timedelta():
                follow(bench.set_by_hand(bench.clock.now() + doing))
    events = [decode_event(row.body) for row in outbox.pending(0, 1000, 10**9)]
    outbox.close()
    assert [event.seq for event in events] == list(range(1, len(truths) + 1))
    assert {event.clock for event in events} == {ClockState.SYNCED}
    errors = [abs(event.at - truth) for event, truth in zip(events, truths, strict=True)]
    assert max(errors) <= timedelta(seconds=2)


# -- in the outbox


def estimated(after_s: float = 0.0) -> AnyEvent:
    at = START + timedelta(seconds=after_s)
    return Passage(seq=1, at=at, channel="main", direction=Direction.IN, clock=ClockState.ESTIMATED)


def instants_in(outbox: Outbox) -> list[tuple[datetime, ClockState]]:
    events = [decode_event(row.body) for row in outbox.pending(0, 1000, 10**9)]
    return [(event.at, event.clock) for event in events]


def test_correction_reaches_the_events_of_this_start_only(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    first = Outbox.open(path, lambda: EPOCH)
    first.put([estimated()])
    first.close()
    second = Outbox.open(path, lambda: EPOCH)
    second.put([estimated(), estimated(1.0)])
    assert second.rebase(HOUR, synced=True) == 2
    assert instants_in(second) == [
        (START, ClockState.ESTIMATED),
        (START + HOUR, ClockState.SYNCED),
        (START + HOUR + timedelta(seconds=1), ClockState.SYNCED),
    ]
    second.close()


def test_corrections_add_up_and_live_through_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    first = Outbox.open(path, lambda: EPOCH)
    first.put([estimated()])
    first.rebase(HOUR, synced=False)
    first.put([estimated()])
    first.rebase(2 * HOUR, synced=True)
    first.put([estimated()])
    first.close()
    second = Outbox.open(path, lambda: EPOCH)
    assert instants_in(second) == [
        (START + 3 * HOUR, ClockState.SYNCED),
        (START + 2 * HOUR, ClockState.SYNCED),
        (START, ClockState.ESTIMATED),
    ]
    second.close()


def test_correction_before_the_first_event_is_none(tmp_path: Path) -> None:
    outbox = Outbox.open(tmp_path / "outbox.sqlite", lambda: EPOCH)
    assert outbox.rebase(HOUR, synced=True) == 0
    outbox.put([estimated()])
    assert instants_in(outbox) == [(START, ClockState.ESTIMATED)]
    outbox.close()


def test_correction_is_forgotten_with_its_events(tmp_path: Path) -> None:
    outbox = Outbox.open(tmp_path / "outbox.sqlite", lambda: EPOCH)
    outbox.put([estimated()])
    outbox.rebase(HOUR, synced=True)
    outbox.acknowledge(an_ack(1))
    outbox.keep_until_old(START)
    outbox.keep_until_old(START + KEPT_FOR + HOUR)
    assert outbox._database.execute("SELECT count(*) FROM shift").fetchone() == (0,)
    outbox.close()


# -- the machine's own


def test_system_clock_is_in_utc_and_goes_on() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


def test_kernel_can_be_asked_whether_its_clock_is_set() -> None:
    assert kernel_clock_synced() in (True, False, None)
