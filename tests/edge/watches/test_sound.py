import pytest

from edge.drivers.buzzer import Buzzer, BuzzerConfig
from edge.signals.tones import Tone
from edge.watches.sound import Sound
from simulator.pins import SimulatedPinFactory

PIN = 26


def test_sound_whose_buzzer_refuses_is_logged_once_and_silent_from_then_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    factory = SimulatedPinFactory(lambda: 0.0)
    sound = Sound(Buzzer(BuzzerConfig(pin=PIN), factory))

    def refuse(value: bool) -> None:
        raise RuntimeError("bad GPIO write")

    sound.warn(True, 10.0)
    sound.step(10.0)
    with monkeypatch.context() as patched:
        patched.setattr(factory.pin(PIN), "_set_state", refuse)
        for step in range(20):
            sound.step(10.0 + step * 0.05)
    assert caplog.text.count("sound=failed") == 1
    assert sound.has_failed
    heard = []
    for step in range(20):
        sound.say(Tone.ELEVATED, 20.0)
        sound.step(20.0 + step * 0.05)
        heard.append(bool(factory.pin(PIN).state))
    assert not any(heard)
    sound.close()
