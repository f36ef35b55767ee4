"""Load for benchmarks: prepared MQTT packets from many nodes, sent as fast as a window of unacknowledged
messages allows, until the hub says that all is durable.
"""

import selectors
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.layout import Layout
from protocol.clock import Clock
from protocol.codec import decode_message, encode_batch, encode_event
from protocol.events import Direction, Passage
from protocol.messages import Ack
from protocol.topics import Topics
from protocol.ulid import new_ulid

_CONNECT, _PUBLISH_QOS1, _PUBACK_BYTES = 0x10, 0x32, 4


def remaining_length(length: int) -> bytes:
    """The variable-length size of an MQTT 3.1.1 packet (section 2.2.3)."""
    out = bytearray()
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | 0x80 if length else digit)
        if not length:
            return bytes(out)


def connect_packet(client_id: str) -> bytes:
    """CONNECT, clean session, keep-alive 600 s."""
    name = client_id.encode()
    body = b"\x00\x04MQTT\x04\x02\x02\x58" + len(name).to_bytes(2, "big") + name
    return bytes([_CONNECT]) + remaining_length(len(body)) + body


def publish_packet(topic: str, payload: bytes, packet_id: int) -> bytes:
    """PUBLISH with QoS 1."""
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + packet_id.to_bytes(2, "big") + payload
    return bytes([_PUBLISH_QOS1]) + remaining_length(len(body)) + body


@dataclass(slots=True)
class Sender:
    """One node with all its packets ready."""

    node: str
    epoch: str
    packets: deque[bytes]
    #: The last seq of each packet, as they were sent.
    last_seqs: deque[int] = field(default_factory=deque)
    sent_seqs: deque[int] = field(default_factory=deque)
    connection: socket.socket | None = None
    newest: int = 0


def prepare(
    layout: Layout, events: int, batch: int, chance: Callable[[int], bytes], now: datetime
) -> list[Sender]:
    """`events` passages shared over every node with doors, in messages of `batch`, in and out by turns."""
    topics = Topics(layout.site)
    nodes = layout.nodes()
    per_node = max(batch, events // len(nodes) // batch * batch)
    at = now.astimezone(UTC).replace(microsecond=0)
    senders = []
    for node in nodes:
        doors = [door.channel for door in layout.doors if door.node == node]
        sender = Sender(node, new_ulid(now, chance), deque())
        bodies = [
            encode_event(
                Passage(
                    seq=seq,
                    at=at,
                    channel=doors[seq // 2 % len(doors)],
                    direction=Direction.IN if seq % 2 else Direction.OUT,
                    took_s=0.42,
                    confidence=0.97,
                )
            )
            for seq in range(1, per_node + 1)
        ]
        for i in range(0, per_node, batch):
            payload = encode_batch(sender.epoch, bodies[i : i + batch])
            sender.packets.append(
                publish_packet(topics.events(node), payload, len(sender.packets) % 65535 + 1)
            )
            sender.last_seqs.append(min(i + batch, per_node))
        sender.newest = per_node
        senders.append(sender)
    return senders


class Acks:
    """What the hub has acknowledged, filled by a broker session's thread."""

    def __init__(self) -> None:
        self.seq: dict[str, int] = {}

    def receive(self, topic: str, payload: bytes, _retained: bool) -> None:
        """A session's receiver of `node/+/ack`."""
        ack = decode_message(payload, Ack)
        if not ack.missing:
            self.seq[ack.epoch] = ack.seq


def drive(
    senders: Sequence[Sender], port: int, acks: Acks, window: int, clock: Clock, timeout_s: float
) -> float:
    """Send everything with at most `window` unacknowledged messages a node; seconds until all is durable.

    Raises TimeoutError when the hub has not acknowledged everything in time.
    """
    selector = selectors.DefaultSelector()
    for sender in senders:
        sender.connection = _connected(sender.node, port)
        selector.register(sender.connection, selectors.EVENT_READ, sender)
    began = clock.monotonic()
    open_senders = list(senders)
    while open_senders:
        if clock.monotonic() - began > timeout_s:
            raise TimeoutError(f"not everything was acknowledged within {timeout_s:g} s")
        for sender in open_senders:
            _send_some(sender, acks.seq.get(sender.epoch, 0), window)
        for key, _ in selector.select(timeout=0.001):
            # PUBACKs: the broker's word promises nothing, so it is only taken off the wire.
            key.fileobj.recv(65536)  # type: ignore[union-attr]  # registered above as a socket
        open_senders = [one for one in open_senders if acks.seq.get(one.epoch, 0) < one.newest]
    took_s = clock.monotonic() - began
    for sender in senders:
        if sender.connection is not None:
            sender.connection.close()
    return took_s


def _send_some(sender: Sender, acked: int, window: int) -> None:
    while sender.sent_seqs and sender.sent_seqs[0] <= acked:
        sender.sent_seqs.popleft()
    room = min(window - len(sender.sent_seqs), len(sender.packets))
    if room <= 0 or sender.connection is None or (room < window // 4 and len(sender.packets) > room):
        return
    sender.connection.sendall(b"".join(sender.packets.popleft() for _ in range(room)))
    sender.sent_seqs.extend(sender.last_seqs.popleft() for _ in range(room))


def _connected(node: str, port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(connect_packet(f"load-{node}"))
    if connection.recv(4)[3:4] != b"\x00":
        raise ConnectionError("the broker refused the load's connection")
    return connection
