from datetime import timedelta
from pathlib import Path

import pytest

from edge.faults import FaultBook, Stamp
from edge.watches.certificate import EVERY_S, CertificateWatch
from hub.enrolment.authority import Authority
from protocol.certificates import Role, Subject, key_pem, new_key
from protocol.events import ClockState, Fault, Recovered
from tests.fakes.edge import FakeClock

DAY = timedelta(days=1)


class Bench:
    """A node whose certificate lies in a file."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.file = folder / "node.pem"
        self.watch = CertificateWatch(self.file, FaultBook({}))
        self._authority = Authority.begin("demo", self.clock.now())

    def renew(self, lives: timedelta) -> None:
        key, now = new_key(), self.clock.now().replace(microsecond=0)
        subject = Subject("demo", Role.NODE, "door-a-101")
        pem, _ = self._authority.give(key.public_key(), subject, now, lives)
        self.file.write_bytes(pem + key_pem(key))

    def look(self, clock: ClockState = ClockState.SYNCED) -> list[str]:
        """What is said: codes going, `good` coming back."""
        self.clock.advance(EVERY_S)
        said = self.watch.step(Stamp(self.clock.now(), self.clock.monotonic(), clock))
        return [_word(event) for event in said]


def _word(event: object) -> str:
    assert isinstance(event, Fault | Recovered)
    assert (event.channel, event.component) == ("node", "certificate")
    return event.code if isinstance(event, Fault) else "good"


def test_each_step_towards_the_end_is_said_once_and_a_renewal_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.renew(40 * DAY)
    said: list[str] = []
    for _ in range(41):
        said += bench.look() + bench.look()
        bench.clock.advance(DAY.total_seconds())
    assert said == ["ends-in-30-days", "ends-in-14-days", "ends-in-7-days", "expired"]
    bench.renew(180 * DAY)
    assert bench.look() + bench.look() == ["good"]


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\n"])
def test_what_cannot_be_read_is_said_and_stops_nothing(tmp_path: Path, content: bytes | None) -> None:
    bench = Bench(tmp_path)
    bench.renew(180 * DAY)
    assert bench.look() == []
    good = bench.file.read_bytes()
    bench.file.write_bytes(content or b"")
    assert bench.look() + bench.look() == ["unreadable"]
    bench.file.write_bytes(good)
    assert bench.look() == ["good"]


def test_a_clock_that_is_a_guess_ends_no_certificate(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.renew(DAY)
    bench.clock.advance(2 * DAY.total_seconds())
    assert bench.look(ClockState.ESTIMATED) == []
    assert bench.look() == ["expired"]
