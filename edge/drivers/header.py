"""The 40-pin header through lgpio: a chip's name goes in, gpiozero's factory for it comes out.

What is done here that gpiozero leaves open:
* the chip is found by its label: the header was gpiochip0, then gpiochip4, then gpiochip0 again on a Pi 5;
* lgpio makes a named pipe where it is imported, and moves the process there: here that is a folder of its
  own, gone again at once, and the process stays where it was;
* an output takes its first level in the moment it becomes one: gpiozero makes it low first, which is `on` for
  a relay that switches on low.
"""

import os
import struct
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fcntl import ioctl
from importlib import import_module
from pathlib import Path
from typing import Any

from edge.drivers.errors import PinsUnavailable
from edge.drivers.pins import PinFactory, releasing

#: Labels of the chip behind the header: Pi 0 to 3, Pi 4, Pi 5 and its kin. Source: the kernel's drivers
#: pinctrl-bcm2835.c and pinctrl-rp1.c.
HEADER_LABELS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
#: GPIO_GET_CHIPINFO_IOCTL and its answer: name, label, number of lines. Source: linux/gpio.h.
CHIP_INFO = 0x8044B401
CHIP_INFO_STRUCT = struct.Struct("32s32sI")
AUTO = "auto"
DEVICES = Path("/dev")


def open_header(chip: str, revision: str | None) -> PinFactory:
    """The factory of a chip (`auto`, a label, a device). Raises PinsUnavailable, or whatever lgpio raises."""
    with _pipe_folder(os.environ):
        lgpio: Any = import_module("lgpio")  # neither has type stubs
        from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin
        from gpiozero.pins.local import get_pi_revision
        from gpiozero.pins.pi import PiBoardInfo

    # The board first: what is no Raspberry Pi may have a gpiochip0 that switches its own power.
    ask_machine: Any = get_pi_revision
    code = int(ask_machine()) if revision is None else int(revision, 16)
    know: Any = PiBoardInfo.from_revision
    know(code)

    class HeaderPin(LGPIOPin):
        def output_with_state(self, state: bool) -> None:
            lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))
            # Again, for a pin that was an output of ours before: claiming leaves such a pin as it was.
            self.state = state

    class HeaderFactory(LGPIOFactory):
        def __init__(self, number: int) -> None:
            start: Any = super().__init__
            start(chip=number)
            self.pin_class = HeaderPin

        def _get_revision(self) -> int:
            return code

        def close(self) -> None:
            # One pin that will not go must not keep the others, nor the chip.
            for pin in self.pins.values():
                with releasing(str(pin)):
                    pin.close()
            self.pins.clear()
            base: Any = super()
            base.close()

    opened: PinFactory = HeaderFactory(find_chip(chip, labels_in(DEVICES)))
    return opened


def find_chip(chip: str, labels: Mapping[int, str]) -> int:
    """The number of the chip that is meant, among number → label. Pure. Raises PinsUnavailable."""
    if not labels:
        raise PinsUnavailable(
            "pins lgpio: there is no /dev/gpiochip* on this machine that this user may open; "
            "a Raspberry Pi has one: `ls -l /dev/gpiochip*`, `sudo usermod -aG gpio <user>`, log in again "
            '(a service needs `DeviceAllow=char-gpiochip rw`), or write `pins = "mock"` in the node file '
            "where there is no hardware"
        )
    wanted = HEADER_LABELS if chip == AUTO else (chip,)
    for number, label in sorted(labels.items()):
        if label in wanted or f"gpiochip{number}" in wanted:
            return number
    if chip == AUTO and 0 in labels:
        return 0
    there = ", ".join(f"gpiochip{number} `{label}`" for number, label in sorted(labels.items()))
    raise PinsUnavailable(
        f"pins lgpio: expected the chip `{chip}`, got {there}; correct `[gpio] chip` in the node file"
    )


def labels_in(devices: Path) -> dict[int, str]:
    """The GPIO chips that this user may open: number → label."""
    labels = {}
    for path in devices.glob("gpiochip*"):
        number = path.name.removeprefix("gpiochip")
        if number.isdecimal():
            with suppress(OSError):
                labels[int(number)] = _label_of(path)
    return labels


def _label_of(path: Path) -> str:
    device = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        answer = ioctl(device, CHIP_INFO, bytes(CHIP_INFO_STRUCT.size))
    finally:
        os.close(device)
    return bytes(CHIP_INFO_STRUCT.unpack(answer)[1]).rstrip(b"\0").decode(errors="replace")


@contextmanager
def _pipe_folder(environment: "os._Environ[str]") -> Iterator[None]:
    """A folder for lgpio's pipe while it is imported. Raises PinsUnavailable where none can be written."""
    if "lgpio" in sys.modules:
        yield
        return
    before = environment.get("LG_WD")
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with tempfile.TemporaryDirectory(prefix="kuzet-lgpio-", dir=pipe_parent(environment)) as folder:
            environment["LG_WD"] = folder
            try:
                yield
            finally:
                environment.pop("LG_WD")
                if before is not None:
                    environment["LG_WD"] = before
                os.fchdir(here)
    finally:
        os.close(here)


def pipe_parent(environment: Mapping[str, str]) -> str:
    """The first folder that may be written: LG_WD, systemd's RUNTIME_DIRECTORY, the one for temporary files.

    Raises PinsUnavailable.
    """
    folders = [environment.get("LG_WD", ""), *environment.get("RUNTIME_DIRECTORY", "").split(":")]
    for folder in filter(None, folders):
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    try:
        return tempfile.gettempdir()
    except FileNotFoundError as error:
        raise PinsUnavailable(
            f"pins lgpio: it needs a folder to make a pipe in ({error}); "
            "write `RuntimeDirectory=kuzet` into the service, or set LG_WD to a folder this user may write"
        ) from None
