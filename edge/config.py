"""A node's file in, its frozen description out, or every fault of the file at once."""

import hashlib
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from edge.channels import KINDS, Air, Button, Channel, Contact, Dispenser, Door, Lamp, Post, Tags
from edge.clashes import clashes, strays
from edge.drivers.pins import THIS_MACHINE, GpioConfig, PinKind
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
    #: The node's own certificate, by which a broker of a campus knows it, and its key in the same file or in
    #: another.
    certificate_file: str | None = None
    key_file: str | None = None
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
            certificate_file=self.certificate_file,
            key_file=self.key_file,
            allow_plaintext=self.allow_plaintext,
        )


class NodeConfig(Struct, frozen=True, kw_only=True):
    """What one node is made of. It knows pins and channels, never rooms."""

    site: Id
    node: Id
    #: The outbox's file, on a disk that keeps what it has synced.
    outbox: str
    broker: Broker = Broker()
    pins: PinKind = PinKind.LGPIO
    #: Only for a machine that cannot tell which board it is.
    gpio: GpioConfig = THIS_MACHINE
    #: The promised period of the health message.
    health_every: Duration = Duration("10s")
    doors: tuple[Door, ...] = ()
    posts: tuple[Post, ...] = ()
    air: tuple[Air, ...] = ()
    buttons: tuple[Button, ...] = ()
    tags: tuple[Tags, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dispensers: tuple[Dispenser, ...] = ()
    lamps: tuple[Lamp, ...] = ()

    def __post_init__(self) -> None:
        """A node watches something, and keeps a promise that can be kept."""
        if not self.channels():
            kinds = ", ".join(f"`[[{kind}]]`" for kind in KINDS)
            raise ValueError(f"a node needs at least one of {kinds}")
        # The hub waits no longer than 90 s for anybody, and for two and a half of these.
        if not 1.0 <= self.health_every.seconds <= 30.0:
            raise ValueError(f'health_every must be "1s" to "30s", got "{self.health_every.text}"')

    def channels(self) -> tuple[Channel, ...]:
        """Everything it watches, in the order of the kinds."""
        return tuple(channel for kind in KINDS for channel in getattr(self, kind))


def read_node_config(path: Path) -> NodeConfig:
    """The node file at `path`. Raises ConfigError with every fault of it."""
    tables = read_toml(path)
    faults: list[str] = []
    config = decode_table(tables, NodeConfig, "$", faults)
    faults += clashes(tables) + strays(tables)
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
