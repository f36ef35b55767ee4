"""Blinka's `board` for a machine it does not know: its own bus for Linux, number 1, with its lock."""

from importlib import import_module
from typing import Any


def I2C() -> Any:
    """The board's bus. Each board Blinka does know wants a library for pins beside it, even for I2C."""
    linux = import_module("adafruit_blinka.microcontroller.generic_linux.i2c").I2C
    lockable = import_module("adafruit_blinka").Lockable
    return type("I2C", (lockable, linux), {})(1)
