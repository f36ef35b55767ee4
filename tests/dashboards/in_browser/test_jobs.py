"""Each job of each role in three languages and sizes: done, kept, and nothing wrong with the screen.

Each job meets each language and each size once, and all jobs together every pair of them;
`KUZET_LOOKS=all` plays each job in all nine.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from hub.store import schema
from hub.store.database import hub_url, open_database, people_url
from protocol.clock import SystemClock
from tests.dashboards.browser import ServedBoard
from tests.dashboards.in_browser.axe import violations
from tests.dashboards.in_browser.jobs import JOBS, OFFICE_ROOMS, TASKS, Job
from tests.dashboards.in_browser.looking import LANGUAGES, ROLES, furnish, misfits
from tests.dashboards.in_browser.person import LOOKS, Look, Person, pin_of
from tests.dashboards.in_browser.test_settings import live
from tests.dashboards.small_hub import NAMES, SMALL, SmallHub
from tests.fakes.providers import HttpProvider

pytestmark = pytest.mark.browser
#: The administrator's campus: a small one, with a room for each combination.
_SHAPE = 'building = "a", kind = "classroom", floor = 3, area_m2 = 48, desks = 30'
_ROOMS = "".join(
    f'    {{ id = "{one}", code = "{one.upper()}", {_SHAPE}, {NAMES} }},\n' for one in OFFICE_ROOMS
)
_OFFICE = SMALL.replace("spaces = [\n", f"spaces = [\n{_ROOMS}")
_RECEIVERS = """[[receivers]]
id = "guards"
kind = "webhook"
schemes = ["http"]
allow_private = true
url = "%s/x"
"""


class Place(NamedTuple):
    """A served board, and where what people do there is kept."""

    board: ServedBoard
    store: Engine


_ALL_LOOKS = os.environ.get("KUZET_LOOKS") == "all"


def is_played(look: Look, job: Job) -> bool:
    """A Latin square of languages and sizes, turned by one from job to job."""
    language, size = divmod(look.number, 3)
    return _ALL_LOOKS or (language + size + JOBS.index(job)) % 3 == 0


#: Who sits where, how, and does what: one sign-in for all the jobs of a role in a language.
CASES = [
    (look, job)
    for language in LANGUAGES
    for role in ROLES
    for look in LOOKS
    for job in JOBS
    if look.language == language and job.role == role and is_played(look, job)
]


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The demonstration campus with something on every screen, and guards with PINs."""
    data = tmp_path_factory.mktemp("jobs")
    board = ServedBoard(data)
    furnish(board)
    for look in LOOKS:
        made = board.accounts.add(f"PIN {look.number}", "guard")
        board.accounts.pins.set(made.id, made.role, pin_of(look))
    store = open_database(people_url(data), schema.people)
    yield Place(board, store)
    board.close()
    store.dispose()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A small campus whose hub carries out what an administrator orders, with a receiver and a journal."""
    data = tmp_path_factory.mktemp("office")
    with ExitStack() as stack:
        provider = HttpProvider()
        stack.callback(provider.close)
        receivers = data / "receivers.toml"
        receivers.write_text(_RECEIVERS % provider.url, encoding="utf-8")
        receivers.chmod(0o600)
        store = open_database(people_url(data), schema.people)
        stack.callback(store.dispose)
        rows = open_database(hub_url(data), schema.hub)
        stack.callback(rows.dispose)
        hub = SmallHub(rows, store, data / "campus.toml", SystemClock().now(), _OFFICE)
        live(data, hub)
        hub.say()
        board = ServedBoard(data, "--receivers", str(receivers))
        stack.callback(board.close)
        stack.enter_context(hub.at_work())
        yield Place(board, store)


class Sittings:
    """Who sits before the screen now: the same person until another role or language is asked for."""

    def __init__(self, browser: Browser, places: dict[str, Place]) -> None:
        self._browser, self._places = browser, places
        self._now: tuple[str, str] | None = None
        self._look: Look | None = None
        self._person: Person

    def person(self, role: str, look: Look) -> Person:
        """Somebody of the role, signed in, with work in the room of this language and size."""
        if self._now != (role, look.language):
            self.end()
            place = self._places[role]
            self._person = Person(self._browser, place.board, place.store, role, look.language)
            self._now = role, look.language
        if self._look != look:
            self._clear()
            prepare(self._places["guard"].board, look)
            self._look = look
        self._person.turn_to(look)
        return self._person

    def end(self) -> None:
        """Nobody sits there any more, and nothing is left to do."""
        self._clear()
        if self._now is not None:
            self._person.context.close()
        self._now = None

    def _clear(self) -> None:
        if self._look is not None:
            clear(self._places["guard"].board, self._look)
        self._look = None


@pytest.fixture(scope="module")
def sittings(browser: Browser, campus: Place, office: Place) -> Iterator[Sittings]:
    """Where each role works."""
    made = Sittings(browser, {**dict.fromkeys(ROLES, campus), "admin": office})
    yield made
    made.end()


@pytest.mark.parametrize(
    ("look", "job"),
    CASES,
    ids=[f"{job.do.__name__}-{look.language}-{look.width}" for look, job in CASES],
)
def test_person_does_the_job(sittings: Sittings, look: Look, job: Job) -> None:
    person = sittings.person(job.role, look)
    expected = job.do(person)
    page = person.page
    assert page.locator("html").get_attribute("lang") == look.language
    assert page.viewport_size == {"width": look.width, "height": look.height}
    assert misfits(page) == []
    assert looked_at(person, look, job) == []
    assert person.said == []
    assert [url for url in person.asked if not url.startswith((person.board.address, "data:", "blob:"))] == []
    assert sorted(person.kept()) == sorted(expected)


def looked_at(person: Person, look: Look, job: Job) -> list[str]:
    """What axe finds where the job ends, in the combinations in which it is asked."""
    return violations(person.page) if look.number in job.axe else []


def prepare(board: ServedBoard, look: Look) -> None:
    """What there is to do in the room of a combination."""
    room, label = look.room, look.room.upper()
    board.write("treating", room, *[(task, "due") for task in TASKS])
    board.write("alert", f"full-{look.number}", "over-capacity", 1, label, 1, space=room, value=18, limit=15)
    board.write("alert", f"heat-{look.number}", "elevated-screening", 2, label, 3, space=room)
    board.write("alert", f"air-{look.number}", "co2-high", 2, label, 5, space=room)
    board.write("handover", f"day-{look.number}")


def clear(board: ServedBoard, look: Look) -> None:
    """Nothing of it is left on the board for the next."""
    for kind in ("full", "heat", "air"):
        board.write("close", f"{kind}-{look.number}")
    board.write("treating", look.room)
