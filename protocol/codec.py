"""Bytes to events and back: strict, bounded, and with one verdict per event. Pure."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from protocol.errors import MessageRejected, OtherVersion
from protocol.events import KINDS, AnyEvent, Event
from protocol.quantities import MOST, Epoch, Id, Seq, format_instant, require_utc
from protocol.wire import WIRE, Version, Wire

#: Longest message in bytes and most events in one; see docs/protocol.md.
MAX_BYTES = 16 * 1024
MAX_EVENTS = 100
_ILLEGIBLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class RejectedEvent(NamedTuple):
    """An event that was legible enough to be named, but not legal."""

    seq: int
    kind: str
    fault: str
    body: bytes


class Decoded(NamedTuple):
    """What a message held: the legal events with their bytes, and the illegal ones with their faults.

    `unnamed` holds the faults of events without a usable seq: they cannot be acknowledged one by one.
    `gone` are ranges of seqs that will never come, both ends inclusive: dropped, or counted in a later event.
    `sent_at` is the node's own instant of sending, given while its clock is not synced.
    `node` is whom the message says to be of, where it says so; who it is of the topic says.
    `ahead`: alarms that were sent before older events which still wait at the node.
    `version` is that of the wire in which it is written.
    """

    epoch: str
    events: list[tuple[AnyEvent, bytes]]
    rejected: list[RejectedEvent]
    unnamed: list[str]
    gone: tuple[tuple[int, int], ...] = ()
    sent_at: datetime | None = None
    node: str | None = None
    version: int = 1
    ahead: bool = False


class _Envelope(Struct, frozen=True):
    epoch: Epoch
    events: list[msgspec.Raw]
    gone: tuple[tuple[Seq, Seq], ...] = ()
    sent_at: datetime | None = None
    node: Id | None = None
    wire: Version = 1
    ahead: bool = False

    def __post_init__(self) -> None:
        if self.sent_at is not None:
            require_utc(self.sent_at, "sent_at")
        for low, high in self.gone:
            if low > high:
                raise ValueError(f"gone has the range {low}..{high}, which ends before it begins")


class _Sender(Struct, frozen=True):
    node: Id | None = None


class _Speaker(Struct, frozen=True):
    wire: Wire | None = None


class _Written(Struct, frozen=True):
    wire: Version = 1


class _Name(Struct, frozen=True):
    seq: int
    kind: object = ""


_envelope = msgspec.json.Decoder(_Envelope)
_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_name = msgspec.json.Decoder(_Name)
_sender = msgspec.json.Decoder(_Sender)
_speaker = msgspec.json.Decoder(_Speaker)
_written = msgspec.json.Decoder(_Written)
_encoder = msgspec.json.Encoder()
#: msgspec writes six digits of a second or none; the wire has three.
_FRACTION = re.compile(rb'(T\d\d:\d\d:\d\d)(?:(\.\d{3})\d{3})?Z"')
M = TypeVar("M", bound=Struct)


def encode(message: Struct) -> bytes:
    """The JSON of any message of the protocol."""
    return _FRACTION.sub(_three_digits, _encoder.encode(message))


def encode_event(event: Event) -> bytes:
    """The JSON of one event, as it is kept in the outbox and in the journal."""
    return encode(event)


def encode_batch(
    epoch: str,
    bodies: list[bytes],
    gone: Sequence[tuple[int, int]] = (),
    sent_at: datetime | None = None,
    version: int = 1,
    *,
    ahead: bool = False,
) -> bytes:
    """A message of already encoded events, and of the seqs that will never come; see `Decoded`.

    Raises ValueError when it would break the limits of the wire.
    """
    more = b',"sent_at":"%b"' % format_instant(sent_at).encode() if sent_at is not None else b""
    if version != 1:
        more += b',"wire":%d' % version
    if gone:
        more += b',"gone":[%b]' % b",".join(b"[%d,%d]" % each for each in gone)
    if ahead:
        more += b',"ahead":true'
    payload = b'{"epoch":"%b"%b,"events":[%b]}' % (epoch.encode(), more, b",".join(bodies))
    if len(bodies) > MAX_EVENTS or len(payload) > MAX_BYTES:
        raise ValueError(
            f"a message holds at most {MAX_EVENTS} events and {MAX_BYTES} bytes, "
            f"got {len(bodies)} and {len(payload)}"
        )
    return payload


def decode_event(body: bytes) -> AnyEvent:
    """One event from its JSON; raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    return _event.decode(body)


def decode_batch(payload: bytes, wire: Wire = WIRE) -> Decoded:
    """The events of a message, legal and illegal apart; `wire` are the versions that are read.

    Raises MessageRejected when the message as a whole cannot be read; OtherVersion when it is of another.
    """
    if len(payload) > MAX_BYTES:
        raise MessageRejected(f"message is {len(payload)} bytes long, at most {MAX_BYTES} are allowed")
    try:
        envelope, bodies = _open(payload)
    except MessageRejected:
        # Of another version even the envelope may be another.
        version = _version_of(payload)
        if version is not None:
            _require_read(version, wire)
        raise
    _require_read(envelope.wire, wire)
    if len(bodies) > MAX_EVENTS:
        raise MessageRejected(f"message holds {len(bodies)} events, at most {MAX_EVENTS} are allowed")
    decoded = Decoded(
        envelope.epoch,
        [],
        [],
        [],
        envelope.gone,
        envelope.sent_at,
        envelope.node,
        envelope.wire,
        envelope.ahead,
    )
    for body in bodies:
        try:
            decoded.events.append((_event.decode(body), body))
        except _ILLEGIBLE as error:
            _reject(decoded, body, str(error))
    return decoded


def decode_message(payload: bytes, kind: type[M]) -> M:
    """A hello, status, health, ack or signal. Raises MessageRejected when it is not legal."""
    if len(payload) > MAX_BYTES:
        raise MessageRejected(f"message is {len(payload)} bytes long, at most {MAX_BYTES} are allowed")
    try:
        return msgspec.json.decode(payload, type=kind)
    except _ILLEGIBLE as error:
        raise MessageRejected(str(error)) from error


def sender_of(payload: bytes) -> str | None:
    """Whom a message other than of events says to be of, where it says so. Raises MessageRejected."""
    try:
        return _sender.decode(payload).node
    except _ILLEGIBLE as error:
        raise MessageRejected(str(error)) from error


def wire_of(payload: bytes) -> Wire | None:
    """The versions that a hello or an acknowledgement says to speak, even where the rest is illegible.

    None: it does not say.
    """
    try:
        return _speaker.decode(payload).wire
    except _ILLEGIBLE:
        return None


def _version_of(payload: bytes) -> int | None:
    try:
        return _written.decode(payload).wire
    except _ILLEGIBLE:
        # Nobody can say: it is refused for what else is wrong with it.
        return None


def _require_read(version: int, wire: Wire) -> None:
    if not wire.speaks(version):
        raise OtherVersion(version, str(wire))


def _three_digits(found: re.Match[bytes]) -> bytes:
    return found[1] + (found[2] or b".000") + b'Z"'


def _open(payload: bytes) -> tuple[_Envelope, list[bytes]]:
    try:
        envelope = _envelope.decode(payload)
    except _ILLEGIBLE as error:
        return _open_with_constants(payload, str(error))
    return envelope, [bytes(raw) for raw in envelope.events]


def _open_with_constants(payload: bytes, fault: str) -> tuple[_Envelope, list[bytes]]:
    """Open a message spoilt by NaN or infinity, so that only the event that has it is rejected."""
    try:
        loose = json.loads(payload, parse_constant=_NotANumber)
        if not isinstance(loose["events"], list):
            raise TypeError
        bodies = [_encoder.encode(event) for event in loose["events"]]
        rest: dict[str, Any] = {
            key: loose[key] for key in ("epoch", "gone", "sent_at", "node", "wire", "ahead") if key in loose
        }
        return _envelope.decode(_encoder.encode({**rest, "events": []})), bodies
    except (*_ILLEGIBLE, ValueError, TypeError, KeyError):
        raise MessageRejected(fault) from None


class _NotANumber(Struct, frozen=True):
    """What stands for NaN or infinity: no field accepts it."""

    not_a_number: str


def _reject(decoded: Decoded, body: bytes, fault: str) -> None:
    try:
        name = _name.decode(body)
    except _ILLEGIBLE:
        decoded.unnamed.append(fault)
        return
    if not 1 <= name.seq <= MOST:
        decoded.unnamed.append(fault)
        return
    kind = name.kind if isinstance(name.kind, str) and name.kind in KINDS else "unknown"
    decoded.rejected.append(RejectedEvent(name.seq, kind, fault, body))
