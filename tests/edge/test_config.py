from pathlib import Path

import pytest

from edge.config import NodeConfig, connection_of, hash_of, read_node_config
from protocol.errors import ConfigError

NODES = Path(__file__).parents[2] / "firmware_config" / "nodes"
HEAD = 'site = "demo"\nnode = "n"\noutbox = "/var/lib/kuzet/outbox.sqlite"\n'
DOOR = """
[[doors]]
channel = "main"
[doors.beams]
outer_pin = 17
inner_pin = 27
"""
OTHER_DOOR = """
[[doors]]
channel = "yard"
[doors.beams]
outer_pin = 22
inner_pin = 23
"""
LIGHT = """
[doors.light]
red_pin = 5
amber_pin = 6
green_pin = 13
"""
POST = """
[[posts]]
channel = "thermometer"
"""


def read(folder: Path, text: str) -> NodeConfig:
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return read_node_config(path)


def faults_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [fault.removeprefix(f"{folder}/node.toml: ") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("file", "doors", "posts"),
    [
        ("entrance-a.toml", ["main"], ["thermometer"]),
        ("floor-a1-1.toml", ["door-a-101", "door-a-102", "door-a-103"], []),
    ],
)
def test_node_files_we_ship_are_good(file: str, doors: list[str], posts: list[str]) -> None:
    config = read_node_config(NODES / file)
    assert config.node == file.removesuffix(".toml")
    assert [door.channel for door in config.doors if door.light is not None] == doors
    assert [post.channel for post in config.posts] == posts


def test_config_has_defaults_for_what_is_usual(tmp_path: Path) -> None:
    config = read(tmp_path, HEAD + DOOR)
    assert (config.pins.value, config.health_every.seconds, config.broker.port) == ("lgpio", 10.0, 1883)


def test_config_says_every_fault_at_once(tmp_path: Path) -> None:
    text = HEAD + 'health_evry = "10s"\npins = "lgpoi"\n' + DOOR.replace("17", "40") + LIGHT.replace("6", "5")
    assert faults_of(tmp_path, text) == [
        "$: unknown key `health_evry`; did you mean `health_every`?",
        "$.pins: `lgpoi` is not one of lgpio, mock; did you mean `lgpio`?",
        "$.doors[0].beams.outer_pin: Expected `int` <= 27, got 40",
        "$.doors[0].light: red_pin, amber_pin and green_pin must differ, got (5, 5, 13)",
        "$.doors[0].light.red_pin: pin 5 is used again by $.doors[0].light.amber_pin; each serves one thing",
    ]


def test_config_names_both_users_of_a_pin(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HEAD + DOOR + OTHER_DOOR.replace("23", "17")) == [
        "$.doors[0].beams.outer_pin: pin 17 is used again by $.doors[1].beams.inner_pin; "
        "each serves one thing"
    ]


def test_config_names_both_users_of_an_address(tmp_path: Path) -> None:
    text = HEAD + POST + POST.replace("thermometer", "second")
    assert faults_of(tmp_path, text) == [
        "$.posts[0].thermometer: address 0x5A on bus 1 is used again by $.posts[1].thermometer; "
        "each serves one thing"
    ]


def test_config_takes_one_address_on_two_buses(tmp_path: Path) -> None:
    second = POST.replace("thermometer", "second") + "[posts.thermometer]\nbus = 3\n"
    assert len(read(tmp_path, HEAD + POST + second).posts) == 2


def test_config_refuses_a_channel_used_twice(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HEAD + DOOR + OTHER_DOOR.replace("yard", "main")) == [
        "$.doors[0].channel: channel `main` is used again by $.doors[1].channel; each serves one thing"
    ]


def test_config_refuses_a_beam_on_the_pins_of_the_bus(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HEAD + DOOR.replace("17", "2") + POST) == [
        "$.doors[0].beams.outer_pin: pin 2 is used again by $.posts[0].thermometer (bus 1); "
        "each serves one thing"
    ]


def test_config_refuses_a_pin_of_the_second_bus(tmp_path: Path) -> None:
    text = HEAD + OTHER_DOOR + POST + "[posts.thermometer]\nbus = 3\n"
    assert faults_of(tmp_path, text) == [
        "$.doors[0].beams.inner_pin: pin 23 is used again by $.posts[0].thermometer (bus 3); "
        "each serves one thing"
    ]


def test_config_of_an_empty_file_says_everything_that_is_needed(tmp_path: Path) -> None:
    needs, *missing = reversed(faults_of(tmp_path, ""))
    assert needs.startswith("$: a node needs at least one of `[[doors]]`, ")
    assert sorted(missing) == [f"$: required key `{key}` is missing" for key in ("node", "outbox", "site")]


def test_config_says_how_a_list_of_tables_is_written(tmp_path: Path) -> None:
    text = HEAD + DOOR.replace("[[doors]]", "[doors]") + '[[broker]]\nhost = "::1"\n'
    assert sorted(faults_of(tmp_path, text)) == [
        "$.broker: is a list of tables, one table is wanted: write `[broker]`",
        "$.doors: is one table, a list of tables is wanted: write `[[doors]]`",
    ]


def test_config_lists_the_choices_and_names_the_nearest(tmp_path: Path) -> None:
    text = HEAD + (
        '[[doors]]\nchannel = "main"\ndriver = "beam-piar"\n'
        '[doors.beams]\nouter_pin = 17\ninner_pin = 27\npull = "claer"\n'
        '[[doors]]\nchannel = "yard"\ndriver = "zone-counter"\n'
        '[doors.zones]\ninner_zone = "hihg"\nroi_width = 5\n'
        '[[air]]\nchannel = "air"\nsensor = { mode = "low-pwoer" }\n'
        '[[contacts]]\nchannel = "leaf"\ncontact = { pin = 16, open_when = 3 }\n'
    )
    assert faults_of(tmp_path, text) == [
        "$.doors[0].driver: `beam-piar` is not one of beam-pair, zone-counter; did you mean `beam-pair`?",
        "$.doors[0].beams.pull: `claer` is not one of clear, none; did you mean `clear`?",
        "$.doors[1].zones.roi_width: `5` is not one of 4, 6, 8",
        "$.doors[1].zones.inner_zone: `hihg` is not one of high, low; did you mean `high`?",
        "$.air[0].sensor.mode: `low-pwoer` is not one of periodic, low-power; did you mean `low-power`?",
        "$.contacts[0].contact.open_when: `3` is not one of active, inactive",
    ]


def test_config_bears_numbers_that_no_pin_has(tmp_path: Path) -> None:
    huge = f"0x{'F' * 5000}"
    (fault,) = faults_of(tmp_path, HEAD + DOOR.replace("17", huge))
    assert fault.startswith("$.doors[0].beams.outer_pin: ")
    assert fault.endswith("got a number of too many digits")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(
            HEAD,
            "$: a node needs at least one of `[[doors]]`, `[[posts]]`, `[[air]]`, `[[buttons]]`, `[[tags]]`, "
            "`[[contacts]]`, `[[dispensers]]`, `[[lamps]]`",
            id="watches-nothing",
        ),
        pytest.param(
            HEAD + "health_every = 10\n" + DOOR,
            '$.health_every: a duration needs a unit: "10s" or "10min", got 10',
            id="bare-number",
        ),
        pytest.param(
            HEAD + 'health_every = "2h"\n' + DOOR,
            '$: health_every must be "1s" to "30s", got "2h"',
            id="period-too-long",
        ),
        pytest.param(
            HEAD + DOOR + '[broker]\nhost = "hub.local"\n',
            "$.broker: broker hub.local is another machine and `ca_file` is not set: "
            "set it, or `allow_plaintext = true` if the wire is trusted",
            id="plaintext-abroad",
        ),
        pytest.param(
            HEAD + DOOR + '[broker]\nkeepalive = "1s"\n',
            '$.broker: keepalive must be "5s" to "10min", got "1s"',
            id="keepalive-too-short",
        ),
        pytest.param(
            HEAD.replace('"n"', '"Node 1"') + DOOR,
            "$.node: Expected `str` matching regex '^[a-z0-9][a-z0-9-]{0,47}$', got 'Node 1'",
            id="id-not-an-id",
        ),
        pytest.param(
            HEAD + "doors = 3\n", "$.doors: Expected `array`, got `int`, got 3", id="doors-not-tables"
        ),
    ],
)
def test_config_refuses(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, text) == [fault]


def test_connection_has_the_node_as_client_and_user(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n", encoding="utf-8")
    config = read(tmp_path, HEAD + DOOR + f'[broker]\npassword_file = "{password}"\n')
    connection = connection_of(config)
    assert (connection.client_id, connection.username, connection.password) == ("n", "n", "secret")


@pytest.mark.parametrize("key", ["password_file", "ca_file"])
def test_connection_names_a_file_that_is_not_there(tmp_path: Path, key: str) -> None:
    config = read(tmp_path, HEAD + DOOR + f'[broker]\n{key} = "/nonexistent/file"\n')
    with pytest.raises(ConfigError, match="/nonexistent/file"):
        connection_of(config)


def test_hash_changes_with_a_pin_and_with_nothing_else(tmp_path: Path) -> None:
    first = hash_of(read(tmp_path, HEAD + DOOR))
    assert hash_of(read(tmp_path, HEAD + "# a comment\n" + DOOR)) == first
    assert hash_of(read(tmp_path, HEAD + DOOR.replace("17", "18"))) != first


LAMP = """
[[lamps]]
channel = "uv"
relay = { pin = 22 }
key = { pin = 23 }
motion = { pin = 24 }
buzzer = { pin = 25 }
doors = ["main"]
contacts = ["leaf"]
interlock = { source = "instruction of the lamp" }
[[contacts]]
channel = "leaf"
contact = { pin = 16 }
"""


def test_config_takes_a_lamp_with_everything_that_keeps_it_off(tmp_path: Path) -> None:
    config = read(tmp_path, HEAD + DOOR + LAMP)
    assert [channel.channel for channel in config.channels()] == ["main", "leaf", "uv"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(
            LAMP.replace('doors = ["main"]', 'doors = ["mian"]'),
            "$.lamps[0].doors: this node has no door with beams `mian`; did you mean `main`?",
            id="door-elsewhere",
        ),
        pytest.param(
            LAMP.replace('contacts = ["leaf"]\n', ""),
            "$.lamps[0]: a lamp of kind `uv` needs contacts; without them it is not safe",
            id="no-contact",
        ),
        pytest.param(
            LAMP.replace("pin = 22", "pin = 4"),
            "$.lamps[0]: relay: pin 4 would switch it on while the node starts: until then BCM 0 to 8 "
            "are pulled up, the others down; use 9 to 27, or `active_high = false` with 0 to 8",
            id="on-while-booting",
        ),
        pytest.param(
            LAMP.replace("pin = 23", "pin = 24"),
            "$.lamps[0].key.pin: pin 24 is used again by $.lamps[0].motion.pin; each serves one thing",
            id="pin-used-twice",
        ),
        pytest.param(
            '[[tags]]\nchannel = "tags"\nreader = { cards = { 04A1B2C3 = "airing-begun" } }\n',
            "$.tags[0]: `airing-begun` must be a task (airing, surfaces, equipment, air-disinfection), "
            "a hyphen and started, done, aborted; for example `airing-started`",
            id="card-says-nothing",
        ),
        pytest.param(
            '[[air]]\nchannel = "air"\nevery = "1h"\n',
            '$.air[0]: every must be "15s" to "10min", got "1h"',
            id="air-too-rare",
        ),
        pytest.param(
            DOOR.replace("main", "other").replace("17", "2").replace("27", "3")
            + '[[air]]\nchannel = "air"\n',
            "$.doors[1].beams.outer_pin: pin 2 is used again by $.air[0].sensor (bus 1); "
            "each serves one thing",
            id="beam-on-the-bus",
        ),
    ],
)
def test_config_refuses_of_other_channels(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, HEAD + DOOR + text)[:1] == [fault]


def test_config_takes_two_gauges_on_one_converter(tmp_path: Path) -> None:
    dispenser = """
[[dispensers]]
channel = "gel-{0}"
lever = {{ press_pin = {1} }}
gauge = {{ input = {0}, empty_v = 0.5, full_v = 2.5 }}
"""
    text = HEAD + dispenser.format(0, 5) + dispenser.format(1, 6)
    assert len(read(tmp_path, text).dispensers) == 2
