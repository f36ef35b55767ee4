"""What Kuzet is made of can be said, and nothing of it forbids what its own licence allows."""

import sys
from pathlib import Path
from typing import Any

import pytest

from commandline.sbom import LOCK, installed, licences, normal, of_the_lock

#: The packages that stand in every description of Kuzet.
SIX = {"paho-mqtt", "gpiozero", "smbus2", "influxdb-client", "flask", "adafruit-circuitpython-mlx90614"}


@pytest.fixture(scope="module")
def everything() -> dict[str, Any]:
    return installed(Path(sys.prefix))


@pytest.fixture(scope="module")
def document(everything: dict[str, Any]) -> dict[str, Any]:
    return of_the_lock(everything, LOCK.read_text(encoding="utf-8"))


def names(document: dict[str, Any]) -> set[str]:
    return {normal(one["name"]) for one in document["components"]}


def test_document_names_what_runs_and_not_what_tests(
    everything: dict[str, Any], document: dict[str, Any]
) -> None:
    assert names(document) >= SIX
    assert "pytest" in names(everything) - names(document)


def test_every_arrow_ends_at_a_package_of_the_document(document: dict[str, Any]) -> None:
    refs = {one["bom-ref"] for one in document["components"]}
    ends = {ref for one in document["dependencies"] for ref in one["dependsOn"]}
    assert ends
    assert ends <= refs


def test_no_package_asks_for_a_licence_that_ours_does_not_give(document: dict[str, Any]) -> None:
    # The LGPL of a library that is only imported binds nobody; of the three of pyphen we take the MPL.
    bound = [line for line in licences(document) if "GPL" in line.replace("LGPL", "")]
    assert [line.split()[0] for line in bound] == ["pyphen"]
