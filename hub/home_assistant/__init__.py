"""Home Assistant, where it is asked for: the campus as MQTT discovery messages, read-only, a copy."""
