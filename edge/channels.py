"""The tables of a node's file, one struct a kind of channel: what it is made of and where it is wired."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.drivers.air import AirConfig
from edge.drivers.beam_pair import BeamPairConfig
from edge.drivers.buzzer import BuzzerConfig
from edge.drivers.gauge import GaugeConfig
from edge.drivers.light import LightConfig
from edge.drivers.relay import RelayConfig
from edge.drivers.switch import ButtonConfig, ContactConfig, DispenserConfig, PirConfig, SwitchConfig
from edge.drivers.tag_reader import TagReaderConfig
from edge.drivers.thermometer import ThermometerConfig
from edge.drivers.zone_counter import ZoneCounterConfig
from edge.signals.interlock import InterlockSettings
from edge.watches.treatment import check_cards
from protocol.quantities import Duration, Id

#: The tables, in the order in which their channels are stepped: lamps last, they look at the others.
KINDS = ("doors", "posts", "air", "buttons", "tags", "contacts", "dispensers", "lamps")


class Channel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every channel has."""

    #: The node's own name for it; `campus.toml` says where it is.
    channel: Id

    @property
    def kind(self) -> str:
        """Its driver, as the node's hello names it."""
        raise NotImplementedError

    @property
    def period_s(self) -> float | None:
        """The longest silence it promises, seconds; None: it speaks only when something happens."""
        return None


class Door(Channel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A door: two beams or a sensor with two zones above it, and its light and buzzer if there are any."""

    driver: Literal["beam-pair", "zone-counter"] = "beam-pair"
    beams: BeamPairConfig | None = None
    zones: ZoneCounterConfig | None = None
    light: LightConfig | None = None
    buzzer: BuzzerConfig | None = None
    #: Metres between the two beams along the way people walk. Source: the mounting plate.
    #: A body must break both together, so it is well below a body's depth.
    spacing_m: Annotated[float, Meta(ge=0.02, le=0.25)] = 0.10

    def __post_init__(self) -> None:
        """What the driver needs is there, and nothing that it would not look at."""
        needed, other = ("beams", "zones") if self.driver == "beam-pair" else ("zones", "beams")
        if getattr(self, needed) is None:
            raise ValueError(f"driver `{self.driver}` needs the table `{needed}`")
        if getattr(self, other) is not None:
            raise ValueError(f"driver `{self.driver}` has no use for the table `{other}`; take it away")

    @property
    def kind(self) -> str:
        """Its driver."""
        return self.driver


class Post(Channel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entrance thermometer, and a buzzer where there is one."""

    driver: Literal["thermometer", "thermometer-adafruit"] = "thermometer"
    thermometer: ThermometerConfig = ThermometerConfig()
    buzzer: BuzzerConfig | None = None
    #: °C added to every reading, from `kuzet edge calibrate post`; 0 leaves the sensor as it is.
    offset_c: Annotated[float, Meta(ge=-1.0, le=1.0)] = 0.0

    @property
    def kind(self) -> str:
        """Its driver."""
        return self.driver


class Air(Channel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A room's CO2, temperature and humidity."""

    sensor: AirConfig = AirConfig()
    #: The promised period of its reports.
    every: Duration = Duration("60s")

    def __post_init__(self) -> None:
        """A report is no older than rules can use, and no sooner than there is something new."""
        if not 15.0 <= self.every.seconds <= 600.0:
            raise ValueError(f'every must be "15s" to "10min", got "{self.every.text}"')

    @property
    def kind(self) -> str:
        """Its driver."""
        return "air"

    @property
    def period_s(self) -> float:
        """Its reports come so often, also when nothing changes."""
        return self.every.seconds


class Button(Channel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A button that says a treatment was started, done or aborted."""

    button: ButtonConfig

    @property
    def kind(self) -> str:
        """Its driver."""
        return "button"


class Tags(Channel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reader of task cards."""

    reader: TagReaderConfig

    def __post_init__(self) -> None:
        """Every card says a task."""
        check_cards(self.reader)

    @property
    def kind(self) -> str:
        """Its driver."""
        return "tag-reader"


class Contact(Channel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contact at a window or a door."""

    contact: ContactConfig

    @property
    def kind(self) -> str:
        """Its driver."""
        return "contact"


class Dispenser(Channel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dispenser, and a gauge where it has one."""

    lever: DispenserConfig
    gauge: GaugeConfig | None = None

    @property
    def kind(self) -> str:
        """Its driver."""
        return "dispenser"


class Lamp(Channel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lamp or fan behind a relay, and what it is interlocked with; the lamp's own chain is in series."""

    relay: RelayConfig
    interlock: InterlockSettings
    #: The key switch of a lamp, the button of a fan.
    key: SwitchConfig
    motion: PirConfig | None = None
    buzzer: BuzzerConfig | None = None
    #: Channels of this node: the beams of every door of the room, and the contacts of every door.
    doors: tuple[Id, ...] = ()
    contacts: tuple[Id, ...] = ()

    def __post_init__(self) -> None:
        """A lamp that harms people has everything that keeps it off."""
        if self.interlock.kind != "uv":
            return
        missing = [name for name in ("motion", "buzzer", "doors", "contacts") if not getattr(self, name)]
        if missing:
            raise ValueError(f"a lamp of kind `uv` needs {', '.join(missing)}; without them it is not safe")
        if not self.relay.is_off_while_booting:
            raise ValueError(
                f"relay: pin {self.relay.pin} would switch it on while the node starts: until then "
                "BCM 0 to 8 are pulled up, the others down; use 9 to 27, or `active_high = false` with 0 to 8"
            )

    @property
    def kind(self) -> str:
        """Its driver."""
        return "lamp"
