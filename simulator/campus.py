"""The whole campus: people, their truth, faults and the real edge code of every node, moved by one clock.

`advance` does all that falls into the next seconds, in order of time, as fast as the machine allows. Real
time is the same with a pause between: the caller advances by what has really passed.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from edge.assembly import Connect
from edge.config import Broker
from hub.layout import Layout, Sensor, SensorKind
from protocol.events import Verdict
from simulator.faults import FaultKind, FaultSettings, Injection, deaths, draw_faults
from simulator.happenings import Crossing, Deed, Happening, Visit
from simulator.i2c_bus import Fault, Flip
from simulator.nodes import SimulatedNode, node_configs
from simulator.people import generate
from simulator.people_settings import PeopleSettings
from simulator.room_air import RoomAir, RoomAirSettings
from simulator.staff import Chore
from simulator.timetable import Act
from simulator.truth import Truth
from simulator.walkers import OUTER, Change, Gait, bounce, changes, draw_body, shades

#: Monotonic seconds at the start; not 0, so that nothing can rely on it.
START_S = 1000.0
#: The stream is read this far ahead, seconds: a body breaks the first beam before it is midway in the door.
AHEAD_S = 1.0
#: After a door's last edge its node steps at least this much later, seconds, and so closes the episode.
SETTLE_S = 0.25
#: Between looks while a forehead is before the lens, seconds.
LOOK_S = 0.1
#: A person asked to come again comes again.
AGAIN = (Verdict.REPEAT, Verdict.NO_READING)
#: Bits of the answer that damage inverts, one in the object's low byte.
DAMAGE = Flip((3, 17))
#: A press at a button or lever; one that takes a treatment back, and the pause after it, seconds.
PRESS_S, TAKE_BACK_S, PAUSE_S = 0.3, 3.5, 2.0


class Pace(Struct, frozen=True, kw_only=True):
    """How often nodes step. More often shows sooner and costs more; what is counted is the same."""

    #: Between steps of a node whose doors are in use, seconds.
    busy_s: Annotated[float, Meta(gt=0.0)] = 1.0
    #: Between steps of a node with nothing to do, seconds.
    idle_s: Annotated[float, Meta(gt=0.0)] = 5.0
    #: From news (an edge, a message) to the step that takes it, seconds: what comes meanwhile is taken
    #: with it.
    woken_s: Annotated[float, Meta(ge=0.0)] = 0.0


class CampusSettings(Struct, frozen=True, kw_only=True):
    """Everything about a simulated campus but its layout and seed."""

    people: PeopleSettings = PeopleSettings()
    faults: FaultSettings = FaultSettings()
    gait: Gait = Gait()
    pace: Pace = Pace()
    air: RoomAirSettings = RoomAirSettings()
    #: For how long people are generated, hours.
    hours: Annotated[float, Meta(gt=0.0)] = 24.0


class VirtualClock:
    """A clock that stands still until it is told to go on; `protocol.clock.Clock`."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        #: Seconds since the start.
        self.t_s = 0.0

    def now(self) -> datetime:
        """The instant, aware, UTC."""
        return self._start + timedelta(seconds=self.t_s)

    def monotonic(self) -> float:
        """Seconds that never jump back."""
        return START_S + self.t_s

    def set_wall(self, now: datetime) -> None:
        """Let the instant be `now` from here on, as time service does; seconds go on as they were."""
        self._start = now - timedelta(seconds=self.t_s)


class _Action(NamedTuple):
    t_s: float
    order: int
    do: Callable[[], None]


class _Pulse:
    """When a node steps next, and how long it is to step often."""

    __slots__ = ("busy_until_s", "due_s", "woken")

    def __init__(self) -> None:
        self.due_s = float("inf")
        self.busy_until_s = float("-inf")
        #: Set by the sessions' threads, cleared by the campus.
        self.woken = False

    def wake(self) -> None:
        """There is news for the node."""
        self.woken = True


class VirtualCampus:
    """A campus of people with known truth, on the real edge code. One thread calls everything."""

    def __init__(
        self,
        layout: Layout,
        seed: int,
        *,
        start: datetime,
        data: Path,
        connect: Connect,
        broker: Broker | None = None,
        settings: CampusSettings | None = None,
    ) -> None:
        """`start` is aware UTC; outboxes lie in `data`; `connect` makes the nodes' sessions."""
        settings = settings or CampusSettings()
        self.clock = VirtualClock(start)
        self.truth = Truth(layout)
        self._settings = settings
        self._rng = random.Random(f"campus:{seed}")
        self._order = count()
        self._heap: list[_Action] = []
        self._doors = {door.id: (door.node, door.channel) for door in layout.doors}
        self._posts = {post.id: (post.node, post.channel) for post in layout.posts}
        self._sensors = {sensor.id: sensor for sensor in layout.sensors}
        volumes = {space.id: space.area_m2 * space.height_m for space in layout.spaces}
        #: The air of the rooms that have a sensor of it, and the sensors of each node.
        self._air = {
            sensor.space: RoomAir(sensor.space, volumes[sensor.space], settings.air)
            for sensor in layout.sensors
            if sensor.kind is SensorKind.AIR and sensor.space is not None
        }
        self._air_of: dict[str, list[tuple[str, str]]] = {}
        for sensor in layout.sensors:
            if sensor.kind is SensorKind.AIR and sensor.space is not None:
                self._air_of.setdefault(sensor.node, []).append((sensor.channel, sensor.space))
        #: Buttons by whether the treatment goes on that they tell of; what is not here was not pressed yet.
        self._goes_on: dict[str, bool] = {}
        self._pulses = {node: _Pulse() for node in layout.nodes()}
        self.nodes = {
            config.node: SimulatedNode(config, self.clock, connect, self._pulses[config.node].wake, seed)
            for config in node_configs(layout, data, broker or Broker())
        }
        self._stream: Iterator[Happening] = generate(layout, start, settings.hours, seed, settings.people)
        self._next = next(self._stream, None)
        for injection in draw_faults(layout, settings.hours, seed, settings.faults):
            self._plan_fault(injection)

    @property
    def t_s(self) -> float:
        """Seconds since the start."""
        return self.clock.t_s

    def outbox_depth(self) -> int:
        """Events that the nodes keep and the hub has not made durable."""
        return sum(node.outbox_depth for node in self.nodes.values())

    def produced(self) -> int:
        """Events that the nodes have numbered."""
        return sum(node.produced for node in self.nodes.values())

    def air(self) -> dict[str, float]:
        """CO2 of the rooms with a sensor of it, as it was when its node last looked, ppm."""
        return {space: air.ppm for space, air in self._air.items()}

    def dispensers(self) -> dict[str, float]:
        """How full each dispenser is, 0 to 1."""
        sensors = (one for one in self._sensors.values() if one.kind is SensorKind.DISPENSER)
        return {one.id: self.nodes[one.node].fittings.level(one.channel) for one in sensors}

    def start(self) -> None:
        """Start every node's process. Raises what `edge.assembly.build_node` raises."""
        for number, (name, node) in enumerate(self.nodes.items()):
            node.start()
            # Not all at once: steps, and so health messages, are spread.
            self._request_step(name, self.t_s + self._settings.pace.idle_s * number / len(self.nodes))

    def stop(self) -> None:
        """Every node says goodbye and ends; all at once, because each waits for the broker to have heard."""
        with ThreadPoolExecutor(max_workers=max(1, len(self.nodes))) as pool:
            list(pool.map(SimulatedNode.stop, self.nodes.values()))

    def advance(self, seconds: float) -> None:
        """Let so much time pass, with everything that happens in it."""
        until_s = self.clock.t_s + seconds
        for name, pulse in self._pulses.items():
            if pulse.woken:
                pulse.woken = False
                self._request_step(name, self.t_s + self._settings.pace.woken_s)
        while True:
            self._read_ahead(min(self._heap[0].t_s, until_s) if self._heap else until_s)
            if not self._heap or self._heap[0].t_s > until_s:
                break
            action = heapq.heappop(self._heap)
            self.clock.t_s = max(self.clock.t_s, action.t_s)
            action.do()
        self.clock.t_s = until_s

    def pump(self) -> None:
        """Let every node that keeps events send them and hear of them, while time stands still."""
        for node in self.nodes.values():
            if node.outbox_depth:
                node.step()

    def hold_events(self, holds: bool) -> None:
        """Keep events in the outboxes while time runs faster than any hub could answer; or let them go."""
        for node in self.nodes.values():
            node.hold_events(holds)

    def _at(self, t_s: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._heap, _Action(t_s, next(self._order), do))

    def _read_ahead(self, t_s: float) -> None:
        """Plan what happens until a little after `t_s`."""
        while self._next is not None and self._next.t_s <= t_s + AHEAD_S:
            happening, self._next = self._next, next(self._stream, None)
            if isinstance(happening, Visit):
                self._at(happening.t_s, partial(self._visit, happening))
            elif isinstance(happening, Chore):
                self._at(happening.t_s, partial(self.truth.observe, happening))
            elif isinstance(happening, Deed):
                self._at(happening.t_s, partial(self._do, happening))
            else:
                self._plan_crossing(happening)

    def _plan_crossing(self, crossing: Crossing) -> None:
        settings, rng = self._settings, self._rng
        self._at(crossing.t_s, partial(self.truth.observe, crossing))
        found = shades(crossing, draw_body(settings.gait, rng), settings.gait, rng)
        seen = [shade for shade in found if rng.random() >= settings.faults.missed_pulse_share]
        for change in changes(seen):
            bounces = rng.random() < settings.faults.bounce_share
            for each in bounce(change, rng) if bounces else (change,):
                self._at(each.t_s, partial(self._change, crossing.door, each))

    def _change(self, door: str, change: Change) -> None:
        name, channel = self._doors[door]
        self.nodes[name].change(channel, change)
        pulse = self._pulses[name]
        pulse.busy_until_s = max(pulse.busy_until_s, self.t_s + SETTLE_S)
        self._request_step(name, self.t_s + max(SETTLE_S, self._settings.pace.busy_s))

    def _visit(self, visit: Visit) -> None:
        name, channel = self._posts[visit.post]
        thermometer = self.nodes[name].thermometers[channel]
        if visit.attempt > 1 and thermometer.verdict not in AGAIN:
            return
        self.truth.observe(visit)
        thermometer.show(visit)
        self._request_step(name, self.t_s)

    def _do(self, deed: Deed) -> None:
        sensor = self._sensors[deed.sensor]
        fittings = self.nodes[sensor.node].fittings
        if deed.act in (Act.PRESS_STARTED, Act.PRESS_DONE):
            self._press(deed, sensor)
        elif deed.act is Act.SQUEEZE:
            fittings.take(sensor.channel)
            self._hold(sensor, self.t_s, PRESS_S)
        elif deed.act is Act.REFILL:
            fittings.fill(sensor.channel)
        else:
            fittings.open(sensor.channel, deed.act is Act.OPEN)
            if sensor.space in self._air:
                air = self._air[sensor.space]
                air.advance(self.t_s, self.truth.occupancy(sensor.space))
                air.is_open = deed.act is Act.OPEN

    def _press(self, deed: Deed, sensor: Sensor) -> None:
        """Say that a task has begun or is done; nobody presses at a panel that is dark."""
        starts, goes_on = deed.act is Act.PRESS_STARTED, self._goes_on.get(sensor.id)
        if not self.nodes[sensor.node].is_alive or (not starts and not goes_on):
            self.truth.observe(deed._replace(was_heard=False))
            return
        at_s = self.t_s
        if starts and goes_on is not False:
            # A treatment that nobody ended, perhaps before this simulation began, is taken back first.
            self._hold(sensor, at_s, TAKE_BACK_S)
            at_s += TAKE_BACK_S + PAUSE_S
        self._hold(sensor, at_s, PRESS_S)
        self._goes_on[sensor.id] = starts
        self.truth.observe(deed._replace(t_s=at_s))

    def _hold(self, sensor: Sensor, from_s: float, for_s: float) -> None:
        fittings = self.nodes[sensor.node].fittings
        self._at(from_s, partial(fittings.hold, sensor.channel, True))
        self._at(from_s + for_s, partial(fittings.hold, sensor.channel, False))

    def _request_step(self, name: str, at_s: float) -> None:
        pulse = self._pulses[name]
        if at_s < pulse.due_s:
            pulse.due_s = at_s
            self._at(at_s, partial(self._step, name, at_s))

    def _step(self, name: str, due_s: float) -> None:
        pulse, node, pace = self._pulses[name], self.nodes[name], self._settings.pace
        if pulse.due_s != due_s:
            return  # a sooner one has been made since
        pulse.due_s = float("inf")
        for channel, space in self._air_of.get(name, ()):
            co2_ppm = self._air[space].advance(self.t_s, self.truth.occupancy(space))
            node.fittings.breathe(channel, co2_ppm)
        node.step()
        next_s = self.t_s + pace.idle_s
        if any(thermometer.is_busy for thermometer in node.thermometers.values()):
            next_s = self.t_s + LOOK_S
        elif self.t_s < pulse.busy_until_s:
            next_s = max(pulse.busy_until_s, self.t_s + LOOK_S)
        self._request_step(name, next_s)

    def _plan_fault(self, injection: Injection) -> None:
        self._at(injection.from_s, partial(self.truth.observe, injection))
        for from_s, until_s in deaths(injection):
            self._at(from_s, self.nodes[injection.target].die)
            self._at(until_s, partial(self._revive, injection.target))
        if injection.kind is FaultKind.STUCK_BEAM:
            for at_s, bodies in ((injection.from_s, +1), (injection.until_s, -1)):
                self._at(at_s, partial(self._change, injection.target, Change(at_s, OUTER, bodies)))
        if injection.kind in (FaultKind.BAD_PEC, FaultKind.NACK):
            damage = DAMAGE if injection.kind is FaultKind.BAD_PEC else Fault.NACK
            self._at(injection.from_s, partial(self._damage, injection.target, damage))
            self._at(injection.until_s, partial(self._damage, injection.target, None))

    def _revive(self, name: str) -> None:
        if not self.nodes[name].is_alive:
            self.nodes[name].start()
            self._request_step(name, self.t_s)

    def _damage(self, post: str, damage: Fault | Flip | None) -> None:
        name, channel = self._posts[post]
        self.nodes[name].thermometers[channel].damage = damage
