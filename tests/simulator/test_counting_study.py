from msgspec import structs

from commandline.defaults import CAMPUS
from hub.counts.lie import Lie
from hub.layout import Layout, read_layout
from simulator.counting_bias import TOLERANCE
from simulator.counting_lies import LIES, NAMED_WITHIN
from simulator.counting_study import study


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
    assert [one.lie for one in found.lies] == [lie.value for lie in LIES]
    # A door that drifts tells of it at night, however many people that is.
    at_once = [one for one in found.lies if one.lie != Lie.DRIFTING.value]
    assert all(one.within >= 0.5 for one in at_once)
    assert all(one.median is not None and one.median <= NAMED_WITHIN for one in at_once)
    assert found.wrong_names_a_building_day <= 0.5
