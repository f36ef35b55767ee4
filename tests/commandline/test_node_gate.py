"""Whether a node has come back from an update, as the hub hears it; and which software it is said to run."""

from pathlib import Path

import pytest

import kuzet
from commandline.node_gate import FEW, reason
from commandline.release import software
from hub.store.board import NodeRow
from hub.store.node_rows import HealthRow
from protocol.wire import WIRE
from tests.builders import EPOCH, MORNING

GOOD = {"state": "online", "faults": (), "depth": 0, "software": "kuzet 0.1.0 abc123"}


def verdict(**changes: object) -> str:
    said = {**GOOD, **changes}
    depth, faults = said["depth"], said["faults"]
    assert depth is None or isinstance(depth, int)
    assert isinstance(faults, tuple)
    node = NodeRow(
        node="n",
        state=str(said["state"]),
        last_heard=MORNING,
        outbox_depth=depth,
        faults=faults,
        epoch=EPOCH,
    )
    health = HealthRow(
        node="n",
        software=str(said["software"]),
        config_hash="x",
        channels=(),
        heard_since=MORNING,
        at=MORNING,
        clock="synced",
        dropped=0,
        folded=0,
        resent=0,
        cpu_c=None,
        throttled=None,
        power=(),
        disk_free_mb=None,
        written_mb_per_day=None,
        bus_errors=0,
        missed_edges=0,
        lamp_hours={},
        wire=WIRE,
    )
    return reason(node, health, "abc123", "beams: obstructed; ")


def test_node_that_is_back_passes() -> None:
    assert verdict() == ""
    assert verdict(faults=("beams: obstructed",)) == ""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": "silent"}, "the hub has it as silent"),
        ({"state": "too-new"}, "the hub has it as too-new"),
        ({"software": "kuzet 0.1.0 000000"}, "it runs kuzet 0.1.0 000000, asked for is abc123"),
        ({"faults": ("beams: obstructed", "outbox: full")}, "it has faults that it had not: outbox: full"),
        ({"depth": FEW + 1}, "101 events still wait in its outbox"),
        ({"depth": None}, "it has not said how its outbox is"),
    ],
    ids=["silent", "not understood", "still the old one", "a new fault", "a full outbox", "no health yet"],
)
def test_node_that_is_not_back_is_told_why(changes: dict[str, object], why: str) -> None:
    assert verdict(**changes) == why


def test_node_that_nobody_heard_does_not_pass() -> None:
    assert "has not heard it" in reason(None, None, "", "")


def test_gate_without_a_hub_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert kuzet.main(["node", "gate", "n", "--data", str(tmp_path), "--within", "0s"]) == 1
    assert capsys.readouterr().err


def test_software_names_the_commit_of_an_installed_release(tmp_path: Path) -> None:
    release = tmp_path / "RELEASE"
    assert software(release) == software(release).rstrip()
    release.write_text("1234567890ab\n", encoding="ascii")
    assert software(release).endswith(" 1234567890ab")
