"""The campus: what the real edge code publishes of simulated people is what they really did."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from commandline.defaults import CAMPUS
from commandline.simulate_live import FEVER_AT_S, SILENT_FROM_S, crowded_room, demonstration, silent_node
from edge.teller import NodeSession
from hub.layout import Layout, Sensor, SensorKind, SpaceKind, read_layout
from protocol.broker import BrokerConfig, Publication, Receiver
from protocol.codec import decode_batch, decode_message, encode
from protocol.events import (
    Action,
    Air,
    AnyEvent,
    Contact,
    Dispense,
    Fault,
    Passage,
    Recovered,
    Screening,
    Treatment,
    Verdict,
)
from protocol.messages import Ack, NodeState, Status
from simulator.campus import CampusSettings, VirtualCampus
from simulator.faults import FaultKind, FaultSettings, Injection
from simulator.people import generate
from simulator.people_settings import PeopleSettings
from simulator.staff import StaffSettings
from simulator.timetable import DaySettings
from simulator.truth import Truth
from simulator.walkers import Gait
from tests.simulator.days import a_small_layout

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
#: Opens at once, with lessons of five minutes: fifty minutes of it see some two hundred crossings.
BRISK = DaySettings(
    opens_s=None,
    open_for_s=2400.0,
    first_lesson_s=120.0,
    lesson_s=300.0,
    break_s=120.0,
    stagger_s=40.0,
    lead_most_s=60.0,
    lead_least_s=5.0,
    linger_s=20.0,
)
HOURS = 50.0 / 60.0


class Broker:
    """Broker and hub in one: keeps every event once and acknowledges it, remembers every status."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, int], AnyEvent] = {}
        self.statuses: list[tuple[str, NodeState]] = []

    def connect(
        self,
        config: BrokerConfig,
        *,
        on_message: Receiver,
        subscriptions: Sequence[str],
        will: Publication | None,
    ) -> NodeSession:
        return Session(self, config.client_id, on_message, subscriptions[0], will)

    def of_kind(self, kind: type[AnyEvent]) -> list[AnyEvent]:
        return [event for event in self.events.values() if isinstance(event, kind)]


class Session:
    """A node's connection to it; always there at once."""

    def __init__(
        self, broker: Broker, node: str, hear: Receiver, ack_topic: str, will: Publication | None
    ) -> None:
        self._broker, self._node, self._hear, self._ack_topic = broker, node, hear, ack_topic
        self._will = will
        self.connects = 0

    @property
    def is_connected(self) -> bool:
        return self.connects > 0

    def start(self) -> None:
        self.connects = 1

    def publish(self, publication: Publication) -> bool:
        if publication.topic.endswith("/status"):
            status = decode_message(publication.payload, Status)
            self._broker.statuses.append((self._node, status.state))
        if publication.topic.endswith("/events"):
            batch = decode_batch(publication.payload)
            assert not batch.rejected
            self._broker.events |= {(self._node, event.seq): event for event, _ in batch.events}
            ack = Ack(epoch=batch.epoch, seq=batch.events[-1][0].seq)
            self._hear(self._ack_topic, encode(ack), False)
        return True

    def stop(self, goodbye: Publication | None = None, timeout_s: float = 2.0) -> None:
        assert goodbye is not None
        self.publish(goodbye)
        self.connects = 0

    def vanish(self) -> None:
        assert self._will is not None
        self.publish(self._will)
        self.connects = 0


@pytest.fixture
def broker() -> Broker:
    return Broker()


def a_campus(
    broker: Broker, folder: Path, people: PeopleSettings, faults: FaultSettings | None = None, seed: int = 1
) -> VirtualCampus:
    settings = CampusSettings(
        people=people, faults=faults or FaultSettings(), gait=Gait(torso_spread_m=0.01), hours=HOURS
    )
    return VirtualCampus(
        a_small_layout(), seed, start=START, data=folder, connect=broker.connect, settings=settings
    )


def run_through(campus: VirtualCampus) -> None:
    campus.start()
    campus.advance(HOURS * 3600.0)
    campus.pump()
    campus.stop()


def counted(broker: Broker) -> Counter[tuple[str, str]]:
    """People by channel and direction, as published."""
    totals: Counter[tuple[str, str]] = Counter()
    for event in broker.events.values():
        if isinstance(event, Passage):
            totals[event.channel, event.direction.value] += event.people
    return totals


def crossed(campus: VirtualCampus, layout: Layout) -> Counter[tuple[str, str]]:
    """The same, as it was."""
    totals: Counter[tuple[str, str]] = Counter()
    for door in layout.doors:
        seen = campus.truth.doors[door.id]
        totals[door.channel, "in"], totals[door.channel, "out"] = seen.people_in, seen.people_out
    return totals


def test_counts_of_the_real_edge_equal_the_truth(broker: Broker, tmp_path: Path) -> None:
    campus = a_campus(broker, tmp_path, PeopleSettings(day=BRISK, walk_s=6.0, turn_back_share=0.0))
    run_through(campus)
    assert campus.truth.crossings > 150
    assert counted(broker) == crossed(campus, a_small_layout())


def test_turning_back_is_not_counted(broker: Broker, tmp_path: Path) -> None:
    campus = a_campus(broker, tmp_path, PeopleSettings(day=BRISK, walk_s=6.0, turn_back_share=0.15))
    run_through(campus)
    assert campus.truth.turned_back > 20
    assert counted(broker) == crossed(campus, a_small_layout())


def test_chatter_of_the_receivers_is_not_counted(broker: Broker, tmp_path: Path) -> None:
    people = PeopleSettings(day=BRISK, walk_s=6.0, turn_back_share=0.0)
    campus = a_campus(broker, tmp_path, people, FaultSettings(bounce_share=0.2))
    run_through(campus)
    assert counted(broker) == crossed(campus, a_small_layout())


def test_missed_pulses_are_missing_in_the_counts(broker: Broker, tmp_path: Path) -> None:
    people = PeopleSettings(day=BRISK, walk_s=6.0, turn_back_share=0.0)
    campus = a_campus(broker, tmp_path, people, FaultSettings(missed_pulse_share=0.1))
    run_through(campus)
    assert counted(broker).total() < 0.95 * campus.truth.crossings


def test_every_event_is_produced_once_and_acknowledged(broker: Broker, tmp_path: Path) -> None:
    campus = a_campus(broker, tmp_path, PeopleSettings(day=BRISK, walk_s=6.0))
    run_through(campus)
    assert campus.outbox_depth() == 0
    assert campus.produced() == len(broker.events) > 150


def test_events_held_back_wait_in_the_outboxes(broker: Broker, tmp_path: Path) -> None:
    campus = a_campus(broker, tmp_path, PeopleSettings(day=BRISK, walk_s=6.0))
    campus.start()
    campus.hold_events(True)
    campus.advance(200.0)
    waiting = campus.outbox_depth()
    assert (waiting, len(broker.events)) == (campus.produced(), 0)
    campus.hold_events(False)
    campus.pump()
    campus.pump()
    assert (campus.outbox_depth(), len(broker.events)) == (0, waiting)
    campus.stop()


def test_same_seed_gives_the_same_events(broker: Broker, tmp_path: Path) -> None:
    other = Broker()
    for each, folder in ((broker, tmp_path / "one"), (other, tmp_path / "two")):
        folder.mkdir()
        run_through(a_campus(each, folder, PeopleSettings(day=BRISK, walk_s=6.0), seed=5))
    assert broker.events == other.events


def test_everyone_screened_gets_a_verdict(broker: Broker, tmp_path: Path) -> None:
    people = PeopleSettings(day=BRISK, walk_s=6.0, screened_share=1.0, febrile_share=0.0)
    campus = a_campus(broker, tmp_path, people)
    run_through(campus)
    screenings = broker.of_kind(Screening)
    assert len(screenings) == len(campus.truth.visits) > 20
    assert all(each.verdict is not Verdict.NO_READING for each in screenings if isinstance(each, Screening))


def test_fever_of_the_script_is_elevated_at_the_second_attempt(broker: Broker, tmp_path: Path) -> None:
    people = PeopleSettings(day=BRISK, walk_s=6.0, skin_spread_c=0.15, febrile_share=0.0, fever_at_s=(60.0,))
    campus = a_campus(broker, tmp_path, people)
    run_through(campus)
    fever = campus.truth.febrile[0]
    elevated = [
        each
        for each in broker.of_kind(Screening)
        if isinstance(each, Screening) and each.verdict is Verdict.ELEVATED
    ]
    assert [each.attempt for each in elevated] == [2]
    assert 3.0 < (elevated[0].at - START).total_seconds() - fever.t_s < 10.0


def injected(kind: FaultKind, target: str, from_s: float, until_s: float) -> FaultSettings:
    return FaultSettings(script=(Injection(kind=kind, target=target, from_s=from_s, until_s=until_s),))


def test_silent_node_is_lost_and_comes_back_on_the_same_outbox(broker: Broker, tmp_path: Path) -> None:
    faults = injected(FaultKind.SILENT_NODE, "floor", 300.0, 390.0)
    campus = a_campus(broker, tmp_path, PeopleSettings(day=BRISK, walk_s=6.0), faults)
    run_through(campus)
    states = [state for node, state in broker.statuses if node == "floor"]
    assert states == [NodeState.ONLINE, NodeState.LOST, NodeState.ONLINE, NodeState.OFFLINE]
    numbers = sorted(seq for node, seq in broker.events if node == "floor")
    assert numbers == list(range(1, len(numbers) + 1))


def test_flapping_node_comes_and_goes(broker: Broker, tmp_path: Path) -> None:
    faults = injected(FaultKind.FLAPPING_NODE, "front", 300.0, 340.0)
    campus = a_campus(broker, tmp_path, PeopleSettings(day=BRISK, walk_s=6.0), faults)
    run_through(campus)
    assert broker.statuses.count(("front", NodeState.LOST)) == 3


def test_stuck_beam_is_said_and_taken_back(broker: Broker, tmp_path: Path) -> None:
    faults = injected(FaultKind.STUCK_BEAM, "door-1", 20.0, 50.0)
    campus = a_campus(broker, tmp_path, PeopleSettings(day=BRISK, walk_s=6.0), faults)
    run_through(campus)
    # The nodes also say that no hub speaks to them.
    assert [each.channel for each in broker.of_kind(Fault) if each.channel != "node"] == ["door-1"]
    assert [each.channel for each in broker.of_kind(Recovered)] == ["door-1"]


def test_thermometer_without_answer_is_said_and_taken_back(broker: Broker, tmp_path: Path) -> None:
    faults = injected(FaultKind.NACK, "post", 10.0, 100.0)
    campus = a_campus(broker, tmp_path, PeopleSettings(day=BRISK, walk_s=6.0), faults)
    run_through(campus)
    said = [each for each in broker.of_kind(Fault) if each.channel != "node"]
    assert "thermometer" in {each.channel for each in said}
    assert len(said) == len(broker.of_kind(Recovered))


#: Usual lessons, the first of them after a minute.
STAFFED = DaySettings(opens_s=None, open_for_s=7200.0, first_lesson_s=60.0, visitors_per_h=0.0)


def a_staffed_layout() -> Layout:
    """The small one with a panel at every room, a window, an air sensor and a dispenser."""

    def sensor(
        node: str, channel: str, kind: SensorKind, space: str | None, door: str | None = None
    ) -> Sensor:
        return Sensor(id=channel, node=node, channel=channel, kind=kind, space=space, door=door)

    panels = [
        sensor(node, f"{space}-{task}", SensorKind.BUTTON, space)
        for node, space in (("floor", "room-1"), ("floor", "room-2"), ("front", "hall"))
        for task in ("surfaces", "airing", "air-disinfection")
    ]
    others = [
        sensor("floor", "room-1-window", SensorKind.WINDOW, "room-1"),
        sensor("floor", "room-1-air", SensorKind.AIR, "room-1"),
        sensor("front", "dispenser", SensorKind.DISPENSER, None, "entrance"),
    ]
    return structs.replace(a_small_layout(), sensors=(*panels, *others))


def a_staffed_campus(broker: Broker, folder: Path, faults: FaultSettings | None = None) -> VirtualCampus:
    staff = StaffSettings(late_share=0.0, forgotten_share=0.0)
    people = PeopleSettings(day=STAFFED, staff=staff, turn_back_share=0.0)
    campus = VirtualCampus(
        a_staffed_layout(),
        1,
        start=START,
        data=folder,
        connect=broker.connect,
        settings=CampusSettings(people=people, faults=faults or FaultSettings(), hours=1.9),
    )
    campus.start()
    campus.advance(1.9 * 3600.0)
    campus.pump()
    campus.stop()
    return campus


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Broker, VirtualCampus]:
    """Two hours with staff who forget nothing, made once: nothing below changes them."""
    broker = Broker()
    return broker, a_staffed_campus(broker, tmp_path_factory.mktemp("staffed"))


def told(broker: Broker, action: Action) -> list[tuple[str, float]]:
    """What panels told, with seconds since the start."""
    return sorted(
        (each.channel, round((each.at - START).total_seconds(), 1))
        for each in broker.of_kind(Treatment)
        if isinstance(each, Treatment) and each.action is action
    )


def test_panels_tell_what_staff_really_did(staffed: tuple[Broker, VirtualCampus]) -> None:
    broker, truth = staffed[0], staffed[1].truth
    for action, when in ((Action.STARTED, "started_s"), (Action.DONE, "done_s")):
        really = sorted(
            (f"{chore.space}-{chore.task.value.replace('_', '-')}", round(getattr(chore, when), 1))
            for chore in truth.chores
            if getattr(chore, when) is not None
        )
        heard = told(broker, action)
        assert [channel for channel, _ in heard] == [channel for channel, _ in really]
        assert max(abs(a - b) for (_, a), (_, b) in zip(heard, really, strict=True)) <= 0.2
        assert len(heard) == 8
    assert told(broker, Action.ABORTED) == []


def test_staff_are_counted_in_and_out(staffed: tuple[Broker, VirtualCampus]) -> None:
    broker, campus = staffed
    assert counted(broker) == crossed(campus, a_staffed_layout())
    assert campus.truth.occupancy("room-1") == campus.truth.occupancy("room-2") == 0


def test_press_at_a_dead_panel_is_not_made_and_the_next_ones_are_right(
    broker: Broker, tmp_path: Path
) -> None:
    # The first room's wiping begins before the node dies, and ends while it is dead.
    faults = injected(FaultKind.SILENT_NODE, "floor", 2300.0, 2700.0)
    truth = a_staffed_campus(broker, tmp_path, faults).truth
    unheard = [chore for chore in truth.chores if chore.unheard]
    assert {chore.space for chore in unheard} == {"room-1"}
    started, done = told(broker, Action.STARTED), told(broker, Action.DONE)
    really = [chore for chore in truth.chores if chore.done_s is not None and chore.started_s is not None]
    assert len(done) == len(really)
    assert len(started) == sum(chore.started_s is not None for chore in truth.chores)


def test_window_that_staff_open_is_seen_and_clears_the_air(staffed: tuple[Broker, VirtualCampus]) -> None:
    broker, _ = staffed
    states = [each.open for each in broker.of_kind(Contact) if isinstance(each, Contact)]
    assert states[:3] == [False, True, False]
    air = [each.co2_ppm for each in broker.of_kind(Air) if isinstance(each, Air)]
    ppm = [each for each in air if each is not None]
    assert len(ppm) > 90
    assert max(ppm) > 700.0
    assert ppm[-1] < 500.0


def test_dispenser_falls_with_use_and_says_how_full_it_is(staffed: tuple[Broker, VirtualCampus]) -> None:
    broker, _ = staffed
    uses = [each for each in broker.of_kind(Dispense) if isinstance(each, Dispense) and each.presses]
    levels = [each.level for each in uses if each.level is not None]
    assert len(uses) >= 8
    assert levels[-1] == pytest.approx(1.0 - sum(each.presses or 0 for each in uses) / 900.0, abs=0.004)


DEMONSTRATED_AT = (
    #: 20:07 on a Monday: lessons of its own; and 15:07, when the timetable has lessons.
    datetime(2026, 11, 23, 15, 7, tzinfo=UTC),
    datetime(2026, 11, 23, 10, 7, tzinfo=UTC),
)


@pytest.fixture(params=DEMONSTRATED_AT, ids=["night", "day"])
def demonstrated(request: pytest.FixtureRequest) -> Truth:
    layout = read_layout(CAMPUS)
    truth = Truth(layout)
    settings = demonstration(layout, start=request.param)
    for happening in generate(layout, request.param, 0.2, 3, settings.people):
        truth.observe(happening)
    return truth


def test_demonstration_overfills_a_classroom_early_and_for_minutes(demonstrated: Truth) -> None:
    room = crowded_room(read_layout(CAMPUS))
    assert room == "a-201"
    [(from_s, until_s)] = demonstrated.over(room, 15, 700.0)
    assert from_s < 30.0
    assert until_s - from_s > 150.0


def test_demonstration_has_its_fever_and_no_other(demonstrated: Truth) -> None:
    [fever] = demonstrated.febrile
    assert FEVER_AT_S[0] <= fever.t_s < FEVER_AT_S[0] + 20.0


def test_demonstration_fills_rooms_within_minutes(demonstrated: Truth) -> None:
    rooms = [space.id for space in read_layout(CAMPUS).spaces if space.kind is SpaceKind.CLASSROOM]
    assert sum(demonstrated.occupancy_at(room, 300.0) >= 5 for room in rooms) >= 4
    assert demonstrated.crossings > 500


def test_demonstration_keeps_the_timetable_at_its_hours() -> None:
    layout = read_layout(CAMPUS)
    night, day = (demonstration(layout, start=start).people.day for start in DEMONSTRATED_AT)
    assert (night.opens_s, day.opens_s) == (None, 8 * 3600.0)
    assert (
        demonstration(layout, lesson_s=180.0, break_s=60.0, start=DEMONSTRATED_AT[1]).people.day.opens_s
        is None
    )


def test_demonstration_silences_a_node_that_counts_into_rooms_alone() -> None:
    layout = read_layout(CAMPUS)
    [script] = demonstration(layout).faults.script
    assert (script.target, script.from_s) == ("floor-b3-3", SILENT_FROM_S)
    assert silent_node(a_small_layout()) == "floor"
