"""How patient an alert is, how loud, and who is told when nobody acts; a table of every profile. Pure."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.duties import Role
from protocol.quantities import Duration

#: Nobody is told the same thing again sooner than this, seconds.
LEAST_S = 60.0
#: From here on an alert sounds nothing, and wakes nobody who is not on a shift.
QUIET_PRIORITY = 3
Clause = Annotated[str, Meta(min_length=1, max_length=200)]


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of an escalation: whom to tell when nobody has acknowledged for so long."""

    #: Since the alert fired.
    after: Duration
    role: Role


class AlertRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient an alert is and how loud."""

    #: 1 is the loudest; 3 sounds nothing.
    priority: Annotated[int, Meta(ge=1, le=3)]
    #: The finding must last this long before the alert fires.
    fire_after: Duration
    #: And be gone this long before it resolves.
    clear_after: Duration
    #: The clause it enforces, or the reason it exists.
    source: Clause
    #: What was found once needs somebody, however quiet it is afterwards: no resolving by itself.
    until_acknowledged: bool = False
    #: Who is told, in order; the first step is usually after "0s".
    escalate: tuple[Step, ...] = ()
    #: After the last step it is told again so often, until somebody acknowledges; None: no more.
    repeat_after: Duration | None = None
    #: An acknowledged alert that still fires is told again to its owner's duty after this long; None: never.
    remind_after: Duration | None = None
    #: Muted while the node that watches its space is silent: unknown speaks instead.
    muted_by_silence: bool = True

    def __post_init__(self) -> None:
        """Refuse steps out of order, and telling again what is told to nobody."""
        after = [step.after.seconds for step in self.escalate]
        if after != sorted(after):
            raise ValueError("escalate: the steps must be in the order of their `after`, the soonest first")
        if self.repeat_after is not None and not self.escalate:
            raise ValueError("repeat_after: nobody is told in the first place; give `escalate` its steps")
        for name, every in (("repeat_after", self.repeat_after), ("remind_after", self.remind_after)):
            if every is not None and every.seconds < LEAST_S:
                raise ValueError(f"{name}: must be at least {LEAST_S:.0f}s, got {every.text}")
