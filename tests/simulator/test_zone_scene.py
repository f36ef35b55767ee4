from pathlib import Path
from random import Random

import pytest

from edge.drivers.zone_counter import ZoneCounter, ZoneCounterConfig
from edge.signals.crossing import Crossing, Outcome
from edge.signals.passage import PassageDecoder
from edge.signals.zones import ZoneFault, Zones, ZoneSettings, passage_settings
from simulator.gait import read_tracks
from simulator.i2c_bus import I2CBus, open_smbus
from simulator.tracks import Campus, campus, recorded, truth_of
from simulator.vl53l1x import Vl53l1x
from simulator.zone_scene import Hall, Person, Roi, Scene, of_campus, of_recording

ALL, OUTER, INNER = Roi(left=0, right=16), Roi(left=4, right=8), Roi(left=8, right=12)
#: Beside the project, not part of it.
TRACKS = Path("../shared/data/pedestrians")
GATE_Y_M = -0.75


def standing(along_m: float, across_m: float = 0.0, height_m: float = 1.7) -> Person:
    return Person(
        t_s=(0.0, 100.0), along_m=(along_m, along_m), across_m=(across_m, across_m), height_m=height_m
    )


def walking(from_s: float, inward: bool, speed_m_s: float = 1.0) -> Person:
    sign = 1.0 if inward else -1.0
    reach_m = 1.5
    return Person(
        t_s=(from_s, from_s + 2 * reach_m / speed_m_s),
        along_m=(sign * reach_m, -sign * reach_m),
        across_m=(0.05, 0.05),
    )


def seen_m(people: list[Person], zone: Roi, hall: Hall | None = None) -> float:
    return Scene(people, hall or Hall(), Random(1)).look(zone, 1.0, 33.0).distance_m


def test_empty_hall_shows_the_floor() -> None:
    # The corners of the view lie further than 2.4 m: up to 2.4 / cos(13.5 deg) each way.
    assert 2.4 < seen_m([], ALL) < 2.55


def test_head_is_seen_from_above() -> None:
    # A crown at 1.7 m is 0.7 m from a ceiling of 2.4 m; shoulders at 1.42 m are weighed in.
    assert 0.70 < seen_m([standing(0.0)], ALL, Hall(blur_deg=0.0)) < 0.95


def test_taller_head_is_nearer() -> None:
    assert seen_m([standing(0.0, height_m=1.9)], ALL) < seen_m([standing(0.0, height_m=1.5)], ALL) - 0.3


def test_zones_look_to_their_own_sides() -> None:
    outside = [standing(0.15)]
    assert seen_m(outside, OUTER) < 1.3
    assert seen_m(outside, INNER) > 2.3
    turned = Hall(inner_high=False)
    assert seen_m(outside, OUTER, turned) > 2.3
    assert seen_m(outside, INNER, turned) < 1.3


@pytest.mark.parametrize(("across_m", "is_seen"), [(0.0, True), (0.25, True), (0.6, False)])
def test_view_across_is_narrow(across_m: float, is_seen: bool) -> None:
    assert (seen_m([standing(0.1, across_m)], OUTER) < 1.5) is is_seen


def test_weaker_of_two_targets_far_apart_is_not_told() -> None:
    # Black clothes fill little of the zone; the bright floor behind them wins.
    person = Person(t_s=(0.0, 9.0), along_m=(0.33, 0.33), across_m=(0.0, 0.0), hair=0.02, clothes=0.02)
    assert seen_m([person], OUTER) > 2.2


def test_noise_grows_with_daylight_and_shrinks_with_time() -> None:
    dim, bright = (Scene([], Hall(ambient_kcps=kcps), Random(1)) for kcps in (100.0, 100_000.0))
    assert bright.look(ALL, 0.0, 33.0).sigma_mm > 5 * dim.look(ALL, 0.0, 33.0).sigma_mm
    assert dim.look(ALL, 0.0, 100.0).sigma_mm < dim.look(ALL, 0.0, 20.0).sigma_mm


class Post:
    """Scene, chip, bus, driver, zones and decoder in virtual time: everything but the node."""

    def __init__(self, people: list[Person], hall: Hall, config: ZoneCounterConfig) -> None:
        self.now_s = 0.0
        self.chip = Vl53l1x(self.ticks, Scene(people, hall, Random(3)).look)
        self.counter = ZoneCounter(config, open_smbus(I2CBus(self.chip)), self.ticks, self.wait)
        self.zones = Zones(ZoneSettings())
        self.decoder = PassageDecoder(
            passage_settings(ceiling_m=config.ceiling_m, apart_spads=config.roi_apart)
        )
        self.wait(0.002)

    def ticks(self) -> float:
        self.now_s += 0.00002
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def run(self, until_s: float) -> list[Crossing]:
        crossings: list[Crossing] = []
        while self.now_s < until_s:
            reading = self.counter.look()
            for edge in self.zones.feed(reading.t_s, reading.zone, reading.distance_mm):
                crossings += self.decoder.feed(edge)
            crossings += self.decoder.advance(max(self.zones.settled_s, 0.0))
        return crossings


def test_people_are_counted_through_every_register() -> None:
    people = [
        walking(3.0, inward=True),
        walking(7.0, inward=False),
        walking(11.0, inward=True, speed_m_s=1.5),
    ]
    post = Post(people, Hall(), ZoneCounterConfig())
    crossings = post.run(16.0)
    assert [crossing.outcome for crossing in crossings] == [Outcome.IN, Outcome.OUT, Outcome.IN]
    assert [crossing.people for crossing in crossings] == [1, 1, 1]
    assert [crossing.t_s for crossing in crossings] == pytest.approx([4.7, 8.7, 12.1], abs=0.15)
    assert post.chip.complaints == []
    assert post.counter.openings == 1


def test_sensor_mounted_the_other_way_round_is_told_so_by_its_file() -> None:
    post = Post([walking(3.0, inward=True)], Hall(inner_high=False), ZoneCounterConfig(inner_zone="low"))
    assert [crossing.outcome for crossing in post.run(7.0)] == [Outcome.IN]


def test_sunlight_makes_the_zones_blind() -> None:
    post = Post([walking(3.0, inward=True)], Hall(ambient_kcps=3_000_000.0), ZoneCounterConfig())
    assert post.run(12.0) == []
    assert post.zones.fault is ZoneFault.BLIND


@pytest.mark.data
@pytest.mark.skipif(not TRACKS.is_dir(), reason=f"{TRACKS} is missing: the recorded tracks")
def test_recorded_people_through_the_gate_are_all_there() -> None:
    tracks = read_tracks(TRACKS / "040_c_56_h-.txt")
    bodies = recorded(tracks, GATE_Y_M)
    people = of_recording(tracks, bodies, GATE_Y_M, Random(1))
    assert len(people) == len(bodies) == 75
    assert max(abs(person.across_m[0]) for person in people) < 3.0


@pytest.mark.data
@pytest.mark.skipif(not TRACKS.is_dir(), reason=f"{TRACKS} is missing: the recorded tracks")
def test_campus_minutes_through_every_register_are_counted() -> None:
    tracks = read_tracks(TRACKS / "040_c_56_h-.txt")
    bodies = campus(tracks, GATE_Y_M, Campus(people=40), Random(1))
    post = Post(of_campus(tracks, bodies, GATE_Y_M, Random(2)), Hall(), ZoneCounterConfig())
    crossings = post.run(bodies[-1].crossing_s + 5.0)
    truth = truth_of(bodies)
    ways = {way: sum(each.people for each in crossings if each.outcome is way) for way in Outcome}
    assert abs(ways[Outcome.IN] - truth["in"]) <= 2
    assert abs(ways[Outcome.OUT] - truth["out"]) <= 2
    assert post.chip.complaints == []
