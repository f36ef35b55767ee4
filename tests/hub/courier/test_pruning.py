"""What was over long ago goes from the courier's book; what may yet be told never does."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hub.alerts.notification import Reason
from hub.courier.book import milliseconds
from hub.courier.pruning import AT_ONCE, KEEP_MS, keep_ms, prune
from hub.store.courier_tables import attempt, carried, courier, delivery, notice
from tests.hub.courier.desk import TWO, Desk, failed

#: On files and on PostgreSQL.
pytestmark = pytest.mark.usefixtures("either")

A_MONTH_S = KEEP_MS / 1000
PATIENT = TWO.replace("[courier]", '[courier]\nretry_for = "1000h"')


def rows(desk: Desk) -> list[int]:
    """Notices, deliveries, attempts and what they carry."""
    with desk.store.connect() as connection:
        tables = (notice, delivery, attempt, carried)
        return [connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables]


def test_notification_that_was_told_a_month_ago_is_dropped_with_all_of_it(desk: Desk) -> None:
    desk.tell("a1")
    desk.step()
    desk.clock.pass_by(A_MONTH_S - 60)
    desk.tell("a2")
    desk.step()
    assert rows(desk) == [2, 4, 2, 2]
    desk.run_for(120, 60)
    assert (desk.of("a1"), [one.state for one in desk.of("a2")]) == ([], ["delivered"])
    assert rows(desk) == [1, 2, 1, 1]


def test_notification_nobody_got_is_dropped_as_long_after(desk: Desk) -> None:
    desk.tell("a1", receivers=("nobody",))
    desk.step()
    desk.clock.pass_by(A_MONTH_S - 1)
    desk.step()
    assert [one.state for one in desk.of("a1")] == ["undelivered"]
    desk.clock.pass_by(10)
    desk.step()
    assert desk.of("a1") == []


def test_notification_that_still_waits_is_never_dropped(desk_of: Callable[[str], Desk]) -> None:
    desk = desk_of(PATIENT)
    desk.workers["first"].script.extend([failed()] * 5)
    desk.workers["second"].script.extend([failed()] * 5)
    desk.tell("a1")
    desk.step()
    desk.clock.pass_by(A_MONTH_S + 3600)
    assert prune(desk.store, milliseconds(desk.clock.now())) == 0
    desk.run_for(3600, 60)
    assert [one.state for one in desk.of("a1")] == ["delivered"]


def test_what_is_told_after_a_month_is_kept_as_long_as_it_may_be_told() -> None:
    assert keep_ms(24 * 3_600_000) == KEEP_MS
    assert keep_ms(2 * KEEP_MS) > 2 * KEEP_MS


def test_book_is_pruned_a_little_at_a_time(desk: Desk) -> None:
    for number in range(AT_ONCE + 3):
        desk.tell(f"a{number}", receivers=("nobody",))
    desk.step()
    desk.clock.pass_by(A_MONTH_S + 10)
    desk.step(1)
    assert rows(desk)[0] == 3
    desk.clock.pass_by(10)
    desk.step(1)
    assert rows(desk)[0] == 0


def test_attempt_of_a_digest_goes_with_the_last_it_carries(desk: Desk) -> None:
    for number in range(6):
        desk.tell(f"a{number}", receivers=("first",))
    desk.step()
    assert rows(desk) == [6, 6, 1, 6]
    with desk.store.begin() as connection:
        late = milliseconds(desk.clock.now() + timedelta(days=1))
        connection.execute(notice.update().where(notice.c.alert == "a0").values(ended_ms=late))
    desk.clock.pass_by(A_MONTH_S + 10)
    desk.step(1)
    assert rows(desk) == [1, 1, 1, 1]
    desk.clock.pass_by(86400)
    desk.step(1)
    assert rows(desk) == [0, 0, 0, 0]


def test_what_was_dropped_is_not_taken_over_again_from_another_file(desk: Desk) -> None:
    desk.tell("a1", Reason.FIRED)
    desk.step()
    desk.clock.pass_by(A_MONTH_S + 10)
    desk.step()
    with desk.store.begin() as connection:
        connection.execute(courier.tables["fact"].delete())
    desk.start()
    desk.step()
    assert (desk.of("a1"), len(desk.workers["first"].given)) == ([], 1)
