import pytest

from hub.counts.conservation import reconcile

#: Out to hall, hall to out, hall to A, A to hall, hall to B, B to hall; all rooms are empty at night.
FLOWS = [520, 498, 212, 205, 171, 180]
BALANCES = [
    {0: 1.0, 1: -1.0, 2: -1.0, 3: 1.0, 4: -1.0, 5: 1.0},
    {2: 1.0, 3: -1.0},
    {4: 1.0, 5: -1.0},
]


def test_flows_of_a_building_balance_as_worked_out_by_hand() -> None:
    found = reconcile(FLOWS, [0.03 * one + 1 for one in FLOWS], BALANCES)
    assert found.flows == pytest.approx([508.78, 508.78, 208.45, 208.45, 175.40, 175.40], abs=0.005)
    assert found.chi2 == pytest.approx(24.7, abs=0.05)


def test_balance_that_follows_from_others_is_no_further_freedom() -> None:
    outside = {0: -1.0, 1: 1.0}
    found = reconcile(FLOWS, [0.03 * one + 1 for one in FLOWS], [*BALANCES, outside])
    assert found.flows == pytest.approx([508.78, 508.78, 208.45, 208.45, 175.40, 175.40], abs=0.005)


def test_people_left_inside_are_a_total() -> None:
    found = reconcile([10, 7], [1, 1], [{0: 1.0, 1: -1.0}], totals=[3])
    assert found.flows == pytest.approx([10, 7])
    assert found.chi2 == pytest.approx(0.0)


def test_flow_that_nothing_is_known_of_takes_all_that_its_spaces_are_off_by() -> None:
    # The hall is left by 30 who never came to the room; the entrance agrees with neither.
    found = reconcile([0.0, -30.0], [4.0, 4.0], [{0: 1.0, 1: -1.0}, {1: 1.0}], noise=1.0)
    entrance, room = found.alone
    assert room.more == pytest.approx(30.0, abs=0.5)
    assert room.explains > 2 * entrance.explains
    assert room.explains <= found.chi2


def test_flows_that_balance_say_nothing_of_anybody() -> None:
    found = reconcile([5.0, 5.0], [1.0, 1.0], [{0: 1.0, 1: -1.0}])
    assert found.chi2 == 0.0
    assert [one.explains for one in found.alone] == [0.0, 0.0]
