"""Every message that a hub takes from a real broker is stored, refused or known already: to the message.

`KUZET_FUZZ` is how many messages are made by chance, beside the list.
"""

import os
import queue
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import msgspec
import pytest

from commandline.defaults import CAMPUS, REGIME
from commandline.workbench import Workbench
from protocol.broker import Publication
from protocol.clock import SystemClock
from protocol.codec import MAX_BYTES
from protocol.events import Action, Proof, Task, Verdict
from protocol.quantities import format_instant
from tests.brokers import find_mosquitto
from tests.builders import EPOCH, OTHER_EPOCH, a_fault, a_message, a_passage, a_screening, at

SPOILT = int(os.environ.get("KUZET_FUZZ", "300"))
SEED = int(os.environ.get("KUZET_SEED", "20261124"))
NODE = "floor-a1-1"
#: Channels of that node in the shipped campus, and two that are nobody's.
CHANNELS = ("door-a-103", "a-103-window", "a-103-air", "a-101-surfaces", "a-103-airing", "node", "nobodys")
WAIT_S = 30.0
#: So many messages are sent before a good one must be acknowledged.
BETWEEN = 250
GOOD = a_message(a_passage(1, channel="door-a-103"))
LEGAL = [GOOD, a_message(a_screening(2)), a_message(a_fault(3, detail="Кедергі"))]


def with_field(name: str, value: str) -> bytes:
    return GOOD.replace(b'"kind"', f'"{name}":{value},"kind"'.encode())


def listed() -> list[bytes]:
    """What programs have stumbled over, and every legal message cut short at every byte."""
    numbers = ["NaN", "-NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "-" + "9" * 5000]
    numbers += ["0x10", "1_000", "01", "+1", ".5", "1.", "1e", "null", "true", '"1"', "[]", "{}", "1e-999"]
    fields = ["took_s", "people", "confidence", "seq", "at", "channel", "direction", "epoch", "unheard_of"]
    deep = [opening * depth for opening in (b"[", b'{"a":', b'{"events":[') for depth in (1, 1000, 2500)]
    whole = [
        b"",
        b" ",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf" + GOOD,
        b"null",
        b"[]",
        b"{}",
        b"0",
        b'""',
        b"\\",
    ]
    whole += [
        b"[" * MAX_BYTES,
        b"x" * (MAX_BYTES + 1),
        GOOD.ljust(MAX_BYTES + 1),
        GOOD + GOOD,
        GOOD + b"\x00",
    ]
    whole += [GOOD.decode().encode(code) for code in ("utf-16", "utf-32", "utf-16-be")]
    names = ["\\ud800", "\\u0000", "../..", "a/b", "#", "+", "$SYS", "' OR 1=1 --", "{{7*7}}", "x" * 9000]
    texts = [GOOD.replace(b"door-a-103", name.encode()) for name in names]
    texts += [
        GOOD.replace(b"door-a-103", raw) for raw in (b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f", b"\xc0\xaf")
    ]
    instants = ["0000-00-00T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "now", ""]
    times = [GOOD.replace(b"2026-11-23T04:00:00.000Z", one.encode()) for one in instants]
    epochs = [GOOD.replace(EPOCH.encode(), one) for one in (b"", b"0" * 25, b"0" * 27, b"\xd2\x9a" * 13)]
    cut = [legal[:length] for legal in LEGAL for length in range(1, len(legal))]
    spoilt = [with_field(field, number) for field in fields for number in numbers]
    # Found by chance: more lives of a node than are remembered, each older than the one before, with a fault.
    lives = [a_message(a_fault(1, at=at(-life)), epoch=f"{life:026}") for life in range(9)]
    return [*LEGAL, *lives, *spoilt, *deep, *whole, *texts, *times, *epochs, *cut]


def by_chance(chance: random.Random) -> bytes:
    """A legal message with bytes turned over, left out, doubled or put in."""
    body = bytearray(chance.choice(LEGAL))
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(body))
        match chance.randrange(4):
            case 0:
                body[place] ^= 1 << chance.randrange(8)
            case 1:
                del body[place : place + chance.randint(1, 8)]
            case 2:
                body[place:place] = body[place : place + chance.randint(1, 40)]
            case _:
                body[place:place] = chance.randbytes(chance.randint(1, 4))
    return bytes(body)


def strange(chance: random.Random, now: datetime) -> bytes:
    """A legal event that no node would send: of any kind and life, at the ends of what its fields may be."""
    instants = ("0001-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")
    near = now + timedelta(seconds=chance.choice((-90_000, -3600, -61, -1, 0, 1, 59, 301, 90_000)))
    share = chance.choice((None, 0.0, 1.0, 5e-324))
    kinds: list[tuple[str, dict[str, object]]] = [
        ("passage", {"direction": chance.choice(("in", "out")), "people": chance.choice((1, 100))}),
        ("screening", {"verdict": chance.choice([one.value for one in Verdict]), "index_c": -100.0}),
        ("dispense", {"amount_ml": chance.choice((0.0, 1e4)), "presses": 10_000, "level": share}),
        ("air", {"co2_ppm": chance.choice((0.0, 400.0, 40_000.0)), "humidity": share}),
        ("contact", {"open": chance.random() < 0.5}),
        ("fault", {"component": chance.choice(("beam", "", "Ә" * 50)), "code": "x"}),
        ("recovered", {"component": "beam", "code": chance.choice(("stuck", ""))}),
        (
            "treatment",
            {
                "task": chance.choice([one.value for one in Task]),
                "action": chance.choice([one.value for one in Action]),
                "proof": chance.choice([one.value for one in Proof]),
            },
        ),
    ]
    kind, fields = chance.choice(kinds)
    event = {
        "seq": chance.choice((1, 2, chance.randrange(1, 2**53), 2**53)),
        "at": chance.choice((*instants, *[format_instant(near)] * 7)),
        "kind": kind,
        "channel": chance.choice(CHANNELS),
        "clock": chance.choice(("synced", "estimated")),
        **fields,
    }
    body = b'{"epoch":"%026d","events":[%b]' % (chance.randrange(400), msgspec.json.encode(event))
    sent_at = b',"sent_at":"%b"}' % chance.choice((*instants, format_instant(now))).encode()
    return body + chance.choice((b"}", sent_at))


class Hub:
    """The hub of a workbench, as a client sees it and as its store holds it."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._acks: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        hear = lambda _, body, __: self._acks.put(msgspec.json.decode(body))  # noqa: E731
        self._session = bench.connect("nonsense", hear, bench.topics.ack(NODE))
        self.sent = 0

    def send(self, payload: bytes) -> None:
        topic = self._bench.topics.events(NODE)
        assert self._session.publish(Publication(topic=topic, payload=payload))
        self.sent += 1

    def is_thrown_off_with(self, payload: bytes) -> None:
        """A packet that the broker takes from nobody: whoever sends it loses the connection."""
        other = self._bench.connect("long", lambda *_: None)
        connects = other.connects
        other.publish(Publication(topic=self._bench.topics.events(NODE), payload=payload))
        deadline = time.monotonic() + WAIT_S
        while other.connects == connects:
            assert time.monotonic() < deadline, f"a packet of {len(payload)} bytes was taken"
            time.sleep(0.01)

    def still_takes(self, seq: int, now: datetime) -> None:
        """A good event of another epoch is acknowledged: the consumer is not stalled."""
        self.send(a_message(a_passage(seq, at=now), epoch=OTHER_EPOCH))
        while True:
            ack = self._acks.get(timeout=WAIT_S)
            if (ack["epoch"], ack["seq"]) == (OTHER_EPOCH, seq):
                return

    def accounted(self) -> tuple[int, int, int]:
        """Rows accepted and rejected, and repeats, once the hub has heard all that was sent."""
        with closing(sqlite3.connect(f"file:{self._bench.data / 'hub.db'}?mode=ro", uri=True)) as store:
            deadline = time.monotonic() + WAIT_S
            while True:
                (body,) = store.execute("SELECT body FROM board WHERE kind = 'hub'").fetchone()
                counters = msgspec.json.decode(body)["counters"]
                if counters["messages"] >= self.sent:
                    break
                assert time.monotonic() < deadline, f"heard {counters['messages']} of {self.sent}"
                time.sleep(0.05)
            (accepted,) = store.execute("SELECT count(*) FROM journal").fetchone()
            (rejected,) = store.execute("SELECT count(*) FROM rejected").fetchone()
        return accepted, rejected, int(counters["duplicates"])


@pytest.fixture
def hub() -> Iterator[Hub]:
    find_mosquitto()
    with Workbench(CAMPUS, REGIME) as bench:
        yield Hub(bench)


def test_list_is_long_enough() -> None:
    assert len(set(listed())) >= 500


@pytest.mark.broker
@pytest.mark.timeout(120 + SPOILT // 200)
def test_every_malformed_message_is_accounted_for(hub: Hub) -> None:
    chance, now = random.Random(SEED), SystemClock().now()
    good = 0
    hub.is_thrown_off_with(b"[" * 100_000)
    corpus = listed()
    for number in range(len(corpus) + SPOILT):
        by_luck = strange(chance, now) if number % 2 else by_chance(chance)
        hub.send(corpus[number] if number < len(corpus) else by_luck)
        if number % BETWEEN == BETWEEN - 1:
            good += 1
            hub.still_takes(good, now)
    hub.still_takes(good + 1, now)
    accepted, rejected, repeated = hub.accounted()
    print(f"{hub.sent} sent: {accepted} stored, {rejected} refused, {repeated} repeats")
    assert accepted + rejected + repeated == hub.sent
    assert min(accepted, rejected, repeated) > good
