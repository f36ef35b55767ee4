"""Who may do what at the broker, and how much: identities in, mosquitto's two files out. Pure.

What is not written here is refused. A node has its lines while it holds a certificate that was not taken
back, so that a reload of the file silences a revoked one in the middle of its session.
"""

from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple

from protocol.certificates import Role
from protocol.topics import VERSION_ROOT

#: Longest MQTT packet, bytes: a message of 16 KB with its topic and header.
MAX_PACKET_BYTES = 17 * 1024
#: What waits for one slow reader, messages and bytes: events of a whole campus for minutes, while the hub
#: restarts.
MAX_QUEUED, MAX_QUEUED_BYTES = 20_000, 64 * 1024 * 1024
#: Sessions at once: two hundred nodes that reconnect before their old session is noticed dead, and readers.
MAX_CONNECTIONS = 1000


class Listener(NamedTuple):
    """Where the broker listens and what it shows."""

    port: int
    #: An address of this machine; empty: every address.
    address: str
    #: Folder of the broker's files, and of what it remembers.
    folder: PurePath
    state: PurePath
    #: Whose rights the broker takes when it is started by root.
    user: str


def configuration(listener: Listener) -> str:
    """`mosquitto.conf`."""
    at = f"{listener.port} {listener.address}".strip()
    files = listener.folder
    return f"""\
# Written by `kuzet broker config`; the next run of it writes it again. Changes belong in its options.
per_listener_settings false
user {listener.user}
pid_file {listener.state / "mosquitto.pid"}

# One way in, for the hub too. TLS 1.3, a certificate of the campus's authority, and nothing else.
listener {at}
tls_version tlsv1.3
cafile {files / "ca.crt"}
certfile {files / "broker.crt"}
keyfile {files / "broker.key"}
crlfile {files / "revoked.pem"}
require_certificate true
# The common name is the user, and the user is the client id, whatever the client calls itself.
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
allow_zero_length_clientid false
max_connections {MAX_CONNECTIONS}
max_topic_alias 0

# What is not in it is refused.
acl_file {files / "rights.acl"}

# Limits. Nothing here has to survive: a node keeps what the hub has not stored.
max_packet_size {MAX_PACKET_BYTES}
max_inflight_messages 100
max_queued_messages {MAX_QUEUED}
max_queued_bytes {MAX_QUEUED_BYTES}
max_keepalive 600
queue_qos0_messages false
persistent_client_expiration 1h
set_tcp_nodelay true
sys_interval 60

# What is retained outlives a restart: lights show their last allowance until it is too old.
persistence true
persistence_location {listener.state}/
autosave_interval 60

# Whoever is refused is named. `debug` is where this mosquitto says what the rights refused.
log_dest stderr
log_type error
log_type warning
log_type notice
log_type information
log_type debug
connection_messages true
"""


def rights(site: str, identities: Iterable[tuple[Role, str]], discovery: str | None = None) -> str:
    """`rights.acl`: one block an identity. `discovery`: the topic below which the campus is described to Home
    Assistant.
    """
    blocks = [
        f"# Written by `kuzet broker config` and `kuzet node`. Site {site}. What is not written is refused.\n"
    ]
    for role, name in sorted(identities, key=lambda one: (one[0].value, one[1])):
        lines = _lines(site, role, name, discovery)
        if lines:
            blocks.append(
                "\n".join([f"# {role.value}", f"user {name}", *(f"topic {line}" for line in lines)]) + "\n"
            )
    return "\n".join(blocks)


def _lines(site: str, role: Role, name: str, discovery: str | None) -> list[str]:
    root = f"{VERSION_ROOT}/{site}"
    if role is Role.NODE:
        own = f"{root}/node/{name}"
        written = [f"write {own}/{leaf}" for leaf in ("events", "hello", "status", "health")]
        return written + [f"read {own}/{leaf}" for leaf in ("ack", "signal")]
    # Of what nodes say the hub writes nothing: its certificate forges no event.
    everybody = [
        f"read {root}/{topic}" for topic in ("space/+/state", "alert/+", "hub/status", "node/+/status")
    ]
    if role is Role.READER:
        shown = [f"read {discovery}/#", f"read {root}/home-assistant/#", f"read {root}/node/+/signal"]
        return everybody + (shown if discovery else [])
    if role is Role.HOME_ASSISTANT and discovery:
        # Its own words only, and it reads them again to take back what has gone.
        said = [f"readwrite {discovery}/+/kuzet-{site}/+/config"]
        said += [f"readwrite {root}/home-assistant/{leaf}" for leaf in ("alerts", "space/+")]
        said += [f"write {root}/home-assistant/{leaf}" for leaf in ("status", "happened")]
        return [f"read {root}/alert/+", *said]
    if role is Role.HUB:
        heard = [f"read {root}/node/+/{leaf}" for leaf in ("events", "hello", "status", "health")]
        told = [f"write {root}/node/+/{leaf}" for leaf in ("ack", "signal")]
        told += [f"write {root}/space/+/state", f"write {root}/hub/status"]
        # It hears its own alerts, to find those that are not true.
        both = [f"readwrite {root}/alert/+"]
        return heard + told + both
    return []
