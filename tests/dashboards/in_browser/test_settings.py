"""The administrator's jobs as a person does them, in Kazakh: rooms, limits, duties, a channel's test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from hub.layout import read_layout
from hub.store import schema
from hub.store.database import hub_url, open_database, people_url
from protocol.clock import SystemClock
from tests.builders import a_passage, at
from tests.dashboards.browser import ServedBoard
from tests.dashboards.in_browser.axe import violations
from tests.dashboards.in_browser.looking import signed_in
from tests.dashboards.small_hub import SmallHub
from tests.fakes.providers import HttpProvider
from tests.hub.site import Site

pytestmark = pytest.mark.browser
LIST = "Код\tҚабат\tТүрі\tАуданы, м²\nА-204\t2\tдәрісхана\t50\nA-205\t2\tзертхана\t70\n"


@pytest.fixture(scope="module")
def provider() -> Iterator[HttpProvider]:
    one = HttpProvider()
    yield one
    one.close()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, provider: HttpProvider) -> Iterator[SmallHub]:
    """A served small campus, its hub at work, with a channel and a short journal."""
    data = tmp_path_factory.mktemp("settings")
    receivers = data / "receivers.toml"
    channel = 'id = "guards"\nkind = "webhook"\nschemes = ["http"]\nallow_private = true\n'
    receivers.write_text(f'[[receivers]]\n{channel}url = "{provider.url}/x"\n', encoding="utf-8")
    receivers.chmod(0o600)
    rows, people = open_database(hub_url(data), schema.hub), open_database(people_url(data), schema.people)
    small = SmallHub(rows, people, data / "campus.toml", SystemClock().now())
    # Before the board has a pulse: of those who write at once each would know only its own rows.
    live(data, small)
    small.say()
    boards[small.path] = board = ServedBoard(data, "--receivers", str(receivers))
    with small.at_work():
        yield small
    board.close()
    people.dispose()
    rows.dispose()


boards: dict[Path, ServedBoard] = {}


@pytest.fixture(scope="module")
def page(browser: Browser, hub: SmallHub) -> Iterator[Page]:
    board = boards[hub.path]
    context = signed_in(browser, board, "admin")
    page = context.new_page()
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{board.address}/language/kk?next=/admin")
    yield page
    context.close()


def live(data: Path, small: SmallHub) -> None:
    """A few minutes of a hub: rows of its rooms, and a journal to try limits on."""
    running = Site(data)
    running.kill()
    running.start(small.layout)
    running.clock.pass_by(120)
    running.send("room-node", replace(a_passage(1, people=17), at=at(120)))
    running.tick()
    running.tick(25)
    running.tick(35)
    running.kill()


def test_rooms_are_pasted_looked_at_and_applied(page: Page, hub: SmallHub) -> None:
    page.get_by_role("link", name="Бөлмелерді кестеден алу").click()
    page.get_by_label("немесе кестеден көшіріп қойыңыз").fill(LIST)
    page.get_by_role("button", name="Не өзгеретінін көру").click()
    expect(page.locator(".lines .new")).to_have_count(1)
    expect(page.locator(".lines .changed")).to_contain_text("қазір: 48")
    assert violations(page) == []
    page.get_by_role("button", name="Қолдану").click()
    expect(page.get_by_role("status")).to_contain_text("Қосылды: 1, өзгерді: 1")
    assert [one.code for one in read_layout(hub.path).spaces] == ["A-H", "A-204", "A-205"]


def test_limit_is_tried_on_last_week_and_then_saved(page: Page, hub: SmallHub) -> None:
    page.get_by_role("link", name="Баптау").click()
    page.get_by_role("link", name="Шектер", exact=True).click()
    page.get_by_text("Сыйымдылық", exact=True).click()
    page.get_by_role("link", name="Қатаңдату capacity.classroom.group_cap").click()
    page.get_by_label("Жаңа мәні").fill("20")
    page.get_by_label("Кімнің шешімі").fill("№ 7")
    page.get_by_role("button", name="Сақтау").click()
    expect(page.locator("#value-wrong")).to_contain_text("§71")
    page.get_by_label("Жаңа мәні").fill("10")
    page.get_by_role("button", name="Өткен аптада сынау").click()
    expect(page.locator("#fresh .headline")).to_contain_text("дабыл келер еді", timeout=60_000)
    assert violations(page) == []
    page.get_by_role("button", name="Осыны сақтау").click()
    expect(page.locator("#tightened")).to_contain_text("10 адам")
    assert read_layout(hub.path).overrides[0].value == 10


def test_night_shift_is_added_after_a_look_at_the_week(page: Page, hub: SmallHub) -> None:
    page.get_by_role("link", name="Баптау").click()
    page.get_by_role("link", name="Кезекшілік пен ауысымдар").click()
    expect(page.locator(".gaps li").first).to_contain_text("кезекші жоқ")
    page.get_by_role("link", name="Ауысым қосу").click()
    page.get_by_label("Қысқа атауы").fill("night")
    page.get_by_label("Басталуы").fill("20:00")
    page.get_by_label("Аяқталуы").fill("8:00")
    page.get_by_role("button", name="Алдымен аптаны көру").click()
    expect(page.locator("#would")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Сақтау").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert [one.id for one in read_layout(hub.path).shifts] == ["day", "night"]


def test_channel_is_tested_without_a_reload(page: Page, provider: HttpProvider) -> None:
    page.get_by_role("link", name="Баптау").click()
    page.get_by_role("link", name="Хабарлау арналары").click()
    page.get_by_role("button", name="Сынау").click()
    expect(page.locator("#channel-guards .saved")).to_contain_text("Жіберілді", timeout=30_000)
    assert violations(page) == []
    assert len(provider.taken) == 1
