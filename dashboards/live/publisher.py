"""Asks the board for changes and publishes each as one frame; `step` is one round, `run` the thread."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from dashboards.live.feed import Feed
from dashboards.live.picture import Picture
from dashboards.settings import Settings
from hub.errors import StoreError
from hub.store.board import Change
from hub.store.decisions import Decision
from protocol.clock import Clock

log = logging.getLogger(__name__)


class _Board(Protocol):
    def read(self) -> list[Change]:
        """Every row that is there."""

    def changes_since(self, version: int) -> list[Change] | None:
        """The rows changed after `version`; None: read everything anew."""


class _Decisions(Protocol):
    def about(self, kind: str, subjects: list[str]) -> dict[str, Decision]:
        """The decision of `kind` about each of the subjects that has one."""

    def since(self, last: int, limit: int = 500) -> list[Decision]:
        """The decisions after number `last`."""


class Publisher:
    """Keeps the one picture all streams are told about; one thread steps it, any may ask for a snapshot."""

    def __init__(
        self, settings: Settings, board: _Board, decisions: _Decisions, feed: Feed, clock: Clock
    ) -> None:
        self._settings = settings
        self._board = board
        self._decisions = decisions
        self._feed = feed
        self._clock = clock
        self._picture = Picture()
        self._last_decision = 0
        self._lock = threading.Lock()
        self._nudged = threading.Event()
        self._is_failing = False

    def nudge(self) -> None:
        """Somebody decided something: step at once."""
        self._nudged.set()

    def snapshot(self) -> bytes:
        """The whole picture as JSON, never older than the last frame."""
        with self._lock:
            return msgspec.json.encode(self._picture.state(self._clock.now(), self._settings.build))

    def step(self) -> bool:
        """Publish what changed since the last step; returns whether anything did."""
        changes = self._board.changes_since(self._picture.version)
        if changes is None:
            self._begin_anew()
            return True
        decisions = self._decisions.since(self._last_decision)
        with self._lock:
            new_alerts = {change.key for change in changes if change.kind == "alert" and change.body}
            touched = self._picture.take(changes)
            touched |= self._picture.decide(decisions)
            if new_alerts:
                # A decision made before its row was read (a restart) must not be lost.
                touched |= self._picture.decide(self._about(new_alerts))
            self._last_decision = max((one.id for one in decisions), default=self._last_decision)
            if not touched:
                return False
            told = self._picture.difference(touched, self._clock.now())
            self._feed.publish("change", msgspec.json.encode(told))
        return True

    def run(self, is_wanted: Callable[[], bool]) -> None:
        """Step until no longer wanted, then end every stream."""
        while is_wanted():
            try:
                self.step()
            except (StoreError, msgspec.MsgspecError) as error:
                # Nothing is published: every board sees the hub's pulse grow old and says so.
                if not self._is_failing:
                    log.error("feed=stopped reason=%r", str(error))
                self._is_failing = True
            else:
                if self._is_failing:
                    log.warning("feed=resumed")
                self._is_failing = False
            self._nudged.wait(self._settings.poll_s)
            self._nudged.clear()
        self._feed.close()

    def _begin_anew(self) -> None:
        """We were away for so long that what went meanwhile is no longer known: tell everybody everything."""
        picture = Picture()
        picture.take(self._board.read())
        picture.decide(self._about(set(picture.alert_ids())))
        with self._lock:
            self._picture = picture
        self._feed.publish("snapshot", self.snapshot())

    def _about(self, alerts: set[str]) -> Iterable[Decision]:
        return self._decisions.about("ack", sorted(alerts)).values()
