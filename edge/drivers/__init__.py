"""The drivers a node file may name, by hand: one line a driver, its `Config` on the class.

Importing this package needs no hardware library: a driver imports its own when it is opened.
"""

from edge.drivers.beam_pair import BeamPair
from edge.drivers.light import TrafficLight
from edge.drivers.thermometer import Thermometer
from edge.drivers.thermometer_adafruit import ThermometerAdafruit

DRIVERS: dict[str, type] = {
    "beam-pair": BeamPair,
    "light": TrafficLight,
    "thermometer": Thermometer,
    "thermometer-adafruit": ThermometerAdafruit,
}
