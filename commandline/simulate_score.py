"""A simulated day's alerts beside what it deserved: by rule true, false, missed; each guard's load. Pure.

An alarm is what sounds: priorities 1 and 2. On the board a guard hears those of the buildings of the duty,
whoever is called; `told` are those of them that the duty itself was called for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from commandline.simulate_deserved import Span
from hub.alerts.alert import Alert, Change, Transition
from hub.alerts.load import Load, load
from hub.alerts.notification import Notification, Reason
from hub.alerts.whereabouts import Whereabouts
from hub.duties import Duty, Role
from hub.layout import Layout
from hub.regime.alert_rule import QUIET_PRIORITY, AlertRule
from hub.roster import Roster

#: Counts and treatments are of whole minutes: an alert may be so much before its reason, seconds, ...
EARLY_S = 60.0
#: ... and so much after its end.
LATE_S = 120.0
#: A stretch must be alarmed if it outlasts the rule's patience by so much, seconds.
MARGIN_S = 70.0
#: People are counted at once, and a fever lasts as long as it takes to walk by.
MARGINS_S = {"over-capacity": 10.0, "elevated-screening": 0.0}
#: What asks for somebody's eyes.
_NEW = (Change.FIRED, Change.RETURNED)
_CALLS = (Reason.FIRED, Reason.ESCALATED, Reason.REPEATED)


class RuleScore(Struct, frozen=True, kw_only=True):
    """How well one rule spoke."""

    #: Times that alerts of it fired, or came back; of these with a reason in the truth, and without.
    fired: int
    true: int
    false: int
    #: Stretches longer than its patience that ought to have been alarmed, and those that were not.
    deserved: int
    missed: int
    #: The place and the seconds since the start of each false one, and of each that was missed.
    false_at: tuple[str, ...] = ()
    missed_at: tuple[str, ...] = ()


class GuardLoad(Struct, frozen=True, kw_only=True):
    """How many alarms one guard got."""

    #: That sounded on the board in the guard's buildings.
    board: Load
    #: To which the guard was called.
    told: Load


def score_alarms(
    alerts: Sequence[Alert],
    transitions: Iterable[Transition],
    spans: Mapping[str, Sequence[Span]],
    rules: Mapping[str, AlertRule],
    start: datetime,
    ends_s: float,
) -> dict[str, RuleScore]:
    """By rule: what fired, and what ought to have; rules that neither did nor should are left out."""
    of_rule: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.fired_at is not None:
            of_rule[alert.rule].append(alert)
    fired_s: dict[str, list[float]] = defaultdict(list)
    for one in transitions:
        if one.change in _NEW:
            fired_s[one.alert].append((one.at - start).total_seconds())
    return {
        name: _score_rule(of_rule[name], fired_s, spans.get(name, ()), _margin_s(name, rule), start, ends_s)
        for name, rule in rules.items()
        if of_rule[name] or spans.get(name)
    }


def loads(
    layout: Layout,
    alerts: Iterable[Alert],
    transitions: Sequence[Transition],
    notifications: Iterable[Notification],
    begins: datetime,
    ends: datetime,
) -> dict[str, GuardLoad]:
    """The load of each guard who was on duty in [begins, ends); what was muted as it fired sounds nowhere."""
    places, roster = Whereabouts(layout), Roster.of(layout)
    sounding = {one.id: one for one in alerts if one.priority < QUIET_PRIORITY}
    muted = {(one.alert, one.at) for one in transitions if one.change is Change.MUTED}
    new = [
        one
        for one in transitions
        if one.change in _NEW and one.alert in sounding and (one.alert, one.at) not in muted
    ]
    called: dict[str, set[str]] = defaultdict(set)
    for note in notifications:
        if note.reason in _CALLS:
            called[note.duty].add(note.alert)
    found: dict[str, GuardLoad] = {}
    for duty in layout.duties:
        if duty.role is not Role.GUARD or not (roster.is_on(duty, begins) or called[duty.id]):
            continue
        board = [one for one in new if _is_mine(duty, places.building_of(sounding[one.alert]))]
        told = [one for one in new if one.alert in called[duty.id]]
        found[duty.id] = GuardLoad(board=load(board, begins, ends), told=load(told, begins, ends))
    return found


def lines(alarms: Mapping[str, RuleScore], guards: Mapping[str, GuardLoad]) -> list[str]:
    """Both as a table for people."""
    found = [f"{'rule':<24}{'fired':>6}{'true':>6}{'false':>6}{'deserved':>10}{'missed':>8}"]
    found += [
        f"{rule:<24}{one.fired:>6}{one.true:>6}{one.false:>6}{one.deserved:>10}{one.missed:>8}"
        for rule, one in alarms.items()
    ]
    found += [
        f"{guard}, {what}: {one.alarms} alarms (P1 and P2), {one.per_hour_mean:.1f} an hour, at most "
        f"{one.per_hour_max}; {one.flood_share:.1%} of the time in flood"
        for guard, both in guards.items()
        for what, one in (("on the board", both.board), ("called", both.told))
    ]
    return found


def _margin_s(name: str, rule: AlertRule) -> float:
    return rule.fire_after.seconds + MARGINS_S.get(name, MARGIN_S)


def _score_rule(
    alerts: list[Alert],
    fired_s: Mapping[str, list[float]],
    spans: Sequence[Span],
    least_s: float,
    start: datetime,
    ends_s: float,
) -> RuleScore:
    of_subject: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        of_subject[span.subject].append(span)
    fired, false_at = 0, []
    rang: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for alert in alerts:
        mine = [span for name in _subjects(alert) for span in of_subject[name]]
        resolved = alert.resolved_at
        until_s = ends_s if resolved is None else (resolved - start).total_seconds()
        for at_s in fired_s[alert.id]:
            fired += 1
            if not any(span.from_s - EARLY_S <= at_s <= span.until_s + LATE_S for span in mine):
                false_at.append(f"{alert.label} {at_s:.0f}")
            for name in _subjects(alert):
                rang[name].append((at_s, until_s))
    must = [span for span in spans if min(span.until_s, ends_s) - max(span.from_s, 0.0) >= least_s]
    missed = [span for span in must if not any(_is_of(one, span) for one in rang[span.subject])]
    return RuleScore(
        fired=fired,
        true=fired - len(false_at),
        false=len(false_at),
        deserved=len(must),
        missed=len(missed),
        false_at=tuple(false_at),
        missed_at=tuple(f"{one.subject} {one.from_s:.0f} to {one.until_s:.0f}" for one in missed),
    )


def _is_of(rang: tuple[float, float], span: Span) -> bool:
    return rang[0] <= span.until_s + LATE_S and rang[1] >= span.from_s - EARLY_S


def _subjects(alert: Alert) -> set[str]:
    return {one for one in (alert.subject, alert.space, alert.node) if one is not None}


def _is_mine(duty: Duty, building: str | None) -> bool:
    return not duty.buildings or building is None or building in duty.buildings
