from collections.abc import Iterator

import pytest

from edge.drivers.buzzer import Buzzer, BuzzerConfig, BuzzerFailed
from edge.drivers.errors import PinRefused
from edge.signals.tones import PATTERNS, Playing, Tone
from simulator.pins import SimulatedPinFactory

PIN = 26


class Bench:
    def __init__(self, *, active_high: bool = True) -> None:
        self.active_high = active_high
        self.factory = SimulatedPinFactory(lambda: 0.0)
        self.buzzer = Buzzer(BuzzerConfig(pin=PIN, active_high=active_high), self.factory)

    def is_heard(self) -> bool:
        return bool(self.factory.pin(PIN).state) is self.active_high

    def heard(self, playing: Playing | None, times_s: list[float]) -> list[bool]:
        def at(t_s: float) -> bool:
            self.buzzer.show(playing, t_s)
            return self.is_heard()

        return [at(t_s) for t_s in times_s]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.buzzer.close()


@pytest.mark.parametrize("active_high", [True, False], ids=["active high", "active low"])
def test_buzzer_plays_the_pattern_from_its_beginning(active_high: bool) -> None:
    playing = Playing(PATTERNS[Tone.REPEAT], 10.0)
    heard = Bench(active_high=active_high).heard(playing, [10.0, 10.1, 10.15, 10.3, 10.4, 99.0])
    assert heard == [True, True, False, True, False, False]


def test_buzzer_is_silent_until_told(bench: Bench) -> None:
    assert not bench.is_heard()
    assert repr(bench.buzzer) == "Buzzer(silent)"


def test_nothing_to_play_is_silence(bench: Bench) -> None:
    assert bench.heard(Playing(PATTERNS[Tone.PASS], 10.0), [10.0]) == [True]
    assert bench.heard(None, [10.05]) == [False]


def test_buzzer_that_stays_is_not_written_again(bench: Bench) -> None:
    bench.heard(Playing(PATTERNS[Tone.ELEVATED], 10.0), [10.0, 10.1, 10.2])
    assert [state.state for state in bench.factory.pin(PIN).states] == [False, True]


def test_close_is_silence_and_twice_is_harmless(bench: Bench) -> None:
    bench.heard(Playing(PATTERNS[Tone.UV_WARNING], 10.0), [10.0])
    bench.buzzer.close()
    bench.buzzer.close()
    assert not bench.is_heard()
    assert bench.heard(Playing(PATTERNS[Tone.UV_WARNING], 10.0), [10.0]) == [False]


def test_pin_in_use_is_refused_by_name(bench: Bench) -> None:
    with pytest.raises(PinRefused, match="buzzer on pin 26"):
        Buzzer(BuzzerConfig(pin=PIN), bench.factory)


def test_buzzer_whose_pin_refuses_says_so_and_tries_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(value: bool) -> None:
        raise RuntimeError("bad GPIO write")

    playing = Playing(PATTERNS[Tone.UV_WARNING], 10.0)
    bench.heard(playing, [10.0])
    with monkeypatch.context() as patched:
        patched.setattr(bench.factory.pin(PIN), "_set_state", refuse)
        with pytest.raises(BuzzerFailed, match="buzzer on pin 26: cannot be switched"):
            bench.buzzer.show(None, 10.1)
    assert bench.heard(None, [10.2]) == [False]
