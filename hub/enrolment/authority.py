"""The campus's own authority: a public key and a subject in, a certificate out. Touches no file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.errors import EnrolmentError
from protocol.certificates import Facts, Role, Subject, alternative_names, facts_of, key_pem, name_of, new_key

#: How long the authority itself is good: longer than anything it gives out; its end is a change of every
#: node.
AUTHORITY_LIVES = timedelta(days=3653)
#: A clock that is this much behind ours still takes what was given out now.
BACKDATED = timedelta(hours=1)
#: How long a list of revoked certificates is good. A broker refuses everybody with one that is too old, and a
#: list is written anew at every change, so this only has to be longer than any silence.
LIST_LIVES = AUTHORITY_LIVES


class Revoked(NamedTuple):
    """A certificate that is good no more."""

    serial: str
    at: datetime


class Authority:
    """Signs with one key; whoever holds it is the campus."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key

    @classmethod
    def begin(cls, site: str, now: datetime) -> "Authority":
        """A new one. Certificates of any other are then strangers."""
        key = new_key()
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, site),
                x509.NameAttribute(NameOID.COMMON_NAME, f"Kuzet campus {site}"),
            ]
        )
        usage = _usage(signs_others=True)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + AUTHORITY_LIVES)
            # No authority below it: nothing but this key makes certificates.
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def load(cls, certificate: bytes, key: bytes) -> "Authority":
        """One that was kept, PEM. Raises EnrolmentError when the two are none, or no pair."""
        try:
            read = x509.load_pem_x509_certificate(certificate)
            private = load_pem_private_key(key, None)
        except (ValueError, TypeError) as error:
            raise EnrolmentError(f"the authority cannot be read: {error}; restore it from a backup") from None
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != read.public_key():
            raise EnrolmentError("the authority's key is not that of its certificate; restore both together")
        return cls(read, private)

    @property
    def certificate(self) -> bytes:
        """What everybody needs to know a certificate of ours, PEM; no secret."""
        return self._certificate.public_bytes(Encoding.PEM)

    @property
    def key(self) -> bytes:
        """The secret, PEM."""
        return key_pem(self._key)

    @property
    def ends(self) -> datetime:
        """From then on nothing it gave out is good."""
        return self._certificate.not_valid_after_utc

    def give(
        self,
        public_key: ec.EllipticCurvePublicKey,
        subject: Subject,
        now: datetime,
        lives: timedelta,
        hosts: Sequence[str] = (),
    ) -> tuple[bytes, Facts]:
        """A certificate for `subject`, PEM, and what is to be known of it. `hosts`: a broker's names and
        addresses.
        """
        # Only a broker is a server: no node can be taken for one, nor a broker's certificate for a node's.
        purpose = (
            ExtendedKeyUsageOID.SERVER_AUTH
            if subject.role is Role.BROKER
            else ExtendedKeyUsageOID.CLIENT_AUTH
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name_of(subject))
            .issuer_name(self._certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now + lives, self.ends))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_others=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(alternative_names(subject, hosts), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM), facts_of(certificate)

    def list_of_revoked(self, revoked: Sequence[Revoked], written: datetime, number: int) -> bytes:
        """The list that the broker refuses by, PEM.

        `written`: a second later at least than that of the list before: a broker goes by the later one.
        """
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(written)
            .next_update(written + LIST_LIVES)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        for one in revoked:
            entry = (
                x509.RevokedCertificateBuilder().serial_number(int(one.serial, 16)).revocation_date(one.at)
            )
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _usage(*, signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_others,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_others,
        crl_sign=signs_others,
        encipher_only=False,
        decipher_only=False,
    )
