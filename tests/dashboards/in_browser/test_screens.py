"""Every screen in every language and size: for everybody, nothing clipped, no other origin, no fault said."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from dashboards.settings import STATIC
from tests.dashboards.browser import ServedBoard, listened
from tests.dashboards.in_browser.axe import violations
from tests.dashboards.in_browser.looking import LANGUAGES, ROLES, SIZES, furnish, misfits, signed_in
from tests.dashboards.screens import SCREENS, Screen

pytestmark = pytest.mark.browser
#: Set to a folder to keep a picture of each screen there: docs/screens shows these.
PICTURES = os.environ.get("KUZET_SCREENSHOTS", "")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path_factory.mktemp("screens"))
    furnish(served)
    yield served
    served.close()


@pytest.fixture(scope="module")
def long_worded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    """The same in a language whose words are 40 % longer."""
    folder = tmp_path_factory.mktemp("words")
    stretch_catalogue(folder)
    served = ServedBoard(tmp_path_factory.mktemp("long"), "--translations", str(folder))
    furnish(served)
    yield served
    served.close()


@pytest.fixture(scope="module")
def people(browser: Browser, board: ServedBoard) -> Iterator[dict[str, BrowserContext]]:
    yield from each_signed_in(browser, board)


@pytest.fixture(scope="module")
def long_readers(browser: Browser, long_worded: ServedBoard) -> Iterator[dict[str, BrowserContext]]:
    yield from each_signed_in(browser, long_worded)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_screen_is_usable_by_everybody_in_every_language_and_size(
    board: ServedBoard, people: dict[str, BrowserContext], screen: Screen
) -> None:
    page = people[screen.role].new_page()
    said, asked = listened(page)
    wrong: dict[str, list[str]] = {}
    for language in LANGUAGES:
        page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
        page.goto(f"{board.address}/language/{language}?next={quote(screen.path)}")
        page.wait_for_selector(screen.drawn)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found = [*misfits(page), *violations(page)]
            if found:
                wrong[f"{language} {width}x{height}"] = found
            if (language, width) in screen.pictures:
                keep_picture(page, f"{screen.name}-{language}-{width}")
    address = page.url
    page.close()
    assert wrong == {}, address
    assert said == []
    assert [url for url in asked if not url.startswith((board.address, "data:", "blob:"))] == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_words_forty_per_cent_longer_still_fit(
    long_worded: ServedBoard, long_readers: dict[str, BrowserContext], screen: Screen
) -> None:
    wrong: dict[str, list[str]] = {}
    page = long_readers[screen.role].new_page()
    page.goto(f"{long_worded.address}/language/en?next={quote(screen.path)}")
    page.wait_for_selector(screen.drawn)
    for width, height in ((1366, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        found = misfits(page)
        if found:
            wrong[f"{screen.name} {width}"] = found
    page.close()
    assert wrong == {}


def each_signed_in(browser: Browser, board: ServedBoard) -> Iterator[dict[str, BrowserContext]]:
    """For fixtures: a browser for somebody of each role, and one in which nobody is signed in."""
    found = {role: signed_in(browser, board, role) for role in ROLES}
    found[""] = browser.new_context()
    yield found
    for context in found.values():
        context.close()


def keep_picture(page: Page, name: str) -> None:
    """A picture of the screen, where somebody asked for them."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        grey = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        # A hundred and twenty-eight colours are all that a grey screen needs, and a quarter of the bytes.
        grey.quantize(128).save(Path(PICTURES) / f"{name}.png", optimize=True)


def stretch_catalogue(folder: Path) -> None:
    """The English words, 40 % longer, as a folder of catalogues; what stands in braces stays as it is."""
    source = STATIC.parent / "translations/en/LC_MESSAGES/messages.po"
    catalogue = read_po(io.BytesIO(source.read_bytes()), locale="en")
    for message in catalogue:
        if isinstance(message.string, str) and not str(message.id).startswith(("tile.", "()")) and message.id:
            longer = max(1, round(len(message.string) * 0.4))
            message.string += " " + ("ŵide " * longer)[: longer - 1]
    target = folder / "en/LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
