"""Which addresses may be spoken to: a scheme of the list, a host of the list, no private network unasked."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from hub.errors import HubError

#: Clouds answer questions about a machine's own secrets here; never a receiver, whatever is allowed.
METADATA = frozenset(
    {
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "fd00:ec2::254",
        "metadata.google.internal",
    }
)
_PORTS = {"http": 80, "https": 443}


class AddressRefused(HubError, ValueError):
    """The address may not be spoken to. The message never holds the address's path or secrets."""


class HostUnknown(HubError, ConnectionError):
    """The host has no address, or not now."""


def split_address(url: str, schemes: Sequence[str], hosts: Sequence[str] = ()) -> SplitResult:
    """The parts of `url`. Raises AddressRefused unless scheme and host are allowed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused("is no address; write for example https://host/path") from None
    if parts.scheme not in schemes:
        raise AddressRefused(f"scheme `{parts.scheme[:20]}` is not one of {', '.join(schemes)}")
    if not host or port == 0 or any(sign in url for sign in "\r\n\t \\"):
        raise AddressRefused("is no address; write for example https://host/path")
    if hosts and host not in hosts:
        raise AddressRefused(f"host `{host[:80]}` is not one of {', '.join(hosts)}")
    if host in METADATA:
        raise AddressRefused(f"host `{host}` is a cloud's own")
    return parts


def resolve(host: str, port: int, *, allow_private: bool) -> str:
    """One address of `host` that may be spoken to; every address of it must be allowed.

    The caller connects to what is returned, so that a second look-up cannot lead elsewhere.
    Raises AddressRefused, HostUnknown.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise HostUnknown("the host's name has no address") from None
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    for address in addresses:
        require_allowed(address, allow_private=allow_private)
    return str(addresses[0])


def require_allowed(address: IPv4Address | IPv6Address, *, allow_private: bool) -> None:
    """Raise AddressRefused when `address` may not be spoken to."""
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    address = inner or address
    if str(address) in METADATA or address.is_multicast or address.is_unspecified or address.is_link_local:
        raise AddressRefused(f"address {address} is never a receiver's")
    if not address.is_global and not allow_private:
        raise AddressRefused(f"address {address} is private; write `allow_private = true` if it is meant")


def port_of(parts: SplitResult) -> int:
    """The port, said or usual."""
    return parts.port or _PORTS.get(parts.scheme, 443)
