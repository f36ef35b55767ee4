import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import msgspec

from edge import drivers
from edge.drivers import DRIVERS

HARDWARE = ("gpiozero", "lgpio", "smbus2", "adafruit_mlx90614", "busio", "board")
PROGRAM = f"import sys, edge.drivers; print([name for name in {HARDWARE} if name in sys.modules])"


def test_drivers_are_listed_with_their_configuration() -> None:
    modules = [import_module(f"edge.drivers.{found.name}") for found in iter_modules(drivers.__path__)]
    there = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and "Config" in vars(value)
    }
    assert set(DRIVERS.values()) == there
    configs = [vars(driver)["Config"] for driver in DRIVERS.values()]
    assert all(issubclass(config, msgspec.Struct) for config in configs)


def test_drivers_import_no_hardware_library() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
