"""The light of a whole node: what the hub allows, counted down, and unknown as soon as nobody knows."""

from datetime import timedelta

import msgspec
import pytest

from edge.node import STEP_S
from protocol.messages import Allowance, Light, Signal
from tests.edge.node_bench import TOPICS, VALID_S, Bench
from tests.edge.outbox.test_outbox import limit_pages
from tests.fakes.edge import START


def test_light_is_unknown_until_the_hub_speaks(bench: Bench) -> None:
    bench.run(0.2)
    assert bench.light is Light.UNKNOWN
    assert bench.lamps[2] is False


def test_light_counts_down_with_the_hub_stopped(bench: Bench) -> None:
    bench.signal(free=2)
    bench.session.go_down()
    lights = [bench.light]
    for walk in (bench.go_in, bench.go_in, bench.go_out):
        walk()
        lights.append(bench.light)
    assert lights == [Light.GO, Light.GO, Light.STOP, Light.GO]


def test_light_follows_in_the_step_that_keeps_the_passage(bench: Bench) -> None:
    bench.signal(free=1)
    bench.session.go_down()
    for beam, broken in ((bench.outer, True), (bench.inner, True), (bench.outer, False)):
        beam.set(broken)
        bench.run(0.1)
    bench.inner.set(False)
    seen = []
    for _ in range(8):
        bench.run(STEP_S)
        seen.append((bench.node.outbox.newest_seq, bench.light, bench.lamps))
    green, red = (False, False, True), (True, False, False)
    kept_after = next(number for number, (newest, _, _) in enumerate(seen) if newest == 1)
    assert seen == [(0, Light.GO, green)] * kept_after + [(1, Light.STOP, red)] * (8 - kept_after)


@pytest.mark.parametrize("thousandths", range(0, 50, 7))
def test_light_follows_within_200_ms_of_the_last_beam_freed(bench: Bench, thousandths: int) -> None:
    bench.signal(free=1)
    bench.session.go_down()
    for beam, broken in ((bench.outer, True), (bench.inner, True), (bench.outer, False)):
        beam.set(broken)
        bench.node.step()
        bench.run(0.1)
    bench.clock.advance(thousandths / 1000)
    bench.inner.set(False)
    freed_s = bench.clock.monotonic()
    steps = []
    for _ in range(20):
        wait_s = bench.node.step()
        steps.append((bench.clock.monotonic() - freed_s, bench.light))
        bench.clock.advance(wait_s)
    stopped_s = [after_s for after_s, light in steps if light is Light.STOP]
    assert 0.15 <= stopped_s[0] <= 0.2


def test_light_is_unknown_when_the_allowance_expires(bench: Bench) -> None:
    bench.signal(free=5)
    bench.run(VALID_S - 0.1)
    before = bench.light
    bench.run(0.2)
    assert (before, bench.light) == (Light.GO, Light.UNKNOWN)
    assert bench.lamps[2] is False


def test_light_is_unknown_after_a_restart_until_the_broker_gives_the_allowance(bench: Bench) -> None:
    bench.signal(free=5)
    bench.crash()
    bench.boot()
    bench.run(0.1)
    assert bench.light is Light.UNKNOWN


def test_light_after_a_restart_counts_passages_the_hub_has_not(bench: Bench) -> None:
    bench.go_in()
    bench.go_in()
    bench.crash()
    bench.boot()
    bench.signal(free=1, seq=1)
    assert bench.light is Light.STOP


def test_light_refuses_a_retained_allowance_from_long_ago(bench: Bench) -> None:
    signal = Signal(
        as_of=START - timedelta(days=2),
        valid_s=VALID_S,
        channels={"main": Allowance(light=Light.GO, free=9)},
    )
    bench.session.deliver_signal("demo", "entrance-a", signal, retained=True)
    bench.run(0.1)
    assert bench.light is Light.UNKNOWN


def test_light_counts_down_while_the_disk_is_full(bench: Bench) -> None:
    bench.signal(free=60)
    limit_pages(bench.node.outbox, 0)
    for _ in range(60):
        bench.go_in()
    bench.signal(free=60)
    assert bench.node.outbox.newest_seq < 60
    assert bench.light is Light.STOP


@pytest.mark.parametrize("field", ["as_of", "until"])
def test_signal_of_no_zone_is_ignored_and_the_node_lives_on(bench: Bench, field: str) -> None:
    signal = {"as_of": "2026-11-23T09:00:00Z", "valid_s": 30.0, "channels": {"main": {"light": "go"}}}
    bad = "2026-11-23T09:00:00"
    signal |= {"as_of": bad} if field == "as_of" else {"channels": {"main": {"light": "go", "until": bad}}}
    bench.session.deliver(TOPICS.signal("entrance-a"), msgspec.json.encode(signal), retained=True)
    bench.run(0.1)
    assert bench.node.ignored == 1
    assert bench.light is Light.UNKNOWN


def test_light_says_unknown_while_the_door_is_known_to_be_blind_also_alone(bench: Bench) -> None:
    bench.signal(free=5)
    bench.session.go_down()
    bench.outer.set(True)
    bench.run(5.0)
    blind = bench.light
    bench.outer.set(False)
    bench.run(1.0)
    assert (blind, bench.light) == (Light.UNKNOWN, Light.GO)


def test_restart_does_not_forget_who_went_in_since_the_kept_signal(bench: Bench) -> None:
    bench.signal(free=2)
    bench.go_in()
    bench.go_in()
    full = bench.light
    bench.acknowledge(2)
    kept = Signal(
        as_of=bench.clock.now(),
        valid_s=VALID_S,
        epoch=bench.node.outbox.epoch,
        channels={"main": Allowance(light=Light.GO, free=2)},
    )
    bench.crash()
    bench.boot()
    bench.session.deliver_signal("demo", "entrance-a", kept, retained=True)
    bench.run(0.1)
    assert (full, bench.light) == (Light.STOP, Light.UNKNOWN)
