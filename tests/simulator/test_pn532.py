from simulator.i2c_wires import I2CBus, Message
from simulator.pn532 import Pn532

ACK = "010000ff00ff00"
FIRMWARE, SAM, RETRIES, CARDS = (
    "0000ff02fed4022a00",
    "0000ff05fbd4140100001700",
    "0000ff06fad43205ff0110e500",
    "0000ff04fcd44a0100e100",
)


class Bench:
    """A reader on a bus, in a clock that stands still unless moved."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.reader = Pn532(lambda: self.now_s)
        self.bus = I2CBus(self.reader)

    def tell(self, frame: str) -> None:
        self.bus.transfer(Message(0x24, bytes.fromhex(frame)))

    def read(self, count: int) -> str:
        return self.bus.transfer(Message(0x24, count=count))[0].hex()

    def ask(self, frame: str, count: int, after_s: float = 0.01) -> str:
        self.tell(frame)
        self.now_s += 0.002
        assert self.read(7) == ACK
        self.now_s += after_s
        return self.read(count)


def test_firmware_is_the_manuals() -> None:
    assert Bench().ask(FIRMWARE, 14) == "010000ff06fad50332010607e800"


def test_reader_is_not_ready_at_once() -> None:
    bench = Bench()
    bench.tell(FIRMWARE)
    assert bench.read(1) == "00"
    bench.now_s += 0.002
    assert bench.read(1) == "01"


def test_card_is_called_for_until_one_comes() -> None:
    bench = Bench()
    bench.ask(SAM, 10)
    assert bench.ask(CARDS, 1, after_s=60.0) == "00"
    bench.reader.lay(bytes.fromhex("04A1B2C3"))
    assert bench.read(1) == "01"
    assert "04a1b2c3" in bench.read(32)
    assert bench.read(1) == "00"


def test_card_is_called_for_as_often_as_set() -> None:
    bench = Bench()
    bench.ask(SAM, 10)
    bench.ask(RETRIES, 10)
    assert bench.ask(CARDS, 11, after_s=1.0) == "010000ff03fdd54b00e000"


def test_acknowledge_of_the_host_ends_a_call() -> None:
    bench = Bench()
    bench.ask(SAM, 10)
    bench.ask(CARDS, 1)
    bench.tell("0000ff00ff00")
    bench.reader.lay(bytes.fromhex("04A1B2C3"))
    bench.now_s += 1.0
    assert bench.read(1) == "00"


def test_damaged_frame_is_complained_of_and_not_acknowledged() -> None:
    bench = Bench()
    bench.tell("0000ff02fed4022b00")
    bench.now_s += 1.0
    assert bench.read(7) == "00" * 7
    assert len(bench.reader.complaints) == 1


def test_unknown_command_is_a_syntax_error() -> None:
    assert Bench().ask("0000ff02fed460cc00", 9).startswith("010000ff01ff7f8100")


def test_cards_before_the_sam_is_set_are_complained_of() -> None:
    bench = Bench()
    bench.ask(CARDS, 9)
    assert bench.reader.complaints == ["called for cards before SAMConfiguration"]
