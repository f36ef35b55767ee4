"""The channels of the receivers file without their secrets: who can be told, by which kind, how patiently."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from hub.courier.outcomes import Health
from hub.store.campus_rows import LayoutRow
from protocol.config import read_toml
from protocol.quantities import Duration

#: A receiver that says no deadline has this one.
USUAL_DEADLINE_S = 15.0


class Channel(NamedTuple):
    """One `[[receivers]]` table: never its address or key."""

    id: str
    kind: str
    language: str
    deadline_s: float


class ChannelState(NamedTuple):
    """A channel, how it fares, and who is told by it."""

    channel: Channel
    #: None: the courier has never spoken to it.
    health: Health | None
    duties: tuple[str, ...]

    @property
    def order(self) -> tuple[bool, bool, str]:
        """What somebody must mend first."""
        state = "" if self.health is None else self.health.state
        return state != "refusing", state != "failing", self.channel.id


def read_channels(path: Path) -> list[Channel]:
    """The channels of the file, in its order; rows that are none are left out.

    Raises ConfigError when there is no such file or it is not TOML.
    """
    rows = read_toml(path).get("receivers", [])
    return [
        Channel(str(row["id"]), str(row.get("kind", "")), str(row.get("language", "")), _seconds(row))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("id")
    ]


def channel_states(
    channels: Iterable[Channel], health: Iterable[Health], campus: LayoutRow | None
) -> list[ChannelState]:
    """Each channel with its state, what must be mended first."""
    known = {one.receiver: one for one in health}
    duties = () if campus is None else campus.duties
    states = [
        ChannelState(one, known.get(one.id), tuple(duty.id for duty in duties if one.id in duty.receivers))
        for one in channels
    ]
    return sorted(states, key=lambda one: one.order)


def missing_channels(channels: Iterable[Channel], campus: LayoutRow | None) -> list[str]:
    """Receivers that a duty names and the file does not have."""
    known = {one.id for one in channels}
    named = [] if campus is None else [name for duty in campus.duties for name in duty.receivers]
    return sorted({name for name in named if name not in known})


def _seconds(row: dict[str, object]) -> float:
    try:
        return min(120.0, Duration(str(row["deadline"])).seconds)
    except (KeyError, ValueError):
        return USUAL_DEADLINE_S
