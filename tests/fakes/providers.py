"""Providers on loopback that behave as real ones do on bad days; each keeps a ledger of what it has taken.

HTTP: `HttpProvider` with a behaviour that the test chooses and may change. Mail: `MailProvider`.
"""

import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

#: Between two bytes of a dripping provider, seconds: M16 of the reliability notes.
DRIP_S = 2.0


class Request(NamedTuple):
    """What a provider was sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """Its body."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


Behaviour = Callable[["HttpProvider", socket.socket, Request], None]


def answer(status: int, body: dict[str, Any] | None = None, **headers: str) -> Behaviour:
    """Take it, and answer with this status."""

    def behave(provider: "HttpProvider", peer: socket.socket, request: Request) -> None:
        text = json.dumps({"id": "x", "ok": True} if body is None else body).encode()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(text)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if 200 <= status < 300:
            provider.taken.append(request)
        peer.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + text)

    return behave


def take_and_drop(provider: "HttpProvider", _peer: socket.socket, request: Request) -> None:
    """Take it, and close the connection without a word."""
    provider.taken.append(request)


def hang(provider: "HttpProvider", peer: socket.socket, _request: Request) -> None:
    """Say nothing until the other side goes."""
    _wait_gone(provider, peer)


def drip(provider: "HttpProvider", peer: socket.socket, _request: Request) -> None:
    """One byte each 2 s: no read ever times out."""
    for sign in b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n" + b"x" * 100:
        try:
            peer.sendall(bytes([sign]))
        except OSError:
            return
        if provider.closing.wait(DRIP_S):
            return


class HttpProvider:
    """A server that answers as its behaviour says; `taken` is its own ledger."""

    def __init__(self, behaviour: Behaviour | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour: Behaviour = behaviour or answer(200)
        self.taken: list[Request] = []
        self.asked: list[Request] = []
        self.closing = threading.Event()
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        """End it and its threads."""
        self.closing.set()
        # A listener that somebody waits at wakes when it is shut down, not when it is closed.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10.0)

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            try:
                talking = self._tls.wrap_socket(peer, server_side=True) if self._tls else peer
                request = _read_request(talking)
                if request is not None:
                    self.asked.append(request)
                    self.behaviour(self, talking, request)
                if talking is not peer:
                    talking.close()
            except OSError:
                return


class MailProvider:
    """An SMTP server: `taken` are the mails it has taken, `refuse` answers the recipient."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        #: The answer to RCPT, for example `550 no such user`; None: it is fine.
        self.refuse: str | None = None
        self.drops_after_data = False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, recipient: str = "guard") -> str:
        """The address as Apprise wants it, for one recipient."""
        return f"mailto://127.0.0.1:{self.port}?to={recipient}@example.org&from=kuzet@example.org"

    def close(self) -> None:
        """End it and its threads."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10.0)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 fake\r\n")
            for line in iter(talk.readline, b""):
                word = line[:4].upper()
                if word == b"DATA":
                    talk.write(b"354 go on\r\n")
                    self.taken.append(b"".join(iter(talk.readline, b".\r\n")).decode())
                    if self.drops_after_data:
                        return
                    talk.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    talk.write(b"221 bye\r\n")
                    return
                elif word == b"RCPT" and self.refuse is not None:
                    talk.write(f"{self.refuse}\r\n".encode())
                else:
                    talk.write(b"250 fine\r\n")


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context whose certificate nobody has a reason to trust."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is missing: apt-get install openssl")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _read_request(peer: socket.socket) -> Request | None:
    read = b""
    while b"\r\n\r\n" not in read:
        piece = peer.recv(65_536)
        if not piece:
            return None
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    found = re.match(r"(\d+)", headers.get("content-length", "0"))
    length = int(found[1]) if found else 0
    while len(body) < length:
        piece = peer.recv(65_536)
        if not piece:
            return None
        body += piece
    method, path, _ = first.split(" ")
    return Request(method, path, headers, body)


def _wait_gone(provider: HttpProvider, peer: socket.socket) -> None:
    peer.settimeout(0.1)
    while not provider.closing.is_set():
        try:
            if not peer.recv(1024):
                return
        except TimeoutError:
            continue
