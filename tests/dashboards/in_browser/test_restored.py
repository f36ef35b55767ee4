"""A store is put back while the board and the tasks are open: both say so by themselves, and stop."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from hub.store.board import PEOPLE_STORE, RestoredRow
from tests.dashboards.browser import ServedBoard, Watcher

pytestmark = pytest.mark.browser


@pytest.fixture
def board(tmp_path: Path) -> Iterator[ServedBoard]:
    served = ServedBoard(tmp_path)
    served.write("calm")
    yield served
    served.close()


def test_open_board_and_tasks_say_it_and_stop_by_themselves(browser: Browser, board: ServedBoard) -> None:
    now = board.clock.now()
    watcher = Watcher(browser, board)
    for path in ("/board", "/tasks"):
        watcher.page.goto(board.address + path)
        notice = watcher.page.locator("#restored")
        expect(notice).to_be_hidden()
        board.campus.restored = (RestoredRow(store=PEOPLE_STORE, since=now - timedelta(hours=1), at=now),)
        expect(notice).to_contain_text("қайта жасаңыз")
        board.campus.restored = ()
        expect(notice).to_be_hidden()
