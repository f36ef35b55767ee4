"""What one turn of the desk changed, and what is kept beside the alerts, as values. Pure."""

from typing import NamedTuple

from msgspec import Struct

from hub.alerts.alert import Alert, Transition
from hub.alerts.drill import Drill
from hub.alerts.muting import Shelf, Silence
from hub.alerts.notification import Notification


class DeskState(Struct, frozen=True, kw_only=True):
    """What is kept beside the alerts: a small row, written whole when it changes."""

    silences: tuple[Silence, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    drills: tuple[Drill, ...] = ()


class Outcome(NamedTuple):
    """What one turn changed, to be written in one transaction before anything is sent."""

    #: Each alert once, as it is now; closed ones included.
    changed: list[Alert]
    #: In the order in which it happened.
    transitions: list[Transition]
    notifications: list[Notification]
    #: The state to write; None: it is as it was.
    state: DeskState | None
