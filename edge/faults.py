"""What is broken and what works again in, one `fault` going and one `recovered` back out, and in the log."""

import logging
from collections.abc import Container, Mapping
from datetime import datetime, timedelta

from protocol.events import AnyEvent, ClockState, Fault, Recovered
from protocol.quantities import to_milliseconds

log = logging.getLogger(__name__)

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

    def channels_of(self, components: Container[str]) -> set[str]:
        """The channels of which one of these components is said to be broken."""
        return {channel for channel, component in self._going_on if component in components}

    def fault(
        self,
        channel: str,
        component: str,
        code: str,
        detail: str,
        t_s: float,
        stamp: Stamp,
        *,
        is_worse: bool = False,
    ) -> list[AnyEvent]:
        """The component is broken: an event unless that is said already.

        `is_worse`: it is broken in a worse way than may be said already, which is said once more.
        """
        said = self._going_on.get((channel, component))
        if said is not None and not (is_worse and said != code):
            return []
        self._going_on[channel, component] = code
        log.warning("fault channel=%s component=%s code=%s detail=%s", channel, component, code, detail)
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
        log.info("recovered channel=%s component=%s code=%s %s", channel, component, code, detail)
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
