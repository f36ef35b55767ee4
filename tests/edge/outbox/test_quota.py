from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import OutboxFull
from edge.outbox.outbox import Outbox
from edge.outbox.quota import (
    FILLING,
    FILLING_NO_MORE,
    MAY_BE_SENT,
    Numbered,
    Rank,
    fold,
    rank_of,
    runs,
    settled,
)
from protocol.codec import decode_event
from protocol.events import (
    KINDS,
    Action,
    Air,
    AnyEvent,
    ClockState,
    Contact,
    Direction,
    Dispense,
    Fault,
    Passage,
    Proof,
    Recovered,
    Screening,
    Task,
    Treatment,
    Verdict,
)
from protocol.messages import Ack
from tests.edge.outbox.test_outbox import EPOCH, open_outbox
from tests.fakes.edge import START

QUOTA = 1000
NAMES = {kind: name for name, kind in KINDS.items()}


def passed(after_s: float, people: int = 1, way: Direction = Direction.IN, **more: object) -> Passage:
    at = START + timedelta(seconds=after_s)
    return Passage(seq=1, at=at, channel="main", direction=way, people=people, **more)  # type: ignore[arg-type]


def numbered(*passages: Passage, shift: timedelta = timedelta(0)) -> list[Numbered]:
    return [Numbered(seq, passage, shift) for seq, passage in enumerate(passages, 1)]


def screened(verdict: Verdict) -> Screening:
    return Screening(seq=1, at=START, channel="post", verdict=verdict)


# -- what goes first


@pytest.mark.parametrize(
    ("event", "rank"),
    [
        (Air(seq=1, at=START, channel="air", co2_ppm=800.0), Rank.AIR),
        (Dispense(seq=1, at=START, channel="gel", presses=1), Rank.DISPENSE),
        (screened(Verdict.PASS), Rank.SCREENING),
        (screened(Verdict.TOO_COLD), Rank.SCREENING),
        (screened(Verdict.NO_READING), Rank.SCREENING),
        (passed(0), Rank.PASSAGE),
        (screened(Verdict.REPEAT), Rank.ALARM),
        (screened(Verdict.ELEVATED), Rank.ALARM),
        (Contact(seq=1, at=START, channel="window", open=True), Rank.ALARM),
        (Fault(seq=1, at=START, channel="main", component="beams", code="stuck"), Rank.ALARM),
        (Recovered(seq=1, at=START, channel="main", component="beams", code="stuck"), Rank.ALARM),
        (
            Treatment(seq=1, at=START, channel="a", task=Task.AIRING, action=Action.DONE, proof=Proof.BUTTON),
            Rank.ALARM,
        ),
    ],
)
def test_every_kind_has_its_rank(event: AnyEvent, rank: Rank) -> None:
    assert rank_of(event) is rank


# -- folding


def test_fold_counts_a_minute_in_its_newest_passage() -> None:
    folded = fold(numbered(passed(1), passed(20, 2), passed(59, 3)))
    assert folded.gone == [1, 2]
    assert (folded.changed[3].people, folded.changed[3].at) == (6, START + timedelta(seconds=59))


@pytest.mark.parametrize(
    "other",
    [
        passed(60),
        passed(2, way=Direction.OUT),
        passed(2, clock=ClockState.ESTIMATED),
        Passage(seq=1, at=START, channel="yard", direction=Direction.IN),
    ],
)
def test_fold_keeps_apart_what_the_hub_counts_apart(other: Passage) -> None:
    assert fold(numbered(passed(1), other)).gone == []


def test_fold_takes_the_minute_as_the_clock_was_corrected() -> None:
    rows = numbered(passed(1), passed(59), shift=timedelta(seconds=30))
    assert fold(rows).gone == []


def test_fold_counts_at_most_a_hundred_in_one() -> None:
    folded = fold(numbered(passed(1, 60), passed(2, 50), passed(3, 40)))
    assert (folded.gone, folded.changed[3].people) == ([2], 90)


def test_fold_says_how_sure_it_is_of_all_and_not_how_long_one_took() -> None:
    folded = fold(numbered(passed(1, 1, confidence=0.4, took_s=0.9), passed(2, 3, confidence=0.8)))
    assert (folded.changed[2].confidence, folded.changed[2].took_s) == (0.7, None)


def test_fold_is_unsure_when_one_of_them_was_not_asked() -> None:
    assert fold(numbered(passed(1, confidence=0.4), passed(2))).changed[2].confidence is None


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 100), st.booleans()), max_size=60))
def test_fold_loses_nobody(walks: list[tuple[int, int, bool]]) -> None:
    rows = numbered(*(passed(s, n, Direction.IN if is_in else Direction.OUT) for s, n, is_in in walks))
    folded = fold(rows)
    kept = [folded.changed.get(row.seq, row.passage) for row in rows if row.seq not in folded.gone]
    assert people_in(kept) == people_in([row.passage for row in rows])
    assert not set(folded.gone) & set(folded.changed)
    assert all(passage.people <= 100 for passage in kept)


def test_settled_is_all_but_the_last_minute() -> None:
    assert settled(numbered(passed(1), passed(59), passed(61), passed(62)), 0) == 2
    assert settled(numbered(passed(61), passed(62)), 7) == 7


def test_runs_are_ranges_of_neighbours() -> None:
    assert runs([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]


# -- the outbox at its quota


def people_in(events: list[Passage]) -> Counter[str]:
    people: Counter[str] = Counter()
    for event in events:
        people[event.direction.value] += event.people
    return people


def mixed(chance: Random, count: int, day_s: float) -> list[AnyEvent]:
    """A day at a door: passages mostly, at random instants in order."""
    events: list[AnyEvent] = []
    for instant_s in sorted(chance.uniform(0, day_s) for _ in range(count)):
        at = START + timedelta(seconds=instant_s)
        choices: list[AnyEvent] = [
            passed(instant_s, chance.randrange(1, 3), chance.choice(list(Direction))),
            Air(seq=1, at=at, channel="air", co2_ppm=700.0),
            Dispense(seq=1, at=at, channel="gel", presses=1),
            screened(chance.choice(list(Verdict))),
            Contact(seq=1, at=at, channel="window", open=True),
        ]
        events += chance.choices(choices, (60, 20, 10, 8, 2))
    return events


def fill(outbox: Outbox, events: Sequence[AnyEvent], at_once: int = 1) -> None:
    for first in range(0, len(events), at_once):
        outbox.put(events[first : first + at_once])


def kept_in(outbox: Outbox) -> list[AnyEvent]:
    return [decode_event(row.body) for row in outbox.pending(0, 10**6, 10**9)]


def kinds_of(events: list[AnyEvent]) -> Counter[str]:
    return Counter(NAMES[type(event)] for event in events)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = open_outbox(tmp_path / "outbox.sqlite", max_events=QUOTA)
    yield outbox
    outbox.close()


@pytest.mark.parametrize("seed", range(3))
def test_quota_of_a_thousand_reconciles_ten_thousand_events_exactly(outbox: Outbox, seed: int) -> None:
    events = mixed(Random(seed), 10_000, 4 * 3600.0)
    fill(outbox, events, 37)
    kept, losses = kept_in(outbox), outbox.losses
    gone = sum(high - low + 1 for low, high in outbox.gone(0, 10**6))
    assert len(kept) == outbox.depth <= QUOTA
    assert outbox.newest_seq == 10_000 == len(kept) + gone
    assert gone == losses.folded + sum(losses.by_kind.values())
    before, after = kinds_of(events), kinds_of(kept)
    folded = Counter(passage=losses.folded)
    assert before == after + Counter(losses.by_kind) + folded
    passages = [event for event in events if isinstance(event, Passage)]
    kept_passages = [event for event in kept if isinstance(event, Passage)]
    assert people_in(passages) == people_in(kept_passages) + Counter(losses.people)


@pytest.mark.parametrize("seed", range(3))
def test_quota_keeps_every_total_and_alarm_while_less_is_left_to_drop(outbox: Outbox, seed: int) -> None:
    # 400 rows left alone, one or two for each of 60 minutes and 2 directions, 280 alarms: under a thousand.
    events = mixed(Random(seed), 5_000, 3600.0)
    fill(outbox, events, 37)
    alarms = [event for event in events if rank_of(event) is Rank.ALARM]
    assert outbox.losses.people == {}
    assert set(outbox.losses.by_kind) <= {"air", "dispense", "screening"}
    assert sum(rank_of(event) is Rank.ALARM for event in kept_in(outbox)) == len(alarms)


def test_quota_drops_in_its_stated_order(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "order.sqlite", max_events=30, untouched=0)
    for minute in range(6):
        outbox.put([passed(60.0 * minute), passed(60.0 * minute + 1)])
        outbox.put([Air(seq=1, at=START, channel="air"), Dispense(seq=1, at=START, channel="gel")])
        outbox.put([screened(Verdict.PASS)])
    dropped = []
    for _ in range(36):
        before = outbox.losses
        outbox.put([Contact(seq=1, at=START, channel="window", open=True)])
        more = Counter(outbox.losses.by_kind) - Counter(before.by_kind)
        dropped += ["folded"] * (outbox.losses.folded - before.folded) + list(more.elements())
    outbox.close()
    assert dropped == (
        ["folded"] * 6
        + ["air"] * 6
        + ["dispense"] * 6
        + ["screening"] * 6
        + ["passage"] * 6
        + ["contact"] * 6
    )


def test_quota_drops_the_oldest_first(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "oldest.sqlite", max_events=10, untouched=0)
    for _ in range(25):
        outbox.put([Air(seq=1, at=START, channel="air")])
    assert [event.seq for event in kept_in(outbox)] == list(range(16, 26))
    assert outbox.gone(0, 10) == [(1, 15)]
    outbox.close()


def test_quota_takes_the_lowest_rank_even_when_that_is_the_newest(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "newest.sqlite", max_events=5, untouched=0)
    fill(outbox, [passed(60.0 * minute) for minute in range(5)])
    assert outbox.put([Air(seq=1, at=START, channel="air")]) == [6]
    assert [event.seq for event in kept_in(outbox)] == [1, 2, 3, 4, 5]
    assert (outbox.gone(0, 10), outbox.losses.by_kind) == ([(6, 6)], {"air": 1})
    outbox.close()


def test_quota_leaves_alone_what_may_be_on_its_way(outbox: Outbox) -> None:
    fill(outbox, [Air(seq=1, at=START, channel="air")] * 2 * QUOTA, 50)
    assert [event.seq for event in kept_in(outbox)][:MAY_BE_SENT] == list(range(1, MAY_BE_SENT + 1))


def test_quota_refuses_when_nothing_may_give_way(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "small.sqlite", max_events=5)
    fill(outbox, [passed(1)] * 5)
    with pytest.raises(OutboxFull, match="quota is 5"):
        outbox.put([passed(1)])
    assert [event.seq for event in kept_in(outbox)] == [1, 2, 3, 4, 5]
    outbox.close()


def test_quota_says_when_it_is_filling_and_when_no_more(outbox: Outbox) -> None:
    fill(outbox, [passed(60.0 * minute) for minute in range(700)], 50)
    filling = outbox.fill
    outbox.acknowledge(Ack(epoch=EPOCH, seq=101))
    assert filling >= FILLING
    assert outbox.fill < FILLING_NO_MORE


def test_losses_live_as_long_as_the_outbox(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    first = open_outbox(path, max_events=20, untouched=0)
    fill(first, [passed(1), Air(seq=1, at=START, channel="air")] * 30)
    first.close()
    second = open_outbox(path, max_events=20, untouched=0)
    assert (second.losses, second.gone(0, 100)) == (first.losses, second.gone(0, 100))
    assert second.losses.by_kind["air"] > 0
    second.close()


# -- numbers that will never come


def test_gone_numbers_are_forgotten_when_the_hub_has_them(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.sqlite", max_events=4, untouched=0)
    fill(outbox, [Air(seq=1, at=START, channel="air") for _ in range(10)])
    assert outbox.gone(0, 10) == [(1, 6)]
    outbox.acknowledge(Ack(epoch=EPOCH, seq=4, missing=((2, 3),)))
    assert outbox.gone(0, 10) == [(2, 3), (5, 6)]
    outbox.acknowledge(Ack(epoch=EPOCH, seq=7))
    assert (outbox.gone(0, 10), outbox.depth) == ([], 3)
    outbox.close()


@settings(max_examples=40, deadline=None)
@given(
    acks=st.lists(
        st.tuples(st.integers(0, 40), st.lists(st.tuples(st.integers(1, 40), st.integers(0, 6)), max_size=4)),
        max_size=5,
    ),
    seed=st.integers(0, 1000),
)
def test_gone_numbers_are_what_a_set_would_hold(
    tmp_path_factory: pytest.TempPathFactory,
    acks: list[tuple[int, list[tuple[int, int]]]],
    seed: int,
) -> None:
    outbox = open_outbox(tmp_path_factory.mktemp("gone") / "outbox.sqlite", max_events=12, untouched=2)
    fill(outbox, mixed(Random(seed), 40, 600.0), 4)
    waiting = {row.seq for row in outbox.pending(0, 100, 10**9)}
    gone = set(range(1, 41)) - waiting
    for seq, ranges in acks:
        missing = tuple((low, low + more) for low, more in ranges)
        kept = {number for low, high in missing for number in range(low, high + 1)}
        outbox.acknowledge(Ack(epoch=EPOCH, seq=seq, missing=missing))
        # Whatever the hub lacks and is not here will never come.
        gone = {number for number in range(1, 41) if number > seq or number in kept} - waiting
    told = [number for low, high in outbox.gone(0, 100) for number in range(low, high + 1)]
    assert told == sorted(gone)
    assert outbox.gone(5, 100, up_to_seq=30) == runs(n for n in sorted(gone) if 5 < n <= 30)
    outbox.close()
