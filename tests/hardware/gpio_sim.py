"""A Pi's pins made of gpio-sim: levels are set and read here, programs see `/dev/gpiochip0`."""

from pathlib import Path

CONFIGFS = Path("/sys/kernel/config/gpio-sim")
#: What the kernel of a Pi calls its own pins, and how many there are.
LABEL = "pinctrl-bcm2835"
LINES = 54


class SimulatedChip:
    """One GPIO chip of this (guest) kernel."""

    def __init__(self, name: str = "pi") -> None:
        self._folder = CONFIGFS / name
        bank = self._folder / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text(str(LINES))
        (bank / "label").write_text(LABEL)
        (self._folder / "live").write_text("1")
        #: `gpiochip0`, for the first.
        self.chip = (bank / "chip_name").read_text().strip()
        device = (self._folder / "dev_name").read_text().strip()
        self._lines = Path("/sys/devices/platform") / device / self.chip

    def drive(self, line: int, high: bool) -> None:
        """Set what an input reads, as whatever is wired to it would."""
        (self._lines / f"sim_gpio{line}" / "pull").write_text("pull-up" if high else "pull-down")

    def level(self, line: int) -> bool:
        """Whether the line is high now, whoever drives it."""
        return (self._lines / f"sim_gpio{line}" / "value").read_text().strip() == "1"

    def close(self) -> None:
        """Take the chip away; programs that hold it keep a dead one."""
        (self._folder / "live").write_text("0")
        (self._folder / "bank0").rmdir()
        self._folder.rmdir()
