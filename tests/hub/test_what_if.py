"""A journal judged again: under the same profile what was, under another what would have been."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest
from msgspec.structs import replace

from hub.alerts.alert import Alert, Change, Transition
from hub.campus import Observed
from hub.layout import Door, Layout
from hub.regime.profile import Profile
from hub.store.alert_book import AlertBook
from hub.store.journal import Journal
from hub.timetable.lesson_book import LessonBook
from hub.what_if import Silent, WouldBe, judge_again, side_by_side, silences_of
from protocol.codec import encode
from protocol.events import Verdict
from protocol.messages import AlertState, Health
from tests.builders import (
    EPOCH,
    a_fault,
    a_layout,
    a_passage,
    a_profile,
    a_recovery,
    a_regime,
    a_screening,
    an_exit,
    at,
    observed,
)
from tests.hub.site import TOPICS, Site

BEGINS, ENDS = at(0), at(3600)
#: The site's hub looks so often; one that is judged again, at every instant that matters.
TICK_S = 2.0
ACKED_AFTER_S = 120.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A hub after a busy hour; only read from."""
    running = Site(tmp_path_factory.mktemp("hub"))
    a_busy_hour(running)
    yield running
    running.kill()


class Hour:
    """An hour at the site: nodes speak unless they are silent, and every alert is taken after two minutes."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._acked: set[str] = set()
        self._spoke_s = -30.0
        self._now_s = 0.0
        self.silent: set[str] = set()

    def pass_to(self, until_s: float) -> None:
        """Let the hub tick on."""
        while self._now_s < until_s:
            if self._now_s - self._spoke_s >= 30:
                self._spoke_s = self._now_s
                self._speak()
            self._acknowledge()
            self._site.tick(TICK_S)
            self._now_s += TICK_S

    def _speak(self) -> None:
        for node in {"room-node", "entrance"} - self.silent:
            health = Health(at=self._site.clock.now(), epoch=EPOCH, seq=0, outbox_depth=0)
            self._site.deliver(TOPICS.health(node), encode(health))

    def _acknowledge(self) -> None:
        now = self._site.clock.now()
        for alert in list(self._site.engine.officer.desk.alerts.values()):
            fired = alert.fired_at
            due = fired is not None and (now - fired).total_seconds() >= ACKED_AFTER_S
            for one in {alert.id} - self._acked if due else ():
                self._acked.add(one)
                self._site.decisions.add("ack", one, "Aset", at_ms=int(now.timestamp() * 1000))


def a_busy_hour(site: Site) -> None:
    """A crowd that comes, leaves and comes again; a fever; a broken beam; a node that falls silent."""
    hour = Hour(site)
    hour.pass_to(100)
    site.send("room-node", a_passage(1, at=at(99), people=17))
    hour.pass_to(400)
    site.send("room-node", an_exit(2, at=at(399), people=6))
    site.send("entrance", a_screening(1, at=at(399), verdict=Verdict.ELEVATED))
    hour.pass_to(700)
    site.send("room-node", a_passage(3, at=at(699), people=9))
    hour.pass_to(1000)
    site.send("room-node", an_exit(4, at=at(999), people=20))
    site.send("entrance", a_fault(2, channel="main", at=at(999)))
    hour.pass_to(1300)
    site.send("entrance", a_recovery(3, channel="main", at=at(1299)))
    hour.silent.add("room-node")
    hour.pass_to(2000)
    hour.silent.clear()
    # What it saw while it was silent comes now: a crowd that has long left.
    site.send(
        "room-node",
        a_passage(5, at=at(1500), people=30),
        an_exit(6, at=at(1800), people=30),
        a_passage(7, at=at(1990)),
    )
    hour.pass_to(2400)
    site.send("room-node", a_passage(8, at=at(2399), people=8))
    hour.pass_to(2700)


def again(
    entries: Iterable[Observed],
    profile: Profile | None = None,
    *,
    silences: Iterable[Silent] = (),
    begins: datetime = BEGINS,
    ends: datetime = ENDS,
    layout: Layout | None = None,
) -> WouldBe:
    layout, ids = layout or a_layout(), count(1)
    return judge_again(
        entries,
        layout=layout,
        regime=a_regime(layout, profile),
        lesson_book=LessonBook(layout),
        silences=silences,
        new_id=lambda: f"would-{next(ids)}",
        begins=begins,
        ends=ends,
    )


def stricter(cap: int = 5) -> Profile:
    usual = a_profile()
    return replace(
        usual, capacity={kind: replace(one, group_cap=cap) for kind, one in usual.capacity.items()}
    )


def told(alerts: Iterable[Alert]) -> list[tuple[str, str]]:
    return sorted((one.rule, one.subject) for one in alerts if one.fired_at is not None)


def crowds(alerts: Iterable[Alert]) -> list[Alert]:
    return [one for one in alerts if one.rule == "over-capacity"]


def was_and_would(site: Site, profile: Profile | None = None) -> tuple[list[Alert], WouldBe]:
    book = AlertBook(site.store)
    alerts = book.all()
    happened = book.transitions(at(-1), ENDS)
    silences = silences_of(alerts, happened, a_layout(), lambda since, until: set())
    would = again(Journal(site.store).replay(0), profile, silences=silences, ends=site.clock.now())
    return [one for one in alerts if one.fired_at is not None], would


def test_same_profile_gives_the_alerts_that_were(site: Site) -> None:
    was, would = was_and_would(site)
    assert {rule for rule, _ in told(was)} == {
        "over-capacity", "elevated-screening", "untrusted-door", "silent-node"
    }  # fmt: skip
    assert told(would.alerts) == told(was)
    fired = [
        (side.was.fired_at, side.would.fired_at)
        for side in side_by_side(was, would.alerts)
        if side.was and side.would and side.was.fired_at and side.would.fired_at
    ]
    off = [two - one for one, two in fired if abs(two - one) > timedelta(seconds=TICK_S)]
    assert len(fired) == len(was)
    assert off == []
    assert would.unplaced == 0


def test_stricter_profile_gives_more(site: Site) -> None:
    was, would = was_and_would(site, stricter())
    assert (len(crowds(was)), len(crowds(would.alerts))) == (2, 3)
    assert {one.limit for one in crowds(would.alerts)} == {5}


def test_late_entries_raise_nothing_about_the_past(site: Site) -> None:
    _, would = was_and_would(site, stricter(20))
    # Thirty were in from 1500 s to 1800 s, known at 2000 s when they had left.
    assert crowds(would.alerts) == []


def test_entry_that_came_late_is_judged_by_when_it_came() -> None:
    crowd = observed(a_passage(people=17, at=at(10)), received=at(600))
    (alert,) = crowds(again([crowd]).alerts)
    assert at(600) <= alert.since < at(601)


def test_entry_seen_before_the_beginning_that_came_after_it_is_judged_when_it_came() -> None:
    crowd = observed(a_passage(people=17, at=at(10)), received=at(600))
    (alert,) = crowds(again([crowd], begins=at(300)).alerts)
    assert at(600) <= alert.since < at(601)


def test_what_came_before_is_believed_and_raises_nothing() -> None:
    before = observed(a_passage(1, people=15, at=at(10)), position=1)
    after = observed(a_passage(2, people=2, at=at(700)), position=2)
    would = again([before, after], begins=at(600))
    assert [one.value for one in crowds(would.alerts)] == [17]
    assert would.entries == 2


def test_entries_after_the_end_are_not_judged() -> None:
    crowd = observed(a_passage(people=17, at=at(10)))
    assert again([crowd], ends=at(5)).entries == 0


def test_no_entries_give_no_alerts() -> None:
    assert told(again([]).alerts) == []


def test_entries_of_a_channel_that_the_campus_does_not_name_are_counted() -> None:
    would = again([observed(a_passage(people=17), node="elsewhere")])
    assert (would.entries, would.unplaced, would.alerts) == (1, 1, [])


def test_alert_is_taken_two_minutes_after_it_fired() -> None:
    would = again([observed(a_passage(people=17, at=at(10)))])
    (alert,) = crowds(would.alerts)
    assert alert.fired_at is not None
    assert alert.acked_at == alert.fired_at + timedelta(minutes=2)


def test_silence_of_the_time_makes_the_alert_again_and_ends_it() -> None:
    would = again([], silences=[Silent("room-node", at(100), at(400))])
    (alert,) = would.alerts
    assert (alert.rule, alert.since) == ("silent-node", at(100))
    assert alert.gone_at == at(400)


def an_alert(**changes: object) -> Alert:
    fields: dict[str, object] = {
        "id": "1",
        "rule": "silent-node",
        "subject": "room-node",
        "label": "ROOM",
        "priority": 2,
        "space": None,
        "node": "room-node",
        "state": AlertState.FIRING,
        "since": at(10),
        "fired_at": at(10),
        "found_at": at(10),
    }
    return Alert(**{**fields, **changes})  # type: ignore[arg-type]  # fields are named by the test


def test_silences_are_read_from_an_alert_that_came_back() -> None:
    happened = [
        Transition(alert="1", at=at(at_s), change=change)
        for at_s, change in (
            (10, Change.BEGAN),
            (10, Change.FIRED),
            (60, Change.RESOLVED),
            (100, Change.RETURNED),
            (210, Change.RESOLVED),
            (300, Change.CLOSED),
        )
    ]
    alert = an_alert(gone_at=at(200), resolved_at=at(210), closed_at=at(300), state=AlertState.RESOLVED)
    found = silences_of([alert], happened, a_layout(), lambda since, until: set())
    assert found == [Silent("room-node", at(10), at(60)), Silent("room-node", at(100), at(200))]


def test_silence_that_goes_on_has_no_end() -> None:
    found = silences_of([an_alert()], [], a_layout(), lambda since, until: set())
    assert found == [Silent("room-node", at(10), None)]


def test_drill_is_no_silence() -> None:
    assert silences_of([an_alert(is_drill=True)], [], a_layout(), lambda since, until: set()) == []


def test_dark_building_is_silent_where_nothing_came_from() -> None:
    dark = an_alert(rule="silent-building", subject="building-a", node=None, building="a")
    third = Door(id="third", node="third", channel="door", inner="room", outer="hall")
    layout = a_layout(doors=(*a_layout().doors, third))
    found = silences_of([dark], [], layout, lambda since, until: {"third"})
    assert {one.node for one in found} == {"entrance", "room-node"}


def test_sides_are_matched_by_subject_and_time() -> None:
    early, late = an_alert(closed_at=at(100)), an_alert(id="2", since=at(4000), fired_at=at(4000))
    other = an_alert(id="3", subject="entrance", label="HALL")
    again_late = an_alert(id="4", since=at(4100), fired_at=at(4100))
    sides = side_by_side([early, late], [again_late, other])
    assert [(side.was and side.was.id, side.would and side.would.id) for side in sides] == [
        (None, "3"),
        ("1", None),
        ("2", "4"),
    ]


def test_sides_that_overlap_are_one_however_much_earlier_one_began() -> None:
    was = an_alert(since=at(3000), fired_at=at(3000))
    (side,) = side_by_side([was], [an_alert(id="2", gone_at=at(3500))])
    assert (side.was, side.at) == (was, at(10))
