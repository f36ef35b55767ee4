"""The picture as Prometheus text. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import asdict

from dashboards.live.feed import Feed
from dashboards.live.views import State, is_live
from dashboards.settings import Settings
from hub.store.board import HubRow
from protocol.messages import SpaceCondition


class _Sample(NamedTuple):
    labels: dict[str, str]
    value: float


def metrics_text(state: State, hub: HubRow | None, feed: Feed, settings: Settings) -> str:
    """Every metric; counts that are not known are left out, never written as nought."""
    live = is_live(state.hub, state.now)
    counted = [one for one in state.spaces if live and one.occupancy is not None]
    lines = _metric(
        "kuzet_space_people",
        "gauge",
        "People counted in the space; absent when unknown.",
        [_Sample({"space": one.space}, float(one.occupancy or 0)) for one in counted],
    )
    lines += _metric(
        "kuzet_space_capacity_people",
        "gauge",
        "People the regime allows.",
        [_Sample({"space": one.space}, one.capacity) for one in state.spaces if one.capacity is not None],
    )
    unknown = [one for one in state.spaces if not live or one.state is SpaceCondition.UNKNOWN]
    lines += _metric("kuzet_spaces_unknown", "gauge", "Spaces not known now.", [_Sample({}, len(unknown))])
    alerts = Counter((one.state.value, str(one.priority)) for one in state.alerts)
    lines += _metric(
        "kuzet_alerts",
        "gauge",
        "Alerts on the board.",
        [_Sample({"state": word, "priority": p}, n) for (word, p), n in sorted(alerts.items())],
    )
    nodes = Counter(one.state for one in state.nodes)
    lines += _metric(
        "kuzet_nodes", "gauge", "Nodes.", [_Sample({"state": word}, n) for word, n in sorted(nodes.items())]
    )
    if state.ledger is not None:
        fields = sorted(asdict(state.ledger).items())
        lines += _metric(
            "kuzet_ledger_events",
            "gauge",
            "The line that must close: produced = stored + rejected + pending + dropped.",
            [_Sample({"part": name}, value) for name, value in fields],
        )
    if hub is not None:
        age_s = (state.now - hub.as_of).total_seconds()
        lines += _metric(
            "kuzet_hub_pulse_age_seconds", "gauge", "Age of the hub's pulse.", [_Sample({}, age_s)]
        )
        lines += _metric(
            "kuzet_hub",
            "untyped",
            "What the hub counts, by name.",
            [_Sample({"counter": name}, value) for name, value in sorted(hub.counters.items())],
        )
    lines += _metric("kuzet_streams", "gauge", "Open event streams.", [_Sample({}, feed.streams)])
    lines += _metric(
        "kuzet_streams_dropped_total", "counter", "Readers too slow to keep.", [_Sample({}, feed.dropped)]
    )
    build = {"version": settings.version, "build": settings.build}
    lines += _metric("kuzet_build_info", "gauge", "What runs here.", [_Sample(build, 1)])
    return "\n".join(lines) + "\n"


def _metric(name: str, kind: str, says: str, samples: Iterable[_Sample]) -> list[str]:
    lines = [f"# HELP {name} {says}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        written = ",".join(f'{key}="{_escaped(word)}"' for key, word in labels.items())
        lines.append(f"{name}{{{written}}} {value:.15g}" if written else f"{name} {value:.15g}")
    return lines


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
