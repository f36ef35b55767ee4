"""The board in memory: rows and decisions in, what to tell browsers out. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from dashboards.live.views import (
    GapRow,
    HubView,
    SpaceView,
    State,
    view_alert,
    view_gap,
    view_hub,
    view_space,
)
from hub.store.board import AlertRow, Change, HubRow, LedgerRow, NodeRow, SilenceRow, SpaceRow
from hub.store.decisions import Decision

#: How a row of each kind is read.
_READ: dict[str, msgspec.json.Decoder[Any]] = {
    "space": msgspec.json.Decoder(SpaceRow),
    "alert": msgspec.json.Decoder(AlertRow),
    "node": msgspec.json.Decoder(NodeRow),
    "ledger": msgspec.json.Decoder(LedgerRow),
    "hub": msgspec.json.Decoder(HubRow),
    "silence": msgspec.json.Decoder(SilenceRow),
    "gap": msgspec.json.Decoder(GapRow),
    "handover": msgspec.json.Decoder(dict[str, Any]),
}


class Picture:
    """Every row of the board, newest wins, with the acknowledgements the hub has yet to carry out."""

    def __init__(self) -> None:
        self.version = -1
        self._rows: dict[str, dict[str, Any]] = {kind: {} for kind in _READ}
        self._acks: dict[str, tuple[str, datetime]] = {}

    def take(self, changes: Iterable[Change]) -> set[tuple[str, str]]:
        """Bring the picture up to the changes; returns the (kind, key) touched.

        Raises msgspec.DecodeError when a row cannot be read; the picture is then as it was.
        """
        changes = list(changes)
        read = [
            (change, None if change.body is None else _READ[change.kind].decode(change.body))
            for change in changes
            if change.kind in _READ
        ]
        for change, row in read:
            self.version = max(self.version, change.version)
            rows = self._rows[change.kind]
            if row is None:
                rows.pop(change.key, None)
                self._acks.pop(change.key, None)
            else:
                rows[change.key] = row
        # Rows that no board shows, as the campus file's, are not asked for again either.
        self.version = max([self.version, *(change.version for change in changes)])
        return {(change.kind, change.key) for change, _ in read}

    def decide(self, decisions: Iterable[Decision]) -> set[tuple[str, str]]:
        """Lay acknowledgements over their alerts; returns the (kind, key) touched."""
        touched = set()
        for decision in decisions:
            if decision.kind == "ack" and decision.subject in self._rows["alert"]:
                at = datetime.fromtimestamp(decision.at_ms / 1000, UTC)
                self._acks.setdefault(decision.subject, (decision.who, at))
                touched.add(("alert", decision.subject))
        return touched

    def alert_ids(self) -> list[str]:
        """The alerts on the board."""
        return list(self._rows["alert"])

    def space(self, key: str) -> SpaceView | None:
        """One space; None when there is no such space."""
        row = self._rows["space"].get(key)
        return None if row is None else view_space(row)

    def handover(self) -> dict[str, Any] | None:
        """What the next shift must know, as the hub put it together."""
        return next(iter(self._rows["handover"].values()), None)

    def hub_row(self) -> HubRow | None:
        """The hub's row as it is stored."""
        return next(iter(self._rows["hub"].values()), None)

    def state(self, now: datetime, build: str) -> State:
        """The whole picture."""
        hub_row = self.hub_row()
        hub: HubView | None = None if hub_row is None else view_hub(hub_row)
        return State(
            as_of=None if hub is None else hub.as_of,
            now=now,
            build=build,
            version=self.version,
            hub=hub,
            ledger=next(iter(self._rows["ledger"].values()), None),
            spaces=[view_space(row) for _, row in sorted(self._rows["space"].items())],
            alerts=[view_alert(row, self._acks.get(key)) for key, row in sorted(self._rows["alert"].items())],
            nodes=[row for _, row in sorted(self._rows["node"].items())],
            silences=[row for _, row in sorted(self._rows["silence"].items())],
            gaps=[view_gap(key, row) for key, row in sorted(self._rows["gap"].items())],
            handover=self.handover(),
        )

    def difference(self, touched: Iterable[tuple[str, str]], now: datetime) -> dict[str, Any]:
        """What a browser must be told about the touched rows; `gone` lists those no longer there."""
        told: dict[str, Any] = {"now": now, "version": self.version}
        for kind, key in sorted(touched):
            row = self._rows[kind].get(key)
            if row is None:
                told.setdefault("gone", []).append([kind, key])
            elif kind == "space":
                told.setdefault("spaces", []).append(view_space(row))
            elif kind == "alert":
                told.setdefault("alerts", []).append(view_alert(row, self._acks.get(key)))
            elif kind == "node":
                told.setdefault("nodes", []).append(row)
            elif kind == "silence":
                told.setdefault("silences", []).append(row)
            elif kind == "gap":
                told.setdefault("gaps", []).append(view_gap(key, row))
            elif kind == "hub":
                told["hub"] = view_hub(row)
            else:
                told[kind] = row
        return told
