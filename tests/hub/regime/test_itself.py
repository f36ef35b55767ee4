"""A profile that says nothing of the system itself is sound, and is filled in as the shipped ones say."""

from hub.regime.itself import OWN_RULES
from tests.hub.regime.regimes import shipped


def test_shipped_profile_says_what_is_filled_in_elsewhere() -> None:
    assert {rule: shipped().alerts[rule] for rule in OWN_RULES} == OWN_RULES
