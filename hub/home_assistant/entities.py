"""A campus in, the discovery message of each of its entities out: topic and JSON. Pure.

Templates are plain Jinja, so that they can be tested against our own messages without Home Assistant.
What is unknown renders as `None`, which Home Assistant shows as unknown and never as the last value.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from hub.home_assistant import words
from hub.home_assistant.words import Language, said
from hub.layout import Door, Layout, Names, Space
from protocol.events import Task
from protocol.messages import HubState, Light, NodeState, SpaceCondition
from protocol.topics import Topics

#: A state is said again every 10 s: one so old is nobody's word any more, seconds.
SPACE_EXPIRES_S = 60
#: What `happened` may tell of an alert.
HAPPENINGS = ("fired", "acknowledged", "resolved", "closed")
_OWED = "value_json.tasks | rejectattr('state', 'equalto', 'done')"
_IS_THERE = "{{ 'online' if value_json.state == 'online' else 'lost' }}"
_TEXT = "{{ value_json.state if value_json.state != 'unknown' else None }}"
_SPACE_FACTS = ("low", "high", "capacity", "trust", "reason", "clause", "until", "as_of")


class Entity(NamedTuple):
    """One discovery message, without what all have."""

    component: str
    #: Unique on the campus; part of its topic.
    id: str
    body: dict[str, Any]


class OurTopics:
    """Where we say what no message of the hub says alone; below the site's own root."""

    def __init__(self, site: str) -> None:
        root = f"{Topics(site).root}/home-assistant"
        #: Whether this copy is there; `lost` is its last will.
        self.status = f"{root}/status"
        self.alerts = f"{root}/alerts"
        self.happened = f"{root}/happened"
        self._root = root

    def space(self, space: str) -> str:
        """The open alerts of a space."""
        return f"{self._root}/space/{space}"


class Discovery:
    """The messages of a campus, under the discovery prefix."""

    def __init__(
        self, layout: Layout, *, prefix: str, language: Language, valid_s: float, version: str
    ) -> None:
        """`valid_s`: how long a node may rely on its allowance, as the hub's own file says."""
        self._layout, self._prefix, self._language = layout, prefix, language
        self._valid_s, self._version = valid_s, version
        self._topics, self._ours = Topics(layout.site), OurTopics(layout.site)
        self._campus = f"kuzet-{layout.site}"

    @property
    def patterns(self) -> tuple[str, ...]:
        """Where messages of this campus lie, whenever they were left: `+` is any word."""
        return f"{self._prefix}/+/{self._campus}/+/config", self._ours.space("+"), self._ours.alerts

    def messages(self) -> dict[str, bytes]:
        """Topic to payload."""
        found: dict[str, bytes] = {}
        for device, entities in self._devices():
            for one in entities:
                body = {
                    "unique_id": f"{self._campus}-{one.id}",
                    **one.body,
                    "qos": 1,
                    "device": device,
                    "origin": {"name": "Kuzet", "sw_version": self._version},
                }
                topic = f"{self._prefix}/{one.component}/{self._campus}/{one.id}/config"
                found[topic] = msgspec.json.encode(body)
        return found

    def _devices(self) -> Iterator[tuple[dict[str, Any], list[Entity]]]:
        name = said(self._layout.names, self._language)
        yield (
            {"identifiers": [self._campus], "name": name, "manufacturer": "Kuzet"},
            list(self._campus_wide()),
        )
        for space in self._layout.spaces:
            title = f"{space.code} {said(space.names, self._language)}"
            device = self._device(f"space-{space.id}", title, space.kind.value)
            yield {**device, "suggested_area": space.code}, list(self._of_space(space))
        for door in self._layout.doors:
            title = f"{said(words.DOOR, self._language)} {door.id}"
            yield self._device(f"door-{door.id}", title, "door"), list(self._of_door(door))

    def _device(self, id: str, name: str, model: str) -> dict[str, Any]:
        return {
            "identifiers": [f"{self._campus}-{id}"],
            "name": name,
            "manufacturer": "Kuzet",
            "model": model,
            "via_device": self._campus,
        }

    def _campus_wide(self) -> Iterator[Entity]:
        alerts = {"state_topic": self._ours.alerts, **self._available(self._ours.status)}
        yield Entity(
            "sensor",
            "alerts",
            {
                "name": said(words.OPEN_ALERTS, self._language),
                "value_template": "{{ value_json.open }}",
                "state_class": "measurement",
                "icon": "mdi:bell-alert",
                "json_attributes_topic": self._ours.alerts,
                "json_attributes_template": "{{ {'alerts': value_json.alerts} | tojson }}",
                **alerts,
            },
        )
        yield Entity(
            "sensor",
            "alerts-waiting",
            {
                "name": said(words.WAITING, self._language),
                "value_template": "{{ value_json.waiting }}",
                "state_class": "measurement",
                "icon": "mdi:bell-ring",
                **alerts,
            },
        )
        yield Entity(
            "event",
            "happened",
            {
                "name": said(words.HAPPENED, self._language),
                "state_topic": self._ours.happened,
                "event_types": list(HAPPENINGS),
                "icon": "mdi:bell",
                **self._available(self._ours.status),
            },
        )
        yield Entity(
            "binary_sensor",
            "hub",
            self._connection(words.HUB, self._topics.hub_status, HubState.ONLINE.value),
        )

    def _of_space(self, space: Space) -> Iterator[Entity]:
        topic = self._topics.space_state(space.id)
        at_hand = {"state_topic": topic, "expire_after": SPACE_EXPIRES_S, **self._available()}
        people = {"state_class": "measurement", "unit_of_measurement": said(words.UNIT, self._language)}
        facts = ", ".join(f"'{name}': value_json.{name}" for name in _SPACE_FACTS)
        yield self._sensor(
            space,
            "people",
            words.PEOPLE,
            "{{ value_json.occupancy }}",
            "mdi:account-group",
            {
                **people,
                **at_hand,
                "json_attributes_topic": topic,
                "json_attributes_template": f"{{{{ {{{facts}}} | tojson }}}}",
            },
        )
        yield self._sensor(
            space, "free", words.FREE, "{{ value_json.free }}", "mdi:seat", {**people, **at_hand}
        )
        states = [one.value for one in SpaceCondition if one is not SpaceCondition.UNKNOWN]
        yield self._sensor(
            space,
            "state",
            words.STATE,
            _TEXT,
            "mdi:traffic-light",
            {"device_class": "enum", "options": states, **at_hand},
        )
        yield self._sensor(
            space,
            "tasks",
            words.TASKS,
            f"{{{{ {_OWED} | list | count }}}}",
            "mdi:spray-bottle",
            {
                "state_class": "measurement",
                **at_hand,
                "json_attributes_topic": topic,
                "json_attributes_template": "{{ {'tasks': value_json.tasks} | tojson }}",
            },
        )
        due = f"{{% set due = {_OWED} | map(attribute='due') | reject('none') | list %}}"
        yield self._sensor(
            space,
            "task-due",
            words.TASK_DUE,
            due + "{{ due | min if due else None }}",
            "mdi:clock-alert",
            {
                "device_class": "timestamp",
                **at_hand,
            },
        )
        for task in Task:
            owed = f"{_OWED} | selectattr('task', 'equalto', '{task.value}') | list"
            yield Entity(
                "binary_sensor",
                f"space-{space.id}-{task.value.replace('_', '-')}",
                {
                    "name": said(words.OF_TASK[task], self._language),
                    "value_template": f"{{{{ 'ON' if {owed} else 'OFF' }}}}",
                    # A campus has some hundreds of these: who wants one switches it on.
                    "enabled_by_default": False,
                    **at_hand,
                },
            )
        yield Entity(
            "binary_sensor",
            f"space-{space.id}-alert",
            {
                "name": said(words.ALERT, self._language),
                "device_class": "problem",
                "state_topic": self._ours.space(space.id),
                "value_template": "{{ 'ON' if value_json.alerts else 'OFF' }}",
                "json_attributes_topic": self._ours.space(space.id),
                "json_attributes_template": "{{ {'alerts': value_json.alerts} | tojson }}",
                **self._available(self._ours.status),
            },
        )

    def _of_door(self, door: Door) -> Iterator[Entity]:
        found = f"{{% set one = (value_json.channels | default({{}})).get('{door.channel}', {{}}) %}}"
        lights = [one.value for one in Light if one is not Light.UNKNOWN]
        heard = self._available(self._topics.status(door.node))
        at_hand = {"state_topic": self._topics.signal(door.node), "expire_after": int(self._valid_s), **heard}
        light = "{{ one.light if one.light is defined and one.light != 'unknown' else None }}"
        yield Entity(
            "sensor",
            f"door-{door.id}-light",
            {
                "name": said(words.LIGHT, self._language),
                "value_template": found + light,
                "device_class": "enum",
                "options": lights,
                "icon": "mdi:traffic-light",
                **at_hand,
            },
        )
        yield Entity(
            "sensor",
            f"door-{door.id}-free",
            {
                "name": said(words.FREE, self._language),
                "value_template": found + "{{ one.free if one.free is defined else None }}",
                "state_class": "measurement",
                "unit_of_measurement": said(words.UNIT, self._language),
                "icon": "mdi:seat",
                **at_hand,
            },
        )
        yield Entity(
            "binary_sensor",
            f"door-{door.id}-node",
            self._connection(words.HEARD, self._topics.status(door.node), NodeState.ONLINE.value)
            | self._available(),
        )

    def _sensor(
        self, space: Space, id: str, names: Names, template: str, icon: str, more: dict[str, Any]
    ) -> Entity:
        body = {"name": said(names, self._language), "value_template": template, "icon": icon, **more}
        return Entity("sensor", f"space-{space.id}-{id}", body)

    def _connection(self, names: Names, topic: str, online: str) -> dict[str, Any]:
        return {
            "name": said(names, self._language),
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "state_topic": topic,
            "value_template": f"{{{{ 'ON' if value_json.state == '{online}' else 'OFF' }}}}",
        }

    def _available(self, *more: str) -> dict[str, Any]:
        """Only while the hub is there, and whoever says on `more` whether he is."""
        topics = [self._topics.hub_status, *more]
        return {
            "availability_mode": "all",
            "availability": [
                {
                    "topic": topic,
                    "value_template": _IS_THERE,
                    "payload_available": "online",
                    "payload_not_available": "lost",
                }
                for topic in topics
            ],
        }
