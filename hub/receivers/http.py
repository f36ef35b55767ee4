"""One request to one guarded address: what came back as a value; no redirects, no retries, little read."""

import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult

import msgspec
import urllib3
from msgspec import Struct
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError, TimeoutError

from hub.receivers.guard import AddressRefused, HostUnknown, port_of, resolve, split_address
from hub.receivers.message import Sent, accepted, passing, permanent, unknown

#: More of an answer is not read, bytes.
MOST_READ = 16_384
#: The part of a worker's deadline after which its request ends by itself.
OWN_SHARE = 0.9
#: Answers that time mends.
PASSING = frozenset({408, 425, 429})
#: What a person can do about an answer.
HINTS = {
    301: "it redirects, which is not followed; write the last address",
    302: "it redirects, which is not followed; write the last address",
    400: "the address or what is sent to it is wrong",
    401: "the token or password is wrong",
    403: "the token may not send there",
    404: "nothing is at this address",
    413: "the message is too long for it",
}
_SECONDS = re.compile(r"^\d{1,9}$")


class Answer(Struct, frozen=True, kw_only=True):
    """What a server answered."""

    status: int
    retry_after_s: float | None
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body where it is a JSON object; empty where it is not."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            return {}


class Line(Struct, frozen=True, kw_only=True):
    """How a server is spoken to."""

    url: str
    deadline_s: float
    allow_private: bool = False
    schemes: Sequence[str] = ("https", "http")
    #: Empty: any host.
    hosts: Sequence[str] = ()
    #: Certificates of our own to trust; None: the system's.
    ca_file: str | None = None


def send(line: Line, body: bytes | None, headers: Mapping[str, str], method: str = "POST") -> Answer | Sent:
    """Make one request: the answer, or why there is none."""
    try:
        parts = split_address(line.url, line.schemes, line.hosts)
        address = resolve(parts.hostname or "", port_of(parts), allow_private=line.allow_private)
    except AddressRefused as refused:
        return permanent(str(refused))
    except HostUnknown as without:
        return passing(str(without))
    try:
        pool = _pool(parts, address, line)
    except OSError:
        return permanent("ca_file cannot be read, or holds no certificate")
    try:
        with pool:
            response = pool.urlopen(
                method,
                _target(parts),
                body=body,
                headers={"Host": _host(parts), "User-Agent": "kuzet", **headers},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            # One byte an age never ends by itself: the courier's deadline ends it.
            text = response.read(MOST_READ, decode_content=False)
            return Answer(
                status=response.status,
                retry_after_s=_seconds(response.headers.get("Retry-After")),
                body=text,
            )
    except (HTTPError, OSError, ValueError) as error:
        # Their texts hold the address, which may hold a token: only their kind is told.
        return _in_words(error)


def judge(answer: Answer, retry_after_s: float | None = None) -> Sent:
    """What an answer means, by its status."""
    status = answer.status
    if 200 <= status < 300:
        return accepted(status)
    if status in PASSING or status >= 500:
        wait_s = retry_after_s if retry_after_s is not None else answer.retry_after_s
        return passing(f"answered {status}", status, wait_s)
    hint = HINTS.get(status)
    return permanent(f"answered {status}: {hint}" if hint else f"answered {status}", status)


def _pool(parts: SplitResult, address: str, line: Line) -> urllib3.HTTPConnectionPool:
    # What only hangs ends by itself, so that its worker need not be killed and started again.
    timeout = urllib3.Timeout(total=OWN_SHARE * line.deadline_s)
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, port_of(parts), timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        address,
        port_of(parts),
        timeout=timeout,
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
        ssl_context=ssl.create_default_context(cafile=line.ca_file),
    )


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _host(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{host}:{parts.port}" if parts.port else host


def _seconds(value: str | None) -> float | None:
    """Retry-After in seconds; a date, which would trust two clocks, is taken for nothing."""
    return float(value) if value is not None and _SECONDS.match(value.strip()) else None


def _in_words(error: Exception) -> Sent:
    if isinstance(error, SSLError | ssl.SSLError):
        return passing("its certificate or TLS is not sound")
    if isinstance(error, NewConnectionError | ConnectTimeoutError):
        return passing("no connection")
    # From here on it may have been sent, and taken.
    if isinstance(error, TimeoutError):
        return unknown("no answer in time")
    return unknown(f"the connection broke ({type(error).__name__})")
