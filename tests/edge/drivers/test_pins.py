import errno

import msgspec
import pytest
from gpiozero.exc import PinUnknownPi
from gpiozero.pins.mock import MockFactory

from edge.drivers.errors import PinsUnavailable
from edge.drivers.pins import GpioConfig, PinKind, open_pins, why_unavailable


def opened(kind: PinKind) -> str:
    try:
        return type(open_pins(kind)).__name__
    except PinsUnavailable:
        return "PinsUnavailable"


def test_mock_is_given_where_mock_is_asked_for() -> None:
    assert type(open_pins(PinKind.MOCK)) is MockFactory


def test_lgpio_is_lgpio_or_a_loud_fault_and_never_another_factory() -> None:
    assert opened(PinKind.LGPIO) in {"HeaderFactory", "PinsUnavailable"}


@pytest.mark.parametrize(
    ("error", "what_to_do"),
    [
        pytest.param(
            ModuleNotFoundError("x", name="lgpio"), "lgpio is not installed; pip install", id="missing"
        ),
        pytest.param(
            FileNotFoundError(errno.ENOENT, "No such file", ".lgd-nfy-3"), "set LG_WD to a folder", id="pipe"
        ),
        pytest.param(PinUnknownPi("unable to locate Pi revision"), "not a Raspberry Pi", id="laptop"),
        pytest.param(PermissionError(errno.EACCES, "Permission denied"), "usermod -aG gpio", id="group"),
        pytest.param(Exception("can not open gpiochip"), "usermod -aG gpio", id="lgpio's own error"),
    ],
)
def test_factory_that_cannot_be_had_says_what_to_do(error: Exception, what_to_do: str) -> None:
    fault = why_unavailable(PinKind.LGPIO, error)
    assert str(fault).startswith("pins lgpio: ")
    assert what_to_do in str(fault)


def test_gpio_from_a_file_names_chip_and_board() -> None:
    config = msgspec.convert({"chip": "gpiochip4", "revision": "a020d3"}, GpioConfig)
    assert (config.chip, config.revision) == ("gpiochip4", "a020d3")


@pytest.mark.parametrize(
    "table", [{"chip": "/dev/gpiochip0"}, {"chip": ""}, {"revision": "Pi 5"}, {"chips": "auto"}], ids=str
)
def test_gpio_that_makes_no_sense_is_refused(table: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, GpioConfig)
