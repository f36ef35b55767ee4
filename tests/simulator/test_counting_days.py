from msgspec import structs

from commandline.defaults import CAMPUS
from hub.layout import Layout, read_layout
from simulator.counting_days import INJECTED, NAMED_WITHIN, TOLERANCE, learned_at_gate, study


def building_b() -> Layout:
    """One building of the campus, which costs half as much."""
    campus = read_layout(CAMPUS)
    spaces = tuple(space for space in campus.spaces if space.building == "b")
    inside = {space.id for space in spaces}
    return structs.replace(
        campus,
        buildings=campus.buildings[1:],
        spaces=spaces,
        doors=tuple(door for door in campus.doors if door.inner in inside),
        posts=(),
        sensors=(),
        overrides=(),
    )


def test_counts_are_honest_on_days_with_known_truth() -> None:
    found = study(building_b(), (1, 2, 3))
    assert found.band.held >= 0.9
    assert found.band.worst_seed >= 0.88
    # A band of everything would hold the truth as well.
    assert found.band.width_in_use < 12
    assert found.band.error <= found.band.error_unlearned
    busy = next(one for one in found.bias if one.people_a_day == 3000)
    assert busy.mean_abs_error <= TOLERANCE
    assert all(one.within >= 0.5 for one in found.lies)
    assert all(one.median is not None and one.median <= NAMED_WITHIN for one in found.lies)
    assert found.wrong_names_a_building_day <= 0.5


def test_entrance_that_is_hardly_used_is_not_known_after_one_night() -> None:
    quiet, busy = learned_at_gate(300, 1, nights=1), learned_at_gate(6000, 1, nights=5)
    assert quiet.bias_sd > 2 * busy.bias_sd
    assert abs(busy.bias - INJECTED) < TOLERANCE


def test_same_seed_learns_the_same() -> None:
    assert learned_at_gate(300, 7) == learned_at_gate(300, 7)
