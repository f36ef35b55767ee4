"""What may happen at an instant of a scenario, as sentences: `day.at("09:00").enter("A-204", 13)`."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hub.acts import AnyAct, Hold, Recount, TaskWord
from hub.alerts.drill import Drill, DrillKind
from hub.alerts.muting import Silence
from hub.itself import Itself
from hub.layout import Layout
from protocol.events import (
    Action,
    AnyEvent,
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
from protocol.wire import Wire
from tests.scenarios.playing import Playing, clock

#: The node at the entrance: its counter, its thermometer, its dispenser.
ENTRANCE = "entrance"
#: One passage tells of so many at most.
MOST_ABREAST = 100
#: What happens to the day that is played.
Deed = Callable[[Playing], None]


def node_of(place: str) -> str:
    """The node of a room: its door counter, button, window contact and air sensor; or the entrance's."""
    return ENTRANCE if place == ENTRANCE else f"node-{place.lower()}"


class Moment:
    """What happens at one instant of the day."""

    def __init__(
        self, at: datetime, layout: Layout, add: Callable[[Callable[[Playing], None]], None]
    ) -> None:
        self._at, self._layout, self._add = at, layout, add

    # People.

    def enter(self, code: str, people: int = 1) -> "Moment":
        """So many come in from the street, past thermometer and dispenser, and walk into the room."""
        if self._layout.posts:
            self.screen()
        self.dispense()
        self.pass_the_thermometer_by(people)
        return self._walk(code, Direction.IN, people)

    def leave(self, code: str, people: int = 1) -> "Moment":
        """So many walk out of the room and out into the street."""
        self._walk(code, Direction.OUT, people)
        return self._pass(ENTRANCE, "main", Direction.OUT, people)

    def count_wrongly(self, code: str, direction: str, people: int) -> "Moment":
        """The counter at the room's door says that so many went `in` or `out`; nobody did so."""
        return self._walk(code, Direction(direction), people)

    def pass_the_thermometer_by(self, people: int) -> "Moment":
        """So many come in from the street into the hall; nobody is screened, nobody takes antiseptic."""
        return self._pass(ENTRANCE, "main", Direction.IN, people)

    def late(self, code: str, direction: str, people: int, *, happened: str) -> "Moment":
        """Passages that happened then come only now."""
        then, way = clock(happened), Direction(direction)
        for node, channel in ((ENTRANCE, "main"), (node_of(code), "door")):
            self._see(node, self._passage(channel, way, people, then))
        return self

    def screen(self, verdict: str = "pass") -> "Moment":
        """Somebody stands before the thermometer of the entrance."""
        return self._see(
            ENTRANCE,
            lambda seq: Screening(seq=seq, at=self._at, channel="thermometer", verdict=Verdict(verdict)),
        )

    def dispense(self, level: float | None = None, presses: int = 1) -> "Moment":
        """The dispenser of the entrance is used; then it is so full."""
        return self._see(
            ENTRANCE,
            lambda seq: Dispense(seq=seq, at=self._at, channel="dispenser", presses=presses, level=level),
        )

    # The room.

    def start(self, code: str, *tasks: str, proof: str = "button") -> "Moment":
        """Somebody presses the button: these treatments begin."""
        return self._treat(code, tasks, Action.STARTED, proof)

    def done(self, code: str, *tasks: str, proof: str = "button") -> "Moment":
        """Somebody presses the button: these treatments are done."""
        return self._treat(code, tasks, Action.DONE, proof)

    def window(self, code: str, *, open: bool) -> "Moment":
        """The room's window is opened or closed."""
        return self._see(
            node_of(code), lambda seq: Contact(seq=seq, at=self._at, channel="window", open=open)
        )

    def air(self, code: str, co2_ppm: float | None) -> "Moment":
        """From now on the room's CO2 sensor reads this; None: it says nothing any more."""
        return self._do(lambda playing: playing.breathe(node_of(code), co2_ppm))

    # What people say on the hub's page.

    def word(self, code: str, task: str, action: str, reason: str = "") -> "Moment":
        """Somebody says that a treatment was started, done or cannot be done; a reason confirms it."""
        return self._decide(
            lambda seq: TaskWord(
                seq=seq,
                at=self._at,
                space=code.lower(),
                task=Task(task),
                action=Action(action),
                reason=reason,
            )
        )

    def recount(self, code: str, people: int) -> "Moment":
        """Somebody counts the people in the room; nobody is "empty: yes"."""
        return self._decide(lambda seq: Recount(seq=seq, at=self._at, space=code.lower(), count=people))

    def close(self, code: str) -> "Moment":
        """Somebody closes the room."""
        return self._decide(lambda seq: Hold(seq=seq, at=self._at, space=code.lower(), on=True))

    def open_again(self, code: str) -> "Moment":
        """Somebody opens the room that was closed."""
        return self._decide(lambda seq: Hold(seq=seq, at=self._at, space=code.lower(), on=False))

    # What breaks.

    def break_down(self, place: str, channel: str) -> "Moment":
        """The `door` counter, `air` sensor, … of a room stops working, and its node says so."""
        node = node_of(place)

        def happen(playing: Playing) -> None:
            playing.broken.add((node, channel))
            playing.see(
                node, lambda seq: Fault(seq=seq, at=self._at, channel=channel, component="it", code="stuck")
            )

        return self._do(happen)

    def mend(self, place: str, channel: str) -> "Moment":
        """It works again."""
        node = node_of(place)

        def happen(playing: Playing) -> None:
            playing.broken.discard((node, channel))
            playing.see(
                node,
                lambda seq: Recovered(seq=seq, at=self._at, channel=channel, component="it", code="stuck"),
            )

        return self._do(happen)

    def fall_silent(self, *places: str) -> "Moment":
        """Nobody hears the nodes of these rooms any more; what they see comes when they speak again."""

        def happen(playing: Playing) -> None:
            for place in places:
                playing.fall_silent(node_of(place))

        return self._do(happen)

    def speak_again(self, *places: str) -> "Moment":
        """These nodes are back, with all that they have seen meanwhile."""

        def happen(playing: Playing) -> None:
            for place in places:
                playing.speak_again(node_of(place))

        return self._do(happen)

    def learn(self, itself: Itself) -> "Moment":
        """The hub learns of itself: a store was put back, certificates end."""
        return self._do(lambda playing: playing.officer.set_itself(itself))

    def speak_otherwise(self, place: str, wire: Wire) -> "Moment":
        """The node of a room was updated: it speaks these versions of the wire."""

        def happen(playing: Playing) -> None:
            playing.presence.hear_wire(node_of(place), wire)
            playing.speak_again(node_of(place))

        return self._do(happen)

    # Alerts.

    def acknowledge(self, rule: str, *, duty: str | None = None) -> "Moment":
        """Somebody takes the open alerts of a rule."""

        def happen(playing: Playing) -> None:
            for id in _open(playing, rule):
                playing.officer.desk.acknowledge(id, "somebody", self._at, duty)

        return self._do(happen)

    def shelve(self, rule: str, *, minutes: int) -> "Moment":
        """Somebody puts the open alerts of a rule aside for 15, 30 or 60 minutes."""

        def happen(playing: Playing) -> None:
            for id in _open(playing, rule):
                wanted = timedelta(minutes=minutes)
                playing.officer.desk.shelve(id, "somebody", "it is being seen to", wanted, self._at)

        return self._do(happen)

    def silence(
        self, rule: str, *, until: str, building: str | None = None, space: str | None = None
    ) -> "Moment":
        """Somebody silences a rule, in a room, a building or everywhere; the hub ends it with the shift."""

        def happen(playing: Playing) -> None:
            playing.officer.desk.silence(
                Silence(
                    id=f"silence-{rule}",
                    owner="somebody",
                    reason="works in the building",
                    starts=self._at,
                    ends=clock(until),
                    rule=rule,
                    building=building,
                    space=None if space is None else space.lower(),
                )
            )

        return self._do(happen)

    def drill(self, code: str, kind: str) -> "Moment":
        """A drill of a `fever`, an `overload` or a `dead-door` begins."""
        space = code.lower()
        one = Drill(
            id="drill", kind=DrillKind(kind), space=space, building="a", label=code, started_at=self._at
        )
        return self._do(lambda playing: playing.officer.desk.begin_drill(one))

    def _walk(self, code: str, direction: Direction, people: int) -> "Moment":
        if code.lower() == "hall":
            return self
        return self._pass(node_of(code), "door", direction, people)

    def _pass(self, node: str, channel: str, direction: Direction, people: int) -> "Moment":
        for already in range(0, people, MOST_ABREAST):
            some = min(MOST_ABREAST, people - already)
            self._see(node, self._passage(channel, direction, some))
        return self

    def _passage(
        self, channel: str, direction: Direction, people: int, at: datetime | None = None
    ) -> Callable[[int], Passage]:
        return lambda seq: Passage(
            seq=seq, at=at or self._at, channel=channel, direction=direction, people=people
        )

    def _treat(self, code: str, tasks: tuple[str, ...], action: Action, proof: str) -> "Moment":
        for task in tasks:
            self._see(node_of(code), self._treatment(Task(task), action, Proof(proof)))
        return self

    def _treatment(self, task: Task, action: Action, proof: Proof) -> Callable[[int], Treatment]:
        return lambda seq: Treatment(
            seq=seq, at=self._at, channel="button", task=task, action=action, proof=proof
        )

    def _see(self, node: str, make: Callable[[int], AnyEvent]) -> "Moment":
        return self._do(lambda playing: playing.see(node, make))

    def _decide(self, make: Callable[[int], AnyAct]) -> "Moment":
        return self._do(lambda playing: playing.decide(make))

    def _do(self, do: Deed) -> "Moment":
        self._add(do)
        return self


def _open(playing: Playing, rule: str) -> list[str]:
    return [alert.id for alert in playing.officer.desk.alerts.values() if alert.rule == rule]
