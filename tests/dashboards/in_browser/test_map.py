"""The floor map as people have it: drawn by hand and by keys, live on its page and on the guard's board."""

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from hub.campus_office import layout_row
from hub.store.database import open_database, people_url
from hub.store.plans import DoorMark, Drawing, FloorPicture, Plans, RoomShape
from hub.store.schema import people as people_tables
from tests.dashboards.browser import ServedBoard, Watcher, listened
from tests.dashboards.in_browser.axe import violations
from tests.dashboards.plan_files import floor_png

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    """A calm campus; each test draws and troubles a floor of its own."""
    served = ServedBoard(tmp_path_factory.mktemp("map"))
    served.write("calm")
    row = layout_row(served.campus.layout, None, 0, None)
    served.write("write", [("layout", "layout", msgspec.json.encode(row))])
    yield served
    served.close()


@pytest.fixture
def admin(browser: Browser, board: ServedBoard) -> Iterator[tuple[Page, list[str]]]:
    """An administrator in Kazakh, and what the page's console says."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ru-RU")
    page = context.new_page()
    said, _ = listened(page)
    page.goto(f"{board.address}/sign-in?code={board.accounts.issue_one_time_code('admin-map', 'admin')}")
    page.click("button[type=submit]")
    page.wait_for_load_state()
    yield page, said
    context.close()


@pytest.fixture
def plans(board: ServedBoard) -> Iterator[Plans]:
    people = open_database(people_url(board.data), people_tables)
    yield Plans(people, board.clock)
    people.dispose()


def drag(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """A rectangle on the sheet, in shares of it."""
    box = page.locator("#canvas svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * left, box["y"] + box["height"] * top)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * right, box["y"] + box["height"] * bottom, steps=3)
    page.mouse.up()


def test_room_drawn_upon_a_picture_is_on_the_map_and_follows_its_state(
    board: ServedBoard, admin: tuple[Page, list[str]]
) -> None:
    page, said = admin
    page.goto(f"{board.address}/admin/plans/a/2")
    page.set_input_files("#file", {"name": "plan.png", "mimeType": "image/png", "buffer": floor_png()})
    page.get_by_role("button", name="Суретті жүктеу").click()
    expect(page.locator("#canvas image")).to_have_count(1)
    page.select_option("#space", "a-204")
    drag(page, 0.05, 0.05, 0.35, 0.45)
    page.select_option("#space", "a-205")
    page.click("[data-tool=polygon]")
    for x, y in ((0.5, 0.1), (0.9, 0.1), (0.9, 0.5)):
        drag(page, x, y, x, y)
    page.keyboard.press("Enter")
    page.click("[data-tool=door]")
    page.select_option("#door", "door-a-204")
    drag(page, 0.2, 0.45, 0.2, 0.45)
    expect(page.locator("#saved")).to_have_text("Сақталды")
    assert violations(page) == []
    page.goto(f"{board.address}/map")
    page.click('[data-floor="a/2"]')
    room = page.locator('svg.floor [data-space="a-204"]')
    expect(room).to_have_class("rm")
    expect(page.locator('svg.floor [data-space="a-205"]')).to_have_count(1)
    expect(page.locator(".dr.ok")).to_have_count(1)
    board.write("full", "a-204", 18, 15)
    expect(room).to_have_class("rm p1")
    expect(room).to_contain_text("18/15")
    expect(room).to_contain_text("Асып кетті")
    expect(page.locator("#list li").first).to_contain_text("A-204")
    board.write("unknown", "a-204", "silent-node", 7)
    expect(room).to_have_class("rm unknown")
    expect(room).to_contain_text("–/15")
    board.write("node", "floor-a2-2", "silent", 7)
    expect(page.locator(".dr.off")).to_have_count(1)
    assert violations(page) == []
    room.click()
    page.wait_for_url("**/space/a-204")
    assert said == []


def test_plan_is_drawn_moved_and_undone_by_keys_alone(
    board: ServedBoard, plans: Plans, admin: tuple[Page, list[str]]
) -> None:
    page, said = admin
    page.goto(f"{board.address}/admin/plans/a/3")
    page.focus("#space")
    page.keyboard.type("A-302")
    for side, value in (("left", "10"), ("top", "20"), ("width", "30"), ("height", "40")):
        page.focus(f"#{side}")
        page.keyboard.type(value)
    page.keyboard.press("Enter")
    shape = page.get_by_role("button", name="A-302")
    expect(shape).to_have_count(1)
    page.focus("[data-tool=select]")
    page.keyboard.press("Enter")
    shape.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator("#left")).to_have_value("11.0")
    expect(page.locator("#height")).to_have_value("40.5")
    page.keyboard.press("Control+z")
    expect(page.locator("#height")).to_have_value("40.0")
    page.keyboard.press("Delete")
    expect(shape).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(shape).to_have_count(1)
    expect(page.locator("#saved")).to_have_text("Сақталды")
    (room,) = plans.find("a", 3).drawing.rooms
    assert room == RoomShape(space="a-302", points=((0.11, 0.2), (0.41, 0.2), (0.41, 0.6), (0.11, 0.6)))
    assert said == []


def test_second_editor_is_asked_which_drawing_is_kept(
    board: ServedBoard, plans: Plans, admin: tuple[Page, list[str]]
) -> None:
    page, _ = admin
    page.goto(f"{board.address}/admin/plans/b/3")
    theirs = RoomShape(space="b-305", points=((0.0, 0.0), (0.2, 0.0), (0.2, 0.2)))
    plans.draw("b", 3, Drawing(rooms=(theirs,)), 0, "Айгүл")
    drag(page, 0.5, 0.5, 0.8, 0.8)
    expect(page.locator("#clash")).to_contain_text("Айгүл")
    page.click("[data-keep=mine]")
    expect(page.locator("#saved")).to_have_text("Сақталды")
    assert [one.space for one in plans.find("b", 3).drawing.rooms] == ["b-301"]


def test_map_goes_to_the_floor_of_a_new_alarm_unless_one_is_pinned(
    browser: Browser, board: ServedBoard
) -> None:
    watcher = Watcher(browser, board)
    page = watcher.page
    page.goto(f"{board.address}/map")
    expect(page.locator("svg.floor a").first).to_be_visible()
    board.write("full", "b-203", 18, 15)
    board.write("alert", "over-b-203", "over-capacity", 1, "B-203", 1, space="b-203", value=18, limit=15)
    expect(page.locator('[data-floor="b/2"]')).to_have_attribute("aria-current", "true")
    expect(page.locator('[data-floor="b/2"]')).to_contain_text("Асып кетті")
    page.click('[data-floor="a/1"]')
    page.wait_for_url("**/map/a/1")
    board.write("alert", "over-b-204", "over-capacity", 1, "B-204", 0, space="b-204", value=18, limit=15)
    expect(page.locator('[data-floor="a/1"]')).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Дабылға ілесу").click()
    expect(page.locator('[data-floor="b/2"]')).to_have_attribute("aria-current", "true")
    for alert in ("over-b-203", "over-b-204"):
        board.write("close", alert)
    board.write("calm")
    assert watcher.said == []


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1024, 768), (390, 844), (1920, 1080)])
def test_map_fits_the_board_and_has_no_colour_while_all_is_normal(
    browser: Browser, board: ServedBoard, plans: Plans, width: int, height: int
) -> None:
    board.write("calm")
    rooms = tuple(
        RoomShape(space=f"b-10{place + 1}", points=((x, 0.1), (x + 0.15, 0.1), (x + 0.15, 0.5), (x, 0.5)))
        for place, x in enumerate((0.05, 0.25, 0.45, 0.65))
    )
    doors = (DoorMark(door="door-b-101", at=(0.1, 0.5)),)
    coloured = FloorPicture("image/png", 2.0, floor_png())
    seen = plans.hang("b", 1, coloured, "Дана").version
    plans.draw("b", 1, Drawing(rooms=rooms, doors=doors), seen, "Дана")
    watcher = Watcher(browser, board)
    watcher.open("kk", width, height)
    expect(watcher.page.locator("#show-map")).to_be_visible()
    watcher.page.evaluate("localStorage.setItem('kuzet-map', '0')")
    watcher.page.reload()
    watcher.page.wait_for_selector("#show-map:not([hidden])")
    watcher.page.keyboard.press("KeyM")
    watcher.page.click('[data-floor="b/1"]')
    expect(watcher.page.locator("svg.floor image")).to_have_count(1)
    watcher.page.wait_for_load_state("networkidle")
    assert watcher.coloured_pixels() == 0
    assert watcher.misfits() == []
    assert violations(watcher.page) == []
    watcher.page.keyboard.press("KeyM")
    expect(watcher.page.locator("svg.floor")).not_to_be_visible()
    expect(watcher.page.locator(".tile")).to_have_count(60)
    assert watcher.said == []


def test_board_asks_for_the_map_only_when_it_is_wanted(browser: Browser, board: ServedBoard) -> None:
    watcher = Watcher(browser, board)
    watcher.page.wait_for_selector("#show-map:not([hidden])")
    assert [url for url in watcher.asked if "map.css" in url or "/map/" in url or "view.js" in url] == []
    watcher.page.keyboard.press("Slash")
    watcher.page.keyboard.press("KeyM")
    expect(watcher.page.locator("#plan")).not_to_be_visible()
