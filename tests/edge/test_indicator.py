from datetime import timedelta

import pytest

from edge.indicator import AHEAD_S, Countdown, Indicator, Standing, age_of, light_for
from protocol.events import AnyEvent, ClockState, Contact, Direction, Passage
from protocol.messages import Allowance, Light, Signal
from tests.edge.outbox.test_outbox import EPOCH, OTHER
from tests.fakes.edge import START, FakeLamp

GO, WAIT, STOP, UNKNOWN = Light.GO, Light.WAIT, Light.STOP, Light.UNKNOWN
VALID_S = 30.0


def a_signal(
    light: Light = GO, free: int | None = 3, *, seq: int = 0, epoch: str | None = EPOCH, reason: str = ""
) -> Signal:
    allowance = Allowance(light=light, free=free, reason=reason)
    return Signal(as_of=START, valid_s=VALID_S, epoch=epoch, seq=seq, channels={"main": allowance})


def walked(direction: Direction, people: int = 1, channel: str = "main") -> Passage:
    return Passage(seq=1, at=START, channel=channel, direction=direction, people=people)


def went_in(people: int = 1) -> Passage:
    return walked(Direction.IN, people)


def went_out(people: int = 1) -> Passage:
    return walked(Direction.OUT, people)


@pytest.mark.parametrize(
    ("light", "free", "reason", "change", "shown"),
    [
        pytest.param(GO, 3, "", 0, GO, id="places-left"),
        pytest.param(GO, 3, "", -2, GO, id="one-place-left"),
        pytest.param(GO, 3, "", -3, STOP, id="own-passages-fill-it"),
        pytest.param(GO, 3, "", -9, STOP, id="own-passages-overfill-it"),
        pytest.param(GO, 0, "", 0, STOP, id="no-place-whatever-the-light-says"),
        pytest.param(GO, -1, "", 1, STOP, id="one-leaves-of-two-too-many"),
        pytest.param(GO, -1, "", 2, GO, id="two-leave-of-two-too-many"),
        pytest.param(GO, None, "", -99, GO, id="go-without-limit-stays"),
        pytest.param(STOP, None, "", 99, STOP, id="stop-without-number-stays"),
        pytest.param(WAIT, None, "", 0, WAIT, id="wait-without-number-stays"),
        pytest.param(WAIT, 2, "few-places", -1, WAIT, id="wait-counts-down"),
        pytest.param(WAIT, 2, "few-places", -2, STOP, id="wait-is-filled"),
        pytest.param(STOP, 0, "full", 0, STOP, id="full"),
        pytest.param(STOP, 0, "full", 1, GO, id="full-and-one-leaves"),
        pytest.param(STOP, -2, "over-capacity", 2, STOP, id="over-capacity-and-too-few-leave"),
        pytest.param(STOP, -2, "over-capacity", 3, GO, id="over-capacity-and-enough-leave"),
        pytest.param(STOP, 0, "over-capacity", 5, STOP, id="over-capacity-with-a-number-cut-at-0"),
        pytest.param(STOP, 0, "treatment", 5, STOP, id="treatment-is-not-lifted-by-leaving"),
        pytest.param(STOP, 20, "closed", 0, STOP, id="closed-with-places"),
        pytest.param(UNKNOWN, 5, "silent-node", 0, UNKNOWN, id="unknown-stays"),
        pytest.param(UNKNOWN, 0, "silent-node", -5, UNKNOWN, id="unknown-is-not-made-stop"),
    ],
)
def test_light_for_allowance_and_own_passages(
    light: Light, free: int | None, reason: str, change: int, shown: Light
) -> None:
    assert light_for(Allowance(light=light, free=free, reason=reason), change) is shown


@pytest.mark.parametrize(
    ("seconds", "clock", "retained", "age_s"),
    [
        pytest.param(1e6, ClockState.ESTIMATED, False, 0.0, id="live-is-new-whatever-the-clock"),
        pytest.param(12.0, ClockState.SYNCED, True, 12.0, id="retained-has-its-age"),
        pytest.param(-AHEAD_S, ClockState.SYNCED, True, 0.0, id="retained-a-little-ahead"),
        pytest.param(-AHEAD_S - 1, ClockState.SYNCED, True, None, id="retained-from-the-future"),
        pytest.param(12.0, ClockState.ESTIMATED, True, None, id="retained-and-the-clock-is-a-guess"),
    ],
)
def test_age_of_signal(seconds: float, clock: ClockState, retained: bool, age_s: float | None) -> None:
    assert age_of(a_signal(), START + timedelta(seconds=seconds), clock, retained=retained) == age_s


def following(signal: Signal, *events: AnyEvent, at_s: float = 0.0) -> Countdown:
    countdown = Countdown(EPOCH)
    countdown.add(enumerate(events, start=1))
    assert countdown.take(signal, at_s, 0.0)
    return countdown


def test_countdown_is_unknown_before_any_signal() -> None:
    assert Countdown(EPOCH).light("main", 0.0) is UNKNOWN


def test_countdown_is_unknown_for_a_channel_the_hub_does_not_name() -> None:
    assert following(a_signal()).light("yard", 0.0) is UNKNOWN


def test_countdown_follows_own_passages_after_the_signal() -> None:
    countdown = following(a_signal(free=2))
    lights = [countdown.light("main", 1.0)]
    for seq, event in enumerate([went_in(), went_in(), went_out()], start=1):
        countdown.add([(seq, event)])
        lights.append(countdown.light("main", 1.0))
    assert lights == [GO, GO, STOP, GO]


def test_countdown_takes_people_walking_abreast_together() -> None:
    countdown = following(a_signal(free=3))
    countdown.add([(1, went_in(3))])
    assert countdown.light("main", 0.0) is STOP


def test_countdown_leaves_out_what_the_hub_has_counted() -> None:
    countdown = following(a_signal(free=1, seq=2), went_in(), went_in())
    assert countdown.light("main", 0.0) is GO


def test_countdown_keeps_what_the_hub_has_not_counted() -> None:
    countdown = following(a_signal(free=1, seq=1), went_in(), went_in())
    assert countdown.light("main", 0.0) is STOP


@pytest.mark.parametrize("epoch", [None, OTHER])
def test_countdown_counts_all_of_its_epoch_when_the_signal_knows_another(epoch: str | None) -> None:
    countdown = following(a_signal(free=2, seq=500, epoch=epoch), went_in(), went_in())
    assert countdown.light("main", 0.0) is STOP


def test_countdown_takes_only_passages_of_the_channel() -> None:
    others: list[AnyEvent] = [
        walked(Direction.IN, 9, channel="yard"),
        Contact(seq=1, at=START, channel="main", open=True),
    ]
    assert following(a_signal(free=1), *others).light("main", 0.0) is GO


def test_countdown_is_unknown_once_the_signal_expires() -> None:
    countdown = following(a_signal(), at_s=100.0)
    assert countdown.light("main", 100.0 + VALID_S - 0.001) is GO
    assert countdown.light("main", 100.0 + VALID_S) is UNKNOWN


def test_countdown_lets_a_retained_signal_expire_by_its_age() -> None:
    countdown = Countdown(EPOCH)
    countdown.take(a_signal(), 0.0, 10.0)
    assert countdown.light("main", VALID_S - 10.001) is GO
    assert countdown.light("main", VALID_S - 10.0) is UNKNOWN


@pytest.mark.parametrize("age_s", [None, VALID_S, 1e9])
def test_countdown_refuses_a_signal_that_is_old_or_of_unknown_age(age_s: float | None) -> None:
    countdown = Countdown(EPOCH)
    assert not countdown.take(a_signal(), 0.0, age_s)
    assert countdown.light("main", 0.0) is UNKNOWN


def test_countdown_is_unknown_while_passages_it_forgot_are_not_counted_by_the_hub() -> None:
    countdown = Countdown(EPOCH, remembered=2)
    countdown.add(enumerate([went_out()] * 3, start=1))
    countdown.take(a_signal(free=5, seq=0), 0.0, 0.0)
    assert countdown.light("main", 0.0) is UNKNOWN
    countdown.take(a_signal(free=5, seq=1), 0.0, 0.0)
    assert countdown.light("main", 0.0) is GO


def test_indicator_tells_every_lamp_at_every_step() -> None:
    lamp = FakeLamp()
    indicator = Indicator(following(a_signal(free=1)), {"main": lamp})
    indicator.step(0.0, connected=True)
    indicator.step(1.0, connected=True)
    assert lamp.told == [GO, GO]
    assert indicator.shown == {"main": GO}


def test_indicator_shows_unknown_when_the_allowance_is_stale() -> None:
    lamp = FakeLamp()
    indicator = Indicator(following(a_signal()), {"main": lamp})
    indicator.step(VALID_S, connected=True)
    assert lamp.told == [UNKNOWN]


def test_indicator_says_each_change_of_standing_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    countdown = Countdown(EPOCH)
    indicator = Indicator(countdown, {})
    indicator.step(0.0, connected=True)
    countdown.take(a_signal(), 0.0, 0.0)
    standings = []
    for now_s, connected in [(0, True), (1, True), (2, False), (3, False), (40, False), (41, True)]:
        indicator.step(now_s, connected=connected)
        standings.append(indicator.standing)
    assert standings == [
        Standing.FOLLOWING,
        Standing.FOLLOWING,
        Standing.ALONE,
        Standing.ALONE,
        Standing.STALE,
        Standing.STALE,
    ]
    assert [record.getMessage() for record in caplog.records] == [
        "lights=following were=waiting",
        "lights=alone were=following",
        "lights=stale were=alone",
    ]
