"""Floor plans over two tables of `people.db`: what is drawn of a floor, and the picture it is drawn upon."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, insert, select, update

from hub.store.database import asking, claim, writing
from hub.store.schema import floor_plan, plan_picture
from protocol.clock import Clock
from protocol.quantities import Id

#: A place on a picture: shares of its width and height, from the top left.
Point = tuple[float, float]
#: Width over height of a drawing nobody has given a picture.
USUAL_ASPECT = 2.0


class RoomShape(Struct, frozen=True, kw_only=True):
    """The outline of a space: the corners in order, not closed."""

    space: Id
    points: tuple[Point, ...]


class DoorMark(Struct, frozen=True, kw_only=True):
    """Where a door is."""

    door: Id
    at: Point


class Drawing(Struct, frozen=True, kw_only=True):
    """What is drawn of a floor."""

    #: Width over height of what it is drawn upon.
    aspect: float = USUAL_ASPECT
    rooms: tuple[RoomShape, ...] = ()
    doors: tuple[DoorMark, ...] = ()


class Plan(NamedTuple):
    """A floor's plan."""

    building: str
    floor: int
    #: Grows with every change; 0: there has never been one.
    version: int
    drawing: Drawing
    #: SHA-256 of its picture; None without one.
    picture: str | None
    #: Who changed it last, and when.
    who: str
    at_ms: int
    is_removed: bool


class FloorPicture(NamedTuple):
    """A picture as browsers get it."""

    media_type: str
    #: Width over height.
    aspect: float
    body: bytes


class OutdatedError(Exception):
    """Somebody else has changed the plan since it was seen; `plan` is theirs."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"the plan of {plan.building}/{plan.floor} is at version {plan.version}")
        self.plan = plan


class Plans:
    """The plans there are."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def all(self) -> list[Plan]:
        """Every plan, taken away ones too, by building and floor."""
        with asking(self._engine) as connection:
            rows = connection.execute(
                select(floor_plan).order_by(floor_plan.c.building, floor_plan.c.floor)
            ).all()
        return [_plan(*row) for row in rows]

    def find(self, building: str, floor: int) -> Plan:
        """The plan of a floor; version 0 and nothing drawn where there has never been one."""
        with asking(self._engine) as connection:
            return _find(connection, building, floor)

    def picture(self, sha256: str) -> FloorPicture | None:
        """A picture; None when no plan has it."""
        columns = (plan_picture.c.media_type, plan_picture.c.aspect, plan_picture.c.body)
        with asking(self._engine) as connection:
            row = connection.execute(select(*columns).where(plan_picture.c.sha256 == sha256)).first()
        return None if row is None else FloorPicture(*row)

    def draw(self, building: str, floor: int, drawing: Drawing, seen: int, who: str) -> Plan:
        """Keep what was drawn over the version `seen`. Raises OutdatedError when that is not the newest."""

        def drawn(connection: Connection, there: Plan) -> Plan:
            if there.version != seen:
                raise OutdatedError(there)
            return there._replace(drawing=drawing, is_removed=False)

        return self._change(building, floor, who, drawn)

    def hang(self, building: str, floor: int, picture: FloorPicture, who: str) -> Plan:
        """Put another picture under what is drawn; the one before is forgotten if no other floor has it."""
        sha256 = hashlib.sha256(picture.body).hexdigest()

        def hung(connection: Connection, there: Plan) -> Plan:
            has_it = select(plan_picture.c.sha256).where(plan_picture.c.sha256 == sha256)
            if connection.execute(has_it).first() is None:
                connection.execute(insert(plan_picture).values(sha256=sha256, **picture._asdict()))
            drawing = msgspec.structs.replace(there.drawing, aspect=picture.aspect)
            return there._replace(drawing=drawing, picture=sha256, is_removed=False)

        return self._change(building, floor, who, hung)

    def remove(self, building: str, floor: int, who: str) -> Plan:
        """Take the plan away; it can be brought back until something is drawn or hung anew."""
        return self._change(building, floor, who, lambda _, there: there._replace(is_removed=True))

    def restore(self, building: str, floor: int, who: str) -> Plan:
        """Bring it back as it was."""
        return self._change(building, floor, who, lambda _, there: there._replace(is_removed=False))

    def _change(
        self, building: str, floor: int, who: str, change: Callable[[Connection, Plan], Plan]
    ) -> Plan:
        now_ms = int(self._clock.now().timestamp() * 1000)
        with writing(self._engine) as connection:
            claim(connection)
            there = _find(connection, building, floor)
            made = change(connection, there)._replace(version=there.version + 1, who=who, at_ms=now_ms)
            values = {
                "version": made.version,
                "body": msgspec.json.encode(made.drawing),
                "picture": made.picture,
                "who": who,
                "at_ms": now_ms,
                "removed_ms": now_ms if made.is_removed else None,
            }
            here = (floor_plan.c.building == building) & (floor_plan.c.floor == floor)
            if there.version:
                connection.execute(update(floor_plan).where(here).values(values))
            else:
                connection.execute(insert(floor_plan).values(building=building, floor=floor, **values))
            if there.picture is not None and there.picture != made.picture:
                used = select(floor_plan.c.picture).where(floor_plan.c.picture.is_not(None))
                connection.execute(delete(plan_picture).where(plan_picture.c.sha256.not_in(used)))
        return made


def _find(connection: Connection, building: str, floor: int) -> Plan:
    here = (floor_plan.c.building == building) & (floor_plan.c.floor == floor)
    row = connection.execute(select(floor_plan).where(here)).first()
    return Plan(building, floor, 0, Drawing(), None, "", 0, is_removed=False) if row is None else _plan(*row)


def _plan(
    building: str,
    floor: int,
    version: int,
    body: bytes,
    picture: str | None,
    who: str,
    at_ms: int,
    removed_ms: int | None,
) -> Plan:
    drawing = msgspec.json.decode(body, type=Drawing)
    return Plan(building, floor, version, drawing, picture, who, at_ms, removed_ms is not None)
