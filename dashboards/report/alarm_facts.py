"""The alarms of a week in, how well they called people out. Pure."""

from collections import Counter
from statistics import median

from msgspec import Struct

from hub.store.report_book import Alarms

#: The most frequent sources that are named.
_NAMED = 3


class Source(Struct, frozen=True, kw_only=True):
    """What an alarm came from, and how often."""

    rule: str
    label: str
    count: int


class AlarmFacts(Struct, frozen=True, kw_only=True):
    """The alarms of a week."""

    count: int
    #: Hours the hub was awake: the guard at the board could be called in these.
    hours: float
    #: The most frequent sources, the first the worst.
    sources: tuple[Source, ...]
    acked: int
    #: Seconds from sounding to acknowledgement, of those acknowledged; None: none was.
    median_ack_s: float | None
    chattered: int
    #: Share of the week in flood, 0–1.
    flood_share: float

    @property
    def per_hour(self) -> float | None:
        """Alarms an hour; None: the hub was not awake."""
        return self.count / self.hours if self.hours else None


def alarm_facts(alarms: Alarms, hours: float) -> AlarmFacts:
    """The figures; `hours` is how long the hub was awake."""
    named = Counter((one.rule, one.label) for one in alarms.sounded)
    worst = sorted(named.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
    acked = [one.acked_after_s for one in alarms.sounded if one.acked_after_s is not None]
    return AlarmFacts(
        count=len(alarms.sounded),
        hours=hours,
        sources=tuple(Source(rule=rule, label=label, count=count) for (rule, label), count in worst),
        acked=len(acked),
        median_ack_s=median(acked) if acked else None,
        chattered=alarms.chattered,
        flood_share=alarms.flood_share,
    )
