"""What was over so long ago that nobody asks for it any more goes from the courier's book, bit by bit."""

from sqlalchemy import Connection, delete, select

from hub.store.courier_tables import attempt, carried, delivery, notice
from hub.store.database import Store, asking, writing

#: A notification that is over is kept for so long: a month's drills can be certified, and its handovers and
#: its load looked at again. A year of a busy campus would be some 100 MB.
KEEP_MS = 30 * 24 * 3_600_000
#: Kept for so long after it was last tried, should somebody try for longer than that.
_AFTER_RETRYING_MS = 24 * 3_600_000
#: At most so many notifications at once: no step waits for more than a few milliseconds.
AT_ONCE = 50
_OVER = ("delivered", "undelivered", "merged")


def keep_ms(retry_for_ms: int) -> int:
    """How long a notification is kept: nothing that may yet be told is ever dropped."""
    return max(KEEP_MS, retry_for_ms + _AFTER_RETRYING_MS)


def prune(store: Store, before_ms: int) -> int:
    """Drop notifications that were over before then, with their deliveries and attempts; how many."""
    is_over = notice.c.state.in_(_OVER) & (notice.c.at_ms < before_ms) & (notice.c.ended_ms < before_ms)
    waits = select(delivery.c.id).where(delivery.c.notice == notice.c.id, delivery.c.state == "waiting")
    query = select(notice.c.id).where(is_over, ~waits.exists()).limit(AT_ONCE)
    with asking(store) as connection:
        old = list(connection.execute(query).scalars())
    if old:
        with writing(store) as connection:
            _drop(connection, old)
    return len(old)


def _drop(connection: Connection, notices: list[int]) -> None:
    of_theirs = select(delivery.c.id).where(delivery.c.notice.in_(notices))
    query = select(carried.c.attempt).where(carried.c.delivery.in_(of_theirs)).distinct()
    attempts = list(connection.execute(query).scalars())
    connection.execute(delete(carried).where(carried.c.delivery.in_(of_theirs)))
    connection.execute(delete(delivery).where(delivery.c.notice.in_(notices)))
    connection.execute(delete(notice).where(notice.c.id.in_(notices)))
    # A digest carries several: its attempt goes with the last of them, and never while it is under way.
    still = select(carried.c.attempt).where(carried.c.attempt == attempt.c.id)
    is_done = attempt.c.id.in_(attempts) & attempt.c.outcome.is_not(None)
    connection.execute(delete(attempt).where(is_done, ~still.exists()))
