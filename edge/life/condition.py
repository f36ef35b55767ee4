"""What the node itself suffers in, the faults that tell of it out: its last run, its outbox, its lights."""

from edge.faults import NODE_CHANNEL, FaultBook, Stamp
from edge.indicator import Indicator
from edge.life.last_life import WATCHDOG, Ending
from edge.outbox.outbox import Outbox
from edge.outbox.quota import FILLING, FILLING_NO_MORE
from protocol.events import AnyEvent

OLD_OUTBOX = "old-outbox"
#: Said beside `outbox`, which may refuse for another reason while it is filling.
QUOTA = "outbox-quota"
#: The hub knows numbers of this outbox that it has not given out.
COPY = "outbox-copy"
#: A light that cannot be switched.
LIGHT = "light"


class Condition:
    """Tells each once, going and coming back."""

    def __init__(
        self, faults: FaultBook, outbox: Outbox, indicator: Indicator, damaged: str, ending: Ending | None
    ) -> None:
        """`damaged`: what was moved aside because it could not be read; `ending`: of the last run."""
        self._faults = faults
        self._outbox = outbox
        self._indicator = indicator
        #: What the hub said that cannot be true of this outbox; empty while it said nothing such.
        self.contradiction = ""
        #: None once it is said.
        self._damaged: str | None = damaged
        self._ending = ending

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """What is new."""
        return (
            self._tell_ending(stamp)
            + self._tell_damage(stamp)
            + self._tell_fill(stamp)
            + self._tell_copy(stamp)
            + self._tell_lights(stamp)
        )

    def _tell_ending(self, stamp: Stamp) -> list[AnyEvent]:
        ending, self._ending = self._ending, None
        if ending is None:
            return []
        self._faults.recovered(NODE_CHANNEL, WATCHDOG, stamp.now_s, stamp)
        code, detail = ending.code.value, ending.detail
        return self._faults.fault(
            NODE_CHANNEL, WATCHDOG, code, detail, stamp.now_s, stamp
        ) + self._faults.recovered(NODE_CHANNEL, WATCHDOG, stamp.now_s, stamp, "the node runs again")

    def _tell_damage(self, stamp: Stamp) -> list[AnyEvent]:
        damaged, self._damaged = self._damaged, None
        if damaged is None:
            return []
        if not damaged:
            return self._faults.recovered(NODE_CHANNEL, OLD_OUTBOX, stamp.now_s, stamp)
        detail = f"{damaged} could not be read and was moved aside; what it holds was not sent"
        return self._faults.fault(NODE_CHANNEL, OLD_OUTBOX, "damaged", detail, stamp.now_s, stamp)

    def _tell_fill(self, stamp: Stamp) -> list[AnyEvent]:
        if self._outbox.fill >= FILLING:
            detail = f"{self._outbox.depth} events wait for the hub; at the quota the least of them give way"
            return self._faults.fault(NODE_CHANNEL, QUOTA, "filling", detail, stamp.now_s, stamp)
        if self._outbox.fill < FILLING_NO_MORE:
            return self._faults.recovered(NODE_CHANNEL, QUOTA, stamp.now_s, stamp)
        return []

    def _tell_copy(self, stamp: Stamp) -> list[AnyEvent]:
        if not self.contradiction:
            return []
        detail = (
            f"{self.contradiction}: what it numbers anew is taken for what came before; begin a new outbox"
        )
        return self._faults.fault(NODE_CHANNEL, COPY, "restored", detail, stamp.now_s, stamp)

    def _tell_lights(self, stamp: Stamp) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        for channel in self._indicator.shown:
            error = self._indicator.refused.get(channel)
            # A fault of the node, not of the channel: whose light is dark still counts.
            light = f"{LIGHT}-{channel}"
            if error is None:
                events += self._faults.recovered(NODE_CHANNEL, light, stamp.now_s, stamp)
            else:
                detail = str(error)
                events += self._faults.fault(NODE_CHANNEL, light, error.code, detail, stamp.now_s, stamp)
        return events
