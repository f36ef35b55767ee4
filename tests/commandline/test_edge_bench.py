import argparse

import pytest

from commandline import bench_edge


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "many"])
def test_bench_edge_refuses_a_time_that_measures_nothing(
    capsys: pytest.CaptureFixture[str], seconds: str
) -> None:
    parser = argparse.ArgumentParser()
    bench_edge.add_arguments(parser)
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--seconds", seconds])
    assert "--seconds" in capsys.readouterr().err
