"""MQTT 3.1.1 by hand over TLS, for clients that lie: one socket, bytes as asked, and what came back."""

import socket
import ssl
from pathlib import Path

HOST = "127.0.0.1"
#: Only ends a test that has failed, seconds; the promise that a revoked node is gone is a minute too.
WAIT_S = 60.0
ACCEPTED = b"\x20\x02\x00\x00"
PUBACK, SUBACK = 0x40, 0x90


def tls(authority: Path, own: Path | None) -> ssl.SSLContext:
    """What a client shows: its certificate, or none."""
    context = ssl.create_default_context(cafile=str(authority))
    if own is not None:
        context.load_cert_chain(str(own))
    return context


class Wire:
    """One connection. Raises OSError where the other side ends it."""

    def __init__(
        self, port: int, context: ssl.SSLContext | None, session: ssl.SSLSession | None = None
    ) -> None:
        plain = socket.create_connection((HOST, port), WAIT_S)
        try:
            self.socket = plain if context is None else _wrapped(plain, context, session)
        except BaseException:
            plain.close()
            raise

    def close(self) -> None:
        """End it without a word, as a cut cable does: a will is then said."""
        self.socket.close()

    def connect(self, client_id: str, will: tuple[str, bytes] | None = None) -> bool:
        """Introduce oneself; whether that was accepted."""
        flags, words = 0b10, [client_id.encode()]
        if will is not None:
            flags |= 0b0010_1100
            words += [will[0].encode(), will[1]]
        body = b"\x00\x04MQTT\x04" + bytes([flags]) + (600).to_bytes(2, "big") + b"".join(map(_word, words))
        self.socket.sendall(_packet(0x10, body))
        return self._read(4) == ACCEPTED

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """QoS 1, and wait for its PUBACK: the broker has then done with it."""
        self.socket.sendall(_packet(0x32 | retain, _word(topic.encode()) + b"\x00\x01" + payload))
        self._wait_for(PUBACK)

    def subscribe(self, topic: str) -> None:
        """Ask for a topic and wait until that is answered."""
        self.socket.sendall(_packet(0x82, b"\x00\x07" + _word(topic.encode()) + b"\x01"))
        self._wait_for(SUBACK)

    def hears(self) -> bool:
        """Whether anything was delivered before a ping comes back."""
        self.socket.sendall(b"\xc0\x00")
        return self._packet()[0] != 0xD0

    def hears_nothing_more(self) -> None:
        """Read whatever comes until the broker ends it. Raises OSError then."""
        while True:
            self._packet()

    def _wait_for(self, kind: int) -> None:
        while self._packet()[0] & 0xF0 != kind:
            pass

    def _packet(self) -> bytes:
        head = self._read(2)
        size, shift, digit = head[1] & 0x7F, 7, head[1]
        while digit & 0x80:
            digit = self._read(1)[0]
            size, shift = size + ((digit & 0x7F) << shift), shift + 7
        return head[:1] + self._read(size)

    def _read(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            more = self.socket.recv(size - len(content))
            if not more:
                raise ConnectionResetError("ended by the broker")
            content += more
        return content


def refused(port: int, context: ssl.SSLContext | None, session: ssl.SSLSession | None = None) -> bool:
    """Whether the broker ends such a connection before it takes anybody in."""
    try:
        wire = Wire(port, context, session)
    except OSError:
        return True
    try:
        return not wire.connect("whoever")
    except OSError:
        return True
    finally:
        wire.close()


def _wrapped(plain: socket.socket, context: ssl.SSLContext, session: ssl.SSLSession | None) -> ssl.SSLSocket:
    return context.wrap_socket(plain, server_hostname=HOST, session=session)


def _word(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def _packet(head: int, body: bytes) -> bytes:
    length, size = bytearray(), len(body)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([head, *length, size]) + body
