"""The one writer: takes deliveries, makes them durable, has them judged, and says what follows.

Journal first, belief second, copies third. Nothing is acknowledged before its commit; a commit that
fails ends the process, and what was not acknowledged comes again.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import Connection

from hub import board_rows
from hub.acts import LOCKED_AND_STILL, Recount
from hub.allowance import signal_for
from hub.announcer import REFRESH_S, Announcer
from hub.campus import Campus, Observed
from hub.carrying_out import CarryingOut
from hub.deciding import Deciding
from hub.duty_officer import DutyOfficer, Turn
from hub.hindsight import KEEPS
from hub.inbox import Delivery
from hub.layout import Layout
from hub.ledger import ledger
from hub.listening import Listener
from hub.places import Subject
from hub.presence import Presence
from hub.reception import Reception
from hub.regime.schedule import Regime
from hub.store.alert_book import AlertBook
from hub.store.board import BoardWriter, HubRow, Row
from hub.store.database import writing
from hub.store.decisions import Decisions
from hub.store.facts import Facts
from hub.store.journal import Journal
from hub.store.regime_book import RegimeBook
from hub.store.snapshots import layout_mark, read_snapshot, write_snapshot
from hub.timetable.lesson_book import LessonBook
from protocol.clock import Clock
from protocol.messages import Ack, Signal, SpaceState
from protocol.quantities import to_milliseconds

log = logging.getLogger(__name__)
#: How far the people's decisions are carried out, and in which file of theirs.
DECISIONS, DECISION_BOOK = "decisions-carried-out", "decisions-book"
#: Up to when everything that came was judged.
JUDGED = "judged-until"
#: A wall clock that differs by more from the steady one since the last look has been set.
CLOCK_STEP = timedelta(seconds=2)
#: The hub's pulse and the ledger on the board, seconds; the list for the next shift, seconds.
PULSE_S = 1.0
HANDOVER_S = 30.0


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
    ) -> None:
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._version = version
        self._valid_s = allowance_valid_s
        self._snapshot_every_s = snapshot_every_s
        self.started = to_milliseconds(clock.now())
        self.broker_connected = False
        layout = orders.layout
        self._layout_mark = layout_mark(layout)
        snapshot = read_snapshot(store, self._layout_mark)
        replayed_from = snapshot.journal.position if snapshot else 0
        self.journal = Journal(store, snapshot.journal if snapshot else None)
        self._book = AlertBook(store)
        self.presence = Presence(self.started)
        self._facts = Facts(store)
        self.campus = Campus(layout, snapshot.campus if snapshot else None)
        for observed in self.journal.replay(replayed_from):
            self.campus.observe(observed)
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
        self._deciding = Deciding(decisions, carried_out, self._facts.read(DECISION_BOOK))
        self._carrying_out = CarryingOut(self.officer, self.journal, new_id)
        self._board = BoardWriter(store)
        #: States as the board has them, and as they were last worked out.
        self._states: dict[str, SpaceState] = {}
        self._fresh: dict[str, SpaceState] = {}
        self._all_nodes = layout.nodes()
        self._snapshot_position = replayed_from
        self._now = self.started
        now_s = clock.monotonic()
        self._wall_was, self._steady_was = self.started, now_s
        self._snapshot_at = self._refreshed_at = now_s
        self._pulsed_at = self._handed_over_at = -1e9
        self._reception = reception
        self._is_first = True
        log.info("hub=replayed from=%s to=%s", replayed_from, self.journal.position)

    def greet(self) -> None:
        """The broker has just accepted us and may know nothing: say everything again."""
        self._announcer.forget()
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
            self.presence.set_behind(node, self._is_behind(node), self._now)
        self.officer.hear(heard.spoke)
        self._believe(heard.stored)
        self._announcer.mark_durable(heard.to_acknowledge)
        for topic in heard.strange_alerts:
            self._announcer.clear_alert(topic)
        self.say()

    def say(self) -> None:
        """Say what has changed, as far as its gaps have passed."""
        now_s = self._clock.monotonic()
        self._announcer.say_changes(now_s, self._ack_now, self._state_now, self._signal_now)

    @property
    def has_more_to_say(self) -> bool:
        """Whether `say` should be called again soon."""
        return self._announcer.has_more

    def tick(self) -> None:
        """Carry out decisions, judge what changed, write it all in one transaction, say it."""
        self._look_at_clock()
        now, now_s = self._now, self._clock.monotonic()
        self._believe(self._carrying_out.carry_out(self._deciding.read(), now))
        turn = self.officer.turn(now)
        self._believe([self._journal_still(space, now) for space in turn.still])
        alerts = turn.alerts
        rows = self._board.changed(self._rows(turn, now, now_s))
        snapshot_due = self._is_snapshot_due(now_s)
        in_force = self._regime_book.due(self._regime, now) if turn.is_regime_new or self._is_first else None
        must_note = self._deciding.carried_out != self._noted or self.journal.has_gathered
        if (
            alerts.changed
            or alerts.transitions
            or alerts.state
            or rows
            or snapshot_due
            or in_force
            or must_note
        ):
            with writing(self._store) as connection:
                self.journal.write(connection)
                self._book.write(connection, alerts)
                self._board.write(connection, rows)
                self._regime_book.write(connection, in_force)
                self._note_decisions(connection)
                if snapshot_due:
                    self._save(connection, now)
        self._is_first = False
        self._say_turn(turn, now_s)

    def close(self) -> None:
        """Save the fold, so that the next start replays nothing."""
        with writing(self._store) as connection:
            self._save(connection, self._clock.now())

    @property
    def is_deaf_to_people(self) -> bool:
        """Whether the file of decisions does not answer."""
        return self._deciding.is_failing

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
        now, now_s = to_milliseconds(self._clock.now()), self._clock.monotonic()
        stepped = (now - self._wall_was) - timedelta(seconds=now_s - self._steady_was)
        self._wall_was, self._steady_was, self._now = now, now_s, now
        if abs(stepped) < CLOCK_STEP:
            return
        log.warning("clock=stepped by=%ss", stepped.total_seconds())
        self.officer.shift(stepped)

    def _believe(self, stored: Iterable[Observed]) -> None:
        spaces: set[str] = set()
        nodes: set[str] = set()
        for observed in stored:
            self.officer.observe(observed)
            nodes.add(observed.node)
            places = self.officer.places_of(observed)
            spaces.update(place.id for place in places if place.subject is Subject.SPACE)
        for space in spaces:
            self._fresh.pop(space, None)
            nodes |= self.officer.places.nodes_at(space)
        self._announcer.mark(spaces, nodes.intersection(self._all_nodes))

    def _is_behind(self, node: str) -> bool:
        """Whether the node has numbered events that are not durable here.

        A node sends in order. A gap behind the newest is asked for and stands in the ledger; one that never
        closes must not make its rooms unknown for ever.
        """
        epoch = self.presence.epoch(node)
        if epoch is None:
            return False
        receipt = self.journal.newest_receipt(node, epoch)
        durable = receipt.received.newest if receipt is not None else 0
        return self.presence.newest_numbered(node, epoch) > durable

    def _ack_now(self, node: str) -> Ack | None:
        """What is durable of the epoch the node speaks of; after a restart, of its newest."""
        receipt = self.journal.newest_receipt(node, self.presence.epoch(node))
        if receipt is None:
            return None
        seq, missing = receipt.received.acknowledged()
        return Ack(epoch=receipt.epoch, seq=seq, missing=missing)

    def _state_now(self, space: str) -> SpaceState:
        """The state as last worked out: a passage or a turn that looked at the space makes it anew."""
        state = self._fresh.get(space)
        if state is None:
            state = self._fresh[space] = self.officer.situation.state(space, self._now)
        return state if state.as_of == self._now else replace(state, as_of=self._now)

    def _signal_now(self, node: str) -> Signal:
        receipt = self.journal.newest_receipt(node, self.presence.epoch(node))
        situation = self.officer.situation
        return signal_for(node, situation, self._state_now, receipt, self._now, self._valid_s)

    def _rows(self, turn: Turn, now: datetime, now_s: float) -> list[Row]:
        for space in turn.spaces:
            self._fresh.pop(space, None)
        for space in turn.spaces:
            # The board's `as_of` moves only when something else does.
            state, before = self._state_now(space), self._states.get(space)
            if before is None or replace(state, as_of=before.as_of) != before:
                self._states[space] = state
        situation = self.officer.situation
        if self._reception.look(now, now_s):
            self.officer.set_refusing(self._reception.known.refusing)
            again = list(self.officer.desk.alerts.values())
        else:
            again = []
        undelivered = self._reception.known.undelivered
        rows = [
            *board_rows.space_rows(situation, {space: self._states[space] for space in turn.spaces}),
            *board_rows.alert_rows([*again, *turn.alerts.changed], undelivered),
            *board_rows.node_rows(situation.layout, self.presence, turn.nodes, now),
        ]
        if turn.alerts.state is not None or self._is_first:
            silences = list(board_rows.silence_rows(self.officer.desk.state))
            rows += [*silences, *self._board.gone("silence", {key for _, key, _ in silences})]
        if self._is_first:
            rows += self._clean_up()
        if now_s - self._pulsed_at >= PULSE_S:
            self._pulsed_at = now_s
            rows += board_rows.hub_rows(self._pulse(now))
            rows += board_rows.ledger_rows(ledger(self.journal.state, self.presence))
        if now_s - self._handed_over_at >= HANDOVER_S:
            self._handed_over_at = now_s
            rows += board_rows.handover_rows(self.officer, self._states, now)
            gaps = list(board_rows.gap_rows(situation, now))
            rows += [*gaps, *self._board.gone("gap", {key for _, key, _ in gaps})]
        return rows

    def _clean_up(self) -> list[Row]:
        """What a board from before shows and is no more."""
        alerts = list(self.officer.desk.alerts.values())
        return [
            *board_rows.alert_rows(alerts, self._reception.known.undelivered),
            *self._board.gone("alert", {alert.id for alert in alerts}),
            *self._board.gone("space", set(self.officer.situation.spaces)),
            *self._board.gone("node", set(self._all_nodes)),
        ]

    def _pulse(self, now: datetime) -> HubRow:
        layout, in_force = self.campus.layout, self._regime.at(now)
        return HubRow(
            as_of=now,
            started=self.started,
            version=self._version,
            position=self.journal.position,
            broker_connected=self.broker_connected,
            site=layout.site,
            names={"kk": layout.names.kk, "ru": layout.names.ru, "en": layout.names.en},
            timezone=layout.timezone,
            profile=in_force.profile,
            variant=in_force.variant,
            counters={
                "messages": self.listener.messages,
                "events": self.listener.events,
                "duplicates": self.journal.duplicates,
                "unplaced": self.campus.state.unplaced,
                "ahead": self.campus.state.ahead,
                "ignored": self.listener.ignored,
                "people_store_failing": float(self._deciding.is_failing),
            },
        )

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
