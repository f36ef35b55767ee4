"""A node's file in, its frozen description out, or every fault of the file at once."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from edge.drivers.beam_pair import BeamPairConfig
from edge.drivers.light import LightConfig
from edge.drivers.pins import PinKind
from edge.drivers.thermometer import ThermometerConfig
from protocol.broker import BrokerConfig
from protocol.config import decode_table, read_toml
from protocol.errors import ConfigError
from protocol.quantities import Duration, Id


class Broker(Struct, frozen=True, kw_only=True):
    """Where the broker is. The node's id is its client id, and its user name unless another is given."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    username: str | None = None
    #: A file that holds the password alone, readable by the node's user only.
    password_file: str | None = None
    #: Certificate authority of the broker; with it the connection is TLS.
    ca_file: str | None = None
    #: Plaintext beyond this machine, said on purpose.
    allow_plaintext: bool = False
    #: A dead connection is noticed by the broker after 1.5 × this, seconds.
    keepalive: Duration = Duration("10s")

    def __post_init__(self) -> None:
        """Refuse what the connection itself would refuse, while the file is being read."""
        if not 5.0 <= self.keepalive.seconds <= 600.0:
            raise ValueError(f'keepalive must be "5s" to "10min", got "{self.keepalive.text}"')
        self.of("check", None)

    def of(self, node: str, password: str | None) -> BrokerConfig:
        """The connection of `node`. Raises ValueError for plaintext that nobody allowed."""
        username = self.username or (node if password is not None else None)
        return BrokerConfig(
            host=self.host,
            port=self.port,
            client_id=node,
            username=username,
            password=password,
            keepalive_s=round(self.keepalive.seconds),
            ca_file=self.ca_file,
            allow_plaintext=self.allow_plaintext,
        )


class Door(Struct, frozen=True, kw_only=True):
    """A door: two beams, and a light where there is one."""

    channel: Id
    beams: BeamPairConfig
    light: LightConfig | None = None
    #: Metres between the two beams along the way people walk. Source: the mounting plate.
    spacing_m: Annotated[float, Meta(gt=0.0, le=0.5)] = 0.10


class Post(Struct, frozen=True, kw_only=True):
    """An entrance thermometer."""

    channel: Id
    driver: Literal["thermometer", "thermometer-adafruit"] = "thermometer"
    thermometer: ThermometerConfig = ThermometerConfig()


class NodeConfig(Struct, frozen=True, kw_only=True):
    """What one node is made of. It knows pins and channels, never rooms."""

    site: Id
    node: Id
    #: The outbox's file, on a disk that keeps what it has synced.
    outbox: str
    broker: Broker = Broker()
    pins: PinKind = PinKind.LGPIO
    #: The promised period of the health message.
    health_every: Duration = Duration("10s")
    doors: tuple[Door, ...] = ()
    posts: tuple[Post, ...] = ()

    def __post_init__(self) -> None:
        """A node watches something, and keeps a promise that can be kept."""
        if not self.doors and not self.posts:
            raise ValueError("a node needs at least one of `[[doors]]` and `[[posts]]`")
        # The hub waits no longer than 90 s for anybody, and for two and a half of these.
        if not 1.0 <= self.health_every.seconds <= 30.0:
            raise ValueError(f'health_every must be "1s" to "30s", got "{self.health_every.text}"')


def read_node_config(path: Path) -> NodeConfig:
    """The node file at `path`. Raises ConfigError with every fault of it."""
    tables = read_toml(path)
    faults: list[str] = []
    config = decode_table(tables, NodeConfig, "$", faults)
    faults += _clashes(tables)
    if config is None or faults:
        raise ConfigError([f"{path}: {fault}" for fault in faults])
    return config


def connection_of(config: NodeConfig) -> BrokerConfig:
    """How the node connects, its password read. Raises ConfigError when a file it names cannot be read."""
    if config.broker.ca_file is not None and not Path(config.broker.ca_file).is_file():
        raise ConfigError([f"{config.broker.ca_file}: the broker's certificate authority is not there"])
    if config.broker.password_file is None:
        return config.broker.of(config.node, None)
    path = Path(config.broker.password_file)
    try:
        password = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: the broker's password cannot be read: {error}"]) from None
    if not password:
        raise ConfigError([f"{path}: the broker's password is empty; write it there, mode 0600"])
    return config.broker.of(config.node, password)


def hash_of(config: NodeConfig) -> str:
    """Sixteen letters that change with whatever the node is made of; no secret is in them."""
    return hashlib.sha256(repr(config).encode()).hexdigest()[:16]


def _clashes(tables: Mapping[str, Any]) -> list[str]:
    """Whatever is used twice. From the tables, not the structs, so that other faults hide none of it."""
    uses: dict[str, list[str]] = defaultdict(list)
    for what, where in _uses(tables):
        uses[what].append(where)
    return [
        f"{wheres[0]}: {what} is used again by {', '.join(wheres[1:])}; each serves one thing"
        for what, wheres in uses.items()
        if len(wheres) > 1
    ]


def _uses(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for number, door in _rows(tables, "doors"):
        at = f"$.doors[{number}]"
        if isinstance(door.get("channel"), str):
            yield f"channel `{door['channel']}`", f"{at}.channel"
        for part in ("beams", "light"):
            table = door.get(part)
            for key, value in table.items() if isinstance(table, Mapping) else ():
                if key.endswith("_pin") and type(value) is int:
                    yield f"pin {value}", f"{at}.{part}.{key}"
    for number, post in _rows(tables, "posts"):
        at = f"$.posts[{number}]"
        if isinstance(post.get("channel"), str):
            yield f"channel `{post['channel']}`", f"{at}.channel"
        table = post.get("thermometer", {})
        if isinstance(table, Mapping):
            bus, address = table.get("bus", 1), table.get("address", 0x5A)
            if type(bus) is int and type(address) is int:
                yield f"address 0x{address:02X} on bus {bus}", f"{at}.thermometer"
                if bus == 1:
                    # The header's bus takes its two pins; a door on them would break every reading.
                    yield from ((f"pin {pin}", f"{at}.thermometer (bus 1)") for pin in (2, 3) if number == 0)


def _rows(tables: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    rows = tables.get(key, [])
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, Mapping):
            yield number, row
