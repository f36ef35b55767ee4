import argparse
import json
import shutil
from pathlib import Path

import pytest

import kuzet
from commandline import check

DEPLOY = Path(__file__).parents[2] / "deploy"
ORDER = "kz-2020-order-345-381.toml"
BROKER = '[broker]\nhost = "127.0.0.1"\nport = 1883\nclient_id = "hub"\n'


def checked(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    return check.run(parser.parse_args([str(one) for one in arguments]))


def a_campus(folder: Path, added: str = "") -> Path:
    """The shipped campus in `folder`, its profiles beside it, with more lines at its end."""
    shutil.copytree(DEPLOY / "regime", folder / "regime")
    path = folder / "campus.toml"
    path.write_text((DEPLOY / "campus.toml").read_text(encoding="utf-8") + added, encoding="utf-8")
    return path


def test_every_shipped_file_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    files = [DEPLOY / "campus.toml", DEPLOY / "hub.toml", *sorted((DEPLOY / "regime").glob("*.toml"))]
    assert checked(*files) == 0
    told = capsys.readouterr()
    assert (told.out.count("sound\n"), told.err) == (len(files), "")


def test_faults_of_switches_and_overrides_are_told_with_the_campus_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campus = a_campus(
        tmp_path,
        """
[[switches]]
starts = 2026-12-01T00:00:00
profile = "kz-saison"

[[overrides]]
limit = "capacity.classroom.group_cap"
value = 20
source = "Nobody"
building = "a"
""",
    )
    assert checked(campus) == 1
    folder = tmp_path / "regime"
    assert capsys.readouterr().err.splitlines() == [
        f"{folder}/kz-saison.toml: no such regime profile; did you mean `kz-season`?"
    ]
    campus.write_text(campus.read_text(encoding="utf-8").replace("kz-saison", "kz-season"), encoding="utf-8")
    assert checked(campus) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{campus}: $.overrides[0].value: 20 is looser than 15 of capacity.classroom.group_cap "
        "in kz-2020-order-345-381"
    ]


def test_every_fault_of_a_profile_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DEPLOY / "regime" / ORDER).read_text(encoding="utf-8")
    path = tmp_path / ORDER
    broken = text.replace("[trust]", "[trusted]").replace('longest = "40min"', "longest = 40")
    path.write_text(broken.replace("priority = 1", "priority = 9"), encoding="utf-8")
    assert checked(path) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in told] == [
        "$",
        "$.alerts.over-capacity.priority",
        "$.lesson.longest",
    ]


def test_profile_with_a_fault_is_told_once_for_all_who_name_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campus = a_campus(tmp_path)
    profile = tmp_path / "regime" / ORDER
    profile.write_text(profile.read_text(encoding="utf-8").replace("[lesson]", "[lessons]"), encoding="utf-8")
    assert checked(campus, profile) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(set(told)) == 1


def test_campus_without_profiles_beside_it_says_that_it_was_not_held_against_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campus = shutil.copy(DEPLOY / "campus.toml", tmp_path / "campus.toml")
    assert checked(campus) == 0
    assert "not held against its profiles" in capsys.readouterr().out
    assert checked(campus, "--regime", DEPLOY / "regime") == 0
    assert "not held" not in capsys.readouterr().out


def test_json_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(DEPLOY / "campus.toml", tmp_path / "none.toml", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == {str(DEPLOY / "campus.toml"): "campus"}
    assert told["faults"] == [f"{tmp_path}/none.toml: no such file; check the path"]


def test_hub_file_is_held_against_what_the_hub_would_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campus = a_campus(tmp_path)  # its timetable is not there
    hub = tmp_path / "hub.toml"
    hub.write_text(f'campus = "{campus}"\nregime = "{DEPLOY / "regime"}"\ndata = "{tmp_path}"\n{BROKER}')
    assert checked(hub) == 1
    assert "timetable-demo.csv" in capsys.readouterr().err


def test_hub_file_is_held_against_the_profiles_of_the_release_that_is_to_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = tmp_path / "hub.toml"
    words = f'campus = "{DEPLOY / "campus.toml"}"\nregime = "/opt/kuzet/nowhere"\ndata = "{tmp_path}"\n'
    hub.write_text(words + BROKER)
    assert checked(hub) == 1
    assert "no such regime profile" in capsys.readouterr().err
    assert checked(hub, "--regime", DEPLOY / "regime") == 0


def test_hub_file_without_its_campus_says_that_it_was_not_held_against_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = tmp_path / "hub.toml"
    hub.write_text(
        f'campus = "/etc/nowhere/campus.toml"\nregime = "{tmp_path}"\ndata = "{tmp_path}"\n{BROKER}'
    )
    assert checked(hub) == 0
    assert "/etc/nowhere/campus.toml" in capsys.readouterr().out


def test_files_of_both_copies_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(DEPLOY / "history.toml", DEPLOY / "home-assistant.toml", "--json") == 0
    kinds = json.loads(capsys.readouterr().out)["files"]
    assert list(kinds.values()) == ["history", "home-assistant"]


def test_every_fault_of_a_history_file_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, campus, path = tmp_path / "token", tmp_path / "campus.toml", tmp_path / "history.toml"
    token.write_text("secret")
    token.chmod(0o644)
    campus.write_text("site = 1\n")
    path.write_text(
        f'data = "data"\ncampus = "{campus}"\nurl = "http://me@host"\nbucket = "b"\nbatches = 5\n'
        f'token_file = "{token}"\n'
    )
    assert checked(path) == 1
    told = capsys.readouterr().err
    for part in (
        "unknown key `batches`",
        "`org` is missing",
        "no user, password",
        "chmod 600",
        f"{campus}: ",
    ):
        assert part in told


def test_every_fault_of_a_home_assistant_file_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "home-assistant.toml"
    path.write_text('campus = "/nowhere"\nlanguage = "de"\nprefix = "home assistant"\n[broker]\nport = 0\n')
    assert checked(path) == 1
    told = [line.split(": ")[1] for line in capsys.readouterr().err.splitlines()]
    assert {"$.language", "$.prefix", "$.broker.port"} <= set(told)


def test_what_a_copys_file_names_and_is_not_here_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.toml"
    text = (DEPLOY / "history.toml").read_text(encoding="utf-8").replace("# token_file", "token_file")
    path.write_text(text.replace('"deploy/campus.toml"', '"/nowhere/campus.toml"'), encoding="utf-8")
    assert checked(path) == 0
    said = capsys.readouterr().out
    assert "no file /nowhere/campus.toml here" in said
    assert "no file /etc/kuzet/influx.token here" in said


def a_hub_file(folder: Path, days: int) -> Path:
    """A sound hub file whose certificates live so many days, as `kuzet broker config` makes them."""
    out, authority = folder / "broker", folder / "ca"
    where = ["--campus", DEPLOY / "campus.toml", "--ca", authority, "--out", out, "--host", "kuzet-hub.local"]
    assert (
        kuzet.main([str(one) for one in ["broker", "config", *where, "--days", days, "--user", "root"]]) == 0
    )
    path = folder / "hub.toml"
    path.write_text(
        f"""campus = "{DEPLOY / "campus.toml"}"
regime = "{DEPLOY / "regime"}"
data = "{folder}"
[broker]
host = "127.0.0.1"
port = 8883
client_id = "hub"
ca_file = "{out / "ca.crt"}"
certificate_file = "{out / "hub.pem"}"
""",
        encoding="utf-8",
    )
    return path


def test_certificates_that_end_within_thirty_days_are_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = a_hub_file(tmp_path, days=20)
    capsys.readouterr()
    assert checked(path) == 0
    told = capsys.readouterr()
    assert f"{path}: hub file, sound" in told.out
    broker, hub = sorted(told.err.splitlines())
    assert broker.startswith(f"{path}: warning: the certificate of broker kuzet-hub.local ends ")
    assert hub.startswith(f"{path}: warning: the certificate of hub ends ")
    assert "`kuzet broker config` renews it" in hub


def test_certificates_that_are_good_for_long_are_not_spoken_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = a_hub_file(tmp_path, days=180)
    capsys.readouterr()
    assert checked(path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == []


def test_certificates_that_cannot_be_read_here_are_not_guessed_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = a_hub_file(tmp_path, days=20)
    shutil.rmtree(tmp_path / "broker")
    capsys.readouterr()
    assert checked(path) == 0
    assert capsys.readouterr().err == ""
