"""The ways to this machine's clock, pins, buses and broker, for the commands that look at a node."""

import argparse
import os
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.bus_thread import BusThread
from edge.config import NodeConfig
from edge.drivers.i2c import open_bus
from edge.drivers.pins import PinFactory, open_pins
from edge.hardware import MakeAsker
from protocol.broker import BrokerConfig
from protocol.clock import Clock, SystemClock
from protocol.quantities import parse_duration

#: Where profiles of `thermometer.profile` are looked for, from the folder of the node's file.
PROFILE_FOLDERS = (".", "sensors", "../sensors")
CLOCK = SystemClock()
#: Between two tries to reach a broker that is not there yet, seconds.
TRY_AGAIN_S = 0.25
#: MQTT 3.1.1: how an answer begins, a farewell, and the reasons of a refusal (table 3.1).
_CONNACK, _DISCONNECT = b"\x20\x02", b"\xe0\x00"
_REFUSALS = {
    1: "another version of MQTT",
    2: "its client id",
    3: "service unavailable",
    4: "bad user name or password",
    5: "not authorized",
}
_WHO = (4, 5)
#: OpenSSL's words for a certificate of another name or address, one that has ended or not begun.
_OTHER_NAME, _WRONG_TIME = (62, 63, 64), (9, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a command is given of the machine; a test gives its own."""

    clock: Clock
    open_pins: Callable[[NodeConfig], PinFactory]
    open_bus: Callable[[int], Any]
    #: Who looks at a bus; a thread each on a machine.
    make_asker: MakeAsker
    #: Waits so many seconds of the clock.
    sleep: Callable[[float], None]
    #: Where the kernel's files begin.
    root: Path


def this_machine() -> Bench:
    """The real ways."""
    return Bench(
        clock=CLOCK,
        open_pins=lambda config: open_pins(config.pins, config.gpio),
        open_bus=open_bus,
        make_asker=BusThread,
        sleep=time.sleep,
        root=Path("/"),
    )


def find_profile(node_file: Path, name: str) -> Path:
    """The profile file a node file names: as it stands, or beside the node's file."""
    named = Path(name)
    places = (
        [named] if named.is_absolute() else [node_file.parent / folder / named for folder in PROFILE_FOLDERS]
    )
    return next((place for place in places if _is_file(place)), places[0])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # In a folder of somebody else's: whoever reads it says so.
        return False


def number_between(low: float, high: float) -> Callable[[str], float]:
    """For arguments: what reads a number from `low` to `high`, and refuses others with these words."""

    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"expected {low:g} to {high:g}, got {text}")
        return value

    # Named in argparse's words for what is no number at all.
    read.__name__ = "number"
    return read


def whole_between(low: int, high: int) -> Callable[[str], int]:
    """As `number_between`, for whole numbers."""

    def read(text: str) -> int:
        value = int(text) if len(text) <= 10 else high + 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"expected {low} to {high}, got {text}")
        return value

    read.__name__ = "whole number"
    return read


def duration_up_to(most: str) -> Callable[[str], float]:
    """For arguments: what reads `5s` as seconds, says what is wrong with others, and refuses over `most`."""

    def read(text: str) -> float:
        try:
            seconds = parse_duration(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        if not seconds <= parse_duration(most):
            raise argparse.ArgumentTypeError(f'expected at most "{most}", got "{text}"')
        return seconds

    return read


def ask_broker(broker: BrokerConfig, within_s: float) -> str | None:
    """Connect once and leave politely, without a will; why that did not work, or None.

    One that is not there yet is asked again, until `within_s` have passed. Publishes and hears nothing.
    """
    ends_s = CLOCK.monotonic() + within_s
    while True:
        try:
            with _reach(broker, ends_s) as connection:
                return _introduce(broker, connection, ends_s)
        except (ssl.SSLError, ConnectionResetError, BrokenPipeError, socket.gaierror, UnicodeError) as error:
            return _why_not(broker, error)
        except OSError as error:
            if CLOCK.monotonic() + TRY_AGAIN_S > ends_s:
                return _why_not(broker, error)
        time.sleep(TRY_AGAIN_S)


def _reach(broker: BrokerConfig, ends_s: float) -> socket.socket:
    """A connection, by TLS where it is wanted. Raises OSError or UnicodeError."""
    within_s = max(ends_s - CLOCK.monotonic(), TRY_AGAIN_S)
    plain = socket.create_connection((broker.host, broker.port), within_s)
    if broker.ca_file is None:
        return plain
    with plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(broker.ca_file)
        if broker.certificate_file is not None:
            context.load_cert_chain(broker.certificate_file, broker.key_file)
        # It takes the connection over, and closes it where the handshake fails.
        return context.wrap_socket(plain, server_hostname=broker.host)


def _introduce(broker: BrokerConfig, connection: socket.socket, ends_s: float) -> str | None:
    """Say who we are, hear whether that is taken, and leave.

    By hand, because a session hides the reasons that are asked for here.
    """
    at = f"$.broker: {broker.host}:{broker.port}"
    connection.settimeout(max(ends_s - CLOCK.monotonic(), TRY_AGAIN_S))
    try:
        connection.sendall(_connect_packet(broker))
        answer = _read(connection, 4)
    except TimeoutError:
        return f"{at} takes a connection and answers nothing; is it a broker?"
    except ConnectionError:
        answer = b""
    if not answer:
        hint = "does it want TLS? then set `ca_file`" if broker.ca_file is None else "is it a broker?"
        return f"{at} ended the connection without an answer; {hint}"
    if len(answer) != 4 or answer[:2] != _CONNACK:
        return f"{at} answers as no broker does ({answer.hex(' ')}); is it another service's port?"
    if answer[3]:
        return _refusal(broker, answer[3])
    connection.sendall(_DISCONNECT)
    return None


def _read(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer where the other side ends it before."""
    content = b""
    while len(content) < size and (more := connection.recv(size - len(content))):
        content += more
    return content


def _connect_packet(broker: BrokerConfig) -> bytes:
    """CONNECT of MQTT 3.1.1 (section 3.1): a clean session without a will."""
    flags = 0b10
    words = [broker.client_id]
    if broker.username is not None:
        flags |= 0x80
        words.append(broker.username)
        if broker.password is not None:
            flags |= 0x40
            words.append(broker.password)
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + broker.keepalive_s.to_bytes(2, "big")
    for word in words:
        text = word.encode()
        body += len(text).to_bytes(2, "big") + text
    length, size = bytearray(), len(body)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([0x10, *length, size]) + body


def _refusal(broker: BrokerConfig, code: int) -> str:
    at = f"$.broker: {broker.host}:{broker.port} refuses"
    word = _REFUSALS.get(code, f"code {code}")
    if code not in _WHO:
        return f"{at} this node: {word}; its log says more"
    if broker.username is None:
        return f"{at} a node without a user; set `password_file`, and add the user to the broker"
    return (
        f"{at} the user `{broker.username}` with this password ({word}); compare `username` and "
        "`password_file` with the broker's list of users"
    )


def _why_not(broker: BrokerConfig, error: Exception) -> str:
    """In words, why no connection came to be, with the key that has to do with it."""
    at = f"{broker.host}:{broker.port}"
    match error:
        case ssl.SSLCertVerificationError() if error.verify_code in _OTHER_NAME:
            return (
                f"$.broker.host: the certificate of {at} is not for the name `{broker.host}`: write the name "
                f"it is for, or make one for this name ({error.verify_message})"
            )
        case ssl.SSLCertVerificationError() if error.verify_code in _WRONG_TIME:
            return f"$.broker: the certificate of {at} {error.verify_message}: renew it, or set this clock"
        case ssl.SSLCertVerificationError():
            return (
                f"$.broker.ca_file: the certificate of {at} is not signed by {broker.ca_file}: take the file "
                f"of the broker's own authority ({error.verify_message})"
            )
        case ssl.SSLError() if "ALERT" in (error.reason or ""):
            return f"$.broker: {at} refuses this node's TLS: {error.reason}; its log says more"
        case ssl.SSLError():
            why = error.reason or error
            return f"$.broker.port: {at} speaks no TLS ({why}); take its TLS port (8883), or `ca_file` away"
        case ConnectionRefusedError():
            return f"$.broker: nothing listens at {at}; is the broker running, and is that its port?"
        case ConnectionResetError() | BrokenPipeError() if broker.ca_file is not None:
            return (
                f"$.broker.port: {at} ended the connection as TLS began; is it the broker's TLS port (8883)?"
            )
        case socket.gaierror() | UnicodeError():
            return (
                f"$.broker.host: the name `{broker.host}` leads nowhere ({error}); check it, and the network"
            )
        case TimeoutError():
            return (
                f"$.broker: {at} does not answer; is it switched on, on this network, not behind a firewall?"
            )
        case _:
            return f"$.broker: {at} cannot be reached: {error}"


def is_root() -> bool:
    """Whether this user may do everything, so that nothing is learned of what the node's user may."""
    return os.geteuid() == 0
