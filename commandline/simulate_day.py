"""Simulate a campus day with known truth through the real pipeline, and score what the hub believed.

Real edge code on modelled hardware, a real broker, the real hub: one clock moves them all. Between
slices of time the day waits until every outbox is drained, so the score is the pipeline's and not
the machine's. An hour of the campus takes about a minute; progress goes to standard error. Every alert is
acknowledged two minutes after it fired. What the alerts were worth is said beside what the truth deserved.
"""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from commandline.broker_process import free_port, start_broker, wait_listening
from commandline.defaults import CAMPUS, REGIME
from commandline.hub_orders import read_orders
from commandline.simulate_arrivals import Arrivals
from commandline.simulate_deserved import deserved
from commandline.simulate_known import DayTruth, Sitting
from commandline.simulate_score import DayScore, RuleScore, day_lines, honest_lines, score_alarms
from edge.config import Broker
from hub.alerts.load import GuardLoad, loads
from hub.announcer import Announcer
from hub.engine import Engine, Orders
from hub.inbox import Inbox
from hub.reception import Reception
from hub.store.alert_book import AlertBook
from hub.store.database import hub_url, opened, people_url
from hub.store.decisions import Decisions
from hub.store.journal import count_rows
from hub.store.schema import hub as hub_tables
from hub.store.schema import people as people_tables
from protocol.broker import BrokerConfig, Session
from protocol.clock import SystemClock
from protocol.topics import Topics
from simulator.campus import CampusSettings, VirtualCampus
from simulator.counting_study import study
from simulator.nodes import CuttableSession

#: Time passes in slices of this length, seconds; rules are checked after each.
SLICE_S = 5.0
#: Counts are compared with the truth this often, seconds.
SAMPLE_S = 60.0
MEMORY = Path("/dev/shm")  # nosec B108  # a folder of a name nobody knows is made in it
#: Real seconds that draining one slice may take.
DRAIN_S = 30.0
#: Nothing came for so long, in real seconds: it is asked whether all that was sent has arrived.
QUIET_S = 0.002
#: Real seconds after which a node's word on how it is has been lost, as such a message may be. One that is
#: only late would be heard a slice later, and the node be silent meanwhile.
WORD_S = 2.0
#: Somebody acknowledges an alert so long after it fired, as a what-if takes it too.
ACKNOWLEDGED_AFTER = timedelta(minutes=2)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet simulate`."""
    parser.add_argument("--hours", type=float, default=10.0, help="length of the day from 08:00 (default 10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--campus", type=Path, default=CAMPUS)
    parser.add_argument("--regime", type=Path, default=REGIME)
    parser.add_argument(
        "--count-seeds",
        type=int,
        default=20,
        help="weeks of coin-flip doors on which the honesty of the counts is scored (default 20; 0 skips it)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Simulate the day; exit 1 when an event was lost."""
    if not 0 < args.hours <= 24:
        raise ValueError(f"--hours must be more than 0 and at most 24, got {args.hours:g}")
    if args.count_seeds < 0:
        raise ValueError(f"--count-seeds must be 0 or more, got {args.count_seeds}")
    orders = read_orders(args.campus, args.regime)
    # Nothing of a simulated day has to outlive a power cut: in memory, commits cost no disk.
    memory = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="kuzet-", dir=memory) as folder, ExitStack() as closing:
        score = _Day(orders, Path(folder), args, closing).score()
    honest = study(orders.layout, range(1, args.count_seeds + 1)) if args.count_seeds else None
    if args.json:
        print(json.dumps({**msgspec.to_builtins(score), "honest_counts": msgspec.to_builtins(honest)}))
    else:
        print("\n".join([*day_lines(score), *(honest_lines(honest) if honest is not None else ())]))
    return 1 if score.lost else 0


class _Day:
    """One campus, one broker, one hub, one clock."""

    def __init__(self, orders: Orders, folder: Path, args: argparse.Namespace, closing: ExitStack) -> None:
        self._layout, self._lesson_book, self._args = orders.layout, orders.lesson_book, args
        layout = orders.layout
        self._real = SystemClock()
        port = free_port()
        _, broker = start_broker(folder, port)
        closing.callback(broker.wait)
        closing.callback(broker.terminate)
        wait_listening(port, broker, DRAIN_S)
        local = datetime.combine(datetime(2026, 11, 23, tzinfo=UTC), time(8), ZoneInfo(layout.timezone))
        self.campus = VirtualCampus(
            layout,
            args.seed,
            start=local.astimezone(UTC),
            data=folder,
            connect=CuttableSession,
            broker=Broker(port=port),
            settings=CampusSettings(hours=args.hours),
        )
        topics = Topics(layout.site)
        self._inbox, self._arrivals = Inbox(), Arrivals(self.campus.nodes, topics)
        self._session = Session(
            BrokerConfig(port=port, client_id="hub"),
            on_message=self._inbox.put,
            subscriptions=(topics.all_events, topics.all_hellos, topics.all_statuses, topics.all_healths),
        )
        closing.callback(self._session.stop)
        self._store = closing.enter_context(opened(hub_url(folder), hub_tables))
        people = closing.enter_context(opened(people_url(folder), people_tables))
        ids = count(1)
        self.hub = Engine(
            store=self._store,
            decisions=Decisions(people),
            reception=Reception(folder),
            orders=orders,
            announcer=Announcer(self._session, topics, "simulation", self.campus.clock.now()),
            clock=self.campus.clock,
            new_id=lambda: f"{next(ids):026d}",
            version="simulation",
            allowance_valid_s=60.0,
            snapshot_every_s=1e9,
        )
        self._session.start()
        self._session.wait_connected(DRAIN_S)
        self.campus.start()
        closing.callback(self.campus.stop)
        self._errors: list[int] = []
        self._in_band = self._unknown = self._samples = 0
        #: What the truth does not keep: the air of rooms with a sensor, and how full dispensers are.
        self._air: dict[str, list[tuple[float, float]]] = {}
        self._dispensers: dict[str, list[tuple[float, float]]] = {}

    def score(self) -> DayScore:
        """Let the day pass, then compare."""
        began = self._real.monotonic()
        end_s = self._args.hours * 3600
        next_sample_s = SAMPLE_S
        while self.campus.t_s < end_s:
            self.campus.advance(min(SLICE_S, end_s - self.campus.t_s))
            self._drain()
            self._acknowledge()
            self.hub.tick()
            if self.campus.t_s % 3600 < SLICE_S:
                print(f"{self.campus.t_s / 3600:.0f} of {self._args.hours:g} h", file=sys.stderr, flush=True)
            if self.campus.t_s >= next_sample_s:
                next_sample_s += SAMPLE_S
                self._compare()
        return self._score(self._real.monotonic() - began)

    def _drain(self) -> None:
        """Let the pipeline come to rest while the campus stands still."""
        began = self._real.monotonic()
        while True:
            deliveries = self._inbox.drain(500, QUIET_S)
            took_s = self._real.monotonic() - began
            if deliveries:
                self._arrivals.hear(deliveries)
                self.hub.take(deliveries)
            elif not self.campus.outbox_depth():
                if not self._arrivals.awaited():
                    return
                if took_s > WORD_S:
                    self._arrivals.give_up()
                    return
            elif took_s > DRAIN_S:
                raise TimeoutError(
                    f"{self.campus.outbox_depth()} events were not stored within {DRAIN_S:g} s"
                )
            self.campus.pump()
            # Acknowledgements keep a small distance in time, and time stands still.
            self.campus.advance(0.001)
            self.hub.say()

    def _acknowledge(self) -> None:
        """Somebody takes what fired a while ago: else the next fever at a post would be the same alert."""
        desk, now = self.hub.officer.desk, self.campus.clock.now()
        for alert in list(desk.alerts.values()):
            fired_at = alert.fired_at
            if fired_at is not None and alert.acked_at is None and now - fired_at >= ACKNOWLEDGED_AFTER:
                desk.acknowledge(alert.id, "simulation", now)

    def _compare(self) -> None:
        now, t_s = self.campus.clock.now(), self.campus.t_s
        for name, ppm in self.campus.air().items():
            self._air.setdefault(name, []).append((t_s, ppm))
        for name, level in self.campus.dispensers().items():
            self._dispensers.setdefault(name, []).append((t_s, level))
        for space in self._layout.spaces:
            judged = self.hub.officer.situation.judge(space.id, now)
            self._samples += 1
            if judged.occupancy is None or judged.low is None or judged.high is None:
                self._unknown += 1
                continue
            truth = self.campus.truth.occupancy_at(space.id, t_s)
            self._errors.append(abs(judged.occupancy - truth))
            self._in_band += judged.low <= truth <= judged.high

    def _score(self, took_s: float) -> DayScore:
        truth, day = self.campus.truth, self.hub.campus.day_of(self.campus.clock.now())
        doors = [book.get(day) for book in self.hub.campus.state.doors.values()]
        counted_in = sum(page.ins for page in doors if page)
        counted_out = sum(page.outs for page in doors if page)
        true_in = sum(totals.people_in for totals in truth.doors.values())
        true_out = sum(totals.people_out for totals in truth.doors.values())
        alarms, guards = self._alarms()
        over = alarms.get("over-capacity", RuleScore(fired=0, true=0, false=0, deserved=0, missed=0))
        produced, pending, stored = (
            self.campus.produced(),
            self.campus.outbox_depth(),
            count_rows(self._store)[0],
        )
        known = max(1, len(self._errors))
        return DayScore(
            hours=self._args.hours,
            seed=self._args.seed,
            took_s=round(took_s, 1),
            true_in=true_in,
            true_out=true_out,
            counted_in=counted_in,
            counted_out=counted_out,
            in_error=round((counted_in - true_in) / max(1, true_in), 4),
            out_error=round((counted_out - true_out) / max(1, true_out), 4),
            turned_back=truth.turned_back,
            samples=self._samples,
            mean_error=round(sum(self._errors) / known, 3),
            largest_error=max(self._errors, default=0),
            in_band=round(self._in_band / known, 4),
            unknown=round(self._unknown / max(1, self._samples), 4),
            overloads=over.deserved,
            overloads_alarmed=over.deserved - over.missed,
            false_alarms=over.false,
            produced=produced,
            stored=stored,
            pending=pending,
            lost=produced - pending - stored,
            alarms=alarms,
            load=guards,
        )

    def _alarms(self) -> tuple[dict[str, RuleScore], dict[str, GuardLoad]]:
        book, ends, ends_s = AlertBook(self._store), self.campus.clock.now(), self.campus.t_s
        begins = ends - timedelta(seconds=ends_s)
        situation = self.hub.officer.situation
        day = DayTruth(
            layout=self._layout,
            profile=situation.profile,
            capacity={space: one.value for space, one in situation.capacity.items()},
            truth=self.campus.truth,
            sittings=self._sittings(begins),
            air=self._air,
            dispensers=self._dispensers,
            ends_s=ends_s,
        )
        alerts, transitions = book.all(), book.transitions(begins, ends + timedelta(seconds=1))
        scored = score_alarms(alerts, transitions, deserved(day), situation.profile.alerts, begins, ends_s)
        return scored, loads(self._layout, alerts, transitions, book.notifications(), begins, ends)

    def _sittings(self, begins: datetime) -> list[Sitting]:
        """The lessons of the week ahead as the timetable has them."""
        lessons = self._lesson_book.around(begins)
        return [
            Sitting(
                space,
                (one.start - begins).total_seconds(),
                (one.end - begins).total_seconds(),
                one.enrolled,
            )
            for space in lessons.spaces()
            for one in lessons.of(space)
            if one.enrolled is not None and one.end > begins
        ]
