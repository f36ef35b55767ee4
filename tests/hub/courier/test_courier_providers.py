"""The courier with real workers against real servers on bad days; time is virtual, what hangs is killed."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.courier.worker_process import Worker, WorkerProcess
from hub.receivers.message import Outcome, Sent
from hub.receivers.worker import Order
from tests.fakes.providers import HttpProvider, MailProvider, answer, drip, hang, self_signed, take_and_drop
from tests.hub.courier.desk import Desk

#: Only ends a test that has failed, seconds.
WAIT_S = 30.0
FILE = """
[courier]
first_wait = "1s"

[[receivers]]
id = "bad"
kind = "webhook"
url = "{bad}"
schemes = ["http", "https"]
allow_private = true
deadline = "10s"

[[receivers]]
id = "good"
kind = "webhook"
url = "{good}"
schemes = ["http"]
allow_private = true
"""


class RealDesk(Desk):
    """The desk with the workers that are run for real."""

    def make_worker(self, order: Order) -> Worker:
        self.processes: list[WorkerProcess] = getattr(self, "processes", [])
        self.processes.append(WorkerProcess(order))
        return self.processes[-1]

    def step_until(self, holds: Callable[[], bool]) -> None:
        """Step in real time, without virtual time passing, until it holds."""
        ends = time.monotonic() + WAIT_S
        while not holds():
            assert time.monotonic() < ends, f"waited {WAIT_S:g} s"
            self.step(1)
            time.sleep(0.01)


@pytest.fixture
def bad() -> Iterator[HttpProvider]:
    one = HttpProvider()
    yield one
    one.close()


@pytest.fixture
def good() -> Iterator[HttpProvider]:
    one = HttpProvider()
    yield one
    one.close()


@pytest.fixture
def desk(tmp_path: Path, bad: HttpProvider, good: HttpProvider) -> Iterator[RealDesk]:
    one = RealDesk(tmp_path, FILE.format(bad=bad.url, good=good.url))
    yield one
    one.close()


def outcome_of(desk: RealDesk, receiver: str) -> str | None:
    return next((one.fault for one in desk.outcomes.health() if one.receiver == receiver), None)


@pytest.mark.parametrize("behaviour", [hang, drip], ids=["hangs", "drips"])
def test_provider_that_never_ends_is_killed_and_blocks_nobody(
    desk: RealDesk, bad: HttpProvider, good: HttpProvider, behaviour: Callable[..., None]
) -> None:
    bad.behaviour = behaviour
    desk.tell("a1", receivers=("bad",))
    desk.tell("a2", receivers=("good",))
    desk.step_until(lambda: len(bad.asked) == 1 and len(good.taken) == 1)
    worker = desk.processes[0].pid
    assert worker is not None
    # Its deadline comes.
    desk.clock.pass_by(11.0)
    desk.step_until(lambda: outcome_of(desk, "bad") is not None)
    assert outcome_of(desk, "bad") == "no answer in time; its worker was killed"
    assert not Path(f"/proc/{worker}").exists()
    bad.behaviour = answer(200)
    desk.clock.pass_by(2.0)
    desk.step_until(lambda: len(bad.taken) == 1)
    assert bad.taken[0].json["id"] == bad.asked[0].json["id"]


def test_provider_that_takes_and_drops_is_told_again_with_the_same_id(
    desk: RealDesk, bad: HttpProvider
) -> None:
    bad.behaviour = take_and_drop
    desk.tell("a1", receivers=("bad",))
    desk.step_until(lambda: outcome_of(desk, "bad") is not None)
    bad.behaviour = answer(200)
    desk.clock.pass_by(2.0)
    desk.step_until(lambda: desk.of()[0].state == "delivered")
    assert len(bad.taken) == 2
    assert len({one.json["id"] for one in bad.taken}) == 1


def test_too_many_requests_are_waited_out(desk: RealDesk, bad: HttpProvider) -> None:
    bad.behaviour = answer(429, Retry_After="120")
    desk.tell("a1", receivers=("bad",))
    desk.step_until(lambda: outcome_of(desk, "bad") == "answered 429")
    bad.behaviour = answer(200)
    desk.clock.pass_by(119.0)
    desk.step(3)
    assert len(bad.asked) == 1
    desk.clock.pass_by(2.0)
    desk.step_until(lambda: len(bad.taken) == 1)


def test_failing_provider_is_fallen_over_after_a_minute(
    desk: RealDesk, bad: HttpProvider, good: HttpProvider
) -> None:
    bad.behaviour = answer(503)
    desk.tell("a1", receivers=("bad", "good"))
    desk.step_until(lambda: outcome_of(desk, "bad") == "answered 503")
    desk.clock.pass_by(50.0)
    desk.step(3)
    assert good.asked == []
    desk.clock.pass_by(11.0)
    desk.step_until(lambda: desk.of()[0].state == "delivered")
    assert len(good.taken) == 1


def test_certificate_nobody_trusts_falls_over(tmp_path: Path, good: HttpProvider) -> None:
    shady = HttpProvider(tls=self_signed(tmp_path))
    desk = RealDesk(tmp_path, FILE.format(bad=shady.url, good=good.url))
    desk.tell("a1", receivers=("bad", "good"))
    desk.step_until(lambda: outcome_of(desk, "bad") == "its certificate or TLS is not sound")
    desk.clock.pass_by(61.0)
    desk.step_until(lambda: len(good.taken) == 1)
    desk.close()
    shady.close()
    assert shady.taken == []


def test_mail_is_sent_by_a_worker(tmp_path: Path) -> None:
    mail = MailProvider()
    toml = f'[[receivers]]\nid = "mail"\nkind = "apprise"\nurl = "{mail.url()}"\nallow_private = true\n'
    desk = RealDesk(tmp_path, toml)
    desk.tell("a1", receivers=("mail",))
    desk.step_until(lambda: desk.of() != [] and desk.of()[0].state == "delivered")
    desk.close()
    mail.close()
    assert len(mail.taken) == 1


def test_worker_killed_from_outside_is_replaced(desk: RealDesk, bad: HttpProvider) -> None:
    bad.behaviour = hang
    desk.tell("a1", receivers=("bad",))
    desk.step_until(lambda: len(bad.asked) == 1)
    process = desk.processes[0]
    assert process._process is not None
    process._process.kill()
    bad.behaviour = answer(200)
    desk.step_until(lambda: outcome_of(desk, "bad") == "its worker ended without a word")
    desk.clock.pass_by(2.0)
    desk.step_until(lambda: desk.of()[0].state == "delivered")


def test_worker_says_the_same_when_asked_again(good: HttpProvider, tmp_path: Path) -> None:
    desk = RealDesk(tmp_path, FILE.format(bad=good.url, good=good.url))
    desk.tell("a1", receivers=("good",))
    desk.step_until(lambda: len(good.taken) == 1 and desk.of()[0].state == "delivered")
    said = desk.processes[1].poll()
    desk.close()
    assert said == Sent(outcome=Outcome.ACCEPTED, status=200)
