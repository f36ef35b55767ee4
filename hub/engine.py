"""The one writer: takes deliveries, makes them durable, has them judged, and says what follows.

Journal first, belief second, copies third. Nothing is acknowledged before its commit; a commit that
fails ends the process, and what was not acknowledged comes again.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import Connection

from hub.acts import LOCKED_AND_STILL, Recount
from hub.announcer import REFRESH_S, Announcer
from hub.answering import Answers
from hub.believing import believe
from hub.board_keeping import BoardKeeper
from hub.campus import Campus, Observed
from hub.campus_office import CampusOffice
from hub.carrying_out import CarryingOut
from hub.deciding import Deciding
from hub.duty_officer import DutyOfficer, Turn
from hub.enrolment.listing import Ends
from hub.hindsight import KEEPS
from hub.inbox import Delivery
from hub.layout import Layout
from hub.listening import Listener
from hub.node_watch import NodeWatch
from hub.own_story import OwnStory
from hub.past.remembering import Remembering
from hub.places import Subject
from hub.presence import Presence
from hub.reception import Reception
from hub.regime.schedule import Regime
from hub.store.alert_book import AlertBook
from hub.store.board import BoardWriter, Row
from hub.store.database import writing
from hub.store.decisions import Decisions
from hub.store.facts import Facts
from hub.store.forgetting import Forgetting
from hub.store.heartbeats import Heartbeats, slot_of, write_beats
from hub.store.journal import Journal
from hub.store.regime_book import RegimeBook
from hub.store.snapshots import layout_mark, read_snapshot, write_snapshot
from hub.timetable.lesson_book import LessonBook
from hub.wall_clock import WallClock
from protocol.clock import Clock
from protocol.quantities import to_milliseconds
from protocol.wire import WIRE, Wire

log = logging.getLogger(__name__)
#: How far the people's decisions are carried out, and in which file of theirs.
DECISIONS, DECISION_BOOK = "decisions-carried-out", "decisions-book"
#: Up to when everything that came was judged.
JUDGED = "judged-until"


class Orders(NamedTuple):
    """What a hub is told to work by."""

    layout: Layout
    regime: Regime
    lesson_book: LessonBook
    #: Receivers that can be reached, by id; None: there is no file of them, the board is all there is.
    receivers: frozenset[str] | None = None


class Engine:
    """Owns the state of one site; called by one thread."""

    def __init__(
        self,
        *,
        store: sqlalchemy.Engine,
        decisions: Decisions,
        reception: Reception,
        orders: Orders,
        announcer: Announcer,
        clock: Clock,
        new_id: Callable[[], str],
        version: str,
        allowance_valid_s: float,
        snapshot_every_s: float,
        office: CampusOffice | None = None,
        presence: Presence | None = None,
        wire: Wire = WIRE,
        ends: Ends | None = None,
    ) -> None:
        """`office`, `presence` and `ends` outlive an engine whose campus file was changed."""
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._wall_clock = WallClock(clock)
        self._snapshot_every_s = snapshot_every_s
        self.started = to_milliseconds(clock.now())
        self.broker_connected = False
        #: When a copy was made last, and how it is (`hub.backup.watching`).
        self.copy_figures: dict[str, float] = {}
        layout = orders.layout
        self._layout_mark = layout_mark(layout)
        snapshot = read_snapshot(store, self._layout_mark)
        replayed_from = snapshot.journal.position if snapshot else 0
        self.journal = Journal(store, snapshot.journal if snapshot else None)
        self._book = AlertBook(store)
        self.presence = presence or Presence(self.started, wire=wire)
        self._office = office or CampusOffice()
        self._receivers = orders.receivers
        self._facts = Facts(store)
        self._forgetting = Forgetting(store, self._facts)
        self._own_story = OwnStory(self._facts, ends)
        self.campus = Campus(layout, snapshot.campus if snapshot else None)
        #: Entries that this version cannot fold; see `believe`.
        self.passed_over = sum(
            not believe(self.campus, observed) for observed in self.journal.replay(replayed_from)
        )
        self.officer = DutyOfficer(
            campus=self.campus,
            presence=self.presence,
            regime=orders.regime,
            lesson_book=orders.lesson_book,
            receivers=orders.receivers,
            now=self.started,
            new_id=new_id,
            alerts=self._book.open(),
            past=self._book.ended_since(self.started - KEEPS),
            judged_until=_instant(self._facts.read(JUDGED)),
            desk=self._book.desk(),
        )
        self.listener = Listener(self.journal, self.presence)
        self._regime_book = RegimeBook(store)
        self._regime = orders.regime
        carried_out = int(self._facts.read(DECISIONS) or 0)
        #: The layout has every edit up to this decision; those of a later one are in the next engine's.
        self._drawn_up_to = carried_out
        self._deciding = Deciding(decisions, carried_out, self._facts.read(DECISION_BOOK))
        self._carrying_out = CarryingOut(self.officer, self.journal, new_id)
        self._board = BoardWriter(store)
        self._answers = Answers(self.officer, self.journal, allowance_valid_s, self.started)
        self._keeper = BoardKeeper(
            board=self._board,
            officer=self.officer,
            journal=self.journal,
            listener=self.listener,
            deciding=self._deciding,
            reception=reception,
            started=self.started,
            version=version,
            own_story=self._own_story,
        )
        self._past = Remembering(store, self._facts, self.officer.situation, self.journal, self.started)
        self._watch = NodeWatch(Heartbeats(store).since(slot_of(self.started)))
        self._all_nodes = layout.nodes()
        self._snapshot_position = replayed_from
        self._now = self.started
        now_s = clock.monotonic()
        self._snapshot_at = self._refreshed_at = now_s
        self._is_first = True
        log.info("hub=replayed from=%s to=%s", replayed_from, self.journal.position)

    def greet(self) -> None:
        """The broker has just accepted us and may know nothing: say everything again."""
        self._announcer.forget()
        self.listener.replays.connected()
        self._announcer.say_hub(self.journal.position)
        self._announcer.mark_durable(one.node for one in self.journal.state.receipts.values())
        self._announcer.say_alerts(self.officer.desk.alerts.values())
        self._announcer.mark(self.officer.situation.spaces, self._all_nodes)

    def take(self, deliveries: list[Delivery]) -> None:
        """Make a group of deliveries durable in one commit, then believe and acknowledge them."""
        self._look_at_clock()
        heard = self.listener.hear(deliveries, self._now)
        if self.journal.has_gathered:
            with writing(self._store) as connection:
                self.journal.write(connection)
        for node in heard.spoke:
            is_behind = self._is_behind(node)
            self.presence.set_behind(node, is_behind, self._now)
            if is_behind:
                # It may believe that we have what our store, put back from a copy, has lost.
                self._announcer.mark_durable([node])
        self.officer.hear(heard.spoke)
        self._believe(heard.stored)
        self._office.hear(heard.stored, self._now)
        self._announcer.mark_durable(heard.to_acknowledge)
        for topic in heard.strange_alerts:
            self._announcer.clear_alert(topic)
        self.say()

    def say(self) -> None:
        """Say what has changed, as far as its gaps have passed."""
        now_s = self._clock.monotonic()
        answers = self._answers
        self._announcer.say_changes(now_s, answers.ack, answers.state, answers.signal)

    @property
    def has_more_to_say(self) -> bool:
        """Whether `say` should be called again soon."""
        return self._announcer.has_more

    def tick(self) -> None:
        """Carry out decisions, judge what changed, write it all in one transaction, say it."""
        self._look_at_clock()
        now, now_s = self._now, self._clock.monotonic()
        ordered = self._deciding.read()
        drawn = self._office.carry_out(ordered, self._deciding.book, now)
        self._believe(self._carrying_out.carry_out(ordered, now))
        self._own_story.carry_out(ordered)
        self._own_story.look(now_s)
        self.officer.set_itself(self._own_story.itself)
        turn = self.officer.turn(now)
        self._believe([self._journal_still(space, now) for space in turn.still])
        alerts = turn.alerts
        for space in turn.spaces:
            self._answers.forget(space)
        shown = self._keeper.rows(
            turn,
            self._answers.state,
            now,
            now_s,
            broker_connected=self.broker_connected,
            figures={**self.copy_figures, "passed_over": self.passed_over},
        )
        self._past.look(map(self._answers.state, turn.spaces), now)
        watched = self._watch.look(self.campus, self.presence, self.officer.situation.trusts, now)
        rows = self._board.changed([*drawn, *shown, *watched.rows, *self._office_rows(now, now_s)])
        snapshot_due = self._is_snapshot_due(now_s)
        in_force = self._regime_book.due(self._regime, now) if turn.is_regime_new or self._is_first else None
        must_note = self._deciding.carried_out != self._noted or self.journal.has_gathered
        must_note = must_note or self._own_story.must_write
        if (
            alerts.changed
            or alerts.transitions
            or alerts.state
            or rows
            or snapshot_due
            or in_force
            or must_note
            or self._past.is_due(now)
            or watched.beats
        ):
            with writing(self._store) as connection:
                self.journal.write(connection)
                self._book.write(connection, alerts)
                self._board.write(connection, rows)
                self._regime_book.write(connection, in_force)
                self._note_decisions(connection)
                self._own_story.write(connection)
                self._past.write(connection, now)
                write_beats(connection, watched.beats)
                if snapshot_due:
                    self._save(connection, now)
        self._is_first = False
        self._say_turn(turn, now_s)
        self._forgetting.step(now, now_s)

    def close(self) -> None:
        """Save the fold, so that the next start replays nothing."""
        with writing(self._store) as connection:
            self._past.close(connection, self._clock.now())
            self._save(connection, self._clock.now())

    @property
    def _noted(self) -> int:
        return self._facts.known_number(DECISIONS)

    def _journal_still(self, space: str, now: datetime) -> Observed:
        """A room that is locked and still has been counted, by the hub itself: there is nobody."""
        return self.journal.gather_act(
            lambda seq: Recount(seq=seq, at=now, space=space, count=0, reason=LOCKED_AND_STILL), now
        )

    def _say_turn(self, turn: Turn, now_s: float) -> None:
        self._announcer.say_alerts(turn.alerts.changed)
        nodes = {node for space in turn.spaces for node in self.officer.places.nodes_at(space)}
        self._announcer.mark(turn.spaces, nodes | turn.nodes.intersection(self._all_nodes))
        self._announcer.refresh(now_s)
        self.say()
        if now_s - self._refreshed_at >= REFRESH_S:
            self._refreshed_at = now_s
            self._announcer.say_hub(self.journal.position)

    def _look_at_clock(self) -> None:
        """Read the clocks once a turn. A wall clock that is set moves no length of time that is under way."""
        self._now, stepped = self._wall_clock.look()
        self._answers.now = self._now
        if stepped is not None:
            log.warning("clock=stepped by=%ss", stepped.total_seconds())
            self.officer.shift(stepped)

    def _believe(self, stored: Iterable[Observed]) -> None:
        spaces: set[str] = set()
        nodes: set[str] = set()
        for observed in stored:
            self.officer.observe(observed)
            self._past.observe(observed)
            nodes.add(observed.node)
            places = self.officer.places_of(observed)
            spaces.update(place.id for place in places if place.subject is Subject.SPACE)
        for space in spaces:
            self._answers.forget(space)
            nodes |= self.officer.places.nodes_at(space)
        self._announcer.mark(spaces, nodes.intersection(self._all_nodes))

    def _is_behind(self, node: str) -> bool:
        """Whether the node has numbered events that are not durable here.

        A node sends in order, but for alarms ahead of a backlog. A gap behind what came in its turn is asked
        for and stands in the ledger; one that never closes must not make its rooms unknown for ever.
        """
        epoch = self.presence.epoch(node)
        if epoch is None:
            return False
        receipt = self.journal.newest_receipt(node, epoch)
        durable = self.journal.newest_in_turn(receipt) if receipt is not None else 0
        return self.presence.newest_numbered(node, epoch) > durable

    def _office_rows(self, now: datetime, now_s: float) -> list[Row]:
        layout, known = self.campus.layout, self._drawn_up_to
        return self._office.rows(layout, self._receivers, self.presence, self._board, known, now, now_s)

    def _note_decisions(self, connection: Connection) -> None:
        self._facts.write(connection, DECISIONS, str(self._deciding.carried_out))
        self._facts.write(connection, DECISION_BOOK, self._deciding.book)
        self._facts.write(connection, JUDGED, self._now.isoformat())

    def _is_snapshot_due(self, now_s: float) -> bool:
        is_newer = self.journal.position > self._snapshot_position
        return is_newer and now_s - self._snapshot_at >= self._snapshot_every_s

    def _save(self, connection: Connection, now: datetime) -> None:
        state = self.journal.snapshot_state(connection)
        taken_ms = int(now.timestamp() * 1000)
        write_snapshot(connection, self._layout_mark, self.campus.state, state, taken_ms)
        self._snapshot_position = state.position
        self._snapshot_at = self._clock.monotonic()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
