"""The tables of two stores with one writer each: the hub's (`hub.db`) and the people's (`people.db`).

Here they are together under one name; each idea has its module. On PostgreSQL each store is a schema of one
database, and nothing here knows which it is.
"""

from hub.store.history_tables import (
    heartbeat,
    history_awake,
    history_minute,
    history_verdict,
    post_hour,
    space_day,
)
from hub.store.hub_tables import (
    alert,
    board,
    fact,
    gone,
    in_force,
    journal,
    notification,
    rejected,
    snapshot,
    source,
    standing,
    transition,
)
from hub.store.lineages import hub, people
from hub.store.people_tables import (
    attempt,
    audit,
    decision,
    decision_book,
    errand,
    login,
    one_time_code,
    user,
)
from hub.store.screen_tables import floor_plan, plan_picture, sign

__all__ = [
    "alert",
    "attempt",
    "audit",
    "board",
    "decision",
    "decision_book",
    "errand",
    "fact",
    "floor_plan",
    "gone",
    "heartbeat",
    "history_awake",
    "history_minute",
    "history_verdict",
    "hub",
    "in_force",
    "journal",
    "login",
    "notification",
    "one_time_code",
    "people",
    "plan_picture",
    "post_hour",
    "rejected",
    "sign",
    "snapshot",
    "source",
    "space_day",
    "standing",
    "transition",
    "user",
]
