"""An hour of a small campus through the real engine, in virtual time: the books that a copy is made of.

People at the entrance, a room that fills over its limit and empties, its air, window, dispenser and button,
a fault that comes and goes, a node that falls silent for a while; and somebody who acknowledges.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from hub.layout import Layout, Sensor, SensorKind
from protocol.codec import encode
from protocol.events import (
    Action,
    Air,
    AnyEvent,
    Contact,
    Direction,
    Dispense,
    Proof,
    Task,
    Treatment,
    Verdict,
)
from protocol.messages import Channel, Health, Hello, NodeState, Status
from tests.builders import EPOCH, MORNING, a_fault, a_layout, a_passage, a_recovery, a_screening
from tests.fakes.hub import SettableClock
from tests.hub.site import TOPICS, Site

#: Long past on any day that the tests are run: a server refuses the future. A Monday, 09:00 in Almaty.
BEGINS = datetime(2024, 3, 4, 4, 0, tzinfo=MORNING.tzinfo)
#: Seconds of the hour, and a little for what is written when a minute is over.
HOUR_S, STEP_S = 3660, 10
#: Temperatures of people that nothing else here has.
SKIN_C, INDEX_C, AMBIENT_C, SPREAD_C = 36.7173, 0.7171, 21.8173, 0.1373
VERDICTS = (*[Verdict.PASS] * 7, Verdict.REPEAT, Verdict.ELEVATED, Verdict.TOO_COLD, Verdict.NO_READING)


def hour_layout() -> Layout:
    """The small campus, with what watches the room."""
    kinds = {
        "air": SensorKind.AIR,
        "window": SensorKind.WINDOW,
        "gel": SensorKind.DISPENSER,
        "button": SensorKind.BUTTON,
    }
    return a_layout(
        sensors=tuple(
            Sensor(id=f"room-{name}", node="room-node", channel=name, kind=kind, space="room")
            for name, kind in kinds.items()
        )
    )


class PastSite(Site):
    """A site whose clock begins in the past."""

    def __init__(self, folder: Path) -> None:
        self._layout = hour_layout()
        super().__init__(folder)

    def start(self, layout: Layout | None = None) -> None:
        if self.clock.now() >= MORNING:
            self.clock.set_wall(BEGINS - MORNING)
        super().start(layout or self._layout)


class Hour:
    """The hour being played."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.site = PastSite(folder)
        self.clock: SettableClock = self.site.clock
        #: Called at the end of each minute.
        self.each_minute: Callable[[], object] = lambda: None
        self._second = 0
        self._seqs: dict[str, int] = defaultdict(int)
        self._said: dict[str, list[AnyEvent]] = defaultdict(list)

    def play(self, until_s: int = HOUR_S) -> None:
        """From where it is to that second of the hour."""
        for second in range(self._second, until_s, STEP_S):
            self._speak(second)
            self._happen(second)
            for node, events in self._said.items():
                self.site.send(node, *events)
            self._said.clear()
            self.site.tick(STEP_S)
            self._acknowledge(second)
            if second % 60 == 0:
                self.each_minute()
        self._second = until_s

    def see(self, node: str, make: Callable[..., AnyEvent], **fields: object) -> None:
        self._seqs[node] += 1
        self._said[node].append(make(seq=self._seqs[node], at=self.clock.now(), **fields))

    def close(self) -> None:
        self.site.engine.close()
        self.site.kill()

    def _speak(self, second: int) -> None:
        for node in ("entrance", "room-node"):
            if node == "room-node" and 2400 <= second < 2700:
                continue
            now = self.clock.now()
            if second == 0:
                hello = Hello(
                    software="1",
                    config_hash="x",
                    epoch=EPOCH,
                    seq=0,
                    channels=(Channel(channel="a", kind="b"),),
                )
                self.site.deliver(TOPICS.hello(node), encode(hello))
                status = Status(state=NodeState.ONLINE, epoch=EPOCH, since=now)
                self.site.deliver(TOPICS.status(node), encode(status))
            health = Health(
                at=now,
                epoch=EPOCH,
                seq=self._seqs[node],
                outbox_depth=0,
                cpu_c=48.5,
                throttled=False,
                disk_free_mb=2048.0,
                written_mb_per_day=12.5,
            )
            self.site.deliver(TOPICS.health(node), encode(health))

    def _happen(self, second: int) -> None:
        step = second // STEP_S
        if second < 1200 and step % 2 == 0:
            self.see("entrance", a_passage, channel="main", people=1 + step % 2)
            verdict = VERDICTS[step // 2 % len(VERDICTS)]
            self.see(
                "entrance",
                a_screening,
                verdict=verdict,
                skin_c=SKIN_C,
                index_c=INDEX_C,
                ambient_c=AMBIENT_C,
                spread_c=SPREAD_C,
                samples=9,
            )
        if 300 <= second < 480:
            self.see("room-node", a_passage, took_s=0.75, confidence=0.9)
        if 1500 <= second < 1680:
            self.see("room-node", a_passage, direction=Direction.OUT, took_s=0.5, confidence=0.8)
        if second % 60 == 0 and not 2400 <= second < 2700:
            self.see(
                "room-node",
                Air,
                channel="air",
                co2_ppm=450.0 + second / 4,
                temperature_c=21.5,
                humidity=0.4,
            )
        once: dict[int, Callable[[], None]] = {
            600: lambda: self.see("room-node", Dispense, channel="gel", presses=2, amount_ml=3.0, level=0.5),
            1700: lambda: self.see("room-node", Contact, channel="window", open=True),
            1710: lambda: self._treat(Action.STARTED),
            2000: lambda: self._treat(Action.DONE),
            2010: lambda: self.see("room-node", Contact, channel="window", open=False),
            2100: lambda: self.see("room-node", a_fault, channel="air", component="air", code="away"),
            2200: lambda: self.see("room-node", a_recovery, channel="air", component="air", code="away"),
        }
        once.get(second, lambda: None)()

    def _treat(self, action: Action) -> None:
        self.see(
            "room-node", Treatment, channel="button", task=Task.AIRING, action=action, proof=Proof.BUTTON
        )

    def _acknowledge(self, second: int) -> None:
        for alert in self.site.alerts() if second == 900 else []:
            at_ms = int(self.clock.now().timestamp() * 1000)
            self.site.decisions.add("ack", str(alert["id"]), "Aigerim", at_ms)
