"""The courier, step by step in virtual time: order, patience, fall-over, digests, crashes."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import select

from hub.alerts.notification import Reason
from hub.receivers.message import Message, Outcome, Sent
from hub.store.courier_tables import attempt, courier_url, notice
from hub.store.courier_tables import courier as courier_tables
from hub.store.database import opened
from hub.store.schema import notification
from tests.hub.courier.desk import REFUSED, TWO, UNKNOWN, Desk, failed

DeskOf = Callable[[str], Desk]


def test_notification_goes_to_its_first_receiver_at_once(desk: Desk) -> None:
    desk.tell()
    desk.step()
    assert len(desk.workers["first"].given) == 1
    assert desk.workers["second"].given == []
    assert [(one.state, one.receiver) for one in desk.of()] == [("delivered", "first")]


def test_attempt_is_committed_before_it_is_made(desk: Desk) -> None:
    seen: list[tuple[str, str | None]] = []

    def look(_name: str, _message: Message) -> None:
        # Another connection sees only what is committed.
        with opened(courier_url(desk.folder), courier_tables) as store, store.connect() as connection:
            rows = connection.execute(select(attempt.c.receiver, attempt.c.outcome)).all()
            seen.extend((row.receiver, row.outcome) for row in rows)

    desk.on_give = look
    desk.tell()
    desk.step()
    assert seen == [("first", None)]


def test_second_receiver_is_tried_after_a_minute_without_success(desk: Desk) -> None:
    desk.workers["first"].script.extend([failed()] * 100)
    desk.tell()
    desk.step()
    desk.run_for(59)
    assert desk.workers["second"].given == []
    desk.run_for(2)
    assert len(desk.workers["second"].given) == 1
    assert [(one.state, one.receiver) for one in desk.of()] == [("delivered", "second")]


def test_hanging_first_receiver_does_not_delay_the_second(desk: Desk) -> None:
    desk.workers["first"].script.extend([None] * 100)
    desk.tell()
    desk.step()
    desk.run_for(61)
    assert [(one.state, one.receiver) for one in desk.of()] == [("delivered", "second")]


def test_success_spares_the_other_receivers(desk: Desk) -> None:
    desk.tell()
    desk.step()
    desk.run_for(300)
    assert desk.workers["second"].given == []
    assert [one.state for one in desk.of()[0].deliveries] == ["delivered", "spared"]


def test_first_receiver_goes_on_being_tried_until_one_succeeds(desk: Desk) -> None:
    desk.workers["first"].script.extend([failed()] * 12)
    desk.workers["second"].script.extend([failed()] * 1000)
    desk.tell()
    desk.run_for(3600, every_s=10.0)
    assert len(desk.workers["first"].given) == 13
    assert [(one.state, one.receiver) for one in desk.of()] == [("delivered", "first")]


def test_refusal_for_good_passes_on_at_once(desk: Desk) -> None:
    desk.workers["first"].script.append(REFUSED)
    desk.tell()
    desk.step(4)
    assert len(desk.workers["first"].given) == 1
    assert [(one.state, one.receiver) for one in desk.of()] == [("delivered", "second")]
    health = {one.receiver: one for one in desk.outcomes.health()}
    assert (health["first"].state, health["first"].fault) == ("refusing", "answered 401")
    assert (health["second"].state, health["second"].fault) == ("fine", None)


def test_refusal_for_good_brings_the_next_forward_and_gives_it_its_minute(desk_of: DeskOf) -> None:
    third = TWO[TWO.rindex("[[receivers]]") :].replace("second", "third")
    desk = desk_of(TWO + third)
    desk.workers["first"].script.append(REFUSED)
    desk.workers["second"].script.extend([failed()] * 100)
    desk.tell(receivers=("first", "second", "third"))
    desk.step(4)
    desk.run_for(59)
    assert len(desk.workers["second"].given) > 0
    assert desk.workers["third"].given == []
    desk.run_for(2)
    assert [(one.state, one.receiver) for one in desk.of()] == [("delivered", "third")]


def test_refusal_by_all_is_undelivered_and_tried_again_after_a_restart(desk: Desk) -> None:
    desk.workers["first"].script.append(REFUSED)
    desk.workers["second"].script.append(REFUSED)
    desk.tell()
    desk.step(5)
    told = desk.outcomes.undelivered(desk.clock.now() - timedelta(days=1))
    assert [(one.alert, one.fault) for one in told] == [("a1", "answered 401")]
    # Somebody has mended the token and started the courier again.
    desk.start()
    desk.step()
    assert [one.state for one in desk.of()] == ["delivered"]


def test_waits_grow_from_two_seconds_to_five_minutes_for_24_hours(desk: Desk) -> None:
    desk.workers["first"].script.extend([failed()] * 10_000)
    began = desk.clock.monotonic()
    at: list[float] = []
    desk.on_give = lambda _name, _message: at.append(desk.clock.monotonic() - began)
    desk.tell(receivers=("first",))
    desk.step()
    desk.run_for(280)
    desk.run_for(23.85 * 3600, every_s=30.0)
    gaps = [later - earlier for earlier, later in pairwise(at)]
    # A step later it is heard, and from then on it waits.
    assert gaps[:7] == [2.0, 5.0, 9.0, 17.0, 33.0, 65.0, 129.0]
    assert set(gaps[9:]) <= {300.0, 330.0}
    assert [one.state for one in desk.of()] == ["waiting"]
    desk.run_for(600, every_s=30.0)
    assert [one.state for one in desk.of()] == ["undelivered"]
    tries = len(at)
    desk.run_for(3600, every_s=30.0)
    assert len(at) == tries
    assert len(desk.outcomes.undelivered(desk.clock.now() - timedelta(days=2))) == 1


def test_retry_after_is_obeyed(desk: Desk) -> None:
    desk.workers["first"].script.append(failed(retry_after_s=90.0))
    desk.tell(receivers=("first",))
    desk.step()
    desk.run_for(89)
    assert len(desk.workers["first"].given) == 1
    desk.run_for(3)
    assert [one.state for one in desk.of()] == ["delivered"]


def test_late_worker_is_killed_and_its_message_sent_again_with_the_same_id(desk: Desk) -> None:
    desk.workers["first"].script.append(None)
    desk.tell(receivers=("first",))
    desk.step()
    desk.run_for(14)
    assert desk.workers["first"].ended == 0
    desk.run_for(6)
    assert desk.workers["first"].ended == 1
    ids = [message.short_id for message in desk.workers["first"].given]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert all(message.short_id in message.text for message in desk.workers["first"].given)
    assert [one.state for one in desk.of()] == ["delivered"]


def test_crash_in_the_middle_sends_again(desk: Desk) -> None:
    desk.workers["first"].script.append(None)
    desk.tell(receivers=("first",))
    desk.step()
    desk.start()
    desk.step()
    assert len(desk.workers["first"].given) == 2
    with desk.store.connect() as connection:
        outcomes = list(connection.execute(select(attempt.c.outcome).order_by(attempt.c.id)).scalars())
    assert outcomes == [Outcome.UNKNOWN.value, Outcome.ACCEPTED.value]


def test_notification_is_taken_over_once_through_any_restart(desk: Desk) -> None:
    desk.tell()
    desk.step()
    desk.start()
    desk.tell("a2")
    desk.step()
    assert [message.ids for message in desk.workers["first"].given] == [("a1-1",), ("a2-2",)]


def test_replaced_hub_file_is_read_from_its_beginning(desk: Desk) -> None:
    desk.tell("old-1")
    desk.tell("old-2")
    desk.step(4)
    with desk.hub.begin() as connection:
        connection.execute(notification.delete())
    # Numbers begin anew; the key tells that it is another row.
    desk.tell("new", key="new-1")
    with desk.hub.begin() as connection:
        connection.execute(notification.update().values(id=1))
    desk.step()
    assert [one.state for one in desk.of("new")] == ["delivered"]


def test_more_than_five_waiting_become_one_message_most_urgent_first(desk: Desk) -> None:
    desk.workers["first"].script.append(failed())
    desk.tell("a0", receivers=("first",))
    desk.step()
    for i in range(1, 8):
        desk.tell(f"a{i}", receivers=("first",), priority=1 if i == 7 else 2, rule="silent-node")
    desk.run_for(5)
    digest = desk.workers["first"].given[1]
    assert len(digest.ids) == 8
    assert digest.priority == 1
    assert digest.title.startswith("8 messages · ")
    assert digest.text.count("•") == 8
    assert len(desk.workers["first"].given) == 2
    assert {desk.of(f"a{i}")[0].state for i in range(8)} == {"delivered"}


def test_digest_that_is_refused_is_sent_one_by_one(desk: Desk) -> None:
    desk.workers["first"].script.append(REFUSED)
    for i in range(6):
        desk.tell(f"a{i}", receivers=("first",))
    desk.step(20)
    assert [len(message.ids) for message in desk.workers["first"].given] == [6, 1, 1, 1, 1, 1, 1]
    assert {desk.of(f"a{i}")[0].state for i in range(6)} == {"delivered"}


def test_digest_speaks_one_language(desk: Desk) -> None:
    desk.workers["first"].script.append(failed())
    desk.tell("a0", receivers=("first",), language="kk")
    desk.step()
    for i in range(1, 8):
        desk.tell(f"a{i}", receivers=("first",), language="kk" if i % 2 else "ru")
    desk.run_for(20)
    assert all(desk.of(f"a{i}")[0].state == "delivered" for i in range(8))
    languages = [message.language for message in desk.workers["first"].given]
    assert set(languages) == {"kk", "ru"}


def test_end_of_what_nobody_has_heard_is_told_in_one_message(desk: Desk) -> None:
    desk.workers["first"].script.extend([failed()] * 3)
    desk.tell(receivers=("first",))
    desk.step()
    desk.tell(reason=Reason.RESOLVED, receivers=("first",))
    desk.run_for(30)
    assert [one.state for one in desk.of()] == ["merged", "delivered"]
    last = desk.workers["first"].given[-1]
    assert last.title.startswith("Over: ")
    assert "could not be told before" in last.text


def test_end_after_a_first_message_that_was_heard_does_not_tell_the_beginning_again(desk: Desk) -> None:
    desk.tell(receivers=("first",))
    desk.step()
    desk.workers["first"].script.extend([failed()] * 3)
    desk.tell(reason=Reason.REPEATED, receivers=("first",))
    desk.step()
    desk.tell(reason=Reason.RESOLVED, receivers=("first",))
    desk.run_for(30)
    assert [one.state for one in desk.of()] == ["delivered", "merged", "delivered"]
    assert "could not be told before" not in desk.workers["first"].given[-1].text


def test_end_of_what_somebody_may_have_heard_is_a_message_of_its_own(desk: Desk) -> None:
    desk.workers["first"].script.append(UNKNOWN)
    desk.tell(receivers=("first",))
    desk.step()
    desk.tell(reason=Reason.RESOLVED, receivers=("first",))
    desk.run_for(10)
    assert [one.state for one in desk.of()] == ["delivered", "delivered"]
    assert "could not be told before" not in desk.workers["first"].given[-1].text


def test_end_of_what_is_under_way_is_a_message_of_its_own(desk: Desk) -> None:
    desk.workers["first"].script.append(None)
    desk.tell(receivers=("first",))
    desk.step()
    desk.tell(reason=Reason.RESOLVED, receivers=("first",))
    desk.run_for(40)
    assert [one.state for one in desk.of()] == ["delivered", "delivered"]


def test_end_for_one_duty_does_not_silence_another(desk: Desk) -> None:
    desk.workers["first"].script.extend([failed()] * 3)
    desk.tell(receivers=("first",), duty="guard-day")
    desk.tell(reason=Reason.RESOLVED, receivers=("first",), duty="manager")
    desk.run_for(30)
    assert [one.state for one in desk.of()] == ["delivered", "delivered"]


def test_receiver_that_no_file_names_is_passed_over_and_shown(desk: Desk) -> None:
    desk.tell(receivers=("gone", "second"))
    desk.step()
    told = desk.of()[0]
    assert (told.state, told.receiver) == ("delivered", "second")
    assert told.deliveries[0].fault == "receivers.toml has no such receiver"


def test_receiver_that_was_taken_out_of_the_file_is_passed_over_after_the_restart(desk: Desk) -> None:
    desk.workers["first"].script.append(failed())
    desk.tell("a1")
    desk.tell("a2", receivers=("first",))
    desk.step()
    desk.receivers = desk.read(TWO[: TWO.index("[[")] + TWO[TWO.rindex("[[") :])
    desk.start()
    desk.step()
    assert [(one.state, one.receiver) for one in desk.of("a1")] == [("delivered", "second")]
    assert [(one.state, one.fault) for one in desk.of("a2")] == [
        ("undelivered", "receivers.toml has no such receiver")
    ]
    # And stays red through another start, until the file has it again.
    desk.start()
    desk.step()
    assert [one.state for one in desk.of("a2")] == ["undelivered"]
    desk.receivers = desk.read(TWO)
    desk.start()
    desk.run_for(5)
    assert [one.state for one in desk.of("a2")] == ["delivered"]


def test_notification_for_nobody_is_undelivered_at_once(desk: Desk) -> None:
    desk.tell("a1", receivers=())
    desk.tell("a2", receivers=("gone",))
    desk.step()
    told = desk.outcomes.undelivered(desk.clock.now() - timedelta(days=1))
    assert {one.alert for one in told} == {"a1", "a2"}


def test_notification_that_cannot_be_read_stops_nothing(desk: Desk) -> None:
    with desk.hub.begin() as connection:
        values = {"key": "bad", "alert": "a0", "at_ms": int(desk.clock.now().timestamp() * 1000)}
        connection.execute(notification.insert().values(**values, body=b"{"))
    desk.tell()
    desk.step()
    assert [one.state for one in desk.of()] == ["delivered"]
    assert [one.fault for one in desk.of("a0")] == ["cannot be read"]


def test_window_holds_a_receiver_to_its_limit(desk_of: DeskOf) -> None:
    desk = desk_of(TWO.replace("per_minute = 600", 'per_minute = 3\nspacing = "1s"', 1))
    at: list[float] = []
    desk.on_give = lambda _name, _message: at.append(desk.clock.monotonic())
    for i in range(4):
        desk.tell(f"a{i}", receivers=("first",))
    desk.step(10)
    assert at == [0.0]
    desk.run_for(59, every_s=0.5)
    assert at == [0.0, 1.0, 2.0]
    desk.run_for(2, every_s=0.5)
    assert len(at) == 4
    assert at[3] >= 60.0


def test_limit_outlives_a_restart(desk_of: DeskOf) -> None:
    desk = desk_of(TWO.replace("per_minute = 600", "per_minute = 1", 1))
    desk.tell("a1", receivers=("first",))
    desk.step()
    desk.start()
    desk.tell("a2", receivers=("first",))
    desk.step(5)
    assert len(desk.workers["first"].given) == 1


def test_clock_set_back_an_hour_stops_nothing(desk: Desk) -> None:
    desk.workers["first"].script.append(failed())
    desk.workers["second"].script.extend([failed()] * 2)
    desk.tell()
    desk.step()
    desk.clock.set_wall(timedelta(hours=-2))
    desk.run_for(5)
    assert [one.state for one in desk.of()] == ["delivered"]


def test_urgent_message_goes_before_what_waits(desk_of: DeskOf) -> None:
    desk = desk_of(TWO.replace("per_minute = 600", 'per_minute = 600\nspacing = "1s"', 1))
    for i in range(4):
        desk.tell(f"a{i}", receivers=("first",), priority=3)
    desk.step()
    desk.tell("a9", receivers=("first",), priority=1)
    desk.run_for(1)
    assert desk.workers["first"].given[1].ids == ("a9-5",)


def test_poisonous_message_does_not_hold_up_the_others(desk: Desk) -> None:
    desk.workers["first"].script.extend([failed()] * 3)
    desk.tell("poison", receivers=("first",), priority=1)
    desk.run_for(14)
    desk.workers["first"].script.clear()
    desk.tell("a2", receivers=("first",), priority=3)
    desk.run_for(8)
    assert desk.workers["first"].given[3].ids == ("a2-2",)


def test_receivers_language_overrides_the_dutys(desk_of: DeskOf) -> None:
    desk = desk_of(TWO.replace("per_minute = 600", 'per_minute = 600\nlanguage = "ru"', 1))
    desk.tell(language="kk")
    desk.step()
    assert desk.workers["first"].given[0].language == "ru"


def test_hub_that_is_not_there_yet_is_waited_for(desk: Desk) -> None:
    (desk.folder / "hub.db").rename(desk.folder / "elsewhere.db")
    desk.step()
    (desk.folder / "elsewhere.db").rename(desk.folder / "hub.db")
    desk.tell()
    desk.step()
    assert [one.state for one in desk.of()] == ["delivered"]


def test_damaged_hub_file_does_not_stop_what_was_taken_over(desk: Desk) -> None:
    desk.workers["first"].script.append(failed())
    desk.tell()
    desk.step()
    desk.hub.dispose()
    (desk.folder / "hub.db").write_bytes(b"no database at all" * 100)
    desk.run_for(5)
    assert [one.state for one in desk.of()] == ["delivered"]


def test_late_success_of_a_merged_or_given_up_delivery_is_kept(desk: Desk) -> None:
    desk.workers["first"].script.append(None)
    desk.tell(receivers=("first",))
    desk.step()
    desk.clock.pass_by(24 * 3600 + 1)
    desk.workers["first"]._sent = Sent(outcome=Outcome.ACCEPTED, status=200)
    desk.step()
    with desk.store.connect() as connection:
        assert connection.execute(select(notice.c.state)).scalars().all() == ["delivered"]
