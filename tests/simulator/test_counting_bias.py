from simulator.counting_bias import INJECTED, TOLERANCE, learned_at_gate


def test_entrance_that_is_hardly_used_is_not_known_after_one_night() -> None:
    quiet, busy = learned_at_gate(300, 1, nights=1), learned_at_gate(6000, 1, nights=5)
    assert quiet.bias_sd > 2 * busy.bias_sd
    assert abs(busy.bias - INJECTED) < TOLERANCE


def test_same_seed_learns_the_same() -> None:
    assert learned_at_gate(300, 7) == learned_at_gate(300, 7)
