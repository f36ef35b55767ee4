import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.enrolment.authority import Authority, Revoked
from hub.errors import EnrolmentError
from protocol.certificates import Role, Subject, key_pem, new_key, read_certificate
from tests.servers import find_program

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
NODE = Subject("demo", Role.NODE, "door-a-101")


def openssl(*words: object) -> str:
    program = find_program("openssl", "openssl")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def verified(
    folder: Path, authority: Authority, certificate: bytes, purpose: str, crl: bytes | None = None
) -> str:
    """What openssl thinks of it, at an instant when all of them are young."""
    (folder / "ca.crt").write_bytes(authority.certificate + (crl or b""))
    (folder / "own.crt").write_bytes(certificate)
    at = str(int((NOW + timedelta(days=1)).timestamp()))
    more = ["-crl_check"] if crl else []
    where = ["-CAfile", folder / "ca.crt", *more, folder / "own.crt"]
    return openssl("verify", "-x509_strict", "-attime", at, "-purpose", purpose, *where)


def test_a_certificate_is_good_to_openssl_for_what_it_was_given_and_nothing_else(tmp_path: Path) -> None:
    authority = Authority.begin("demo", NOW)
    pem, facts = authority.give(new_key().public_key(), NODE, NOW, timedelta(days=180))
    assert facts.subject == NODE
    assert facts.ends == NOW + timedelta(days=180)
    assert "own.crt: OK" in verified(tmp_path, authority, pem, "sslclient")
    assert "unsuitable certificate purpose" in verified(tmp_path, authority, pem, "sslserver")


def test_a_broker_is_no_node_and_goes_by_its_addresses(tmp_path: Path) -> None:
    authority = Authority.begin("demo", NOW)
    broker = Subject("demo", Role.BROKER, "hub.local")
    names = ("hub.local", "10.0.0.5")
    pem, _ = authority.give(new_key().public_key(), broker, NOW, timedelta(days=180), names)
    assert "own.crt: OK" in verified(tmp_path, authority, pem, "sslserver")
    assert "unsuitable certificate purpose" in verified(tmp_path, authority, pem, "sslclient")
    text = openssl("x509", "-in", tmp_path / "own.crt", "-noout", "-text")
    assert "DNS:hub.local, IP Address:10.0.0.5" in text


def test_what_is_listed_is_revoked_and_what_is_not_is_good(tmp_path: Path) -> None:
    authority = Authority.begin("demo", NOW)
    gone, facts = authority.give(new_key().public_key(), NODE, NOW, timedelta(days=180))
    kept, _ = authority.give(new_key().public_key(), NODE, NOW, timedelta(days=180))
    listed = authority.list_of_revoked([Revoked(facts.serial, NOW)], NOW, 1)
    assert "certificate revoked" in verified(tmp_path, authority, gone, "sslclient", listed)
    assert "own.crt: OK" in verified(tmp_path, authority, kept, "sslclient", listed)


def test_nothing_outlives_its_authority() -> None:
    authority = Authority.begin("demo", NOW)
    late = authority.ends - timedelta(days=10)
    _, facts = authority.give(new_key().public_key(), NODE, late, timedelta(days=180))
    assert facts.ends == authority.ends


def test_authority_comes_back_from_its_two_files_and_from_no_other_pair() -> None:
    authority, other = Authority.begin("demo", NOW), Authority.begin("demo", NOW)
    again = Authority.load(authority.certificate, authority.key)
    assert again.certificate == authority.certificate
    with pytest.raises(EnrolmentError, match="not that of its certificate"):
        Authority.load(authority.certificate, other.key)
    with pytest.raises(EnrolmentError, match="restore it from a backup"):
        Authority.load(b"damaged", authority.key)


def test_serials_are_long_and_never_the_same() -> None:
    authority, key = Authority.begin("demo", NOW), new_key().public_key()
    given = [authority.give(key, NODE, NOW, timedelta(days=1))[0] for _ in range(50)]
    serials = {read_certificate(pem).serial for pem in given}
    assert len(serials) == 50
    assert min(int(serial, 16) for serial in serials) > 2**64


def test_keys_are_written_as_openssl_reads_them(tmp_path: Path) -> None:
    (tmp_path / "own.key").write_bytes(key_pem(new_key()))
    assert "P-256" in openssl("pkey", "-in", tmp_path / "own.key", "-noout", "-text")
