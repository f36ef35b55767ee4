"""kill -9 of the courier and of its workers at random: the providers' own ledgers are the judge."""

import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest

from hub.courier.outcomes import open_outcomes
from hub.store.database import hub_url, opened
from hub.store.schema import hub as hub_tables
from hub.store.schema import notification
from protocol.clock import SystemClock
from tests.fakes.providers import HttpProvider, Request, answer
from tests.hub.courier.desk import make_notification

KILLS = int(os.environ.get("KUZET_KILLS", "24"))
SEED = int(os.environ.get("KUZET_SEED", "20261123"))
#: Notifications told between two kills.
TOLD = 12
ROOT = Path(__file__).parents[2]
WAIT_S = 60.0
FILE = """
[courier]
first_wait = "20ms"
longest_wait = "100ms"
digest_over = 1000

[[receivers]]
id = "one"
kind = "webhook"
url = "{one}"
schemes = ["http"]
allow_private = true
per_minute = 600

[[receivers]]
id = "two"
kind = "webhook"
url = "{two}"
schemes = ["http"]
allow_private = true
per_minute = 600
"""


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again until it holds; the deadline only ends a test that has failed."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {WAIT_S:g} s for {what}"
        time.sleep(0.01)


def wait_while_it_moves(holds: Callable[[], bool], moved: Callable[[], int], what: str) -> None:
    """Look again and again until it holds; a backlog may take its time as long as it shrinks."""
    seen, deadline = moved(), time.monotonic() + WAIT_S
    while not holds():
        if moved() != seen:
            seen, deadline = moved(), time.monotonic() + WAIT_S
        assert time.monotonic() < deadline, f"nothing moved for {WAIT_S:g} s while waiting for {what}"
        time.sleep(0.05)


class SlowProvider(HttpProvider):
    """Takes a message at once and answers a little later, so that kills fall in between."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(self._behave)
        self._chance = chance

    def _behave(self, provider: HttpProvider, peer: socket.socket, request: Request) -> None:
        self.closing.wait(self._chance.uniform(0.0, 0.06))
        answer(200)(provider, peer, request)

    def ids(self) -> Counter[str]:
        """How often each notification was taken."""
        return Counter(one for request in list(self.taken) for one in request.json["ids"])


def has_more_than(before: int, courier: "Courier", *providers: HttpProvider) -> bool:
    """Whether the providers have taken more than `before` together."""
    courier.look_after()
    return sum(len(provider.taken) for provider in providers) > before


class Courier:
    """One courier process after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.killed: Counter[str] = Counter()
        self.ended = 0

    def start(self) -> None:
        config = str(self._folder / "receivers.toml")
        command = [sys.executable, "-m", "kuzet", "courier", "run", "--config", config]
        with (self._folder / "courier.log").open("ab") as log:
            self._process = subprocess.Popen([*command, "--data", str(self._folder)], cwd=ROOT, stderr=log)

    def look_after(self) -> None:
        """Start it again when it has ended by itself, as its service does."""
        assert self._process is not None
        if self._process.poll() is not None:
            self.ended += 1
            self.start()

    def workers(self) -> list[int]:
        """The processes of its workers."""
        assert self._process is not None
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(one) for one in path.read_text().split()]

    def kill(self, chance: random.Random) -> None:
        """End the courier, or one of its workers."""
        assert self._process is not None
        workers = self.workers()
        target = chance.choice(["courier", *(["worker"] * bool(workers))])
        self.killed[target] += 1
        if target == "worker":
            os.kill(chance.choice(workers), 9)
            return
        self._process.kill()
        self._process.wait()
        self.start()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(WAIT_S)


@pytest.mark.kill
@pytest.mark.timeout(120 + 8 * KILLS)
def test_every_notification_arrives_at_most_one_duplicate_a_crash(tmp_path: Path) -> None:
    chance, clock = random.Random(SEED), SystemClock()
    one, two = SlowProvider(random.Random(SEED + 1)), SlowProvider(random.Random(SEED + 2))
    toml = tmp_path / "receivers.toml"
    toml.write_text(FILE.format(one=one.url, two=two.url), encoding="utf-8")
    told: dict[str, set[str]] = {"one": set(), "two": set()}
    courier = Courier(tmp_path)
    with opened(hub_url(tmp_path), hub_tables) as hub:
        courier.start()
        for _ in range(KILLS):
            before = len(one.taken) + len(two.taken)
            with hub.begin() as connection:
                for receiver in told:
                    for _ in range(TOLD // 2):
                        key = f"{receiver}-{len(told[receiver])}"
                        told[receiver].add(key)
                        now = clock.now()
                        body = make_notification(key, now, alert=key, receivers=(receiver,))
                        row = {"key": key, "alert": key, "at_ms": int(now.timestamp() * 1000)}
                        connection.execute(
                            notification.insert().values(**row, body=msgspec.json.encode(body))
                        )
            # It is at work, and then it is not.
            wait_until(partial(has_more_than, before, courier, one, two), "any message")
            time.sleep(chance.uniform(0.0, 0.15))
            courier.kill(chance)
        wait_while_it_moves(
            lambda: told["one"] <= set(one.ids()) and told["two"] <= set(two.ids()),
            lambda: len(one.taken) + len(two.taken),
            "all of them",
        )
        outcomes = open_outcomes(tmp_path)
        assert outcomes is not None
        wait_until(lambda: outcomes.waiting() == [], "the book to know it")
        courier.stop()
    one.close()
    two.close()
    assert set(one.ids()) == told["one"]
    assert set(two.ids()) == told["two"]
    duplicates = {name: sum(ids.values()) - len(ids) for name, ids in (("1", one.ids()), ("2", two.ids()))}
    crashes = sum(courier.killed.values())
    print(
        f"kills={dict(courier.killed)} told={sum(map(len, told.values()))} "
        f"duplicates={duplicates} ended={courier.ended} seed={SEED}"
    )
    assert crashes == KILLS
    # A worker's death concerns its own receiver, the courier's each of the two: one message each at most.
    assert max(duplicates.values()) <= crashes
    assert max(one.ids().values()) <= 1 + crashes
