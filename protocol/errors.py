"""The faults of the protocol, in one tree.

* ProtocolError
  * MessageRejected   a whole message could not be read (not JSON, too long, no envelope)
    * OtherVersion    it is written in a version of the wire that is not read here
  * ConfigError       one or more faults in a configuration file
  * BrokerUnreachable the broker could not be reached within the time given
  * CertificateRefused a certificate, a key or a request is not what a campus gives out
"""

from collections.abc import Sequence


class ProtocolError(Exception):
    """Root of every error this package raises."""


class MessageRejected(ProtocolError, ValueError):
    """A message that cannot be read at all; `fault` says why."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class OtherVersion(MessageRejected):
    """A message in a version of the wire that is not read here: neither to be guessed at nor thrown away."""

    def __init__(self, version: int, read: str) -> None:
        super().__init__(f"is written in version {version} of the wire, read here is {read}")
        self.version = version


class ConfigError(ProtocolError, ValueError):
    """Every fault found in one file or a set of files, each as `file: path: what is wrong`."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class BrokerUnreachable(ProtocolError, ConnectionError):
    """No connection to the broker within the time given."""


class CertificateRefused(ProtocolError, ValueError):
    """A certificate, a key or a request that cannot be used; the message says why."""
