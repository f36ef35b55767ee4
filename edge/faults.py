"""What is broken and what works again in, one `fault` going and one `recovered` coming back out. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from protocol.events import AnyEvent, ClockState, Fault, Recovered
from protocol.quantities import to_milliseconds

#: Where faults of the node itself are said, beside those of its channels.
NODE_CHANNEL = "node"
#: Given by the outbox; an event has none before.
UNNUMBERED = 1
_TEXT_MAX = 200


class Stamp:
    """How monotonic seconds become instants during one step."""

    def __init__(self, now: datetime, now_s: float, clock: ClockState) -> None:
        self.now = now
        self.now_s = now_s
        self.clock = clock

    def at(self, t_s: float) -> datetime:
        """The instant of monotonic `t_s`, cut to milliseconds."""
        return to_milliseconds(self.now + timedelta(seconds=t_s - self.now_s))


class FaultBook:
    """Faults going on. What is already said is not said again."""

    def __init__(self, going_on: Mapping[tuple[str, str], str]) -> None:
        """`going_on`: (channel, component) → code, as said before a restart."""
        self._going_on = dict(going_on)

    @property
    def names(self) -> tuple[str, ...]:
        """The faults going on, as `component: code`, with the channel where it is not the node itself."""
        return tuple(
            (f"{component}: {code}" if channel == NODE_CHANNEL else f"{channel} {component}: {code}")[
                :_TEXT_MAX
            ]
            for (channel, component), code in sorted(self._going_on.items())
        )

    def is_going_on(self, channel: str, component: str) -> bool:
        """Whether the component is said to be broken."""
        return (channel, component) in self._going_on

    def fault(
        self, channel: str, component: str, code: str, detail: str, t_s: float, stamp: Stamp
    ) -> list[AnyEvent]:
        """The component is broken: an event unless that is said already."""
        if self.is_going_on(channel, component):
            return []
        self._going_on[channel, component] = code
        return [
            Fault(
                seq=UNNUMBERED,
                at=stamp.at(t_s),
                clock=stamp.clock,
                channel=channel,
                component=component,
                code=code,
                detail=detail[:_TEXT_MAX],
            )
        ]

    def recovered(
        self, channel: str, component: str, t_s: float, stamp: Stamp, detail: str = ""
    ) -> list[AnyEvent]:
        """The component works: an event if it was said to be broken."""
        code = self._going_on.pop((channel, component), None)
        if code is None:
            return []
        return [
            Recovered(
                seq=UNNUMBERED,
                at=stamp.at(t_s),
                clock=stamp.clock,
                channel=channel,
                component=component,
                code=code,
                detail=detail[:_TEXT_MAX],
            )
        ]
