import pytest

from hub.allowance import ANYBODY, LIGHTS, allow
from protocol.messages import Light, SpaceCondition, SpaceState
from tests.builders import at


def a_state(condition: SpaceCondition, occupancy: int | None) -> SpaceState:
    return SpaceState(
        space="room",
        state=condition,
        reason="said",
        clause="§71",
        occupancy=occupancy,
        low=occupancy,
        high=occupancy,
        capacity=15,
        free=None,
        until=None,
        tasks=(),
        trust=1.0,
        as_of=at(),
    )


@pytest.mark.parametrize(
    ("condition", "light"),
    [
        (SpaceCondition.OPEN, Light.GO),
        (SpaceCondition.NEAR, Light.GO),
        (SpaceCondition.DUE, Light.GO),
        (SpaceCondition.TREATMENT, Light.WAIT),
        (SpaceCondition.FULL, Light.STOP),
        (SpaceCondition.CLOSED, Light.STOP),
        (SpaceCondition.HOLD, Light.STOP),
        (SpaceCondition.UNKNOWN, Light.UNKNOWN),
    ],
)
def test_light_is_the_one_of_the_state_and_never_green_when_unknown(
    condition: SpaceCondition, light: Light
) -> None:
    assert allow(a_state(condition, 3)).light is light
    assert set(LIGHTS) == set(SpaceCondition)


@pytest.mark.parametrize(("occupancy", "free"), [(0, 15), (15, 0), (19, -4), (None, None)])
def test_free_says_how_many_must_leave_and_nothing_when_unknown(
    occupancy: int | None, free: int | None
) -> None:
    assert allow(a_state(SpaceCondition.OPEN, occupancy)).free == free


def test_way_out_is_never_barred() -> None:
    assert (ANYBODY.light, ANYBODY.free) == (Light.GO, None)
