from pathlib import Path

import pytest

import kuzet
from edge.outbox.outbox import Outbox
from protocol.events import Screening, Verdict
from tests.edge.outbox.test_outbox import EPOCH, an_ack
from tests.fakes.edge import START

NODE = """
site = "demo"
node = "door-a-101"
outbox = "{folder}/outbox.db"
pins = "mock"

[broker]
password_file = "{folder}/password"

[[doors]]
channel = "main"
beams = {{ outer_pin = 17, inner_pin = 27 }}
"""
#: A reading that occurs nowhere else.
CANARY = b"36.1415926"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(NODE.format(folder=tmp_path))
    (tmp_path / "password").write_text("secret")
    outbox = Outbox.open(tmp_path / "outbox.db", lambda: EPOCH)
    look = Screening(seq=1, at=START, channel="post", verdict=Verdict.REPEAT, skin_c=36.1415926, attempt=1)
    outbox.put([look, look])
    outbox.acknowledge(an_ack(1))
    outbox.close()
    (tmp_path / "outbox.db.main.level").write_text("[0.1]")
    (tmp_path / "outbox.db.damaged-1").write_bytes(CANARY)
    return path


def test_node_is_wiped_of_outbox_keys_and_what_it_learnt(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert CANARY in (config.parent / "outbox.db").read_bytes()
    assert kuzet.main(["edge", "wipe", "--config", str(config), "--yes-wipe", "door-a-101"]) == 0
    said = capsys.readouterr()
    assert "1 events wait for the hub and will be lost" in said.err
    assert "erased: node door-a-101" in said.out
    assert [path.name for path in config.parent.iterdir()] == ["node.toml"]


def test_wipe_writes_over_the_outbox(config: Path) -> None:
    """A second name of the file shows what is left on the disk."""
    other = config.parent.parent / f"{config.parent.name}-left"
    other.hardlink_to(config.parent / "outbox.db")
    assert kuzet.main(["edge", "wipe", "--config", str(config), "--yes-wipe", "door-a-101"]) == 0
    assert set(other.read_bytes()) == {0}


def test_keys_are_kept_when_asked(config: Path) -> None:
    words = ["edge", "wipe", "--config", str(config), "--yes-wipe", "door-a-101", "--keep-keys"]
    assert kuzet.main(words) == 0
    assert sorted(path.name for path in config.parent.iterdir()) == ["node.toml", "password"]


def test_wrong_name_erases_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in config.parent.iterdir())
    assert kuzet.main(["edge", "wipe", "--config", str(config), "--yes-wipe", "door-a-102"]) == 1
    assert "which is `door-a-101`; nothing was erased" in capsys.readouterr().err
    assert sorted(path.name for path in config.parent.iterdir()) == before


def test_running_node_is_not_wiped(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outbox = Outbox.open(config.parent / "outbox.db", lambda: EPOCH)
    assert kuzet.main(["edge", "wipe", "--config", str(config), "--yes-wipe", "door-a-101"]) == 1
    assert "the node is running" in capsys.readouterr().err
    outbox.close()
