"""Somebody of a role before a screen in a language and a size, and what the stores hold of what they did."""

import threading
from itertools import product
from typing import NamedTuple
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, update

from hub.layout import Layout, read_layout
from hub.store import schema
from hub.store.audit import AuditLog
from hub.store.decisions import Decisions
from hub.store.errands import Errands
from tests.dashboards.browser import WAIT_MS, ServedBoard, listened
from tests.dashboards.in_browser.looking import LANGUAGES, SIZES

#: Each combination of language and size has a room of its own, so that none finds what another left.
ROOMS = ("a-202", "a-205", "a-206", "a-302", "a-303", "a-305", "b-105", "b-206", "b-305")
#: More rows than these tests leave in a store.
_ALL = 5000


class Look(NamedTuple):
    """How somebody looks at the screens, and which of the nine combinations that is."""

    number: int
    language: str
    width: int
    height: int

    @property
    def room(self) -> str:
        """The room that this combination has for itself."""
        return ROOMS[self.number]


LOOKS = tuple(
    Look(number, *how) for number, how in enumerate((la, *size) for la, size in product(LANGUAGES, SIZES))
)


class Kept(NamedTuple):
    """Something a store holds of what somebody did."""

    #: `decision`, `audit` or `errand`.
    store: str
    who: str
    what: str
    about: str


class Person:
    """Somebody of a role who reads one language: signed in with a code, listened to, at any size."""

    def __init__(self, browser: Browser, board: ServedBoard, store: Engine, role: str, language: str) -> None:
        self.board, self._store = board, store
        self.look = LOOKS[0]
        self.name = f"{role}-{language}"
        self.context = browser.new_context(locale="ru-RU")
        self.page: Page = self.context.new_page()
        self.said, self.asked = listened(self.page)
        self._decisions, self._errands = Decisions(store), Errands(store)
        self._audit = AuditLog(store, board.clock)
        code = board.accounts.issue_one_time_code(self.name, role)
        self.page.goto(
            f"{board.address}/language/{language}?next={quote(f'/sign-in?next=/account&code={code}')}"
        )
        self.send("button[type=submit]")
        self._seen = self._held()

    def turn_to(self, look: Look) -> None:
        """Look that way from now on; what was said and kept until now is not of what comes."""
        self.look = look
        self.page.set_viewport_size({"width": look.width, "height": look.height})
        self._seen = self._held()
        self.said.clear()
        self.asked.clear()

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self.board.address + path)

    def send(self, css: str) -> None:
        """Press a button that brings another page."""
        with self.page.expect_navigation():
            self.page.click(css)

    def tell(self, css: str, ending: str) -> None:
        """Press a button whose word goes to the server while the page stays."""
        with self.page.expect_response(f"**/{ending}"):
            self.page.click(css)

    def sees(self, css: str) -> None:
        """It is said on the screen, without a need to scroll."""
        expect(self.page.locator(css)).to_be_in_viewport()

    def kept(self) -> list[Kept]:
        """What the stores hold beside what they held when this person last turned to something."""
        held = self._held()
        return [one for store, rows in held.items() for one in rows[len(self._seen[store]) :]]

    def wait_for(self, one: Kept) -> None:
        """Until a store holds it: what a process tells when it is over."""
        pause, deadline = threading.Event(), self.board.clock.monotonic() + WAIT_MS / 1000
        while one not in self._held()[one.store]:
            assert self.board.clock.monotonic() < deadline, f"{one} was not kept"
            pause.wait(0.05)

    def decided(self, kind: str, action: str, about: str) -> list[Kept]:
        """A decision of this person for the hub, and its line in the audit log."""
        return [Kept("decision", self.name, kind, about), self.noted(action, about)]

    def noted(self, action: str, about: str) -> Kept:
        """A line of this person in the audit log."""
        return Kept("audit", self.name, action, about)

    def newest(self, kind: str) -> str:
        """What this person's last decision of a kind is about."""
        return [one.subject for one in self._decisions.since(0, _ALL) if one.kind == kind][-1]

    def campus(self) -> Layout:
        """The campus file as the hub keeps it."""
        return read_layout(self.board.data / "campus.toml")

    def end_sitting(self) -> None:
        """Twelve hours are over; the board may still be read."""
        with self._store.begin() as connection:
            connection.execute(update(schema.login).values(expires_ms=schema.login.c.created_ms))

    def sign_on(self) -> list[Kept]:
        """Say in the board's dialog who is here; what is done from now on has that name."""
        self.name = f"PIN {self.look.number}"
        dialog = self.page.locator("dialog.pin")
        dialog.locator("select").select_option(self.name)
        dialog.locator("input").fill(pin_of(self.look))
        with self.page.expect_response("**/pin"):
            dialog.locator("button[type=submit], button:not([type])").first.click()
        expect(dialog).to_have_count(0)
        expect(self.page.locator(".who")).to_have_text(self.name)
        return [self.noted("sign_in", self.name)]

    def _held(self) -> dict[str, list[Kept]]:
        """What each store holds, oldest first."""
        decisions = self._decisions.since(0, _ALL)
        entries = reversed(self._audit.page(None, _ALL))
        said = self._errands.since(0)
        return {
            "decision": [Kept("decision", one.who, one.kind, one.subject) for one in decisions],
            "audit": [Kept("audit", one.who, one.action, one.subject) for one in entries],
            "errand": [Kept("errand", one.who, one.verb, f"{one.space} {one.task}") for one in said],
        }


def pin_of(look: Look) -> str:
    """The PIN of the guard who signs on there."""
    return str(4071 + look.number)
