"""People under a time-of-flight sensor at the ceiling in, what a zone of its SPADs sees of them out. Pure.

Solids on the recorded paths (head, shoulders, legs), rays from the sensor; the part cannot tell two targets
apart that are closer than its pulse is long, so what lies together is weighed together, and of what lies
apart the stronger return is told. Reflectances, noise and blur are assumptions of this model, not the
maker's: they are there so that nothing which counts people on it may lean on ideal distances.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from simulator.gait import Track
from simulator.tracks import SHOULDER_M, Body

#: SPADs of the array, per side.
SPADS = 16
#: Targets within this depth of the nearest are one target, metres: the laser pulse is a few ns long.
PULSE_M = 0.6
#: Counts per second and SPAD of a white target that fills the view at 1 m, thousands: puts the reach of the
#: whole array near the 1.7 m (17 % grey) and 3.4 m (54 %) of the data sheet at the usual 1,024 kcps.
KCPS_PER_SPAD = 75.0
#: Noise of a range at 2,000 kcps in 33 ms, and what is left however strong the return, millimetres.
NOISE_MM, LEAST_NOISE_MM = 4.0, 2.0
#: Rays of a zone along and across the walking direction.
RAYS_ALONG, RAYS_ACROSS = 8, 6
#: A walker further than this from the sensor cannot be seen, metres along.
FARTHEST_M = 0.9

#: Half-axes of the solids along, across and down, metres.
_HEAD, _SHOULDERS, _LEGS = (0.10, 0.08, 0.12), (0.13, 0.22, 0.25), (0.15, 0.18, 0.50)
#: Crown to middle of the head; crown to middle of the shoulders (their top lies 0.28 m below it).
_HEAD_DOWN_M, _SHOULDERS_DOWN_M, _LEGS_UP_M = 0.12, 0.53, 0.50


@dataclass(frozen=True, slots=True, kw_only=True)
class Roi:
    """A rectangle of SPADs: columns [left, right) and rows [low, high), each of 0 to 16."""

    left: int
    right: int
    low: int = 0
    high: int = SPADS

    @property
    def spads(self) -> int:
        """How many SPADs it holds."""
        return (self.right - self.left) * (self.high - self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What comes back from a zone."""

    #: Metres to the strongest target, with its noise.
    distance_m: float
    #: Return of the target and of everything else that shines, thousands of counts per second.
    signal_kcps: float
    ambient_kcps: float
    #: The noise that is in `distance_m`, one standard deviation, millimetres.
    sigma_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """Where the sensor hangs and how well it sees."""

    #: Metres from the floor to the sensor.
    ceiling_m: float = 2.4
    #: Degrees seen by the whole array along and across. Source: DS12385, typical full field of view.
    fov_deg: float = 27.0
    #: How far a SPAD sees beyond its own square, one standard deviation, degrees.
    blur_deg: float = 1.0
    #: Share of the infrared light that the floor gives back.
    floor_reflectance: float = 0.5
    #: Daylight on a zone, thousands of counts per second; sunlight on the floor is 100,000 and more.
    ambient_kcps: float = 200.0
    #: Whether the columns of high numbers look into the room.
    inner_high: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody's way under the sensor; the rows have the same length."""

    t_s: tuple[float, ...]
    #: Metres from the sensor, positive outside; None while not within the opening.
    along_m: tuple[float | None, ...]
    #: Metres across from the sensor.
    across_m: tuple[float, ...]
    height_m: float = 1.72
    #: Share of the infrared light that hair and clothes give back.
    hair: float = 0.4
    clothes: float = 0.5


class Scene:
    """All people of a day under one sensor."""

    def __init__(self, people: Iterable[Person], hall: Hall, random: Random) -> None:
        self._people = sorted(people, key=lambda person: person.t_s[0])
        self._starts_s = [person.t_s[0] for person in self._people]
        self._longest_s = max((person.t_s[-1] - person.t_s[0] for person in self._people), default=0.0)
        self._hall = hall
        self._random = random
        self._rays: dict[Roi, list[_Ray]] = {}

    def look(self, roi: Roi, t_s: float, budget_ms: float) -> Sight:
        """What the SPADs of `roi` see at a time, ranging for so long."""
        rays = self._rays.get(roi)
        if rays is None:
            rays = self._rays[roi] = list(_rays(roi, self._hall))
        solids = [solid for person in self._near(t_s) for solid in _solids(person, t_s, self._hall.ceiling_m)]
        returns = [ray.strike(solids, self._hall) for ray in rays] if solids else [ray.floor for ray in rays]
        return self._sight(returns, roi.spads / len(rays), budget_ms)

    def _near(self, t_s: float) -> Iterable[Person]:
        first = bisect_left(self._starts_s, t_s - self._longest_s)
        for person in self._people[first : bisect_right(self._starts_s, t_s)]:
            if t_s <= person.t_s[-1]:
                yield person

    def _sight(self, returns: Sequence[tuple[float, float]], spads: float, budget_ms: float) -> Sight:
        reach_m = min(distance_m for distance_m, _ in returns) + PULSE_M
        near = [each for each in returns if each[0] <= reach_m]
        far = [each for each in returns if each[0] > reach_m]
        told = max(near, far, key=lambda row: sum(strength for _, strength in row))
        strength = sum(each for _, each in told)
        distance_m = sum(distance * each for distance, each in told) / strength
        signal_kcps = strength * spads * KCPS_PER_SPAD
        daylight = 1.0 + self._hall.ambient_kcps / signal_kcps
        sigma_mm = LEAST_NOISE_MM + NOISE_MM * math.sqrt(2000.0 / signal_kcps * 33.0 / budget_ms * daylight)
        return Sight(
            distance_m=distance_m + self._random.gauss(0.0, sigma_mm / 1000.0),
            signal_kcps=signal_kcps,
            ambient_kcps=self._hall.ambient_kcps,
            sigma_mm=sigma_mm,
        )


@dataclass(frozen=True, slots=True)
class _Solid:
    """An ellipsoid: its kind's number, its middle, its reflectance and a term of the equation of a ray."""

    kind: int
    x_m: float
    y_m: float
    z_m: float
    reflectance: float
    beyond: float


class _Ray:
    """A direction from the sensor, with what of the equations of all solids depends on it only."""

    def __init__(self, along: float, across: float, hall: Hall) -> None:
        self._norm = math.sqrt(1.0 + along**2 + across**2)
        floor_m = hall.ceiling_m * self._norm
        self.floor = (floor_m, hall.floor_reflectance / floor_m**2)
        self._terms = [
            (along / a**2, across / b**2, 1.0 / c**2, (along / a) ** 2 + (across / b) ** 2 + 1.0 / c**2)
            for a, b, c in (_HEAD, _SHOULDERS, _LEGS)
        ]

    def strike(self, solids: Sequence[_Solid], hall: Hall) -> tuple[float, float]:
        """Metres to what the ray meets first, and how much of it comes back."""
        nearest_m, reflectance = hall.ceiling_m, 0.0
        for solid in solids:
            x, y, z, square = self._terms[solid.kind]
            half = x * solid.x_m + y * solid.y_m + z * solid.z_m
            root = half * half - square * solid.beyond
            if root > 0.0:
                depth_m = (half - math.sqrt(root)) / square
                if 0.0 < depth_m < nearest_m:
                    nearest_m, reflectance = depth_m, solid.reflectance
        if reflectance == 0.0:
            return self.floor
        distance_m = nearest_m * self._norm
        return distance_m, reflectance / distance_m**2


def _rays(roi: Roi, hall: Hall) -> Iterable[_Ray]:
    """Rays spread evenly over the zone, each set off by the blur (the same at every run)."""
    blur = Random(roi.left * SPADS + roi.right)
    per_spad_deg = hall.fov_deg / SPADS
    sign = -1.0 if hall.inner_high else 1.0
    for i in range(RAYS_ALONG):
        for j in range(RAYS_ACROSS):
            column = roi.left + (i + 0.5) / RAYS_ALONG * (roi.right - roi.left) - SPADS / 2
            row = roi.low + (j + 0.5) / RAYS_ACROSS * (roi.high - roi.low) - SPADS / 2
            along_deg = sign * column * per_spad_deg + blur.gauss(0.0, hall.blur_deg)
            across_deg = row * per_spad_deg + blur.gauss(0.0, hall.blur_deg)
            yield _Ray(math.tan(math.radians(along_deg)), math.tan(math.radians(across_deg)), hall)


def _solids(person: Person, t_s: float, ceiling_m: float) -> Iterable[_Solid]:
    k = min(max(bisect_right(person.t_s, t_s), 1), len(person.t_s) - 1)
    before, after = person.along_m[k - 1], person.along_m[k]
    if before is None or after is None:
        return
    share = (t_s - person.t_s[k - 1]) / (person.t_s[k] - person.t_s[k - 1])
    x_m = before + share * (after - before)
    if abs(x_m) > FARTHEST_M:
        return
    y_m = person.across_m[k - 1] + share * (person.across_m[k] - person.across_m[k - 1])
    crown_m = ceiling_m - person.height_m
    for kind, z_m, reflectance in (
        (0, crown_m + _HEAD_DOWN_M, person.hair),
        (1, crown_m + _SHOULDERS_DOWN_M, person.clothes),
        (2, ceiling_m - _LEGS_UP_M, person.clothes),
    ):
        a, b, c = (_HEAD, _SHOULDERS, _LEGS)[kind]
        beyond = (x_m / a) ** 2 + (y_m / b) ** 2 + (z_m / c) ** 2 - 1.0
        yield _Solid(kind, x_m, y_m, z_m, reflectance, beyond)


def somebody(body: Body, across_m: Sequence[float], random: Random) -> Person:
    """The walker with a height, hair and clothes drawn as people differ (Kazakh adults: 1.70 m, 9 cm)."""
    return Person(
        t_s=body.t_s,
        along_m=body.along_m,
        across_m=tuple(across_m),
        height_m=min(max(random.gauss(1.70, 0.09), 1.45), 2.0),
        hair=random.uniform(0.25, 0.55),
        clothes=random.uniform(0.3, 0.8),
    )


def of_recording(
    tracks: Sequence[Track], bodies: Sequence[Body], door_y_m: float, random: Random
) -> list[Person]:
    """The recorded run under a sensor over the middle of its opening, everybody where they really walked.

    `bodies` is what `simulator.tracks.recorded` gives for the same tracks.
    """
    middle_m = _middle_m(tracks, door_y_m)
    rows = {(track.t_s, track.crossing_s(door_y_m)): track.x_m for track in tracks}
    return [
        somebody(body, [x - middle_m for x in rows[body.t_s, body.crossing_s]], random) for body in bodies
    ]


def of_campus(
    tracks: Sequence[Track], bodies: Sequence[Body], door_y_m: float, random: Random
) -> list[Person]:
    """A day of `simulator.tracks.campus`, each where somebody of the recording passed the opening."""
    middle_m = _middle_m(tracks, door_y_m)
    places_m = [x - middle_m for x in _passed_m(tracks, door_y_m)]
    return [somebody(body, [random.choice(places_m)] * len(body.t_s), random) for body in bodies]


def _passed_m(tracks: Sequence[Track], door_y_m: float) -> list[float]:
    return [track.at(t_s)[0] for track in tracks if (t_s := track.crossing_s(door_y_m)) is not None]


def _middle_m(tracks: Sequence[Track], door_y_m: float) -> float:
    passed_m = _passed_m(tracks, door_y_m)
    left_m, right_m = min(passed_m) - SHOULDER_M, max(passed_m) + SHOULDER_M
    return (left_m + right_m) / 2
