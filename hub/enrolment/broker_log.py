"""mosquitto's log in, line by line; what it refused and who came and went out, in our words. Pure.

mosquitto 2.0 names what the rights refused only among its debug lines, and a foreign will or a foreign
subscription not at all: it lets them be and delivers nothing. Both are told apart here by the topic they
name.
"""

import re
from enum import Enum
from typing import NamedTuple

from protocol.topics import VERSION_ROOT


class Kind(Enum):
    """What a line is."""

    REFUSED = "refused"
    CAME = "connected"
    LEFT = "disconnected"
    #: A second session of one identity: a rotation, a reboot, or two who hold one key.
    TAKEN_OVER = "taken-over"
    OTHER = "broker"


class Said(NamedTuple):
    """One line in our words, `key=value`."""

    kind: Kind
    text: str


_STAMP = re.compile(r"^\d+: ")
_NEW = re.compile(r"^New connection from (\S+?):\d+ on port")
_CAME = re.compile(r"^New client connected from (\S+?):\d+ as (\S+) ")
_DENIED = re.compile(r"^Denied PUBLISH from (\S+) \(d\d, q\d, r(\d), m\d+, '(.*)', \.\.\. \((\d+) bytes\)\)")
_TAKEN = re.compile(r"^Client (\S+) already connected, closing old connection")
_SUBSCRIBES = re.compile(r"^Received SUBSCRIBE from (\S+)")
_SUBSCRIBED = re.compile(r"^\t(.*) \(QoS \d\)$")
_TLS = re.compile(r"^OpenSSL Error\[\d+\]: error:[0-9A-F]+:[^:]*:[^:]*:?(.*)$")
_FAILED = re.compile(r"^Client connection from (\S+) failed: error:[0-9A-F]+:[^:]*:[^:]*:?(.*?)\.?$")
_LEFT = re.compile(r"^Client (\S+) (closed its connection|disconnected|has exceeded timeout)(.*)$")
#: What says nothing but that the broker works.
_NOISE = re.compile(
    r"^(Sending |Received (?!SUBSCRIBE)|No will message|\t|Saving in-memory|Socket error on client <unknown>)"
)
_STRANGER = "<unknown>"


class BrokerLog:
    """Reads one broker's log; a line may only make sense after the one before."""

    def __init__(self, site: str) -> None:
        self._nodes = f"{VERSION_ROOT}/{site}/node"
        self._hub = f"{VERSION_ROOT}/{site}/hub/status"
        self._from = "?"
        self._why = ""
        #: Whose will or subscription the next line names.
        self._will_of: str | None = None
        self._subscriber: str | None = None
        self._client = ""

    def read(self, line: str) -> Said | None:
        """What a line says, or None when it says nothing that matters."""
        text = _STAMP.sub("", line.rstrip("\n"))
        will_of, self._will_of = self._will_of, None
        if will_of is not None and text.startswith("\t"):
            return self._will(will_of, text.removeprefix("\t"))
        if found := _SUBSCRIBED.match(text):
            return self._subscription(found[1])
        if found := _DENIED.match(text):
            return _refused("publish", found[1], f"topic={found[3]!r} retained={found[2]} bytes={found[4]}")
        if text.startswith("Will message specified"):
            self._will_of = self._client
            return None
        if found := _SUBSCRIBES.match(text):
            self._subscriber = found[1]
            return None
        return self._connection(text)

    def _connection(self, text: str) -> Said | None:
        if found := _NEW.match(text):
            self._from, self._why = found[1], ""
            return None
        if found := _CAME.match(text):
            self._client = found[2]
            return Said(Kind.CAME, f"connected={found[2]} from={found[1]}")
        if found := _TAKEN.match(text):
            return Said(Kind.TAKEN_OVER, f"taken-over={found[1]} by={self._from}")
        if found := _FAILED.match(text):
            return _refused("connection", found[1], f"why={found[2]!r}")
        if found := _TLS.match(text):
            self._why = found[1]
            return None
        if found := _LEFT.match(text):
            if found[1] != _STRANGER:
                return Said(Kind.LEFT, f"disconnected={found[1]} how={(found[2] + found[3]).strip(' .')!r}")
            why, self._why = self._why or found[3].strip(" :."), ""
            return _refused("connection", self._from, f"why={why!r}")
        return None if not text or _NOISE.match(text) else Said(Kind.OTHER, text)

    def _will(self, client: str, topic: str) -> Said | None:
        if topic in (f"{self._nodes}/{client}/status", self._hub if client == "hub" else ""):
            return None
        return _refused("will", client, f"topic={topic!r}")

    def _subscription(self, topic: str) -> Said | None:
        """A node hears its own ack and signal; what else it asks for it never hears. Others ask what they
        may.
        """
        client, own = self._subscriber, f"{self._nodes}/{self._subscriber}"
        if client is None or client == "hub" or topic in (f"{own}/ack", f"{own}/signal"):
            return None
        return _refused("subscription", client, f"topic={topic!r}")


def _refused(what: str, who: str, more: str) -> Said:
    return Said(Kind.REFUSED, f"refused={what} from={who} {more}")
