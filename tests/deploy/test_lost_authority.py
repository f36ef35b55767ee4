"""The authority's folder is lost and comes back from its sealed copy: a running campus hardly notices."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import kuzet
from hub.backup.archive import read_manifest
from hub.backup.shelf import Shelf
from protocol.certificates import read_certificate
from tests.commandline.test_backup import fill
from tests.deploy.tls_campus import TOPICS, CampusBroker, kuzet_command, running
from tests.deploy.wire import Wire, tls

BEFORE, AFTER, STOLEN, NEW = "floor-a1-1", "floor-a1-2", "floor-a1-3", "entrance-a"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[CampusBroker]:
    yield from running(CampusBroker(tmp_path))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    kuzet_command("backup", "key", tmp_path / "backup.key")
    return tmp_path / "backup.key"


def is_let_in(broker: CampusBroker, node: str, own: Path) -> bool:
    """Whether the broker takes this certificate, and what it says below its own name."""
    try:
        wire = Wire(broker.port, tls(broker.ca_file, own / "node.pem"))
    except OSError:
        return False
    try:
        if not wire.connect(node):
            return False
        wire.publish(TOPICS.hello(node), b"{}")
        return True
    except OSError:
        return False
    finally:
        wire.close()


def write_brokers_files(broker: CampusBroker, folder: Path) -> None:
    """As kuzet-renew.service does it."""
    where = ["--ca", broker.authority, "--out", folder / "broker", "--host", broker.host]
    kuzet_command(
        "broker", "config", *where, "--port", broker.port, "--listen", broker.host, "--user", "root"
    )


@pytest.mark.broker
def test_lost_authority_comes_back_and_signs_a_node_that_the_running_broker_takes(
    broker: CampusBroker, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, stolen = broker.enrol(BEFORE), broker.enrol(STOLEN)
    share = tmp_path / "share"
    kuzet_command("authority", "backup", "--ca", broker.authority, "--to", share, "--key", key)
    # After the copy: one is enrolled and taken back, another from before is taken back.
    after = broker.enrol(AFTER)
    for node in (AFTER, STOLEN):
        kuzet_command("node", "revoke", node, "--ca", broker.authority)
    files = {path.name: path.read_bytes() for path in broker.authority.iterdir()}
    shutil.rmtree(broker.authority)
    assert kuzet.main(["node", "add", NEW, "--ca", str(broker.authority)]) == 1
    capsys.readouterr()

    kuzet_command("authority", "restore", "--from", share, "--key", key, "--ca", broker.authority)
    assert "kept so: 2" in capsys.readouterr().out
    for name in ("ca.key", "ca.crt", "broker.json"):
        assert (broker.authority / name).read_bytes() == files[name]
    assert (broker.authority / "ca.key").stat().st_mode & 0o777 == 0o600
    assert broker.authority.stat().st_mode & 0o777 == 0o700
    write_brokers_files(broker, tmp_path)
    # The broker is the process of before: it was told to read its files, no more.
    assert is_let_in(broker, NEW, broker.enrol(NEW))
    assert is_let_in(broker, BEFORE, before)
    assert not is_let_in(broker, STOLEN, stolen)
    assert not is_let_in(broker, AFTER, after)


@pytest.mark.broker
def test_register_that_is_left_counts_on_when_it_is_newer(
    broker: CampusBroker, key: Path, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    kuzet_command("authority", "backup", "--ca", broker.authority, "--to", share, "--key", key)
    later = read_certificate((broker.enrol(AFTER) / "node.pem").read_bytes()).serial
    (broker.authority / "ca.key").unlink()
    kuzet_command("authority", "restore", "--from", share, "--key", key, "--ca", broker.authority)
    assert later in {one.serial for one in broker.office().register.issued}


def an_authority(folder: Path) -> Path:
    words = ["--ca", folder / "ca", "--out", folder / "broker", "--host", "hub.local", "--user", "root"]
    kuzet_command("broker", "config", *words)
    return folder / "ca"


def test_authority_never_leaves_unsealed(
    tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ca, share = an_authority(tmp_path), tmp_path / "share"
    words = ["authority", "backup", "--ca", str(ca), "--to", str(share)]
    with pytest.raises(SystemExit):
        kuzet.main(words)
    assert kuzet.main([*words, "--key", str(tmp_path / "none")]) == 1
    assert not share.exists()
    assert kuzet.main([*words[:-1], str(tmp_path), "--key", str(key)]) == 1
    assert "lies beside the copies" in capsys.readouterr().err
    kuzet_command(*words, "--key", key)
    (copy,) = share.iterdir()
    secret = (ca / "ca.key").read_bytes().splitlines()[1]
    assert secret not in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600


def test_copy_of_the_campus_has_no_authority_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    fill(data, 3)
    ca = an_authority(data)
    kuzet_command("backup", "--data", data)
    (copy,) = Shelf(data / "backups").copies()
    names = [member.name for member in read_manifest(copy.path).members]
    assert [name for name in names if name.startswith("data/ca/")] == []
    assert kuzet.main(["backup", "--data", str(data), "--include", str(ca)]) == 1
    assert "`kuzet authority backup` copies it" in capsys.readouterr().err


def test_copy_that_is_no_authoritys_or_of_another_key_is_refused(
    tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ca, share = an_authority(tmp_path), tmp_path / "share"
    kuzet_command("authority", "backup", "--ca", ca, "--to", share, "--key", key)
    (copy,) = share.iterdir()
    other = tmp_path / "other.key"
    kuzet_command("backup", "key", other)
    back = ["authority", "restore", str(copy), "--ca"]
    assert kuzet.main([*back, str(ca), "--key", str(key)]) == 1
    assert "has an authority" in capsys.readouterr().err
    assert kuzet.main([*back, str(tmp_path / "new"), "--key", str(other)]) == 1
    assert "the key is another" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
