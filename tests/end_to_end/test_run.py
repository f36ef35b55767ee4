"""`kuzet run --simulate` as a new user meets it: one command, one link, a board that moves."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.brokers import find_mosquitto, free_port
from tests.dashboards.browser import chromium
from tests.end_to_end.test_kills import wait_until

ROOT = Path(__file__).parents[2]
#: Deadlines only end a test that has failed: a busy machine takes its time.
READY_S = 60.0
STOP_S = 60.0
#: The crowd comes within a minute, and an alert waits for its patience.
CROWD_MS = 120_000


class Running:
    """One `kuzet run`, started as a user would."""

    def __init__(self, data: Path, *extra: str) -> None:
        self.data = data
        self.port = free_port()
        self._errors = (data.parent / "run.log").open("ab")
        command = [
            sys.executable,
            "-m",
            "kuzet",
            "run",
            "--json",
            "--data",
            str(data),
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(
            [*command, *extra], cwd=ROOT, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True
        )

    def where(self) -> dict[str, Any]:
        """What it printed when it was ready."""
        assert self.process.stdout is not None
        timer = threading.Timer(READY_S, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        assert line, self.said()
        found: dict[str, Any] = json.loads(line)
        return found

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ctrl-C; its children must end by themselves: whoever does not in its time is ended by force."""
        self.process.send_signal(number)
        return self.process.wait(STOP_S)

    def said(self) -> str:
        """What it and its children said until now."""
        return (self.data.parent / "run.log").read_text(encoding="utf-8")

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    find_mosquitto()
    run = Running(tmp_path / "data", "--simulate", "--seed", "1")
    yield run
    run.close()


@pytest.mark.broker
@pytest.mark.browser
@pytest.mark.timeout(240)
def test_guard_sees_the_crowd_acknowledges_by_key_and_finds_it_acknowledged(running: Running) -> None:
    where = running.where()
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.goto(where["sign_in"])
        page.fill("input[name=shown_name]", "Әсет")
        page.click("button[type=submit]")
        page.goto(where["address"])
        expect(page.locator(".tile")).to_have_count(60)
        page.wait_for_function(
            "() => [...document.querySelectorAll('.tile')].some(t => /[1-9]\\d*\\/\\d/.test(t.textContent))"
        )
        card = page.locator(".card.p1", has_text="Сыйымдылық")
        expect(card.first).to_be_visible(timeout=CROWD_MS)
        expect(card.first).to_contain_text("§71")
        expect(card.first).to_contain_text(re.compile(r"1[6-9] / 15"))
        # This one, by its own key: meanwhile others may have come, and an acknowledged one goes below them.
        alert = card.first.get_attribute("data-alert")
        taken = page.locator(f'[data-alert="{alert}"]')
        page.keyboard.press("Digit" + taken.locator("kbd").inner_text())
        expect(taken).to_contain_text("Әсет")
        page.reload()
        expect(taken).to_contain_text("Әсет")
        expect(taken).to_have_class(re.compile(r"\backed\b"))
        browser.close()
    assert running.stop() == 0


@pytest.mark.broker
def test_ctrl_c_stops_everything_and_leaves_a_sound_store(running: Running) -> None:
    running.where()
    assert running.stop() == 0
    # It would be after five seconds.
    assert "child=web ended=by-force" not in running.said()
    for name in ("hub.db", "people.db"):
        store = sqlite3.connect(running.data / name)
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        store.close()


@pytest.mark.broker
def test_killed_run_leaves_nobody_behind_and_starts_again(running: Running, tmp_path: Path) -> None:
    where = running.where()
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    wait_until(lambda: is_free(where["mqtt_port"]) and is_free(running.port), "the children to end")
    again = Running(running.data, "--broker-port", str(where["mqtt_port"]))
    try:
        assert again.where()["mqtt_port"] == where["mqtt_port"]
        assert again.stop(signal.SIGTERM) == 0
    finally:
        again.close()


def test_run_without_mosquitto_says_so_and_counts_people(tmp_path: Path) -> None:
    run = Running(tmp_path / "data", "--simulate", "--broker", "amqtt")
    try:
        assert run.where()["broker"] == "amqtt"
        wait_until(lambda: journal_rows(run.data) > 20, "people to be counted")
        assert run.stop() == 0
    finally:
        run.close()


def journal_rows(data: Path) -> int:
    store = sqlite3.connect(f"file:{data / 'hub.db'}?mode=ro", uri=True)
    rows: int = store.execute("SELECT count(*) FROM journal").fetchone()[0]
    store.close()
    return rows


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def refused(*arguments: str) -> str:
    """What the command says when it refuses to start."""
    done = subprocess.run(
        [sys.executable, "-m", "kuzet", "run", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=READY_S,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_taken_port_is_said_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        said = refused("--data", str(tmp_path / "data"), "--port", str(holder.getsockname()[1]))
    assert "choose another with --port" in said


@pytest.mark.broker
def test_locked_data_directory_is_said_with_who_holds_it(running: Running) -> None:
    running.where()
    said = refused("--data", str(running.data), "--port", str(free_port()))
    assert f"in use by another run (process {running.process.pid})" in said


@pytest.mark.parametrize("folder", ["/proc/kuzet", "/dev/null", "/dev/null/data"])
def test_folder_that_cannot_be_written_is_said(folder: str) -> None:
    assert "--data" in refused("--data", folder, "--port", str(free_port()))


def test_campus_file_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    campus = tmp_path / "campus.toml"
    text = (ROOT / "deploy" / "campus.toml").read_text(encoding="utf-8")
    campus.write_text(
        text.replace('kind = "gym"', 'kind = "gim"').replace('"hall-b"', '"hal-b"', 1), encoding="utf-8"
    )
    said = refused("--data", str(tmp_path / "data"), "--campus", str(campus))
    assert "did you mean `gym`?" in said
    assert "there is no `hall-b`" in said
