"""Discovery messages by Home Assistant's own facts, and their templates on real messages of the hub."""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hub.home_assistant.entities import HAPPENINGS, Discovery
from hub.layout import Layout, read_layout
from protocol.codec import encode
from protocol.events import Task
from protocol.messages import AlertMessage, AlertState, Light, SpaceCondition, SpaceState, TaskState
from tests.builders import MORNING, a_layout
from tests.hub.history_hour import Hour, hour_layout
from tests.hub.home_assistant import facts

ROOT = Path(__file__).parents[3]
LANGUAGES = ("kk", "ru", "en")


def shipped_layout() -> Layout:
    """The campus of the demonstration."""
    return read_layout(ROOT / "deploy" / "campus.toml")


LAYOUTS: dict[str, Callable[[], Layout]] = {"small": hour_layout, "shipped": shipped_layout}


def messages(layout: Layout | None = None, language: Any = "en") -> dict[str, dict[str, Any]]:
    """Topic below the prefix to the message."""
    found = Discovery(
        layout or hour_layout(), prefix="homeassistant", language=language, valid_s=60.0, version="1"
    ).messages()
    return {topic.removeprefix("homeassistant/"): json.loads(body) for topic, body in found.items()}


def every() -> list[Any]:
    """Every message of every kind of campus and language."""
    return [
        pytest.param(layout(), language, id=f"{name}-{language}")
        for name, layout in LAYOUTS.items()
        for language in LANGUAGES
    ]


def entity(id: str, layout: Layout | None = None) -> dict[str, Any]:
    (found,) = [body for topic, body in messages(layout).items() if topic.endswith(f"/{id}/config")]
    return found


def rendered(template: str, payload: bytes) -> str:
    """As Home Assistant renders it: plain Jinja in a sandbox, the payload's JSON at hand."""
    sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    return sandbox.from_string(template).render(value_json=json.loads(payload)).strip()


# By Home Assistant's facts.


@pytest.mark.parametrize(("layout", "language"), every())
def test_topics_are_ones_that_are_looked_at(layout: Layout, language: str) -> None:
    found = messages(layout, language)
    matched = [facts.TOPIC.fullmatch(topic) for topic in found]
    assert None not in matched
    assert {one["node_id"] for one in matched if one} == {f"kuzet-{layout.site}"}
    assert {one["component"] for one in matched if one} == set(facts.ALLOWED)


@pytest.mark.parametrize(("layout", "language"), every())
def test_messages_have_what_must_be_and_nothing_that_is_dropped(layout: Layout, language: str) -> None:
    found = {topic: (topic.split("/")[0], set(body)) for topic, body in messages(layout, language).items()}
    assert {topic for topic, (kind, keys) in found.items() if not facts.REQUIRED[kind] <= keys} == set()
    assert {topic for topic, (kind, keys) in found.items() if not keys <= facts.ALLOWED[kind]} == set()


@pytest.mark.parametrize(("layout", "language"), every())
def test_classes_are_known_and_fit(layout: Layout, language: str) -> None:
    for topic, body in messages(layout, language).items():
        kind = topic.split("/")[0]
        assert body.get("device_class") in facts.DEVICE_CLASSES[kind], topic
        assert body.get("state_class") in facts.STATE_CLASSES, topic
        assert body.get("entity_category") in facts.CATEGORIES, topic
        assert facts.ICON.fullmatch(body.get("icon", "mdi:bell")), topic
        # An enumeration needs its choices; only a number has a unit or is measured.
        assert ("options" in body) == (body.get("device_class") == "enum"), topic
        assert not ("state_class" in body and "device_class" in body), topic
        assert "state_class" in body or "unit_of_measurement" not in body, topic
        assert isinstance(body.get("expire_after", 0), int), topic


@pytest.mark.parametrize(("layout", "language"), every())
def test_every_entity_has_a_device_an_origin_and_one_id_of_its_own(layout: Layout, language: str) -> None:
    found = list(messages(layout, language).values())
    assert len({one["unique_id"] for one in found}) == len(found)
    for one in found:
        assert set(one["device"]) <= facts.DEVICE
        assert one["device"]["identifiers"]
        assert set(one["origin"]) <= facts.ORIGIN
        assert one["origin"]["name"]
    known = {id for one in found for id in one["device"]["identifiers"]}
    assert {one["device"].get("via_device", one["device"]["identifiers"][0]) for one in found} <= known


@pytest.mark.parametrize(("layout", "language"), every())
def test_everything_is_there_only_while_the_hub_is(layout: Layout, language: str) -> None:
    hub = f"kuzet/1/{layout.site}/hub/status"
    for topic, body in messages(layout, language).items():
        topics = [one["topic"] for one in body.get("availability", [])]
        # Whether the hub is there is said by the entity of the hub itself.
        assert (hub in topics) != topic.endswith("/hub/config"), topic
        assert all(set(one) == facts.AVAILABILITY for one in body.get("availability", [])), topic
        assert body.get("availability_mode", "all") == "all", topic


def test_spaces_doors_alerts_and_tasks_are_all_there() -> None:
    ids = {topic.split("/")[2] for topic in messages()}
    assert {"space-room-people", "space-room-state", "space-room-alert", "door-room-door-light"} <= ids
    assert {"alerts", "alerts-waiting", "happened", "space-room-tasks", "space-room-task-due"} <= ids
    assert {f"space-room-{one.value.replace('_', '-')}" for one in Task} <= ids


def test_nothing_can_be_switched_from_home_assistant() -> None:
    assert not [topic for topic, body in messages().items() if any("command" in key for key in body)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_of_the_language(language: str) -> None:
    people = {"kk": "Адамдар", "ru": "Люди", "en": "People"}
    (found,) = [body for topic, body in messages(language=language).items() if "space-room-people" in topic]
    assert found["name"] == people[language]


# Templates on real messages of the hub.


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """Everything that the hub says in an hour, by topic."""
    hour = Hour(tmp_path_factory.mktemp("hour") / "data")
    hour.play()
    hour.close()
    found: dict[str, list[bytes]] = defaultdict(list)
    for one in hour.site.voice.said:
        found[one.topic].append(one.payload)
    return found


def shown(id: str, said: dict[str, list[bytes]], key: str = "value_template") -> list[str]:
    """What the entity shows over the hour."""
    body = entity(id)
    topic = body["state_topic" if key == "value_template" else "json_attributes_topic"]
    assert said[topic]
    return [rendered(body[key], payload) for payload in said[topic]]


def test_people_are_a_number_or_unknown(said: dict[str, list[bytes]]) -> None:
    people = shown("space-room-people", said)
    assert {"0", "18", facts.UNKNOWN} <= set(people)
    assert {one for one in people if one != facts.UNKNOWN and not one.isdigit()} == set()


def test_state_is_one_of_the_options_or_unknown(said: dict[str, list[bytes]]) -> None:
    states = set(shown("space-room-state", said))
    assert (
        {"open", "full", facts.UNKNOWN} <= states <= {*entity("space-room-state")["options"], facts.UNKNOWN}
    )
    assert "unknown" not in states


def test_light_of_a_door_is_that_of_the_door(said: dict[str, list[bytes]]) -> None:
    lights = set(shown("door-room-door-light", said))
    assert {"go", "stop", facts.UNKNOWN} <= lights
    assert lights <= {*entity("door-room-door-light")["options"], facts.UNKNOWN}
    free = shown("door-room-door-free", said)
    assert {one for one in free if one != facts.UNKNOWN and not one.lstrip("-").isdigit()} == set()


def test_door_whose_channel_is_not_in_the_signal_is_unknown() -> None:
    body = entity("door-room-door-light")
    assert rendered(body["value_template"], b'{"as_of":"","valid_s":60.0}') == facts.UNKNOWN
    assert rendered(body["value_template"], b'{"channels":{"other":{"light":"go"}}}') == facts.UNKNOWN


def test_hub_is_there_while_it_says_so(said: dict[str, list[bytes]]) -> None:
    assert set(shown("hub", said)) == {facts.ON}
    lost = b'{"state":"lost","version":"1","position":0,"since":"2024-03-04T04:00:00.000Z"}'
    assert rendered(entity("hub")["value_template"], lost) == facts.OFF
    (watch,) = entity("space-room-people")["availability"]
    there = {rendered(watch["value_template"], one) for one in said[watch["topic"]]}
    assert there == {watch["payload_available"]}
    assert rendered(watch["value_template"], lost) == watch["payload_not_available"]


@pytest.mark.parametrize("word", ["offline", "lost"])
def test_door_is_away_with_its_node(word: str) -> None:
    body = entity("door-room-door-light")
    (watch,) = [one for one in body["availability"] if "/node/room-node/status" in one["topic"]]
    payload = json.dumps({"state": word, "epoch": "e", "since": ""}).encode()
    assert rendered(watch["value_template"], payload) == watch["payload_not_available"]


def test_attributes_are_json(said: dict[str, list[bytes]]) -> None:
    for one in shown("space-room-people", said, "json_attributes_template"):
        assert {"low", "high", "capacity", "clause"} <= set(json.loads(one))
    assert {"tasks"} == set(json.loads(shown("space-room-tasks", said, "json_attributes_template")[0]))


def owing(*tasks: TaskState) -> bytes:
    state = SpaceState(
        space="room",
        state=SpaceCondition.DUE,
        reason="due",
        clause="§1",
        occupancy=0,
        low=0,
        high=0,
        capacity=15,
        free=15,
        until=None,
        tasks=tasks,
        trust=1.0,
        as_of=MORNING,
    )
    return encode(state)


def test_tasks_that_are_owed_are_counted_and_the_oldest_is_told() -> None:
    payload = owing(
        TaskState(task="airing", due=MORNING, state="late"),
        TaskState(task="surfaces", due=MORNING.replace(hour=5), state="due"),
        TaskState(task="equipment", due=None, state="done"),
    )
    assert rendered(entity("space-room-tasks")["value_template"], payload) == "2"
    due = rendered(entity("space-room-task-due")["value_template"], payload)
    assert datetime.fromisoformat(due) == MORNING
    owed = {
        one: rendered(entity(f"space-room-{one}")["value_template"], payload)
        for one in ("airing", "equipment")
    }
    assert owed == {"airing": facts.ON, "equipment": facts.OFF}
    nothing = owing()
    assert rendered(entity("space-room-task-due")["value_template"], nothing) == facts.UNKNOWN
    assert rendered(entity("space-room-airing")["value_template"], nothing) == facts.OFF


def test_lists_of_words_are_the_contracts() -> None:
    assert set(entity("space-room-state")["options"]) == {one.value for one in SpaceCondition} - {"unknown"}
    assert set(entity("door-room-door-light")["options"]) == {one.value for one in Light} - {"unknown"}
    assert entity("happened")["event_types"] == list(HAPPENINGS)


def an_alert(**changes: Any) -> AlertMessage:
    fields: dict[str, Any] = {
        "id": "a1",
        "rule": "over-capacity",
        "priority": 1,
        "space": "room",
        "node": None,
        "state": AlertState.FIRING,
        "since": MORNING,
        "acked_by": None,
        "clause": "§71",
        "action": "over-capacity",
    }
    return AlertMessage(**{**fields, **changes})


def test_names_of_a_campus_without_rooms() -> None:
    bare = a_layout(spaces=(), doors=(), posts=())
    assert {topic.split("/")[2] for topic in messages(bare)} == {
        "alerts",
        "alerts-waiting",
        "happened",
        "hub",
    }
