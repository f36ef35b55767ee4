"""`kuzet drill certificate` on what a hub wrote: the seconds that passed, whatever the clock said."""

import argparse
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commandline import drill as command
from hub.store.orders import Acknowledge, Order, StartDrill, encode_order
from protocol.quantities import to_milliseconds
from tests.hub.site import Site


def document(data: Path, capsys: pytest.CaptureFixture[str], status: int) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["--data", str(data), "--json"])) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def ordered(site: Site, subject: str, order: Order) -> None:
    kind, detail = encode_order(order)
    at_ms = int(to_milliseconds(site.clock.now()).timestamp() * 1000)
    site.decisions.add(kind, subject, "Aset", at_ms, detail)


@pytest.mark.parametrize(
    "by", [timedelta(0), timedelta(hours=-1), timedelta(hours=1), timedelta(seconds=-15)]
)
@pytest.mark.parametrize("is_over", [False, True], ids=["under way", "over"])
def test_drill_takes_as_long_as_it_took_when_the_clock_is_set_during_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], by: timedelta, is_over: bool
) -> None:
    site = Site(tmp_path)
    site.tick()
    ordered(site, "room", StartDrill(what="overload"))
    site.tick()
    site.tick(20)
    site.clock.set_wall(by)
    site.tick(10)
    ordered(site, "alert-2", Acknowledge())
    site.tick()
    site.tick(60 * is_over)
    site.kill()
    found = document(tmp_path, capsys, 1)
    assert (found["drill"], found["kind"], found["alert"]) == ("alert-1", "overload", "alert-2")
    assert 0 <= found["fired_s"] <= 0.2
    assert found["acked_s"] == pytest.approx(30.1, abs=0.2)
    # Nobody was told: the campus has no duties.
    assert found["faults"][0].startswith("never told somebody")
