from collections.abc import Iterator
from typing import Any

import pytest

from edge.drivers.errors import PinRefused
from edge.drivers.light import Lamps, LightConfig, LightFailed, TrafficLight, lamps
from protocol.messages import Light
from simulator.pins import SimulatedPin, SimulatedPinFactory

PINS = (5, 6, 13)


class Post:
    """A light at a door, and what somebody before it sees."""

    def __init__(self, *, active_high: bool = True) -> None:
        self.now_s = 0.0
        self.factory = SimulatedPinFactory(lambda: self.now_s)
        self.active_high = active_high
        red, amber, green = PINS
        self.light = TrafficLight(
            LightConfig(red_pin=red, amber_pin=amber, green_pin=green, active_high=active_high), self.factory
        )

    def seen(self) -> str:
        states = [self.factory.pin(pin).state for pin in PINS]
        return "".join(
            name for name, state in zip("rag", states, strict=True) if bool(state) is self.active_high
        )

    def seen_for(self, light: Light, times_s: list[float]) -> list[str]:
        def at(t_s: float) -> str:
            self.now_s = t_s
            self.light.show(light)
            return self.seen()

        return [at(t_s) for t_s in times_s]


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    yield made
    made.light.close()


HALF_SECONDS = [10.0, 10.4, 10.5, 10.9, 11.0]


@pytest.mark.parametrize("active_high", [True, False], ids=["active high", "active low"])
@pytest.mark.parametrize(
    ("light", "seen"),
    [
        (Light.GO, ["g", "g", "g", "g", "g"]),
        (Light.WAIT, ["a", "a", "a", "a", "a"]),
        (Light.STOP, ["r", "r", "r", "r", "r"]),
        (Light.UNKNOWN, ["a", "a", "", "", "a"]),
    ],
)
def test_light_truth_table(light: Light, seen: list[str], active_high: bool) -> None:
    assert Post(active_high=active_high).seen_for(light, HALF_SECONDS) == seen


def test_green_is_on_for_go_alone() -> None:
    shown = {light: {lamps(light, n / 10).green for n in range(30)} for light in Light}
    assert shown == {
        Light.GO: {True},
        Light.WAIT: {False},
        Light.STOP: {False},
        Light.UNKNOWN: {False},
    }


def test_unknown_looks_like_nothing_else() -> None:
    over_time = {light: tuple(lamps(light, n / 10) for n in range(10)) for light in Light}
    assert len(set(over_time.values())) == len(Light)


def test_lamps_are_dark_until_told(post: Post) -> None:
    assert post.seen() == ""
    assert repr(post.light) == "TrafficLight(dark)"


def test_green_is_out_before_red_is_on(post: Post) -> None:
    switched: list[tuple[str, bool]] = []
    post.light.close()

    class Noted(SimulatedPin):
        def _change_state(self, value: bool) -> bool:
            switched.append((str(self), bool(value)))
            base: Any = super()
            return bool(base._change_state(value))

    post.factory.reset()
    post.factory.pin_class = Noted
    red, amber, green = PINS
    light = TrafficLight(LightConfig(red_pin=red, amber_pin=amber, green_pin=green), post.factory)
    light.show(Light.GO)
    switched.clear()
    light.show(Light.STOP)
    assert switched == [(f"GPIO{green}", False), (f"GPIO{red}", True)]
    light.close()


def test_lamp_that_stays_is_not_written_again(post: Post) -> None:
    post.seen_for(Light.GO, [1.0, 2.0, 3.0])
    assert [state.state for state in post.factory.pin(PINS[2]).states] == [False, True]


def test_close_puts_the_lamps_out_and_twice_is_harmless(post: Post) -> None:
    post.light.show(Light.GO)
    post.light.close()
    post.light.close()
    assert post.seen() == ""


def test_lamp_that_cannot_be_switched_does_not_keep_the_others_on(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.light.close()

    class Gone(SimulatedPin):
        is_gone = False

        def _set_state(self, value: bool) -> None:
            if self.is_gone:
                raise Exception("no such device")
            base: Any = super()
            base._set_state(value)

    post.factory.reset()
    post.factory.pin_class = Gone
    red, amber, green = PINS
    light = TrafficLight(LightConfig(red_pin=red, amber_pin=amber, green_pin=green), post.factory)
    light.show(Light.GO)
    Gone.is_gone = True
    light.close()
    assert "closed=badly why=no such device" in caplog.text
    assert [post.factory.pin(pin).function for pin in PINS] == ["input"] * 3


def test_pin_in_use_is_refused_by_name(post: Post) -> None:
    with pytest.raises(PinRefused, match="lamp amber on pin 6"):
        TrafficLight(LightConfig(red_pin=16, amber_pin=6, green_pin=20), post.factory)


def test_config_with_a_shared_pin_is_refused() -> None:
    with pytest.raises(ValueError, match="must differ"):
        LightConfig(red_pin=5, amber_pin=5, green_pin=6)


def test_lamps_name_their_colours() -> None:
    assert lamps(Light.STOP, 0.0) == Lamps(red=True, amber=False, green=False)


def test_light_whose_lamp_cannot_be_put_out_lights_no_other_until_it_can(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(value: bool) -> None:
        raise RuntimeError("bad GPIO write")

    post.light.show(Light.GO)
    with monkeypatch.context() as patched:
        patched.setattr(post.factory.pin(13), "_set_state", refuse)
        with pytest.raises(LightFailed, match="lamp green: cannot be switched"):
            post.light.show(Light.STOP)
        assert post.seen() == "g"
    post.light.show(Light.STOP)
    assert post.seen() == "r"
