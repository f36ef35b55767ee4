import argparse
import json
from pathlib import Path

import pytest

from commandline import edge_check
from tests.brokers import MosquittoServer, free_port, mosquitto  # noqa: F401  # the fixture
from tests.edge.test_config import DOOR, LIGHT, POST


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    edge_check.add_arguments(parser)
    return edge_check.run(parser.parse_args(words))


def write(folder: Path, port: int, tables: str, *, outbox: str | None = None, pins: str = "mock") -> str:
    path = folder / "node.toml"
    path.write_text(
        f'site = "demo"\nnode = "n"\noutbox = "{outbox or folder / "outbox.sqlite"}"\npins = "{pins}"\n'
        f"{tables}\n[broker]\nport = {port}\n",
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.broker
def test_edge_check_of_a_good_node(
    tmp_path: Path,
    mosquitto: MosquittoServer,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = write(tmp_path, mosquitto.port, DOOR + LIGHT)
    assert run(file) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == (f"{file}: good\n", "")


def test_edge_check_says_every_fault_of_the_machine_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Bus 251 is on no machine this is tested on.
    post = POST + "[posts.thermometer]\nbus = 251\n"
    file = write(tmp_path, free_port(), DOOR + post, outbox="/nonexistent/outbox.sqlite")
    assert run(file, "--wait", "200ms") == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.removeprefix(f"{file}: ").split(":")[0] for line in lines] == [
        "$.posts[0] `thermometer`",
        "$.outbox",
        "$.broker",
    ]


def test_edge_check_says_faults_of_the_file_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, 1883, DOOR.replace("27", "17"))
    assert run(file, "--json") == 1
    said = capsys.readouterr()
    assert said.err == ""
    document = json.loads(said.out)
    assert document["file"] == file
    assert [fault.startswith(f"{file}: $.doors[0].beams") for fault in document["faults"]] == [True, True]


def test_edge_check_of_the_file_alone_asks_for_no_hardware(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, free_port(), DOOR + POST, pins="lgpio", outbox="/nonexistent/outbox.sqlite")
    assert run(file, "--file-only") == 0
    assert capsys.readouterr().out == f"{file}: good\n"


def test_edge_check_of_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(tmp_path / "missing.toml")) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'missing.toml'}: no such file; check the path\n"
