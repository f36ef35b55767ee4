import subprocess
import sys

import msgspec

from edge.drivers import DRIVERS

HARDWARE = ("gpiozero", "lgpio", "smbus2", "adafruit_mlx90614", "busio", "board")
PROGRAM = f"import sys, edge.drivers; print([name for name in {HARDWARE} if name in sys.modules])"


def test_drivers_are_listed_with_their_configuration() -> None:
    assert sorted(DRIVERS) == ["beam-pair", "light", "thermometer", "thermometer-adafruit"]
    configs = [vars(driver)["Config"] for driver in DRIVERS.values()]
    assert all(issubclass(config, msgspec.Struct) for config in configs)


def test_drivers_import_no_hardware_library() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
