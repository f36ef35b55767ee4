"""Events as line protocol, placed by the campus file. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from influxdb_client.client.write.point import Point

from hub.layout import Layout
from protocol.events import (
    Air,
    AnyEvent,
    Contact,
    Direction,
    Dispense,
    Fault,
    Passage,
    Recovered,
    Screening,
    Treatment,
)

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
Fields = Mapping[str, int | float | None]


class Points:
    """Events as line protocol, placed by the campus file. Pure."""

    def __init__(self, layout: Layout) -> None:
        self._site = layout.site
        self._places: dict[tuple[str, str], dict[str, str | None]] = {
            (one.node, one.channel): {"door": one.door} for one in layout.posts
        }
        for sensor in layout.sensors:
            self._places[sensor.node, sensor.channel] = {"space": sensor.space, "door": sensor.door}
        for door in layout.doors:
            tags = {"door": door.id, "space_in": door.inner, "space_out": door.outer}
            self._places[(door.node, door.channel)] = {**tags}

    def line(self, node: str, event: AnyEvent) -> str:
        """One line, or nothing when the event holds no value. The same event is always the same line."""
        tags, fields = _values(event)
        placed = {"site": self._site, "node": node, "channel": event.channel}
        placed_at = self._places.get((node, event.channel), {})
        kind = str(type(event).__struct_config__.tag)
        return line(kind, {**placed, **placed_at, **tags}, fields, event.at, event.seq)


def line(measurement: str, tags: Mapping[str, str | None], fields: Fields, at: datetime, seq: int = 0) -> str:
    """One line; nothing where no field has a value. Tags and fields without one are left out.

    One series may say two things in one millisecond, the precision of the wire. The nanoseconds below it hold
    the end of `seq`: two rows stay two points, and one row stays one however often it is written.
    """
    at_ns = (at - _1970) // _MS * 1_000_000 + seq % 1_000_000
    point = {"measurement": measurement, "tags": tags, "fields": fields, "time": at_ns}
    return str(Point.from_dict(point).to_line_protocol())


def real(value: float | None) -> float | None:
    """Never a whole number: InfluxDB refuses a field that is once a float and once an integer."""
    return None if value is None else float(value)


def _values(event: AnyEvent) -> tuple[dict[str, str], Fields]:
    """Tags and fields of its kind. Numbers only: text in a field would be 0 in victoria-metrics."""
    match event:
        case Passage():
            sign = 1 if event.direction is Direction.IN else -1
            took_s, confidence = real(event.took_s), real(event.confidence)
            counted = {"people": event.people, "net": sign * event.people}
            return {}, {**counted, "took_s": took_s, "confidence": confidence}
        case Screening():
            # Nothing measured on a person leaves the journal: a copy could not be made to forget it in time.
            return {"verdict": event.verdict.value}, {"count": 1}
        case Air():
            co2_ppm, temperature_c = real(event.co2_ppm), real(event.temperature_c)
            return {}, {
                "co2_ppm": co2_ppm,
                "temperature_c": temperature_c,
                "humidity": real(event.humidity),
            }
        case Dispense():
            amount_ml, level = real(event.amount_ml), real(event.level)
            return {}, {"count": 1, "presses": event.presses, "amount_ml": amount_ml, "level": level}
        case Contact():
            return {}, {"open": int(event.open)}
        case Treatment():
            task, action, proof = event.task.value, event.action.value, event.proof.value
            return {"task": task, "action": action, "proof": proof}, {"count": 1}
        case Fault() | Recovered():
            # `detail` stays behind: free text as a tag makes a series of its own each time.
            return {"component": event.component, "code": event.code}, {"count": 1}
