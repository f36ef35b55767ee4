"""A node's own certificate in, what is wrong with it, and how near its end is, out. Changes nothing."""

from datetime import datetime
from pathlib import Path

from edge.config import Broker
from protocol.certificates import require_pair
from protocol.errors import CertificateRefused
from protocol.expiry import Nearness, nearness

AT = "$.broker.certificate_file"


def look_at_certificate(broker: Broker, now: datetime, faults: list[str], notes: list[str]) -> None:
    """Add to `faults` what keeps the broker from taking it, to `notes` that it ends soon."""
    path, authority = broker.certificate_file, broker.ca_file
    if path is None or authority is None:
        return
    try:
        pem = Path(path).read_bytes()
        key = Path(broker.key_file).read_bytes() if broker.key_file else pem
        facts = require_pair(pem, key, Path(authority).read_bytes())
    except OSError as error:
        faults.append(
            f"{AT}: {error.filename} cannot be read: {error.strerror}; `kuzet node install` puts it there, "
            "owned by the node's user"
        )
        return
    except CertificateRefused as error:
        faults.append(f"{AT}: {path}: {error}")
        return
    near = nearness(facts.starts, facts.ends, now)
    good = f"good from {facts.starts:%Y-%m-%d} to {facts.ends:%Y-%m-%d}"
    if near in (Nearness.ENDED, Nearness.NOT_YET):
        faults.append(
            f"{AT}: {path} is {near.value}, {good}; is the clock right? `kuzet node request` renews it"
        )
    elif near is not Nearness.FAR:
        notes.append(
            f"certificate: ends in {(facts.ends - now).days} days, {good}; `kuzet node request` renews it"
        )
