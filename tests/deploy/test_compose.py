"""The containers of a campus: commands that exist, nothing writable, nobody root, each looked after."""

import argparse
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import kuzet
from commandline.history_run import HistoryConfig
from hub.config import HubConfig
from hub.courier.config import read_receivers
from hub.store.address import DatabaseConfig
from protocol.config import read_struct

DEPLOY = Path(__file__).parents[2] / "deploy"
FILE = DEPLOY / "compose.yaml"
#: It carries no types.
YAML: Any = importlib.import_module("yaml")
COMPOSE: dict[str, Any] = YAML.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
OURS = sorted(name for name, one in SERVICES.items() if one["image"] == "kuzet")
#: Those of ours that run a command of `kuzet`; `campus` copies a file.
COMMANDS = [name for name in OURS if name != "campus"]
LASTING = sorted(name for name, one in SERVICES.items() if one["restart"] != "no")
#: Their images keep state where they like, and start as root to make it theirs.
FOREIGN_ROOT = {"influxdb", "proxy"}
REQUIRED = {"KUZET_ADDRESS": "https://kuzet.test", "KUZET_BROKER_HOST": "kuzet-hub.test"}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_of_a_container_is_understood(name: str) -> None:
    words = [re.sub(r"\$\{[A-Z_]+[^}]*\}", "https://x.test", word) for word in SERVICES[name]["command"]]
    module = importlib.import_module(f"commandline.{kuzet.COMMANDS[(words[0], words[1])]}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    module.add_arguments(parser)
    assert parser.parse_args(words[2:]) is not None


@pytest.mark.parametrize("name", OURS)
def test_container_of_ours_writes_nowhere_and_is_nobody(name: str) -> None:
    one = SERVICES[name]
    assert (one["read_only"], one["user"], one["cap_drop"]) == (True, "10001:10001", ["ALL"])
    assert one["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - FOREIGN_ROOT))
def test_container_is_not_root(name: str) -> None:
    assert not SERVICES[name].get("user", "0").startswith("0")


@pytest.mark.parametrize("name", LASTING)
def test_lasting_container_is_looked_after_and_bounded(name: str) -> None:
    one = SERVICES[name]
    assert one["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert {"mem_limit", "logging", "restart"} <= set(one)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_image_is_ours_or_has_its_version(name: str) -> None:
    image = SERVICES[name]["image"]
    assert image == "kuzet" or re.search(r":\d+\.\d+", image)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_file_that_a_container_mounts_is_shipped(name: str) -> None:
    mounted = [one.partition(":")[0] for one in SERVICES[name].get("volumes", [])]
    given = [re.sub(r"^\$\{[A-Z_]+:-([^}]*)\}.*", r"\1", one) for one in SERVICES[name].get("volumes", [])]
    paths = [one.partition(":")[0] for one in given]
    missing = [one for one in paths if one.startswith((".", "/")) and not (DEPLOY / one).exists()]
    # Secrets are made by whoever runs it.
    assert [one for one in missing if "secrets" not in one] == []
    assert {one for one in mounted if one.isidentifier()} <= set(COMPOSE["volumes"])


def test_only_broker_and_proxy_are_reached_from_outside() -> None:
    reached = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert set(reached) == {"broker", "proxy", "grafana"}
    assert reached["grafana"] == ["127.0.0.1:3000:3000"]
    assert COMPOSE["networks"]["inside"]["internal"]


def test_proxy_is_the_one_that_the_dashboards_believe() -> None:
    address = SERVICES["proxy"]["networks"]["inside"]["ipv4_address"]
    assert f"--proxy={address}" in SERVICES["dashboards"]["command"]
    at = SERVICES["dashboards"]["networks"]["inside"]["ipv4_address"]
    assert SERVICES["proxy"]["environment"]["KUZET_WEB"] == f"{at}:8000"


def test_files_of_the_containers_are_good() -> None:
    assert read_struct(DEPLOY / "compose/hub.toml", HubConfig).broker.host in SERVICES
    assert read_struct(DEPLOY / "compose/history.toml", HistoryConfig).url == "http://influxdb:8086"
    assert read_receivers(DEPLOY / "compose/nobody.toml").posts == {}
    assert read_struct(DEPLOY / "compose/sqlite.toml", DatabaseConfig).url is None


def test_stores_are_told_the_database_that_is_here() -> None:
    config = read_struct(DEPLOY / "compose/postgres.toml", DatabaseConfig)
    here = SERVICES["postgres"]["environment"]
    assert config.url == f"postgresql://{here['POSTGRES_USER']}@postgres:5432/{here['POSTGRES_DB']}"
    assert config.password_file == here["POSTGRES_PASSWORD_FILE"] == "/run/secrets/database"
    for name in ("hub", "dashboards", "courier", "history"):
        mounted = [
            one for one in SERVICES[name]["volumes"] if one.endswith(":/var/lib/kuzet/database.toml:ro")
        ]
        assert mounted == ["${KUZET_DATABASE:-./compose/sqlite.toml}:/var/lib/kuzet/database.toml:ro"]
        assert SERVICES[name]["secrets"] == ["database"]


def test_image_installs_by_hash_and_runs_as_nobody() -> None:
    assert "pip install --quiet --no-cache-dir --require-hashes -r requirements/run.txt" in DOCKERFILE
    stages = DOCKERFILE.split("\nFROM ")
    assert "USER 10001:10001" in stages[-1]
    assert all(re.match(r"python:3\.11-slim-bookworm", stage) for stage in stages[1:])
