"""A campus of any size, as a campus file would say it: rooms with two doors each, on corridors."""

from hub.layout import Building, Door, Layout, Names, Sensor, SensorKind, Space, SpaceKind

#: Rooms on a corridor, and corridors in a building.
ROOMS, CORRIDORS = 24, 4
#: Doors that one node watches.
DOORS_A_NODE = 3


def big_campus(rooms: int) -> Layout:
    """So many rooms, each with two doors to its corridor and a button; a hall with an entrance a building."""
    buildings: list[Building] = []
    spaces: list[Space] = []
    doors: list[Door] = []
    sensors: list[Sensor] = []
    for number in range(rooms):
        corridor, building = number // ROOMS, number // (ROOMS * CORRIDORS)
        home, hall = f"b{building}", f"hall-{building}"
        if number % (ROOMS * CORRIDORS) == 0:
            buildings.append(Building(id=home, names=_names(home)))
            spaces.append(_space(hall, home, SpaceKind.HALL, 400.0))
            doors.append(
                Door(id=f"entrance-{building}", node=f"entrance-{building}", channel="main", inner=hall)
            )
        if number % ROOMS == 0:
            spaces.append(_space(f"corridor-{corridor}", home, SpaceKind.CORRIDOR, 180.0))
            doors.append(
                Door(
                    id=f"stairs-{corridor}",
                    node=f"stairs-{corridor}",
                    channel="stairs",
                    inner=f"corridor-{corridor}",
                    outer=hall,
                )
            )
        room = f"room-{number}"
        spaces.append(_space(room, home, SpaceKind.CLASSROOM, 48.0, desks=24))
        node = f"node-{number // DOORS_A_NODE}"
        for side in ("front", "back"):
            channel = f"{side}-{number}"
            doors.append(
                Door(
                    id=f"{side}-{room}", node=node, channel=channel, inner=room, outer=f"corridor-{corridor}"
                )
            )
        button = f"button-{number}"
        sensors.append(Sensor(id=button, node=node, channel=button, kind=SensorKind.BUTTON, space=room))
    return Layout(
        site="big",
        names=_names("Big"),
        buildings=tuple(buildings),
        spaces=tuple(spaces),
        doors=tuple(doors),
        sensors=tuple(sensors),
    )


def _space(id: str, building: str, kind: SpaceKind, area_m2: float, desks: int | None = None) -> Space:
    return Space(
        id=id, building=building, kind=kind, code=id, floor=1, area_m2=area_m2, desks=desks, names=_names(id)
    )


def _names(text: str) -> Names:
    return Names(kk=text, ru=text, en=text)
