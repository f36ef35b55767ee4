"""Objects of the domain with sensible values, so that a test names only what it is about."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from hub.campus import Campus, Observed
from hub.engine import Orders
from hub.layout import Building, Door, Layout, Names, Post, Space, SpaceKind
from hub.presence import Presence
from hub.regime.limits import CapacityLimits
from hub.regime.profile import OPTIONAL_TABLES, Profile, read_profile
from hub.regime.schedule import Regime
from hub.rules import CHECKS
from hub.situation import Situation
from hub.timetable.lesson_book import LessonBook
from protocol.codec import encode_batch, encode_event
from protocol.events import AnyEvent, Direction, Fault, Passage, Recovered, Screening, Verdict
from protocol.quantities import Duration

REGIMES = Path(__file__).parents[1] / "deploy" / "regime"
#: A Monday, 09:00 in Almaty.
MORNING = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
EPOCH = "01KAQR5T6M0000000000000000"
OTHER_EPOCH = "01KAQR5T6M1111111111111111"


def at(seconds: float = 0.0) -> datetime:
    """So many seconds after the morning began."""
    return MORNING + timedelta(seconds=seconds)


def a_passage(seq: int = 1, **changes: Any) -> Passage:
    """Somebody walking into the room."""
    fields: dict[str, Any] = {"at": MORNING, "channel": "door", "direction": Direction.IN}
    return Passage(seq=seq, **{**fields, **changes})


def an_exit(seq: int = 1, **changes: Any) -> Passage:
    """Somebody walking out of the room."""
    return a_passage(seq, direction=Direction.OUT, **changes)


def a_screening(seq: int = 1, **changes: Any) -> Screening:
    """Somebody at the entrance thermometer."""
    fields: dict[str, Any] = {"at": MORNING, "channel": "thermometer", "verdict": Verdict.PASS}
    return Screening(seq=seq, **{**fields, **changes})


def a_fault(seq: int = 1, **changes: Any) -> Fault:
    """A beam that stays broken."""
    fields: dict[str, Any] = {"at": MORNING, "channel": "door", "component": "beam", "code": "stuck"}
    return Fault(seq=seq, **{**fields, **changes})


def a_recovery(seq: int = 1, **changes: Any) -> Recovered:
    """The beam is free again."""
    fields: dict[str, Any] = {"at": MORNING, "channel": "door", "component": "beam", "code": "stuck"}
    return Recovered(seq=seq, **{**fields, **changes})


def a_message(*events: AnyEvent, epoch: str = EPOCH) -> bytes:
    """The payload of `node/<node>/events`."""
    return encode_batch(epoch, [encode_event(event) for event in events])


def observed(event: AnyEvent, *, node: str = "room-node", position: int = 1, **changes: Any) -> Observed:
    """The event as it came to the hub, at the time it happened."""
    fields: dict[str, Any] = {"epoch": EPOCH, "received": event.at}
    return Observed(position=position, node=node, event=event, **{**fields, **changes})


def names(text: str) -> Names:
    """One name in three languages."""
    return Names(kk=text, ru=text, en=text)


def a_space(id: str = "room", **changes: Any) -> Space:
    """A classroom of 48 m² with 24 desks: at most 15 people."""
    fields: dict[str, Any] = {
        "building": "a",
        "kind": SpaceKind.CLASSROOM,
        "code": id.upper(),
        "floor": 1,
        "area_m2": 48.0,
        "names": names(id),
        "desks": 24,
    }
    return Space(id=id, **{**fields, **changes})


def a_layout(**changes: Any) -> Layout:
    """A hall with an entrance that is screened, and one room behind it."""
    fields: dict[str, Any] = {
        "site": "test",
        "names": names("Test"),
        "profile": "test",
        "buildings": (Building(id="a", names=names("A")),),
        "spaces": (a_space("hall", kind=SpaceKind.HALL, area_m2=200.0, desks=None), a_space("room")),
        "doors": (
            Door(id="entrance", node="entrance", channel="main", inner="hall"),
            Door(id="room-door", node="room-node", channel="door", inner="room", outer="hall"),
        ),
        "posts": (Post(id="post", node="entrance", channel="thermometer", door="entrance"),),
    }
    return Layout(**{**fields, **changes})


@cache
def shipped_profile() -> Profile:
    """The profile of 2020 as it is shipped."""
    return read_profile(REGIMES / "kz-2020-order-345-381.toml", tuple(CHECKS))


def a_profile(**changes: Any) -> Profile:
    """The limits for a classroom, for every kind of space; the patience of the alerts; nothing else is asked.

    Treatments, breaks, air and dispensers have scenarios of their own, under the shipped profile.
    """
    limits = CapacityLimits(
        m2_per_person=1.0, per_desk=True, source="§36.2", group_cap=15, cap_source="§71, §69.3"
    )
    patience = {"over-capacity": ("20s", "30s"), "elevated-screening": ("0s", "0s")}
    shipped = shipped_profile()
    fields: dict[str, Any] = {
        "id": "test",
        "titles": names("Test"),
        "source": "test",
        "in_force_from": MORNING.date(),
        "variants": {},
        "not_asked": {},
        **dict.fromkeys(OPTIONAL_TABLES),
        "treatment": replace(shipped.treatment, kinds={}),
        "capacity": {kind.value: limits for kind in SpaceKind},
        "screening": replace(shipped.screening, repeat_over_c=0.4),
        "alerts": {
            rule: replace(
                shipped.alerts[rule],
                priority=1 if rule == "over-capacity" else 2,
                fire_after=Duration(patience.get(rule, ("0s", "10s"))[0]),
                clear_after=Duration(patience.get(rule, ("0s", "10s"))[1]),
                until_acknowledged=rule == "elevated-screening",
            )
            for rule in CHECKS
        },
    }
    return replace(shipped, **{**fields, **changes})


def a_regime(layout: Layout, profile: Profile | None = None) -> Regime:
    """One profile, in force for ever."""
    return Regime({layout.profile: profile or a_profile()}, layout)


def a_situation(
    layout: Layout | None = None, profile: Profile | None = None, since: datetime = MORNING
) -> Situation:
    """A campus of which nothing is known yet."""
    layout = layout or a_layout()
    return Situation(
        Campus(layout), Presence(since), a_regime(layout, profile), LessonBook(layout), frozenset(), since
    )


def the_orders(layout: Layout | None = None, profile: Profile | None = None) -> Orders:
    """What a hub of this layout works by: no lessons, no receivers."""
    layout = layout or a_layout()
    return Orders(layout=layout, regime=a_regime(layout, profile), lesson_book=LessonBook(layout))
