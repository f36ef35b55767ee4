"""The commands of enrolment without a broker: files, refusals, and what is said about them."""

import json
import tarfile
from pathlib import Path

import pytest

import kuzet
from protocol.certificates import Role, Subject, new_key, read_certificate, request_pem

ROOT = Path(__file__).parents[2]
NODE_TOML = ROOT / "firmware_config" / "nodes" / "entrance-a.toml"


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    """An authority whose broker nobody has started."""
    config(tmp_path)
    return tmp_path / "ca"


def config(folder: Path, *more: str) -> None:
    words = [
        "broker",
        "config",
        "--ca",
        str(folder / "ca"),
        "--out",
        str(folder / "broker"),
        "--host",
        "hub.local",
    ]
    assert kuzet.main([*words, "--user", "root", *more]) == 0


def node(*words: object) -> int:
    return kuzet.main(["node", *map(str, words)])


def test_bundle_holds_what_a_node_needs_and_only_its_owner_may_read_the_key(ca: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.tar"
    assert node("add", "entrance-a", "--ca", ca, "--config", NODE_TOML, "--out", out) == 0
    assert out.stat().st_mode & 0o777 == 0o600
    with tarfile.open(out) as tar:
        modes = {member.name: member.mode for member in tar}
        text = tar.extractfile("node.toml")
        assert text is not None
        toml = text.read().decode()
    assert modes == {"ca.crt": 0o644, "node.pem": 0o600, "node.toml": 0o644}
    assert 'host = "hub.local"' in toml
    assert 'certificate_file = "/etc/kuzet/node.pem"' in toml
    assert "password_file" not in toml
    # What was said about the pins is said still.
    assert "receiver on the street's side" in toml


def test_enrolled_node_is_not_enrolled_twice_by_a_slip(
    ca: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tmp_path / "a.tar"
    assert node("add", "door-a", "--ca", ca, "--out", first) == 0
    assert node("add", "door-a", "--ca", ca, "--out", tmp_path / "b.tar") == 1
    assert "--again" in capsys.readouterr().err
    assert not (tmp_path / "b.tar").exists()


def test_third_certificate_takes_the_first_back(ca: Path, tmp_path: Path) -> None:
    request = tmp_path / "a.csr"
    for number in range(3):
        request.write_bytes(request_pem(new_key(), Subject("demo", Role.NODE, "door-a")))
        assert node("sign", request, "--ca", ca, "--out", tmp_path / f"{number}.crt") == 0
    register = json.loads((ca / "register.json").read_text(encoding="utf-8"))
    held = [one["why"] for one in register["issued"] if one["name"] == "door-a"]
    assert held == ["replaced", "", ""]


@pytest.mark.parametrize("name", ["Door", "a/b", "+", "#", "-a", "people", "outside", "a" * 49])
def test_name_that_is_no_topic_level_is_refused(ca: Path, name: str) -> None:
    with_dash = ["--", name] if name.startswith("-") else [name]
    assert node("add", "--ca", ca, *with_dash) == 1


def test_node_may_not_take_the_hubs_name(ca: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert node("add", "hub", "--ca", ca) == 1
    assert "is the hub's name already" in capsys.readouterr().err


def test_node_file_of_another_node_is_refused(ca: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert node("add", "entrance-b", "--ca", ca, "--config", NODE_TOML) == 1
    assert "$.node: is `entrance-a`, `entrance-b` is enrolled" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (Subject("other", Role.NODE, "door-a"), "of site `other`"),
        (Subject("demo", Role.HUB, "hub"), "only nodes ask"),
        (Subject("demo", Role.NODE, "../door"), "cannot be a name"),
        (Subject("demo", Role.NODE, "door-b"), "--node says door-a"),
    ],
)
def test_request_that_asks_for_too_much_is_not_signed(
    ca: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], subject: Subject, said: str
) -> None:
    request, out = tmp_path / "a.csr", tmp_path / "a.crt"
    request.write_bytes(request_pem(new_key(), subject))
    assert node("sign", request, "--node", "door-a", "--ca", ca, "--out", out) == 1
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_answer_for_another_key_is_not_taken_into_use(
    ca: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_toml = tmp_path / "node"
    bundle = tmp_path / "a.tar"
    assert (
        node("add", "entrance-a", "--ca", ca, "--config", NODE_TOML, "--there", with_toml, "--out", bundle)
        == 0
    )
    with tarfile.open(bundle) as tar:
        tar.extractall(with_toml, filter="data")
    toml, request, answer = with_toml / "node.toml", tmp_path / "a.csr", tmp_path / "a.crt"
    assert node("request", "--config", toml, "--out", request) == 0
    assert node("sign", request, "--ca", ca, "--out", answer) == 0
    before = (with_toml / "node.pem").read_bytes()
    # Asked again before the answer came: it is for the key of before.
    assert node("request", "--config", toml, "--out", request) == 0
    assert node("install", answer, "--config", toml) == 1
    assert "made for another key" in capsys.readouterr().err
    assert (with_toml / "node.pem").read_bytes() == before


def test_list_says_who_and_until_when_and_fails_when_one_ends_within_a_week(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, "--days", "90")
    ca = tmp_path / "ca"
    assert node("add", "door-a", "--ca", ca, "--out", tmp_path / "a.tar") == 0
    assert node("list", "--ca", ca) == 0
    config(tmp_path, "--days", "6")
    assert node("add", "door-b", "--ca", ca, "--out", tmp_path / "b.tar") == 0
    capsys.readouterr()
    assert node("list", "--ca", ca, "--json") == 1
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["certificates"]}
    assert (rows["door-a"]["state"], rows["door-b"]["nearness"]) == ("good", "ends-in-7-days")


def test_revoked_is_listed_so_and_keeps_no_rights(
    ca: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert node("add", "door-a", "--ca", ca, "--out", tmp_path / "a.tar") == 0
    acl = tmp_path / "broker" / "rights.acl"
    assert "user door-a\n" in acl.read_text(encoding="utf-8")
    assert node("revoke", "door-a", "--ca", ca, "--why", "stolen") == 0
    assert "user door-a\n" not in acl.read_text(encoding="utf-8")
    capsys.readouterr()
    assert node("list", "--ca", ca, "--json") == 0
    [row] = [row for row in json.loads(capsys.readouterr().out)["certificates"] if row["name"] == "door-a"]
    assert (row["state"], row["why"]) == ("revoked", "stolen")


def test_broker_config_run_again_keeps_what_is_good(ca: Path, tmp_path: Path) -> None:
    files = [tmp_path / "broker" / name for name in ("broker.crt", "hub.pem", "ca.crt")]
    before = [file.read_bytes() for file in files]
    config(tmp_path)
    assert [file.read_bytes() for file in files] == before
    config(tmp_path, "--also", "10.0.0.5")
    assert read_certificate(files[0].read_bytes()).serial != read_certificate(before[0]).serial


def test_secrets_are_their_owners_alone(ca: Path, tmp_path: Path) -> None:
    secret = [
        ca / "ca.key",
        ca / "register.json",
        tmp_path / "broker" / "broker.key",
        tmp_path / "broker" / "hub.pem",
    ]
    assert [file.stat().st_mode & 0o777 for file in secret] == [0o600] * len(secret)
    assert ca.stat().st_mode & 0o777 == 0o700


def test_lost_key_beside_a_register_makes_no_second_authority(ca: Path, tmp_path: Path) -> None:
    (ca / "ca.key").unlink()
    words = ["broker", "config", "--ca", str(ca), "--out", str(tmp_path / "broker"), "--host", "hub.local"]
    assert kuzet.main([*words, "--user", "root"]) == 1
    assert not (ca / "ca.key").exists()
