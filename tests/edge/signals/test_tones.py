from itertools import groupby

import pytest

from edge.signals.tones import OF_VERDICT, PATTERNS, Pattern, Tone, Voice, chirps
from protocol.events import Verdict

STEP_S = 0.05


def heard(pattern: Pattern, for_s: float) -> str:
    """Each beep as an ear has it at steps of 50 ms: short or long."""
    steps = [pattern.is_on(STEP_S * n) for n in range(round(for_s / STEP_S))]
    return "".join("s" if len(list(run)) * STEP_S < 0.4 else "l" for on, run in groupby(steps) if on)


def sounding(voice: Voice, now_s: float) -> Pattern | None:
    playing = voice.playing(now_s)
    return None if playing is None else playing.pattern


@pytest.mark.parametrize(
    ("tone", "beeps"),
    [
        (Tone.PASS, "s"),
        (Tone.REPEAT, "ss"),
        (Tone.ELEVATED, "ll"),
        (Tone.TOO_COLD, "sl"),
        (Tone.STOP_ENTRY, "sss"),
        (Tone.UV_WARNING, "ssssssss"),
    ],
)
def test_tone_sounds_as_it_should_for_four_seconds(tone: Tone, beeps: str) -> None:
    assert heard(PATTERNS[tone], 4.0) == beeps


def test_every_tone_sounds_and_no_two_sound_alike() -> None:
    assert len({heard(PATTERNS[tone], 10.0) for tone in Tone}) == len(Tone)


def test_every_verdict_has_a_tone() -> None:
    assert set(OF_VERDICT) == set(Verdict)


def test_tone_is_silent_before_it_begins_and_after_its_end() -> None:
    pattern = chirps(0.2)
    assert [pattern.is_on(t_s) for t_s in (-0.1, 0.0, 0.19, 0.2, 5.0)] == [False, True, True, False, False]


def test_voice_says_it_once() -> None:
    voice = Voice()
    assert voice.playing(0.0) is None
    voice.say(Tone.PASS, 10.0)
    assert sounding(voice, 10.1) == PATTERNS[Tone.PASS]
    assert voice.playing(10.13) is None


def test_voice_says_the_same_again_from_its_beginning() -> None:
    voice = Voice()
    voice.say(Tone.PASS, 10.0)
    voice.say(Tone.PASS, 10.1)
    playing = voice.playing(10.2)
    assert playing is not None
    assert playing.since_s == 10.1


def test_higher_rank_is_heard_over_a_lower_one() -> None:
    voice = Voice()
    voice.say(Tone.ELEVATED, 10.0)
    voice.say(Tone.PASS, 10.2)
    assert sounding(voice, 10.3) == PATTERNS[Tone.ELEVATED]


def test_lower_rank_is_heard_once_the_higher_one_is_over() -> None:
    voice = Voice()
    voice.say(Tone.ELEVATED, 10.0)
    voice.say(Tone.PASS, 12.0)
    assert sounding(voice, 12.0) == PATTERNS[Tone.PASS]


def test_warning_is_heard_over_everything_for_as_long_as_it_is_held() -> None:
    voice = Voice()
    voice.warn(True, 10.0)
    voice.say(Tone.ELEVATED, 20.0)
    voice.warn(True, 20.0)
    playing = voice.playing(20.0)
    assert playing is not None
    assert playing == (PATTERNS[Tone.UV_WARNING], 10.0)
    voice.warn(False, 70.0)
    assert voice.playing(70.0) is None


def test_quiet_for_maintenance_silences_all_but_the_warning() -> None:
    voice = Voice()
    voice.is_quiet = True
    voice.say(Tone.ELEVATED, 10.0)
    assert voice.playing(10.1) is None
    voice.warn(True, 10.2)
    assert sounding(voice, 10.2) == PATTERNS[Tone.UV_WARNING]
