import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from edge.drivers.errors import PinsUnavailable
from edge.drivers.header import find_chip, labels_in, pipe_parent

ROOT = Path(__file__).parents[3]
#: What `gpiodetect` says of each board.
PI_3 = {0: "pinctrl-bcm2835", 1: "brcmvirt-gpio", 2: "raspberrypi-exp-gpio"}
PI_4 = {0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}
PI_5_FIRST_KERNELS = {0: "gpio-brcmstb@107d508500", 1: "gpio-brcmstb@107d508520", 4: "pinctrl-rp1"}
PI_5 = {0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500", 11: "gpio-brcmstb@107d508520"}
#: Opens the pins where nothing can be written, and says what it left behind.
PROGRAM = """
import os
from edge.drivers.errors import PinsUnavailable
from edge.drivers.pins import PinKind, open_pins
try:
    open_pins(PinKind.LGPIO)
except PinsUnavailable as error:
    assert "pipe" not in str(error), error
import lgpio
print(os.getcwd(), os.environ.get("LG_WD"), lgpio._notify_thread.is_alive())
"""


@pytest.mark.parametrize(
    ("labels", "number"),
    [(PI_3, 0), (PI_4, 0), (PI_5_FIRST_KERNELS, 4), (PI_5, 0), ({0: "gpio-sim"}, 0)],
    ids=["Pi 3", "Pi 4", "Pi 5 on its first kernels", "Pi 5", "no label known"],
)
def test_chip_of_the_header_is_found_by_its_label(labels: dict[int, str], number: int) -> None:
    assert find_chip("auto", labels) == number


@pytest.mark.parametrize("chip", ["gpiochip1", "raspberrypi-exp-gpio"])
def test_chip_is_the_one_that_was_named(chip: str) -> None:
    assert find_chip(chip, PI_4) == 1


def test_chip_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(
        PinsUnavailable, match="expected the chip `gpiochip7`, got gpiochip0 `pinctrl-bcm2711`"
    ):
        find_chip("gpiochip7", PI_4)


def test_unknown_chips_without_a_first_one_are_refused() -> None:
    with pytest.raises(PinsUnavailable, match="expected the chip `auto`"):
        find_chip("auto", {3: "ftdi-cbus"})


def test_machine_without_a_chip_says_what_to_do() -> None:
    with pytest.raises(PinsUnavailable, match=r'no /dev/gpiochip.*usermod -aG gpio.*`pins = "mock"`'):
        find_chip("auto", {})


def test_files_that_are_no_chips_have_no_label(tmp_path: Path) -> None:
    for name in ("gpiochip0", "gpiochipx", "gpiomem"):
        (tmp_path / name).touch()
    assert labels_in(tmp_path) == {}


def test_pipe_goes_where_it_may_be_written(tmp_path: Path) -> None:
    first, second, missing = str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "c")
    Path(first).mkdir()
    Path(second).mkdir()
    assert pipe_parent({"LG_WD": first, "RUNTIME_DIRECTORY": second}) == first
    assert pipe_parent({"LG_WD": missing, "RUNTIME_DIRECTORY": f"{missing}:{second}"}) == second
    assert Path(pipe_parent({})).is_dir()


@pytest.mark.skipif(find_spec("lgpio") is None, reason="lgpio is not installed")
def test_pins_open_in_a_folder_that_cannot_be_written_and_leave_nothing(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "LG_WD"},
        "PYTHONPATH": str(ROOT),
        "RUNTIME_DIRECTORY": str(tmp_path),
    }
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd="/proc",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (said.stdout.split(), said.stderr) == (["/proc", "None", "True"], "")
    assert list(tmp_path.iterdir()) == []
