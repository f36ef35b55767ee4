import msgspec
import pytest

from hub.layout import SpaceKind
from hub.treatment.limits import Interval, KindLimits, TreatmentLimits
from protocol.events import Task
from protocol.quantities import Duration
from tests.hub.treatment.rooms import limits


def test_room_has_the_treatments_of_its_kind_first() -> None:
    room = limits(after_use=(Task.SURFACES, Task.AIRING)).of(SpaceKind.CLASSROOM)
    assert [rule.task for rule in room.rules[:2]] == [Task.SURFACES, Task.AIRING]
    assert [rule.after_use for rule in room.rules] == [True, True, False, False]


def test_kind_that_is_not_named_needs_nothing() -> None:
    room = limits().of(SpaceKind.OFFICE)
    assert not any(rule.after_use or rule.is_repeated for rule in room.rules)
    assert room.pause_ms == 0


def test_dwell_is_asked_for_only_after_use() -> None:
    surfaces = {rule.task: rule for rule in limits().of(SpaceKind.CORRIDOR).rules}[Task.SURFACES]
    assert not surfaces.needs_empty


def test_every_strange_name_is_told_at_once() -> None:
    good = limits()
    with pytest.raises(ValueError, match="there is no such kind of space") as caught:
        TreatmentLimits(
            source="x",
            weights=good.weights,
            tasks={"aring": good.tasks["airing"]},
            kinds={"clasroom": KindLimits(source="x", after_use=(Task.SURFACES,))},
            lamps=good.lamps,
        )
    words = str(caught.value)
    assert "kinds.clasroom: there is no such kind of space; did you mean `classroom`?" in words
    assert "tasks.aring: there is no such treatment; did you mean `airing`?" in words
    assert "kinds.clasroom: treatment `surfaces` is named, but there is no table" in words


def test_interval_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="`every` or `people` is missing"):
        Interval(task=Task.AIRING, source="x")
    with pytest.raises(ValueError, match='every must be "60s" or longer, got "1s"'):
        Interval(task=Task.AIRING, source="x", every=Duration("1s"))


def test_limit_of_stay_needs_its_clause() -> None:
    with pytest.raises(ValueError, match="`leave_after` needs a `leave_source`"):
        KindLimits(source="x", leave_after=Duration("40min"))


def test_treatment_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="after_use: a treatment is named twice"):
        KindLimits(source="x", after_use=(Task.AIRING, Task.AIRING))


def test_word_for_a_key_that_does_not_exist_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"source": "x", "pauze": "20min"}, KindLimits)
