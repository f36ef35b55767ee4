"""What the node asks of every channel: take a step, follow the hub, let go. One class a kind of channel."""

from edge.faults import Stamp
from protocol.events import AnyEvent
from protocol.messages import PostLevel, Signal

#: What is due so soon is done now, seconds: else a step that comes a rounding too early costs a whole period.
EARLY_S = 0.001


class Watch:
    """One channel, stepped by the node's only thread; other threads put on its queues and wake the node."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    @property
    def due_s(self) -> float:
        """When the next step is needed if nothing comes before, monotonic seconds."""
        return float("inf")

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Take what was seen since the last step, and let time pass."""
        raise NotImplementedError

    def follow(self, signal: Signal, heard_s: float) -> None:
        """Hear what the hub allows; said at monotonic `heard_s`, minus infinity for a retained copy."""

    @property
    def post(self) -> PostLevel | None:
        """What people show here; None where nobody is screened, or was yet."""
        return None

    @property
    def on_h(self) -> float | None:
        """Hours that what it switches has been on; None where it switches nothing."""
        return None

    def keep(self) -> None:
        """Write down what a restart must not forget."""

    def close(self) -> None:
        """Give the hardware back; closing twice is harmless."""
