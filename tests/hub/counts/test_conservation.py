import pytest

from hub.counts.conservation import reconcile

#: Out to hall, hall to out, hall to A, A to hall, hall to B, B to hall; all rooms are empty at night.
FLOWS = [520, 498, 212, 205, 171, 180]
BALANCES = [[1, -1, -1, 1, -1, 1], [0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 1, -1]]


def test_flows_of_a_building_balance_as_worked_out_by_hand() -> None:
    found = reconcile(FLOWS, [0.03 * one + 1 for one in FLOWS], BALANCES)
    assert found.flows == pytest.approx([508.78, 508.78, 208.45, 208.45, 175.40, 175.40], abs=0.005)
    assert found.chi2 == pytest.approx(24.7, abs=0.05)
    assert found.dof == 3


def test_balance_that_follows_from_others_is_no_further_freedom() -> None:
    outside = [-a - b - c for a, b, c in zip(*BALANCES, strict=True)]
    found = reconcile(FLOWS, [0.03 * one + 1 for one in FLOWS], [*BALANCES, outside])
    assert found.dof == 3
    assert found.flows == pytest.approx([508.78, 508.78, 208.45, 208.45, 175.40, 175.40], abs=0.005)


def test_people_left_inside_are_a_total() -> None:
    found = reconcile([10, 7], [1, 1], [[1, -1]], [3])
    assert found.flows == pytest.approx([10, 7])
    assert found.chi2 == pytest.approx(0.0)
