"""The walk through a new door as an administrator has it: what was seen, and starting over."""

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Page, expect

from hub.store import schema
from hub.store.campus_rows import HeardChannel, HeardRow
from hub.store.database import open_database, people_url
from hub.store.decisions import Decisions
from tests.dashboards.browser import ServedBoard, chromium
from tests.dashboards.in_browser.looking import signed_in

pytestmark = pytest.mark.browser
WALK = "/admin/doors/door-a-204/walk?room=a-204"


@pytest.fixture
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path_factory.mktemp("walk"))
    served.write("calm")
    yield served
    served.close()


@pytest.fixture
def page(board: ServedBoard) -> Iterator[Page]:
    with chromium() as browser:
        page = signed_in(browser, board, "admin").new_page()
        page.goto(f"{board.address}/language/kk?next={WALK}")
        yield page


def test_wrong_passage_is_said_and_the_walk_starts_over(page: Page, board: ServedBoard) -> None:
    hear(board, "out")
    expect(page.locator("#seen")).to_contain_text("Шығу көрінді · кіру 0, шығу 1")
    over = page.get_by_role("button", name="Шықтым: басынан өтіп көру")
    over.focus()
    pressed = over.element_handle()
    for _ in range(3):
        page.wait_for_event("response", lambda answer: "/walk" in answer.url)
    # Asked for again three times, and nothing new: the button under the finger is the same one.
    assert pressed is not None
    assert pressed.evaluate("(button) => button.isConnected && document.activeElement === button")
    with page.expect_response(lambda answer: answer.url.endswith("/listen")):
        page.keyboard.press("Enter")
    people = open_database(people_url(board.data), schema.people)
    assert [(one.kind, one.subject) for one in Decisions(people).since(0)] == [("listen", "door-a-204")]
    people.dispose()
    hear(board)
    expect(page.locator("#wrong-way")).to_have_count(0)
    hear(board, "in", "in")
    expect(page.locator("#same-way")).to_contain_text("тағы КІРУ көрді")
    hear(board, "in", "in", "out")
    expect(page.locator(".walk .done")).to_have_count(2)


def hear(board: ServedBoard, *passages: str) -> None:
    """The sensor of the door says these passages, since the walk began."""
    now = board.clock.now()
    one = HeardChannel(
        node="n",
        channel="c",
        since=now,
        at=now if passages else None,
        door="door-a-204",
        direction=passages[-1] if passages else "",
        first=passages[0] if passages else "",
        ins=passages.count("in"),
        outs=passages.count("out"),
    )
    board.write("write", [("heard", "heard", msgspec.json.encode(HeardRow(channels=(one,))))])
