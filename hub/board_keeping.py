"""A turn in, the board's rows out: what it changed at once, the pulse and the handover in their time."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec.structs import replace

from hub import board_rows
from hub.deciding import Deciding
from hub.duty_officer import DutyOfficer, Turn
from hub.ledger import ledger
from hub.listening import Listener
from hub.own_story import OwnStory
from hub.reception import Reception
from hub.room_rows import RoomRows
from hub.store.board import BoardWriter, HubRow, RestoredRow, Row
from hub.store.journal import Journal
from protocol.messages import SpaceState

#: The hub's pulse and the ledger on the board, seconds; the list for the next shift, seconds.
PULSE_S = 1.0
HANDOVER_S = 30.0


class BoardKeeper:
    """Knows what the board shows of spaces, and when the rest of it is due."""

    def __init__(
        self,
        *,
        board: BoardWriter,
        officer: DutyOfficer,
        journal: Journal,
        listener: Listener,
        deciding: Deciding,
        reception: Reception,
        started: datetime,
        version: str,
        own_story: OwnStory,
    ) -> None:
        """`own_story`: what the hub knows of itself, for whoever reads the board or watches the figures."""
        self._board = board
        self._officer = officer
        self._journal = journal
        self._listener = listener
        self._deciding = deciding
        self._reception = reception
        self._started = started
        self._version = version
        self._own_story = own_story
        self._rooms = RoomRows(officer.campus.layout)
        #: States as the board has them.
        self._states: dict[str, SpaceState] = {}
        self._is_first = True
        self._pulsed_at = self._handed_over_at = -1e9

    def rows(
        self,
        turn: Turn,
        state_now: Callable[[str], SpaceState],
        now: datetime,
        now_s: float,
        *,
        broker_connected: bool,
        figures: Mapping[str, float],
    ) -> list[Row]:
        """All rows that may be others after this turn; at the first one also those that are no more."""
        for space in turn.spaces:
            # The board's `as_of` moves only when something else does.
            state, before = state_now(space), self._states.get(space)
            if before is None or replace(state, as_of=before.as_of) != before:
                self._states[space] = state
        situation, desk = self._officer.situation, self._officer.desk
        again = list(desk.alerts.values()) if self._hear_of_receivers(now, now_s) else []
        undelivered = self._reception.known.undelivered
        rows = [
            *board_rows.space_rows(situation, {space: self._states[space] for space in turn.spaces}),
            *board_rows.alert_rows(desk.places, [*again, *turn.alerts.changed], undelivered),
            *board_rows.node_rows(situation.layout, self._officer.presence, turn.nodes, now),
        ]
        if turn.alerts.state is not None or self._is_first:
            silences = list(board_rows.silence_rows(desk.state))
            rows += [*silences, *self._board.gone("silence", {key for _, key, _ in silences})]
        if self._is_first:
            rows += self._clean_up()
        self._is_first = False
        if now_s - self._pulsed_at >= PULSE_S:
            self._pulsed_at = now_s
            rows += board_rows.hub_rows(self._pulse(now, figures, broker_connected=broker_connected))
            rows += board_rows.ledger_rows(ledger(self._journal.state, self._officer.presence))
        if now_s - self._handed_over_at >= HANDOVER_S:
            self._handed_over_at = now_s
            rows += board_rows.handover_rows(self._officer, self._states, now)
            gaps = list(board_rows.gap_rows(situation, now))
            rows += [*gaps, *self._board.gone("gap", {key for _, key, _ in gaps})]
            rows += self._rooms.rows(situation, now)
        return rows

    def _hear_of_receivers(self, now: datetime, now_s: float) -> bool:
        """Whether something else is known of those who are told: every open alert may then look otherwise."""
        if not self._reception.look(now, now_s):
            return False
        self._officer.set_refusing(self._reception.known.refusing)
        return True

    def _clean_up(self) -> list[Row]:
        """What a board from before shows and is no more."""
        situation, desk = self._officer.situation, self._officer.desk
        alerts = list(desk.alerts.values())
        return [
            *board_rows.alert_rows(desk.places, alerts, self._reception.known.undelivered),
            *self._board.gone("alert", {alert.id for alert in alerts}),
            *self._board.gone("space", set(situation.spaces)),
            *self._board.gone("room", set(situation.spaces)),
            *self._board.gone("node", set(situation.layout.nodes())),
            *self._board.gone("health", set(situation.layout.nodes())),
            *self._board.gone("door", {door.id for door in situation.layout.doors}),
        ]

    def _pulse(self, now: datetime, figures: Mapping[str, float], *, broker_connected: bool) -> HubRow:
        campus, in_force = self._officer.campus, self._officer.regime.at(now)
        layout, restored_at = campus.layout, self._own_story.restored_at
        return HubRow(
            as_of=now,
            started=self._started,
            version=self._version,
            position=self._journal.position,
            broker_connected=broker_connected,
            site=layout.site,
            names={"kk": layout.names.kk, "ru": layout.names.ru, "en": layout.names.en},
            timezone=layout.timezone,
            profile=in_force.profile,
            variant=in_force.variant,
            counters={
                "messages": self._listener.messages,
                "events": self._listener.events,
                "duplicates": self._journal.duplicates,
                "replayed": self._listener.replays.count,
                "unplaced": campus.state.unplaced,
                "ahead": campus.state.ahead,
                "ignored": self._listener.ignored,
                "people_store_failing": float(self._deciding.is_failing),
                "restored_at_s": 0.0 if restored_at is None else restored_at.timestamp(),
                **figures,
            },
            restored=tuple(
                RestoredRow(store=one.store, since=one.since, at=one.at)
                for one in self._officer.situation.itself.restored
            ),
        )
