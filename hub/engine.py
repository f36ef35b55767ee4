"""The one writer: takes deliveries, makes them durable, believes them, and says what follows.

Journal first, belief second, copies third. Nothing is acknowledged before its commit; a commit that
fails ends the process, and what was not acknowledged comes again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import Connection, select

from hub import board_rows
from hub.alerts.alert import Alert, Transition
from hub.alerts.lifecycle import Key, acknowledge, advance, shifted
from hub.allowance import signal_for
from hub.announcer import REFRESH_S, Announcer
from hub.campus import Campus, Observed
from hub.errors import StoreError
from hub.inbox import Delivery
from hub.layout import OUTSIDE, Layout
from hub.ledger import ledger
from hub.listening import Listener
from hub.presence import Presence
from hub.regime.profile import Profile
from hub.rules import find_all
from hub.situation import Situation
from hub.store.alert_book import AlertBook
from hub.store.board import BoardWriter, HubRow, Row
from hub.store.database import writing
from hub.store.decisions import Decision, Decisions
from hub.store.journal import Journal
from hub.store.schema import fact
from hub.store.snapshots import layout_mark, read_snapshot, write_snapshot
from protocol.clock import Clock
from protocol.messages import Ack, AlertState, Signal, SpaceState
from protocol.quantities import to_milliseconds

log = logging.getLogger(__name__)
#: How far the people's decisions are carried out, and in which file of theirs.
DECISIONS, DECISION_BOOK = "decisions-carried-out", "decisions-book"
#: A wall clock that differs by more from the steady one since the last look has been set.
CLOCK_STEP = timedelta(seconds=2)
#: The hub's pulse on the board, seconds.
PULSE_S = 1.0


class Engine:
    """Owns the state of one site; called by one thread."""

    def __init__(
        self,
        *,
        store: sqlalchemy.Engine,
        decisions: Decisions,
        layout: Layout,
        profile: Profile,
        announcer: Announcer,
        clock: Clock,
        new_id: Callable[[], str],
        version: str,
        allowance_valid_s: float,
        snapshot_every_s: float,
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._profile = profile
        self._announcer = announcer
        self._clock = clock
        self._new_id = new_id
        self._version = version
        self._valid_s = allowance_valid_s
        self._snapshot_every_s = snapshot_every_s
        self.started = to_milliseconds(clock.now())
        self.broker_connected = False
        self._layout_mark = layout_mark(layout)
        snapshot = read_snapshot(store, self._layout_mark)
        replayed_from = snapshot.journal.position if snapshot else 0
        self.journal = Journal(store, snapshot.journal if snapshot else None)
        self.campus = Campus(layout, snapshot.campus if snapshot else None)
        for observed in self.journal.replay(replayed_from):
            self.campus.observe(observed)
        self.presence = Presence(self.started)
        self.situation = Situation(self.campus, self.presence, profile)
        self.listener = Listener(self.journal, self.presence)
        self._book = AlertBook(store)
        # How long a finding has been gone counts from now: nobody looked while we were away.
        self._alerts: dict[Key, Alert] = {
            alert.key: replace(alert, found_at=self.started) for alert in self._book.open()
        }
        self._board = BoardWriter(store)
        self._carried_out = int(self._read_fact(DECISIONS) or 0)
        self._decision_book = self._read_fact(DECISION_BOOK)
        self._people_fault = ""
        #: States as the board has them, and those worked out since something last changed.
        self._states: dict[str, SpaceState] = {}
        self._fresh: dict[str, SpaceState] = {}
        self._nodes_of = _nodes_by_space(layout)
        self._all_nodes = layout.nodes()
        self._snapshot_position = replayed_from
        self._now = self.started
        now_s = clock.monotonic()
        self._wall_was, self._steady_was = self.started, now_s
        self._snapshot_at = self._refreshed_at = now_s
        self._pulsed_at = -1e9
        log.info("hub=replayed from=%s to=%s", replayed_from, self.journal.position)

    def greet(self) -> None:
        """The broker has just accepted us and may know nothing: say everything again."""
        self._announcer.forget()
        self._announcer.say_hub(self.journal.position)
        self._announcer.mark_durable(one.node for one in self.journal.state.receipts.values())
        self._announcer.say_alerts(self._alerts.values())
        self._mark_all()

    def take(self, deliveries: list[Delivery]) -> None:
        """Make a group of deliveries durable in one commit, then believe and acknowledge them."""
        self._look_at_clock()
        heard = self.listener.hear(deliveries, self._now)
        if self.journal.has_gathered:
            with writing(self._store) as connection:
                self.journal.write(connection)
        self._fresh.clear()
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
        """Carry out decisions, check the rules, write the board, save the fold when it is due."""
        self._look_at_clock()
        now, now_s = self._now, self._clock.monotonic()
        self._fresh.clear()
        acked, transitions = self._carry_out()
        step = advance(self._alerts, find_all(self.situation, now), now, self._profile.alerts, self._new_id)
        self._alerts = step.open
        changed = _newest([*acked, *step.changed])
        rows = self._board.changed(self._rows(now, now_s))
        snapshot_due = self._is_snapshot_due(now_s)
        if changed or acked or rows or snapshot_due:
            with writing(self._store) as connection:
                self._book.write(connection, changed, [*transitions, *step.transitions])
                self._board.write(connection, rows)
                self._write_fact(connection, DECISIONS, str(self._carried_out))
                self._write_fact(connection, DECISION_BOOK, self._decision_book)
                if snapshot_due:
                    self._save(connection, now)
        self._announcer.say_alerts(changed)
        self._mark_all()
        self.say()
        if now_s - self._refreshed_at >= REFRESH_S:
            self._refreshed_at = now_s
            self._announcer.say_hub(self.journal.position)

    def close(self) -> None:
        """Save the fold, so that the next start replays nothing."""
        with writing(self._store) as connection:
            self._save(connection, self._clock.now())

    def _look_at_clock(self) -> None:
        """Read the clocks once a turn. A wall clock that is set moves no length of time that is under way."""
        now, now_s = to_milliseconds(self._clock.now()), self._clock.monotonic()
        stepped = (now - self._wall_was) - timedelta(seconds=now_s - self._steady_was)
        self._wall_was, self._steady_was, self._now = now, now_s, now
        if abs(stepped) < CLOCK_STEP:
            return
        log.warning("clock=stepped by=%ss", stepped.total_seconds())
        self.presence.shift(stepped)
        self._alerts = {key: shifted(alert, stepped) for key, alert in self._alerts.items()}

    def _believe(self, stored: list[Observed]) -> None:
        touched: set[str] = set()
        nodes: set[str] = set()
        for observed in stored:
            touched.update(self.campus.observe(observed))
            nodes.add(observed.node)
        touched.discard(OUTSIDE)
        for space in touched:
            nodes.update(self._nodes_of.get(space, ()))
        self._announcer.mark(touched, nodes.intersection(self._all_nodes))

    def _ack_now(self, node: str) -> Ack | None:
        """What is durable of the epoch the node speaks of; after a restart, of its newest."""
        receipt = self.journal.newest_receipt(node, self.presence.epoch(node))
        if receipt is None:
            return None
        seq, missing = receipt.received.acknowledged()
        return Ack(epoch=receipt.epoch, seq=seq, missing=missing)

    def _mark_all(self) -> None:
        self._announcer.mark(self.situation.spaces, self._all_nodes)

    def _state_now(self, space: str) -> SpaceState:
        state = self._fresh.get(space)
        if state is None:
            state = self._fresh[space] = self.situation.state(space, self._now)
        return state

    def _signal_now(self, node: str) -> Signal:
        receipt = self.journal.newest_receipt(node, self.presence.epoch(node))
        return signal_for(node, self.situation, self._state_now, receipt, self._now, self._valid_s)

    def _rows(self, now: datetime, now_s: float) -> list[Row]:
        for space in self.situation.spaces:
            # The board's `as_of` moves only when something else does.
            state, before = self._state_now(space), self._states.get(space)
            if before is None or replace(state, as_of=before.as_of) != before:
                self._states[space] = state
        alerts = list(self._alerts.values())
        nodes = list(board_rows.node_rows(self.campus.layout, self.presence, now))
        rows = [
            *board_rows.space_rows(self.situation, self._states),
            *board_rows.alert_rows(alerts),
            *self._board.gone("alert", {alert.id for alert in alerts}),
            *self._board.gone("space", set(self._states)),
            *nodes,
            *self._board.gone("node", {key for _, key, _ in nodes}),
            *board_rows.ledger_rows(ledger(self.journal.state, self.presence)),
        ]
        if now_s - self._pulsed_at >= PULSE_S:
            self._pulsed_at = now_s
            rows += board_rows.hub_rows(self._pulse(now))
        return rows

    def _pulse(self, now: datetime) -> HubRow:
        layout = self.campus.layout
        return HubRow(
            as_of=now,
            started=self.started,
            version=self._version,
            position=self.journal.position,
            broker_connected=self.broker_connected,
            site=layout.site,
            names={"kk": layout.names.kk, "ru": layout.names.ru, "en": layout.names.en},
            timezone=layout.timezone,
            profile=self._profile.id,
            counters={
                "messages": self.listener.messages,
                "events": self.listener.events,
                "duplicates": self.journal.duplicates,
                "unplaced": self.campus.state.unplaced,
                "ahead": self.campus.state.ahead,
                "ignored": self.listener.ignored,
                "people_store_failing": float(bool(self._people_fault)),
            },
        )

    def _carry_out(self) -> tuple[list[Alert], list[Transition]]:
        changed: list[Alert] = []
        transitions: list[Transition] = []
        by_id = {alert.id: alert for alert in self._alerts.values()}
        for decision in self._read_decisions():
            self._carried_out = decision.id
            alert = by_id.get(decision.subject)
            if decision.kind != "ack" or alert is None or alert.state is AlertState.PENDING:
                continue
            after, happened = acknowledge(alert, decision.who, decision.at)
            by_id[after.id] = after
            changed.append(after)
            transitions += happened
        self._alerts = {alert.key: alert for alert in by_id.values() if alert.closed_at is None}
        return changed, transitions

    def _read_decisions(self) -> list[Decision]:
        """What people decided since; nothing while their store does not answer: alerts go on without it."""
        try:
            book = self._decisions.book()
            if book is not None and book != self._decision_book:
                # Another file than the one we counted in: begin at its first line.
                self._decision_book, self._carried_out = book, 0
            found = self._decisions.since(self._carried_out)
        except StoreError as error:
            if not self._people_fault:
                log.error("people=failing why=%s", error)
            self._people_fault = str(error)
            return []
        if self._people_fault:
            log.warning("people=back")
        self._people_fault = ""
        return found

    def _is_snapshot_due(self, now_s: float) -> bool:
        is_newer = self.journal.position > self._snapshot_position
        return is_newer and now_s - self._snapshot_at >= self._snapshot_every_s

    def _save(self, connection: Connection, now: datetime) -> None:
        state = self.journal.snapshot_state(connection)
        taken_ms = int(now.timestamp() * 1000)
        write_snapshot(connection, self._layout_mark, self.campus.state, state, taken_ms)
        self._snapshot_position = state.position
        self._snapshot_at = self._clock.monotonic()

    def _read_fact(self, name: str) -> str | None:
        with self._store.connect() as connection:
            return connection.execute(select(fact.c.value).where(fact.c.name == name)).scalar()

    def _write_fact(self, connection: Connection, name: str, value: str | None) -> None:
        updated = connection.execute(fact.update().where(fact.c.name == name).values(value=value or ""))
        if updated.rowcount == 0:
            connection.execute(fact.insert().values(name=name, value=value or ""))


def _nodes_by_space(layout: Layout) -> dict[str, set[str]]:
    nodes: dict[str, set[str]] = {}
    for door in layout.doors:
        nodes.setdefault(door.inner, set()).add(door.node)
    return nodes


def _newest(alerts: list[Alert]) -> list[Alert]:
    return list({alert.id: alert for alert in alerts}.values())
