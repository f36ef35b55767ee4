"""X.509 that both sides agree on: what a request and a certificate say of a node, in PEM. Reads no file, no
clock.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from protocol.errors import CertificateRefused


class Role(Enum):
    """What a certificate lets its owner be at the broker."""

    NODE = "node"
    HUB = "hub"
    #: Reads what everybody may read, and writes nothing: Home Assistant, a sign.
    READER = "reader"
    #: Describes the campus to Home Assistant, and says nothing in the hub's or a node's name.
    HOME_ASSISTANT = "home-assistant"
    BROKER = "broker"


class Subject(NamedTuple):
    """Whom a request or a certificate names."""

    site: str
    role: Role
    name: str


class Facts(NamedTuple):
    """What is to be known of a certificate."""

    subject: Subject
    #: Lower-case hexadecimal, as it is written in lists and logs.
    serial: str
    #: Half-open: good from the first instant until before the last.
    starts: datetime
    ends: datetime


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key of its own, P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as a file holds it, not encrypted: a node starts without anybody beside it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def name_of(subject: Subject) -> x509.Name:
    """The subject as X.509 writes it; the common name is what the broker goes by."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.site),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, subject.role.value),
            x509.NameAttribute(NameOID.COMMON_NAME, subject.name),
        ]
    )


def request_pem(key: ec.EllipticCurvePrivateKey, subject: Subject) -> bytes:
    """What the owner of `key` hands to the campus's authority; the key stays where it is."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name_of(subject))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def read_request(pem: bytes) -> tuple[Subject, ec.EllipticCurvePublicKey]:
    """Whom a request names and its public key. Raises CertificateRefused, saying what is wrong with it."""
    try:
        request = x509.load_pem_x509_csr(pem)
    except ValueError as error:
        raise CertificateRefused(f"is no certificate request (PEM): {error}") from None
    if not request.is_signature_valid:
        raise CertificateRefused("is not signed by the key it asks for; make it again: `kuzet node request`")
    return _subject_of(request.subject), _p256(request.public_key())


def read_certificate(pem: bytes) -> Facts:
    """The facts of the first certificate in `pem`. Raises CertificateRefused."""
    return facts_of(_load(pem))


def facts_of(certificate: x509.Certificate) -> Facts:
    """The facts of a certificate that a campus has given out. Raises CertificateRefused for any other."""
    subject = _subject_of(certificate.subject)
    serial = f"{certificate.serial_number:x}"
    return Facts(subject, serial, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def require_pair(certificate: bytes, key: bytes, authority: bytes) -> Facts:
    """The facts of a certificate that belongs to `key` and was given by `authority`, all PEM.

    Raises CertificateRefused.
    """
    from_pem = _load(certificate)
    try:
        private = _p256_key(key)
    except ValueError as error:
        raise CertificateRefused(f"the key cannot be read: {error}") from None
    if from_pem.public_key() != private.public_key():
        raise CertificateRefused("the certificate was made for another key; ask again: `kuzet node request`")
    try:
        from_pem.verify_directly_issued_by(_load(authority))
    except Exception:
        raise CertificateRefused(
            "the certificate was given by another authority than this campus's"
        ) from None
    return facts_of(from_pem)


def alternative_names(subject: Subject, hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    """A broker goes by its addresses; everybody else by what it is."""
    if subject.role is not Role.BROKER:
        uri = f"urn:kuzet:{subject.site}:{subject.role.value}:{subject.name}"
        return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
    return x509.SubjectAlternativeName([_general_name(host) for host in hosts])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _load(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise CertificateRefused(f"is no certificate (PEM): {error}") from None


def _p256_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("it is no key on the curve P-256")
    return key


def _p256(key: object) -> ec.EllipticCurvePublicKey:
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateRefused("its key is not on the curve P-256; make it with `kuzet node request`")
    return key


def _subject_of(name: x509.Name) -> Subject:
    words: dict[object, str] = {part.oid: str(part.value) for part in name}
    wanted = (NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME)
    if len(words) != len(wanted) or len(list(name)) != len(wanted) or any(oid not in words for oid in wanted):
        raise CertificateRefused(
            f"names `{name.rfc4514_string()}`; expected a site (O), a role (OU) and a name (CN)"
        )
    site, role, common = (words[oid] for oid in wanted)
    if role not in {one.value for one in Role}:
        raise CertificateRefused(f"has the role `{role}`; expected one of {', '.join(r.value for r in Role)}")
    return Subject(site, Role(role), common)
