"""Catching up is measured with a real broker and hub, and refuses what measures nothing."""

import argparse
import json

import pytest

from commandline import bench_backlog


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    bench_backlog.add_arguments(parser)
    return bench_backlog.run(parser.parse_args(words))


def test_bench_backlog_drains_every_node_and_times_the_alarms(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "--events", "3000", "--nodes", "2", "--every", "0.001") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["nodes"], found["events"], found["left"]) == (2, 6000, 0)
    assert found["alarms"] >= found["alarms_ahead"] > 0
    assert found["alarm_p50_s"] <= found["alarm_p95_s"]


@pytest.mark.parametrize("words", [("--events", "0"), ("--nodes", "0"), ("--every", "0"), ("--nodes", "999")])
def test_bench_backlog_refuses_what_measures_nothing(words: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=words[0]):
        run(*words)
