"""What Home Assistant asks of a discovery message: facts read out of its own schemas, version 2025.4.4.

Its schemas remove a key that they do not know without a word, so what may be there is checked too.
"""

import re

#: Below the prefix.
TOPIC = re.compile(r"(?P<component>\w+)/(?P<node_id>[a-zA-Z0-9_-]+)/(?P<object_id>[a-zA-Z0-9_-]+)/config")
_EVERY = {
    "availability",
    "availability_mode",
    "device",
    "enabled_by_default",
    "entity_category",
    "icon",
    "json_attributes_template",
    "json_attributes_topic",
    "name",
    "origin",
    "qos",
    "unique_id",
    "state_topic",
    "value_template",
}
ALLOWED = {
    "sensor": _EVERY | {"device_class", "expire_after", "options", "state_class", "unit_of_measurement"},
    "binary_sensor": _EVERY | {"device_class", "expire_after", "payload_on", "payload_off"},
    "event": _EVERY | {"device_class", "event_types"},
}
REQUIRED = {
    "sensor": {"state_topic"},
    "binary_sensor": {"state_topic"},
    "event": {"state_topic", "event_types"},
}
DEVICE_CLASSES = {
    "sensor": {None, "enum", "timestamp"},
    "binary_sensor": {None, "connectivity", "problem"},
    "event": {None, "button", "doorbell", "motion"},
}
STATE_CLASSES = {None, "measurement", "total", "total_increasing"}
CATEGORIES = {None, "config", "diagnostic"}
DEVICE = {
    "configuration_url",
    "connections",
    "hw_version",
    "identifiers",
    "manufacturer",
    "model",
    "model_id",
    "name",
    "serial_number",
    "suggested_area",
    "sw_version",
    "via_device",
}
ORIGIN = {"name", "sw_version", "support_url"}
AVAILABILITY = {"topic", "payload_available", "payload_not_available", "value_template"}
#: What a template renders where nothing is known.
UNKNOWN = "None"
#: What a binary sensor understands where nothing else is said.
ON, OFF = "ON", "OFF"
ICON = re.compile(r"mdi:[a-z-]+")
