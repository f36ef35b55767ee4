"""Which profile is in force when, and the limits of each space under it: switches and overrides. Pure."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from hub.errors import ProfileError
from hub.layout import Layout
from hub.regime.campus_faults import regime_faults
from hub.regime.overrides import tightened
from hub.regime.periods import FIRST, LAST, Period, periods, span
from hub.regime.profile import Profile, with_variant


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The profile in force over some time."""

    profile: str
    variant: str | None
    #: When it came into force; None: from the beginning.
    since: datetime | None
    #: When the next switch takes effect; None: none is set.
    until: datetime | None
    #: The profile in its variant, before the overrides of buildings and spaces.
    limits: Profile
    #: SHA-256 of the profile's file, hex; "" where it was read from none.
    digest: str


class HistoryRow(NamedTuple):
    """What came into force when, for whoever asks later."""

    since: datetime
    profile: str
    variant: str | None
    digest: str


class Regime:
    """The profiles of a campus, and which of their limits holds where and when."""

    def __init__(
        self, profiles: Mapping[str, Profile], layout: Layout, digests: Mapping[str, str] | None = None
    ) -> None:
        faults = regime_faults(profiles, layout)
        if faults:
            raise ProfileError("; ".join(faults))
        self._digests = digests or {}
        self._overrides = layout.overrides
        self._spans = [span(one, layout) for one in layout.overrides]
        self._buildings = {space.id: space.building for space in layout.spaces}
        self._periods = periods(layout)
        self._starts = [one.since for one in self._periods]
        self._in_force = [self._enter(profiles, period) for period in self._periods]
        edges = {edge for span in self._spans for edge in span} | set(self._starts)
        self._edges = sorted(edges - {FIRST, LAST})
        self._shared: dict[tuple[int, tuple[int, ...]], Profile] = {}
        # The stretch without a change that was asked for last, and the limits looked up in it and others.
        self._from = self._until = FIRST
        self._cached: dict[str, Profile] = {}
        self._stretches: dict[datetime, dict[str, Profile]] = {}

    def at(self, now: datetime) -> InForce:
        """What is in force at `now`."""
        return self._in_force[bisect_right(self._starts, now) - 1]

    def limits(self, space: str, now: datetime) -> Profile:
        """The limits of `space` at `now`, tightened by its building's overrides and its own."""
        if not self._from <= now < self._until:
            self._turn_to(now)
        found = self._cached.get(space)
        if found is None:
            found = self._cached[space] = self._find(space, now)
        return found

    def next_change(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which a limit somewhere may change."""
        after = bisect_right(self._edges, now)
        return self._edges[after] if after < len(self._edges) else None

    def _turn_to(self, now: datetime) -> None:
        after = bisect_right(self._edges, now)
        self._from = self._edges[after - 1] if after else FIRST
        self._until = self._edges[after] if after < len(self._edges) else LAST
        self._cached = self._stretches.setdefault(self._from, {})

    def _find(self, space: str, now: datetime) -> Profile:
        building = self._buildings.get(space)
        active = [i for i, (start, end) in enumerate(self._spans) if start <= now < end]
        of_building = [i for i in active if building and self._overrides[i].building == building]
        of_space = [i for i in active if self._overrides[i].space == space]
        chosen = (*of_building, *of_space)
        period = bisect_right(self._starts, now) - 1
        key = (period, chosen)
        if key not in self._shared:
            base = self._in_force[period].limits
            self._shared[key] = tightened(base, [self._overrides[i] for i in chosen])
        return self._shared[key]

    def _enter(self, profiles: Mapping[str, Profile], period: Period) -> InForce:
        return InForce(
            profile=period.profile,
            variant=period.variant,
            since=None if period.since == FIRST else period.since,
            until=None if period.until == LAST else period.until,
            limits=with_variant(profiles[period.profile], period.variant),
            digest=self._digests.get(period.profile, ""),
        )


def next_row(last: HistoryRow | None, in_force: InForce, now: datetime) -> HistoryRow | None:
    """The row to add to the history of what was in force; None while the last one still says it.

    A switch counts from its set time, even if nobody was there then; a profile whose file was changed,
    from when that is noticed.
    """
    said = (in_force.profile, in_force.variant, in_force.digest)
    if last is not None and said == (last.profile, last.variant, last.digest):
        return None
    since = in_force.since if in_force.since is not None and in_force.since <= now else now
    if last is not None and since <= last.since:
        since = now
    return HistoryRow(since, *said)
