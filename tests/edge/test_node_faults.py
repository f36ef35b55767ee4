"""What a whole node says of itself: once going, once coming back, and what stops nothing else."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from edge.drivers.errors import ReadFailed
from edge.faults import FaultBook, Stamp
from edge.life.last_life import Code, Ending
from edge.life.moves import OUTBOX, OUTBOX_QUIET_S, PUBLISHER, PUBLISHER_QUIET_S
from edge.life.progress import Stuck
from edge.node import WELL_AFTER_S
from edge.outbox.file import Cursor
from edge.watches.watch import Watch
from protocol.events import AnyEvent, ClockState, Fault, Passage, Recovered
from protocol.messages import Light
from tests.edge.node_bench import Bench, faults_in
from tests.edge.outbox.test_outbox import fill, limit_pages
from tests.fakes.edge import START, FakeLamp


def test_node_says_an_obstruction_once_going_and_once_coming_back(bench: Bench) -> None:
    bench.outer.set(True)
    bench.run(20.0)
    said_going = bench.healths()[-1].faults
    bench.outer.set(False)
    bench.run(11.0)
    assert faults_in(bench.kept()) == [
        ("Fault", "main", "beams", "obstructed"),
        ("Recovered", "main", "beams", "obstructed"),
    ]
    assert said_going == ("main beams: obstructed",)
    assert bench.healths()[-1].faults == ()


def test_node_takes_an_obstruction_back_that_went_away_while_it_was_off(bench: Bench) -> None:
    bench.outer.set(True)
    bench.run(5.0)
    bench.crash()
    bench.boot()
    bench.run(1.0)
    assert [kind for kind, *_ in faults_in(bench.kept())] == ["Fault", "Recovered"]


def test_node_does_not_say_an_obstruction_again_that_lasts_over_a_restart(bench: Bench) -> None:
    bench.outer.set(True)
    bench.run(5.0)
    bench.crash()
    boot_blocked(bench)
    bench.run(5.0)
    assert [kind for kind, *_ in faults_in(bench.kept())] == ["Fault"]
    bench.outer.set(False)
    bench.run(1.0)
    assert [kind for kind, *_ in faults_in(bench.kept())] == ["Fault", "Recovered"]


def boot_blocked(bench: Bench) -> None:
    """Start the node with the outer beam already broken."""
    bench.boot()
    bench.outer.set(True)


def test_node_tells_once_how_its_last_run_ended(bench: Bench) -> None:
    bench.crash()
    bench.ending = Ending(code=Code.POWER, detail="the machine started again without stopping the node first")
    bench.boot()
    bench.run(1.0)
    assert faults_in(bench.kept()) == [
        ("Fault", "node", "watchdog", "power"),
        ("Recovered", "node", "watchdog", "power"),
    ]


def test_part_that_was_stuck_in_vain_is_given_twice_the_time_for_each_restart(bench: Bench) -> None:
    bench.crash()
    bench.ending = Ending(code=Code.STUCK, detail="", part=PUBLISHER, in_a_row=2)
    bench.boot()
    bench.session.is_deaf = True
    bench.go_in()
    bench.run(3 * PUBLISHER_QUIET_S)
    assert bench.progress.stuck(bench.clock.monotonic()) is None
    bench.run(1.1 * PUBLISHER_QUIET_S)
    assert stuck_part(bench) == PUBLISHER


def test_node_at_rest_or_alone_or_unacknowledged_is_not_stuck(bench: Bench) -> None:
    bench.run(400.0)
    bench.go_in()
    bench.run(400.0)
    bench.session.go_down()
    bench.go_in()
    bench.run(400.0)
    assert bench.progress.stuck(bench.clock.monotonic()) is None


def test_node_whose_outbox_is_damaged_is_stuck_after_a_while_but_not_when_the_card_fails_or_is_full(
    bench: Bench,
) -> None:
    limit_pages(bench.node.outbox, 0)
    fill(bench.node.outbox)
    bench.go_in()
    bench.run(OUTBOX_QUIET_S + 60.0)
    assert "outbox: full" in bench.healths()[-1].faults
    assert bench.progress.stuck(bench.clock.monotonic()) is None
    bench.node.outbox._database.execute("PRAGMA query_only = ON")
    bench.run(OUTBOX_QUIET_S + 60.0)
    assert "outbox: unwritable" in bench.healths()[-1].faults
    assert bench.progress.stuck(bench.clock.monotonic()) is None
    database, bench.node.outbox._database = bench.node.outbox._database, Damaged()
    bench.run(OUTBOX_QUIET_S + 60.0)
    assert stuck_part(bench) == OUTBOX
    bench.node.outbox._database = database
    bench.node.outbox._database.execute("PRAGMA query_only = OFF")
    limit_pages(bench.node.outbox, 1000)
    bench.run(2.0)
    assert bench.progress.stuck(bench.clock.monotonic()) is None


def stuck_part(bench: Bench) -> str:
    stuck = bench.progress.stuck(bench.clock.monotonic())
    assert isinstance(stuck, Stuck)
    return stuck.part


class Faulty(Watch):
    """A channel with a bug."""

    def __init__(self) -> None:
        super().__init__("faulty")
        self.is_well = False

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        if not self.is_well:
            raise ZeroDivisionError("division by zero")
        return []


def test_bug_in_one_channel_is_its_fault_and_the_others_work_on(bench: Bench) -> None:
    faulty = Faulty()
    bench.node._watches = [faulty, *bench.node._watches]
    bench.go_in()
    faulty.is_well = True
    bench.run(WELL_AFTER_S + 1.0)
    kept = [event for event in bench.kept() if event.channel != "node"]
    assert [type(event) for event in kept] == [Fault, Passage, Recovered]
    assert faults_in(kept)[0] == ("Fault", "faulty", "channel", "bug")


def test_light_that_cannot_be_switched_is_a_fault_and_people_are_counted(bench: Bench) -> None:
    lamp = RefusingLamp()
    bench.node.indicator._lamps = {"main": lamp}
    bench.go_in()
    lamp.is_refusing = False
    bench.run(0.2)
    assert faults_in(bench.kept()) == [
        ("Fault", "node", "light-main", "read"),
        ("Recovered", "node", "light-main", "read"),
    ]
    assert sum(isinstance(event, Passage) for event in bench.kept()) == 1


class RefusingLamp(FakeLamp):
    """A lamp whose pin is gone."""

    is_refusing = True

    def show(self, light: Light) -> None:
        if self.is_refusing:
            raise ReadFailed("pin 5: gone")
        super().show(light)


def test_unreadable_outbox_ends_nothing(bench: Bench) -> None:
    bench.go_in()
    database = bench.node.outbox._database
    bench.node.outbox._database = Unreadable()
    bench.session.go_down()
    bench.session.come_up()
    bench.run(1.0)
    bench.node.outbox._database = database
    bench.session.published.clear()
    bench.run(3.0)
    assert bench.session.sent_seqs()[0] == [1]


class Unreadable:
    """A disk that gives nothing back."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        raise sqlite3.OperationalError("disk I/O error")

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        raise sqlite3.OperationalError("disk I/O error")

    def close(self) -> None: ...


def test_fault_that_gets_worse_is_said_once_more() -> None:
    book, stamp = FaultBook({}), Stamp(START, 0.0, ClockState.SYNCED)
    for code, is_worse, said in (
        ("full", False, 1),
        ("full", False, 0),
        ("unwritable", True, 1),
        ("unwritable", True, 0),
        ("full", False, 0),
    ):
        told = book.fault("node", "outbox", code, "", 0.0, stamp, is_worse=is_worse)
        assert len(told) == said
    assert book.names == ("outbox: unwritable",)


class Damaged(Unreadable):
    """A file that is no database any more."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error
