"""A node's file in; where its own certificate belongs, and to whom, out."""

import os
import pwd
from pathlib import Path

from edge.config import NodeConfig, read_node_config
from protocol.errors import ConfigError

#: The user that nodes and hub run as, where root puts files for them.
SERVICE = "kuzet"


def read_node(path: Path) -> tuple[NodeConfig, Path, Path]:
    """The node's file, and where its certificate and its authority's belong. Raises ConfigError."""
    config = read_node_config(path)
    certificate, authority = config.broker.certificate_file, config.broker.ca_file
    if certificate is None or authority is None:
        raise ConfigError(
            [
                f"{path}: $.broker: `ca_file` and `certificate_file` are missing: "
                'write `ca_file = "/etc/kuzet/ca.crt"` and `certificate_file = "/etc/kuzet/node.pem"`'
            ]
        )
    if config.broker.key_file is not None:
        raise ConfigError(
            [f"{path}: $.broker.key_file: leave it out: certificate and key are replaced as one file"]
        )
    return config, Path(certificate), Path(authority)


def service() -> tuple[int, int] | None:
    """To whom belongs what root writes for a node or the hub; None: to whoever writes."""
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam(SERVICE)
    except KeyError:
        return None
    return user.pw_uid, user.pw_gid


def waiting_key(certificate: Path) -> Path:
    """A new key, until its certificate comes."""
    return certificate.with_name(f"{certificate.name}.key.new")
