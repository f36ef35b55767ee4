"""What the hub says to the world: acknowledgements, states, allowances, alerts; each when it changes."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from hub.alerts.alert import Alert
from protocol.broker import Publication
from protocol.codec import encode
from protocol.messages import Ack, AlertState, HubState, HubStatus, Signal, SpaceState
from protocol.topics import Topics

#: A thing is said again no sooner than this, seconds; changes between are merged.
ACK_GAP_S = 0.01
SPACE_GAP_S = 0.02
SIGNAL_GAP_S = 0.1
#: States are said again this often, so that a reader can see that they are alive.
REFRESH_S = 10.0
#: A node with an interlocked lamp or fan hears its allowance this often.
PROMPT_S = 1.0


class Voice(Protocol):
    """What publishes: the broker session."""

    def publish(self, publication: Publication) -> bool:
        """Hand over a message; False when there is no connection."""


class Announcer:
    """Keeps what was said last, and says what differs.

    `prompt` are nodes that must hear their allowance every second: a lamp goes out without it.
    """

    def __init__(
        self,
        voice: Voice,
        topics: Topics,
        version: str,
        since: datetime,
        *,
        prompt: Collection[str] = (),
        valid_s: float = 60.0,
    ) -> None:
        self._voice = voice
        self._topics = topics
        self._version = version
        self._since = since
        self._said_spaces: dict[str, SpaceState] = {}
        self._said_at: dict[str, float] = {}
        self._dirty_acks: set[str] = set()
        self._acked_at: dict[str, float] = {}
        self._dirty_spaces: set[str] = set()
        self._dirty_nodes: set[str] = set()
        self._said_signals: dict[str, Signal] = {}
        self._signalled_at: dict[str, float] = {}
        self._alerts: set[str] = set()
        self._prompt = frozenset(prompt)
        self._old_spaces = _Aging(REFRESH_S)
        self._old_signals = _Aging(valid_s / 3)
        self._old_prompt = _Aging(PROMPT_S)

    @property
    def has_more(self) -> bool:
        """Whether something waits for its gap to pass."""
        return bool(self._dirty_acks or self._dirty_spaces or self._dirty_nodes)

    def forget(self) -> None:
        """The broker may know nothing: say everything again."""
        self._said_spaces.clear()
        self._said_at.clear()
        self._said_signals.clear()
        self._signalled_at.clear()
        for aging in (self._old_spaces, self._old_signals, self._old_prompt):
            aging.clear()

    def refresh(self, now_s: float) -> None:
        """Mark what was said too long ago, so that a reader can see that it is alive."""
        self._dirty_spaces.update(self._old_spaces.due(now_s))
        self._dirty_nodes.update(self._old_signals.due(now_s), self._old_prompt.due(now_s))

    def mark_durable(self, nodes: Iterable[str]) -> None:
        """More of these nodes is durable, or they have not heard that it is."""
        self._dirty_acks.update(nodes)

    def mark(self, spaces: Iterable[str], nodes: Iterable[str]) -> None:
        """These spaces and the allowances of these nodes may have changed."""
        self._dirty_spaces.update(spaces)
        self._dirty_nodes.update(nodes)

    def say_changes(
        self,
        now_s: float,
        ack_of: Callable[[str], Ack | None],
        state_of: Callable[[str], SpaceState],
        signal_of: Callable[[str], Signal],
    ) -> None:
        """Say what is marked and has changed, but nothing sooner than its gap allows."""
        for node in [one for one in self._dirty_acks if self._may_acknowledge(one, now_s)]:
            self._dirty_acks.discard(node)
            self._acknowledge(node, ack_of(node), now_s)
        for space in [one for one in self._dirty_spaces if self._is_due(one, now_s)]:
            self._dirty_spaces.discard(space)
            self._say_space(state_of(space), now_s)
        for node in [one for one in self._dirty_nodes if self._may_signal(one, now_s)]:
            self._dirty_nodes.discard(node)
            self._say_signal(node, signal_of(node), now_s)

    def say_alerts(self, changed: Iterable[Alert]) -> None:
        """Say alerts that fired or changed; empty the topic of those that closed."""
        for alert in changed:
            topic = self._topics.alert(alert.id)
            if alert.closed_at is None and alert.state is not AlertState.PENDING:
                self._alerts.add(alert.id)
                self._say(topic, alert.message())
            elif alert.id in self._alerts:
                self._alerts.discard(alert.id)
                self._voice.publish(Publication(topic=topic, payload=b"", retain=True))

    def clear_alert(self, topic: str) -> None:
        """Empty the topic of an alert that is not ours, or not any more."""
        if topic.rsplit("/", 1)[-1] not in self._alerts:
            self._voice.publish(Publication(topic=topic, payload=b"", retain=True))

    def say_hub(self, position: int) -> None:
        """Say that the hub is there."""
        self._say(self._topics.hub_status, self.hub_status(HubState.ONLINE, position, self._since))

    def hub_status(self, state: HubState, position: int, since: datetime) -> HubStatus:
        """The hub's own status."""
        return HubStatus(state=state, version=self._version, position=position, since=since)

    def _may_acknowledge(self, node: str, now_s: float) -> bool:
        return now_s - self._acked_at.get(node, -1e9) >= ACK_GAP_S

    def _acknowledge(self, node: str, ack: Ack | None, now_s: float) -> None:
        if ack is not None and self._say(self._topics.ack(node), ack):
            self._acked_at[node] = now_s

    def _is_due(self, space: str, now_s: float) -> bool:
        return now_s - self._said_at.get(space, -1e9) >= SPACE_GAP_S

    def _may_signal(self, node: str, now_s: float) -> bool:
        return now_s - self._signalled_at.get(node, -1e9) >= SIGNAL_GAP_S

    def _say_space(self, state: SpaceState, now_s: float) -> None:
        said = self._said_spaces.get(state.space)
        is_old = now_s - self._said_at.get(state.space, -1e9) >= REFRESH_S
        if said is not None and not is_old and replace(state, as_of=said.as_of) == said:
            return
        if self._say(self._topics.space_state(state.space), state):
            self._said_spaces[state.space] = state
            self._said_at[state.space] = now_s
            self._old_spaces.said(state.space, now_s)

    def _say_signal(self, node: str, signal: Signal, now_s: float) -> None:
        said = self._said_signals.get(node)
        is_prompt = node in self._prompt
        gap_s = PROMPT_S if is_prompt else signal.valid_s / 3
        is_old = now_s - self._signalled_at.get(node, -1e9) >= gap_s
        if said is not None and not is_old and replace(signal, as_of=said.as_of) == said:
            return
        if self._say(self._topics.signal(node), signal):
            self._said_signals[node] = signal
            self._signalled_at[node] = now_s
            (self._old_prompt if is_prompt else self._old_signals).said(node, now_s)

    def _say(self, topic: str, message: Struct) -> bool:
        return self._voice.publish(Publication(topic=topic, payload=encode(message), retain=True))


class _Aging:
    """What was said when, oldest first: whatever is older than the gap is due. Cost: what is due."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._said: OrderedDict[str, float] = OrderedDict()

    def said(self, key: str, now_s: float) -> None:
        self._said[key] = now_s
        self._said.move_to_end(key)

    def due(self, now_s: float) -> list[str]:
        found: list[str] = []
        while self._said:
            key, said_s = next(iter(self._said.items()))
            if now_s - said_s < self._gap_s:
                break
            del self._said[key]
            found.append(key)
        return found

    def clear(self) -> None:
        self._said.clear()
