"""The drivers a node file may name, by hand: one line a driver, its `Config` on the class.

Importing this package needs no hardware library: a driver imports its own when it is opened.
"""

from edge.drivers.air import AirSensor
from edge.drivers.beam_pair import BeamPair
from edge.drivers.buzzer import Buzzer
from edge.drivers.gauge import Gauge
from edge.drivers.light import TrafficLight
from edge.drivers.relay import Relay
from edge.drivers.switch import Switch
from edge.drivers.tag_reader import TagReader
from edge.drivers.thermometer import Thermometer
from edge.drivers.thermometer_adafruit import ThermometerAdafruit
from edge.drivers.zone_counter import ZoneCounter

DRIVERS: dict[str, type] = {
    "air": AirSensor,
    "beam-pair": BeamPair,
    "buzzer": Buzzer,
    "gauge": Gauge,
    "light": TrafficLight,
    "relay": Relay,
    "switch": Switch,
    "tag-reader": TagReader,
    "thermometer": Thermometer,
    "thermometer-adafruit": ThermometerAdafruit,
    "zone-counter": ZoneCounter,
}
