import pytest

from hub.believing import believe
from hub.campus import Campus, Observed
from tests.builders import a_layout, a_passage, observed


class Faulty(Campus):
    """A campus with a fault: the second passage of a door is beyond it."""

    def observe(self, observed: Observed) -> None:
        if observed.event.seq == 2:
            raise KeyError("second")
        super().observe(observed)


def test_entry_that_cannot_be_believed_is_passed_over_and_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    campus, sound = Faulty(a_layout()), Campus(a_layout())
    entries = [observed(a_passage(seq), position=seq) for seq in (1, 2, 3)]
    assert [believe(campus, one) for one in entries] == [True, False, True]
    assert "position=2 node=room-node seq=2" in caplog.text
    for one in (entries[0], entries[2]):
        sound.observe(one)
    assert campus.state == sound.state
