"""What the broker says in, discovery messages and summaries of alerts out; what is no more is taken back."""

import logging
from typing import Protocol

import msgspec
from msgspec import Struct

from hub.home_assistant.entities import Discovery, OurTopics
from hub.home_assistant.open_alerts import OpenAlerts, happening_payload
from hub.layout import Layout
from protocol.broker import Publication
from protocol.clock import Clock
from protocol.codec import decode_message
from protocol.errors import MessageRejected
from protocol.messages import AlertMessage
from protocol.topics import Topics

log = logging.getLogger(__name__)
#: After a connection the broker says what it has retained; alerts are told once that is heard, seconds.
SETTLE_S = 1.0
#: Most messages handed over in one step: a big campus does not fill the session's queue.
MOST = 200


class Voice(Protocol):
    """What publishes: the broker session."""

    def publish(self, publication: Publication) -> bool:
        """Hand over a message; False when there is no connection."""


class Online(Struct, frozen=True, kw_only=True):
    """Whether this copy is there."""

    state: str


class Showing:
    """Keeps what lies at the broker the same as what should. Called by one thread."""

    def __init__(self, voice: Voice, clock: Clock, layout: Layout, discovery: Discovery) -> None:
        self._voice, self._clock = voice, clock
        self._alerts = OpenAlerts()
        #: What should lie at the broker, and what does as far as we know; None: we do not know it.
        self._wanted: dict[str, bytes] = {}
        self._lies: dict[str, bytes | None] = {}
        self._settled_s = clock.monotonic() + SETTLE_S
        self._is_dirty = True
        self.show(layout, discovery)

    def show(self, layout: Layout, discovery: Discovery) -> None:
        """The campus is this now."""
        self._layout, self._ours = layout, OurTopics(layout.site)
        self._alert_root = Topics(layout.site).alert("")
        self._patterns = [one.split("/") for one in discovery.patterns]
        self._offered = discovery.messages()
        self._offered[self._ours.status] = msgspec.json.encode(Online(state="online"))
        self._is_dirty = True

    def take_back(self) -> None:
        """Nothing shall be shown any more."""
        self._offered.clear()
        self._is_dirty = True

    def connected(self) -> None:
        """The broker has just accepted us; it may know nothing, and will say what it has retained."""
        self._lies.clear()
        self._alerts.clear()
        self._settled_s = self._clock.monotonic() + SETTLE_S
        self._is_dirty = True

    def hear(self, topic: str, payload: bytes, retained: bool) -> None:
        """A message of an alert, or a discovery message that somebody left."""
        if topic.startswith(self._alert_root):
            self._hear_alert(topic.removeprefix(self._alert_root), payload, retained)
        elif retained and payload and self._is_ours(topic):
            # Ours from before, perhaps of a room that is no more.
            self._lies.setdefault(topic, None)
            self._is_dirty = True

    def step(self) -> int:
        """Publish what differs; returns how much is left."""
        if self._clock.monotonic() < self._settled_s:
            return 1
        if self._is_dirty:
            self._is_dirty = False
            self._wanted = self._all()
        gone = [topic for topic in self._lies if topic not in self._wanted]
        differs = [topic for topic, payload in self._wanted.items() if self._lies.get(topic) != payload]
        left = [*gone, *differs]
        for topic in left[:MOST]:
            payload = self._wanted.get(topic, b"")
            if not self._voice.publish(Publication(topic=topic, payload=payload, retain=True)):
                return len(left)
            if payload:
                self._lies[topic] = payload
            else:
                del self._lies[topic]
        return max(0, len(left) - MOST)

    def _all(self) -> dict[str, bytes]:
        """What should lie at the broker."""
        if not self._offered:
            return {}
        summaries = {self._ours.space(one.id): self._alerts.of_space(one.id) for one in self._layout.spaces}
        told = {topic: msgspec.json.encode(one) for topic, one in summaries.items()}
        return {**self._offered, **told, self._ours.alerts: msgspec.json.encode(self._alerts.summary())}

    def _hear_alert(self, id: str, payload: bytes, retained: bool) -> None:
        try:
            message = decode_message(payload, AlertMessage) if payload else None
        except MessageRejected as error:
            log.warning("alert=illegible id=%s fault=%s", id, error)
            return
        self._is_dirty = True
        for happening in self._alerts.hear(id, message):
            # A retained copy tells what is, not that it happens now.
            if not retained:
                payload = happening_payload(happening)
                self._voice.publish(Publication(topic=self._ours.happened, payload=payload))

    def _is_ours(self, topic: str) -> bool:
        parts = topic.split("/")
        return any(
            len(parts) == len(pattern)
            and all(wanted in ("+", part) for wanted, part in zip(pattern, parts, strict=True))
            for pattern in self._patterns
        )
