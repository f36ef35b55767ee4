"""What a profile says of tasks, as phones need it: the least time that counts, the clause, who acts. Pure."""

from typing import Any

from msgspec import Struct

from hub.treatment.limits import ProofWeights, TaskLimits
from protocol.quantities import Duration

#: Rules that call a manager first, in the profile we deliver; used until the hub has noted its limits.
_MANAGERS = frozenset(
    {
        *("break-too-short", "empty-dispenser", "silent-dispenser", "co2-high", "ventilation-need"),
        *("silent-node", "timetable-over-cap", "expected-against-seen"),
    }
)
#: What a profile that says nothing of it means.
_WORD = ProofWeights(source="default").word
_NEEDED = TaskLimits(source="default", minimum=Duration("0s")).needed
#: Their task is on the board by itself.
OF_TASKS = frozenset({"treatment-due", "treatment-late", "corridor-airing", "equipment-due"})


class TaskRule(Struct, frozen=True, kw_only=True):
    """One treatment."""

    #: The shortest that counts, seconds.
    minimum_s: float
    #: How long the room then stays empty, seconds.
    dwell_s: float
    nobody_inside: bool
    #: Somebody's word alone is proof enough that it was done, whether or not anybody said that it began.
    word_counts: bool
    clause: str


def task_rules(tables: dict[str, Any]) -> dict[str, TaskRule]:
    """By treatment; empty while no limits are known."""
    treatment: dict[str, Any] = tables.get("treatment", {})
    tasks: dict[str, dict[str, Any]] = treatment.get("tasks", {})
    word = float(treatment.get("weights", {}).get("word", _WORD))
    return {
        name: TaskRule(
            minimum_s=Duration(one["minimum"]).seconds,
            dwell_s=Duration(one.get("dwell", "0s")).seconds,
            nobody_inside=bool(one.get("nobody_inside", False)),
            # In an empty room nobody sees it but the machine: there the whole length must be told.
            word_counts=word >= float(one.get("needed", _NEEDED)) and not one.get("nobody_inside", False),
            # What follows the clause explains our own figures, in English.
            clause=str(one.get("source", "")).partition(";")[0],
        )
        for name, one in tasks.items()
    }


def rules_of_managers(tables: dict[str, Any]) -> list[str]:
    """The rules whose alerts are a manager's to act on first, without those that a task stands for."""
    alerts: dict[str, dict[str, Any]] = tables.get("alerts", {})
    first = {
        rule
        for rule, one in alerts.items()
        if one.get("escalate") and one["escalate"][0].get("role") == "manager"
    }
    return sorted((first if alerts else _MANAGERS) - OF_TASKS)
