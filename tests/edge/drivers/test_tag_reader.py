import logging
from random import Random
from typing import Any

import pytest

from edge.drivers.errors import BadChecksum, BusStuck, DriverError, NotAnswering, Stalled
from edge.drivers.tag_reader import (
    FROM_READER,
    TO_READER,
    Firmware,
    TagReader,
    TagReaderConfig,
    frame,
    plain_uid,
    unframed,
)
from simulator.i2c_bus import Fault, Flip, I2CBus, open_smbus
from simulator.pn532 import Pn532

STARTED, DONE = "04 A1 B2 C3 D4 E5 F6", "04:a1:b2:c3:d4:e5:f7"
CARDS = {STARTED: "airing-started", DONE: "airing-done"}
KNOWN = bytes.fromhex("04A1B2C3D4E5F6")
OTHER_KNOWN = bytes.fromhex("04A1B2C3D4E5F7")
#: Somebody's pass.
STRANGER = bytes.fromhex("9F3C7A51")


class Bench:
    """A reader, its bus, its driver and a clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.reader = Pn532(lambda: self.now_s)
        self.bus = I2CBus(self.reader, wait=self.wait)
        self.tags = self.opened()

    def opened(self) -> TagReader:
        return TagReader(TagReaderConfig(cards=CARDS), open_smbus(self.bus), lambda: self.now_s, self.wait)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def polled(self, seconds: float) -> list[str]:
        """What ten polls a second gave, that long."""
        names = []
        for _ in range(round(seconds * 10)):
            self.wait(0.1)
            names.append(self.tags.poll())
        return [name for name in names if name]

    def survived(self, seconds: float) -> tuple[list[str], list[DriverError]]:
        """The same, over faults."""
        names: list[str | None] = []
        faults: list[DriverError] = []
        for _ in range(round(seconds * 10)):
            self.wait(0.1)
            try:
                names.append(self.tags.poll())
            except DriverError as fault:
                faults.append(fault)
        return [name for name in names if name], faults


# Known quantities: NXP UM0701-02.


@pytest.mark.parametrize(
    ("direction", "data", "expected"),
    [
        pytest.param(TO_READER, "02", "00 00 FF 02 FE D4 02 2A 00", id="GetFirmwareVersion"),
        pytest.param(
            FROM_READER, "03 32 01 06 07", "00 00 FF 06 FA D5 03 32 01 06 07 E8 00", id="its answer"
        ),
        pytest.param(TO_READER, "4A 01 00", "00 00 FF 04 FC D4 4A 01 00 E1 00", id="InListPassiveTarget"),
    ],
)
def test_frame_known_quantities(direction: int, data: str, expected: str) -> None:
    assert frame(direction, bytes.fromhex(data)) == bytes.fromhex(expected)
    assert unframed(bytes.fromhex(expected) + bytes(8), direction) == bytes.fromhex(data)


@pytest.mark.parametrize("bit", range(13 * 8))
def test_frame_with_one_bit_inverted_is_refused_or_read_right(bit: int) -> None:
    data = bytes.fromhex("03 32 01 06 07")
    damaged = bytearray(frame(FROM_READER, data))
    damaged[bit // 8] ^= 0x80 >> bit % 8

    def read() -> bytes:
        try:
            return unframed(bytes(damaged), FROM_READER)
        except BadChecksum:
            return data

    assert read() == data


@pytest.mark.parametrize(
    ("received", "why"),
    [
        (bytes(20), "no frame"),
        (b"", "no frame"),
        (bytes.fromhex("00 00 FF"), "no frame"),
        (bytes.fromhex("00 00 FF 06 FA D5 03 32"), "length"),
        (bytes.fromhex("00 00 FF 00 00 00 00 00"), "length"),
        (bytes.fromhex("00 00 FF 01 FF 7F 81 00"), "syntax error"),
    ],
    ids=["nothing", "empty", "cut off", "short", "no data", "syntax error"],
)
def test_what_is_no_frame_is_refused(received: bytes, why: str) -> None:
    with pytest.raises(BadChecksum, match=why):
        unframed(received, FROM_READER)


def test_firmware_is_that_of_a_pn532() -> None:
    assert Bench().tags.read_firmware() == Firmware(chip=0x32, version=1, revision=6)


# Cards.


def test_card_is_named_once_however_long_it_lies() -> None:
    bench = Bench()
    assert bench.polled(1.0) == []
    bench.reader.lay(KNOWN)
    assert bench.polled(5.0) == ["airing-started"]


def test_card_laid_again_is_named_again() -> None:
    bench = Bench()
    bench.reader.lay(KNOWN)
    bench.polled(1.0)
    bench.reader.take()
    assert bench.polled(2.0) == []
    bench.reader.lay(KNOWN)
    assert bench.polled(1.0) == ["airing-started"]


def test_another_card_is_named_at_once() -> None:
    bench = Bench()
    bench.reader.lay(KNOWN)
    bench.polled(1.0)
    bench.reader.lay(OTHER_KNOWN)
    assert bench.polled(1.0) == ["airing-done"]


def test_poll_never_waits_for_a_card() -> None:
    bench = Bench()
    bench.tags.poll()

    def took_s() -> float:
        before_s = bench.now_s
        bench.tags.poll()
        return bench.now_s - before_s

    bench.reader.lay(KNOWN)
    assert max(took_s() for _ in range(20)) < 0.01


def test_reader_left_calling_by_another_process_is_taken_over() -> None:
    bench = Bench()
    bench.polled(0.5)
    bench.tags = bench.opened()
    bench.reader.lay(KNOWN)
    assert bench.polled(1.0) == ["airing-started"]
    assert bench.reader.complaints == []


# Privacy: no number of a card that is not ours goes anywhere.


def everything_in(value: object, depth: int = 0) -> str:
    """Whatever an object holds, as text."""
    inside = vars(value).values() if hasattr(value, "__dict__") and depth < 4 else ()
    return repr(value) + "".join(everything_in(one, depth + 1) for one in inside)


def forms_of(uid: bytes) -> list[str]:
    return [
        uid.hex(),
        uid.hex().upper(),
        uid.hex(" "),
        repr(uid),
        repr(list(uid)),
        str(int.from_bytes(uid, "big")),
    ]


def test_unknown_card_is_nobody() -> None:
    bench = Bench()
    bench.reader.lay(STRANGER)
    assert bench.polled(3.0) == []


def test_unknown_card_leaves_no_trace_in_reader_errors_and_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench, random = Bench(), Random(5)
    bench.reader.lay(STRANGER)
    faults: list[Any] = []
    for _ in range(300):
        damage = Flip(tuple(random.sample(range(64 * 8), 2)))
        bench.bus.faults.clear()
        bench.bus.faults.extend(random.choices([None, damage, Fault.ALL_ONES, Fault.NACK], [6, 3, 1, 1], k=6))
        _, more = bench.survived(0.3)
        faults += more
    held = everything_in(bench.tags) + caplog.text + "".join(repr(fault) + str(fault) for fault in faults)
    assert len(faults) > 50
    assert [form for form in forms_of(STRANGER) if form in held] == []


def test_reader_says_how_many_cards_it_knows_and_not_which() -> None:
    assert repr(Bench().tags) == "TagReader(0x24 on bus 3, 2 cards)"


# Faults.


def test_absent_reader_is_not_answering() -> None:
    bench = Bench()
    bench.reader.dead = True
    with pytest.raises(NotAnswering, match="TagReader"):
        bench.tags.poll()


def test_stuck_bus_is_asked_once() -> None:
    bench = Bench()
    bench.bus.stuck = True
    with pytest.raises(BusStuck):
        bench.tags.poll()
    assert bench.bus.transfers == 1


def test_reader_without_a_card_is_no_fault_for_a_minute() -> None:
    bench = Bench()
    assert bench.survived(60.0) == ([], [])


@pytest.mark.parametrize("polls", [10, 11], ids=["in a call", "between two calls"])
def test_reader_that_does_nothing_any_more_is_stalled(polls: int) -> None:
    bench = Bench()
    bench.polled(polls / 10)
    bench.reader.deaf = True
    names, faults = bench.survived(5.0)
    assert names == []
    assert {type(fault) for fault in faults} == {Stalled}


def test_reader_that_lost_its_power_is_set_up_again() -> None:
    bench = Bench()
    bench.polled(1.0)
    bench.reader.power_cycle()
    bench.reader.lay(KNOWN)
    names, faults = bench.survived(5.0)
    assert names == ["airing-started"]
    assert 1 <= len(faults) <= 2


def test_reader_that_is_set_up_and_never_answers_a_call_is_stalled_until_it_does() -> None:
    bench = Bench()
    bench.polled(1.0)
    bench.reader.calls_in_vain = True
    _, faults = bench.survived(10.0)
    assert len(faults) > 60
    assert {type(fault) for fault in faults} == {Stalled}
    bench.reader.calls_in_vain = False
    bench.survived(0.5)
    assert bench.survived(5.0) == ([], [])


@pytest.mark.parametrize("number", range(16))
@pytest.mark.parametrize("fault", [Fault.NACK, Fault.ALL_ONES, Flip((7,)), Flip((30,))], ids=str)
def test_one_damaged_transfer_anywhere_costs_one_fault_at_most(number: int, fault: Fault | Flip) -> None:
    bench = Bench()
    bench.reader.lay(KNOWN)
    bench.bus.faults.extend([None] * number + [fault])
    names, faults = bench.survived(5.0)
    assert names == ["airing-started"]
    assert len(faults) <= 1


def test_shaken_reader_names_only_the_card_that_lies_there() -> None:
    bench, random = Bench(), Random(7)
    bench.reader.lay(KNOWN)
    named: list[str] = []
    for _ in range(1_000):
        damage = Flip(tuple(random.sample(range(64 * 8), random.randint(1, 3))))
        bench.bus.faults.clear()
        bench.bus.faults.extend(random.choices([None, damage, *Fault], [10, 3, 1, 1, 1, 1], k=4))
        names, _ = bench.survived(0.2)
        named += names
    assert set(named) == {"airing-started"}


# The file.


@pytest.mark.parametrize(
    ("cards", "why"),
    [
        ({"04A1": "airing-done"}, "4, 7 or 10 bytes"),
        ({"04A1B2C3D4E5GG": "airing-done"}, "4, 7 or 10 bytes"),
        ({"08A1B2C3": "airing-done"}, "made up at each tap"),
        ({"04A1B2C3D4E5F6": "Airing done"}, "small letters"),
        ({"04A1B2C3": "airing-done", "04:a1:b2:c3": "airing-started"}, "listed twice"),
    ],
    ids=["short", "not hex", "random", "name", "twice"],
)
def test_config_refuses(cards: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        TagReaderConfig(cards=cards)


def test_number_is_read_however_it_is_written() -> None:
    assert {plain_uid(uid) for uid in ("04a1b2c3", "04 A1 B2 C3", "04:A1:b2:C3", "04-a1-b2-c3")} == {
        "04A1B2C3"
    }
