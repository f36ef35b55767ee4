from collections import defaultdict
from itertools import pairwise

from simulator.happenings import Visit
from simulator.people_settings import PeopleSettings
from tests.simulator.days import a_day


def test_foreheads_at_a_post_never_overlap() -> None:
    by_post: dict[str, list[Visit]] = defaultdict(list)
    for each in (each for each in a_day() if isinstance(each, Visit)):
        by_post[each.post].append(each)
    gaps = [b.t_s - a.t_s - a.show_s for visits in by_post.values() for a, b in pairwise(visits)]
    assert set(by_post) == {"post-a-main", "post-a-yard", "post-b-main"}
    assert min(gaps) >= PeopleSettings().post_gap_s - 1e-6


def test_visit_of_somebody_with_a_fever_is_repeated_and_warm() -> None:
    day = a_day(settings=PeopleSettings(febrile_share=0.2))
    febrile = [each for each in day if isinstance(each, Visit) and each.fever_c]
    first = [each for each in febrile if each.attempt == 1]
    assert len(first) > 50
    assert len(febrile) == 2 * len(first)
    assert min(each.fever_c for each in febrile) >= 1.5
