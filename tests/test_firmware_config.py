"""What is shipped for a Pi fits together: boot configuration, node files, diagrams, and words about them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import msgspec
import pytest
from gpiozero.pins.pi import PiBoardInfo

from edge.channels import KINDS, Lamp
from edge.clashes import BUS_PINS, FACTORY
from edge.config import NodeConfig, read_node_config
from edge.drivers.thermometer_profile import read_wanted
from simulator.pins import REVISION

ROOT = Path(__file__).parents[1]
NODES = sorted((ROOT / "firmware_config/nodes").glob("*.toml"))
PROFILES = sorted((ROOT / "firmware_config/sensors").glob("*.toml"))
DIAGRAMS = sorted((ROOT / "docs/wiring").glob("*.svg"))
BOOT = (ROOT / "firmware_config/boot/config.txt").read_text(encoding="utf-8")
BOOT_WORDS = (ROOT / "firmware_config/boot/README.md").read_text(encoding="utf-8")
KEYS = (ROOT / "firmware_config/README.md").read_text(encoding="utf-8")
HARDWARE = (ROOT / "docs/hardware.md").read_text(encoding="utf-8")
#: Lines that are commented out, to be taken where a node needs them.
OFFERED = "#dt"
KNOWN = {"dtparam", "dtoverlay", "gpio", "camera_auto_detect", "display_auto_detect", "gpu_mem"}
SERIAL_CONSOLE = {14, 15}


def settings(text: str, *, offered: bool = False) -> list[tuple[str, str]]:
    """The settings of a config.txt in order; `offered` ones are those commented out."""
    lines = [line.strip() for line in text.splitlines()]
    if offered:
        lines = [line.removeprefix("#") for line in lines if line.startswith(OFFERED)]
    return [
        (name, value)
        for line in lines
        if line and not line.startswith(("#", "["))
        for name, _, value in [line.partition("=")]
    ]


def parameters(value: str) -> dict[str, str]:
    """`i2c-gpio,bus=3` → overlay and its parameters."""
    return {name: word for name, _, word in (part.partition("=") for part in value.split(","))}


def header_of() -> dict[int, int]:
    """BCM number → header pin, as gpiozero knows the board."""
    info: Any = PiBoardInfo
    pins = info.from_revision(int(REVISION, 16)).headers["J8"].pins
    return {
        int(pin.name.removeprefix("GPIO")): number
        for number, pin in pins.items()
        if pin.name.startswith("GPIO")
    }


def tables(value: Any, at: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every (table, key, value) of a decoded file."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list | tuple):
                yield from tables(inner, key)
            else:
                yield at, key, inner
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from tables(inner, at)


def built_in(config: NodeConfig) -> Any:
    return msgspec.to_builtins(config, enc_hook=repr)


def pins_used(config: NodeConfig) -> set[int]:
    return {
        value
        for _, key, value in tables(built_in(config))
        if (key == "pin" or key.endswith("_pin")) and value is not None
    }


def buses_used(config: NodeConfig) -> set[int]:
    return {value for table, key, value in tables(built_in(config)) if key == "bus" and table in FACTORY}


@pytest.fixture(params=NODES, ids=lambda path: path.stem)
def node(request: pytest.FixtureRequest) -> NodeConfig:
    return read_node_config(request.param)


def test_boot_configuration_has_only_settings_we_know() -> None:
    assert {name for name, _ in settings(BOOT) + settings(BOOT, offered=True)} <= KNOWN
    assert all(value for _, value in settings(BOOT))


def test_boot_configuration_applies_to_every_model() -> None:
    assert [line for line in BOOT.splitlines() if line.startswith("[")] == ["[all]"]


def test_boot_configuration_slows_the_bus_for_the_thermometers() -> None:
    wanted = dict(value.partition("=")[::2] for name, value in settings(BOOT) if name == "dtparam")
    assert wanted["i2c_arm"] == "on"
    assert int(wanted["i2c_arm_baudrate"]) == 50_000
    assert "raspberrypi/linux#254" in BOOT


def test_boot_configuration_has_the_watchdog_and_lets_relays_drop() -> None:
    wanted = [value for name, value in settings(BOOT) if name == "dtparam"]
    assert "watchdog=on" in wanted
    assert "strict_gpiod" in wanted


def test_boot_configuration_offers_the_clock_of_the_parts_list() -> None:
    assert ("dtoverlay", "i2c-rtc,ds3231") in settings(BOOT, offered=True)
    assert "DS3231" in HARDWARE


def test_every_boot_file_is_installed_by_the_words() -> None:
    files = {path.name for path in (ROOT / "firmware_config/boot").iterdir()} - {"README.md"}
    commands = [line for line in BOOT_WORDS.splitlines() if line.startswith(("sudo install", "cat "))]
    assert {name for name in files if not any(f" {name} " in line for line in commands)} == set()


def test_node_is_enabled_after_its_files_are_there() -> None:
    steps = [
        "pip install",
        "systemd-sysusers",
        "kuzet node add",
        "tar -xpf",
        "/etc/kuzet/node.toml\n",
        "edge check",
    ]
    found = [BOOT_WORDS.index(step) for step in [*steps, "systemctl enable"]]
    assert found == sorted(found)


def test_links_of_the_words_about_nodes_lead_somewhere() -> None:
    pages = [
        ROOT / "firmware_config/README.md",
        ROOT / "firmware_config/boot/README.md",
        ROOT / "deploy/README.md",
    ]
    dead = [
        target
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_buses_of_a_node_exist(node: NodeConfig) -> None:
    offered = {
        int(parameters(value)["bus"])
        for name, value in settings(BOOT, offered=True)
        if name == "dtoverlay" and value.startswith("i2c-gpio")
    }
    assert buses_used(node) <= {1} | offered


def test_pins_of_a_node_are_not_those_of_its_buses(node: NodeConfig) -> None:
    taken = {pin for bus in buses_used(node) for pin in BUS_PINS.get(bus, ())}
    for name, value in settings(BOOT, offered=True):
        overlay = parameters(value) if name == "dtoverlay" and value.startswith("i2c-gpio") else {"bus": "-1"}
        if int(overlay["bus"]) in buses_used(node):
            taken |= {int(overlay["i2c_gpio_sda"]), int(overlay["i2c_gpio_scl"])}
    assert pins_used(node) & (taken | SERIAL_CONSOLE) == set()


def test_boot_configuration_lights_no_lamp_of_a_node(node: NodeConfig) -> None:
    pulled_down: set[int] = set()
    for value in (value for name, value in settings(BOOT) if name == "gpio"):
        pins, _, modes = value.partition("=")
        assert modes == "ip,pd"
        for part in pins.split(","):
            first, _, last = part.partition("-")
            pulled_down |= set(range(int(first), int(last or first) + 1))
    lights = {door.channel: door.light.active_high for door in node.doors if door.light is not None}
    assert [channel for channel, active_high in lights.items() if not active_high] == []
    relays = {lamp.relay.pin: lamp.relay.active_high for lamp in node.lamps}
    assert [pin for pin, active_high in relays.items() if pin in pulled_down and not active_high] == []


def test_relay_of_a_lamp_is_off_from_the_first_moment(node: NodeConfig) -> None:
    assert [lamp.channel for lamp in node.lamps if not lamp.relay.is_off_while_booting] == []


def test_every_kind_of_channel_has_an_example() -> None:
    shown = {kind for path in NODES for kind in KINDS if getattr(read_node_config(path), kind)}
    assert shown == set(KINDS)
    drivers = {door.driver for path in NODES for door in read_node_config(path).doors}
    assert drivers == {"beam-pair", "zone-counter"}
    lamps: list[Lamp] = [lamp for path in NODES for lamp in read_node_config(path).lamps]
    assert {lamp.interlock.kind for lamp in lamps} == {"uv", "fan"}


def test_profiles_that_nodes_name_are_shipped(node: NodeConfig) -> None:
    names = {post.thermometer.profile for post in node.posts} - {None}
    assert names <= {path.name for path in PROFILES}


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_profile_is_sound(path: Path) -> None:
    assert read_wanted(path).emissivity == 0.98


@pytest.mark.parametrize("path", NODES, ids=lambda path: path.stem)
def test_header_pins_in_comments_are_those_of_the_bcm_numbers(path: Path) -> None:
    said = re.findall(r"pin = (\d+)\s*#.*?header pin (\d+)", path.read_text(encoding="utf-8"))
    assert len(said) == len(pins_used(read_node_config(path)))
    assert [(bcm, pin) for bcm, pin in said if header_of()[int(bcm)] != int(pin)] == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_header_pins_in_diagrams_are_those_of_the_bcm_numbers(path: Path) -> None:
    texts = [element.text or "" for element in ElementTree.parse(path).iter()]
    said = [found for text in texts if (found := re.match(r"(\d+) · (\d+) (?!V\b)\w", text))]
    assert said
    assert [each[0] for each in said if header_of()[int(each[2])] != int(each[1])] == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_diagram_stands_alone_and_is_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < 16_000
    assert "<title" in text
    assert "<desc" in text
    assert "href" not in text
    assert path.name in HARDWARE


def test_header_pins_in_the_hardware_guide_are_those_of_the_bcm_numbers() -> None:
    said = re.findall(r"(\d+) \(BCM (\d+)\)", HARDWARE)
    assert len(said) > 10
    assert [(pin, bcm) for pin, bcm in said if header_of()[int(bcm)] != int(pin)] == []


def keys_of(kind: Any) -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        yield field.encode_name
        for inner in (field.type, *get_args(field.type)):
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                yield from keys_of(inner)


@pytest.mark.parametrize("table", KINDS)
def test_every_key_of_a_node_file_is_in_the_readme(table: str) -> None:
    (row,) = [line for line in KEYS.splitlines() if line.startswith(f"| `[[{table}]]`")]
    (field,) = [field for field in msgspec.structs.fields(NodeConfig) if field.name == table]
    (kind,) = [each for each in get_args(field.type) if each is not Ellipsis]
    # The tables that several kinds share are explained where they come first.
    shared = {"pin", "active_high"} if "buzzer" in row and table != "doors" else set()
    missing = {key for key in keys_of(kind) if not re.search(rf"[`.]{key}[`\]]", row)} - shared
    assert missing == set()
