"""Who speaks from nowhere: channels that no door, post or sensor of the campus is, so that a door is added by
hearing it. Pure.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import nlargest

from msgspec.structs import replace

from hub.campus import Observed
from hub.layout import Layout
from hub.presence import Liveness, NodePresence, Presence
from hub.store.campus_rows import HeardChannel, HeardRow
from protocol.events import Passage
from protocol.quantities import to_milliseconds

#: Channels kept and shown; any number of strangers may call.
MOST_CHANNELS = 40
#: How long a door that was just added or changed is listened to.
TRIAL = timedelta(minutes=30)
#: An event that happened longer ago is of an outbox that is being emptied: nobody is at the door now.
LIVE = timedelta(seconds=30)
#: Whoever is so is not at the door any more.
_AWAY = (Liveness.OFFLINE, Liveness.LOST, Liveness.SILENT)
_Channel = tuple[str, str]


class Hearing:
    """Hears every event as it is stored; outlives the engine and its campus file."""

    def __init__(self) -> None:
        self._heard: dict[_Channel, HeardChannel] = {}
        self._placed: set[_Channel] = set()
        #: Doors that are being tried: by id, until when.
        self._trials: dict[str, datetime] = {}
        self._doors: dict[_Channel, str] = {}

    def work_by(self, layout: Layout) -> None:
        """Another campus is in force."""
        self._placed = {(door.node, door.channel) for door in layout.doors}
        self._placed |= {(post.node, post.channel) for post in layout.posts}
        self._placed |= {(sensor.node, sensor.channel) for sensor in layout.sensors}
        self._doors = {(door.node, door.channel): door.id for door in layout.doors}
        self._heard = {key: one for key, one in self._heard.items() if self._is_wanted(key)}

    def listen(self, door: str, now: datetime) -> None:
        """A door is being tried: what passes it is told."""
        self._trials[door] = now + TRIAL
        for key, id in self._doors.items():
            if id == door:
                # A trial counts from its beginning.
                self._heard.pop(key, None)

    def hear(self, stored: Iterable[Observed], now: datetime) -> None:
        """Events that are new; those of channels that stand somewhere only while they are tried."""
        for one in stored:
            event = one.event
            channel = getattr(event, "channel", None)
            if channel is None or not self._is_wanted((one.node, channel)) or now - event.at > LIVE:
                continue
            key, at = (one.node, channel), to_milliseconds(now)
            before = self._heard.get(key) or HeardChannel(node=one.node, channel=channel, since=at)
            is_in = isinstance(event, Passage) and event.direction.value == "in"
            is_out = isinstance(event, Passage) and event.direction.value == "out"
            direction = "in" if is_in else "out" if is_out else ""
            self._heard[key] = replace(
                before,
                at=at,
                event=str(event.__struct_config__.tag),
                direction=direction,
                first=before.first or direction,
                ins=before.ins + is_in,
                outs=before.outs + is_out,
            )
        if len(self._heard) > MOST_CHANNELS:
            newest = nlargest(MOST_CHANNELS, self._heard.items(), key=lambda item: _newest(item[1]))
            self._heard = dict(newest)

    def row(self, presence: Presence, now: datetime) -> HeardRow:
        """The newest first: those that spoke, those whose node has just come, and doors that are tried."""
        self._trials = {door: until for door, until in self._trials.items() if until > now}
        found = {
            key: replace(one, door=self._doors.get(key))
            for key, one in self._heard.items()
            if self._is_wanted(key) and presence.liveness(key[0], now) not in _AWAY
        }
        nodes = nlargest(
            MOST_CHANNELS,
            ((name, node) for name, node in presence.nodes.items() if node.hello is not None),
            key=lambda item: _came(item[1]),
        )
        for name, node in nodes:
            is_there = presence.liveness(name, now) is Liveness.ONLINE
            for channel in node.hello.channels if is_there and node.hello is not None else ():
                key = (name, channel.channel)
                if key in found:
                    found[key] = replace(found[key], kind=channel.kind)
                elif self._is_wanted(key) and node.heard_since is not None:
                    since = to_milliseconds(node.heard_since)
                    door = self._doors.get(key)
                    found[key] = HeardChannel(
                        node=name, channel=channel.channel, kind=channel.kind, since=since, door=door
                    )
        return HeardRow(channels=tuple(nlargest(MOST_CHANNELS, found.values(), key=_newest)))

    def _is_wanted(self, key: _Channel) -> bool:
        return key not in self._placed or self._doors.get(key) in self._trials


def _newest(one: HeardChannel) -> tuple[datetime, str, str]:
    return max(one.at or one.since, one.since), one.node, one.channel


def _came(node: NodePresence) -> float:
    return 0.0 if node.heard_since is None else node.heard_since.timestamp()
