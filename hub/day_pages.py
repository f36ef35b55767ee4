"""Books of one page a day: the page of a day, made where it is missing, and the oldest ones dropped. Pure."""

from typing import Any, TypeVar

from hub.counts.door_day import DoorDay
from hub.counts.space_day import SpaceDay
from hub.treatment.record import RoomDay

#: Days kept per space and door; older ones are in the journal only.
KEEP_DAYS = 120
P = TypeVar("P", SpaceDay, DoorDay, RoomDay)


def page_of(books: dict[str, dict[str, P]], key: str, day: str, blank: type[P]) -> P:
    """The page of a day in the book of a space or door."""
    book = books.get(key)
    if book is None:
        book = books[key] = {}
    page = book.get(day)
    if page is None:
        page = book[day] = blank()
        while len(book) > KEEP_DAYS:
            # Never the page that is being written, however old a wrong clock makes it.
            del book[min(one for one in book if one != day)]
    return page


def prune(days: dict[str, Any]) -> None:
    """Drop the oldest days of what is kept by day."""
    while len(days) > KEEP_DAYS:
        del days[min(days)]
