"""A simulated day's alerts in, and what it deserved: by rule the true, the false and the missed out. Pure.

An alarm of a guard's load is what sounds, priorities 1 and 2: on the board those of the buildings of the
duty, whoever is called; `told` are those of them that the duty itself was called for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from commandline.simulate_known import Span
from hub.alerts.alert import Alert, Transition
from hub.alerts.load import NEW, GuardLoad
from hub.regime.alert_rule import AlertRule
from simulator.counting_study import CountStudy

#: Counts and treatments are of whole minutes: an alert may be so much before its reason, seconds, ...
EARLY_S = 60.0
#: ... and so much after its end.
LATE_S = 120.0
#: A stretch must be alarmed if it outlasts the rule's patience by so much, seconds.
MARGIN_S = 70.0
#: People are counted at once, and a fever lasts as long as it takes to walk by.
MARGINS_S = {"over-capacity": 10.0, "elevated-screening": 0.0}


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


class DayScore(Struct, frozen=True, kw_only=True):
    """What really happened beside what the hub believed."""

    hours: float
    seed: int
    took_s: float
    #: People through doors, truth and hub.
    true_in: int
    true_out: int
    counted_in: int
    counted_out: int
    in_error: float
    out_error: float
    turned_back: int
    #: Known counts compared with the truth: mean and largest difference, share inside the 90 % band.
    samples: int
    mean_error: float
    largest_error: int
    in_band: float
    #: Share of comparisons at which the hub said that it did not know.
    unknown: float
    #: Overloads of at least the alert's patience, and alerts that fired for one.
    overloads: int
    overloads_alarmed: int
    false_alarms: int
    produced: int
    stored: int
    pending: int
    lost: int
    #: By rule, and by guard.
    alarms: dict[str, RuleScore]
    load: dict[str, GuardLoad]


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
        if one.change in NEW:
            fired_s[one.alert].append((one.at - start).total_seconds())
    return {
        name: _score_rule(of_rule[name], fired_s, spans.get(name, ()), _margin_s(name, rule), start, ends_s)
        for name, rule in rules.items()
        if of_rule[name] or spans.get(name)
    }


def merged(spans: Iterable[Span]) -> list[Span]:
    """The stretches of each subject, those that overlap or follow each other closely as one."""
    found: list[Span] = []
    for span in sorted(spans):
        last = found[-1] if found else None
        if last is not None and last.subject == span.subject and span.from_s <= last.until_s + LATE_S:
            found[-1] = last._replace(until_s=max(last.until_s, span.until_s))
        else:
            found.append(span)
    return found


def day_lines(score: DayScore) -> list[str]:
    """The day for people."""
    return [
        f"a campus day of {score.hours:g} h, seed {score.seed}, in {score.took_s} s",
        f"in   true {score.true_in:>6}  counted {score.counted_in:>6}  {score.in_error:+.2%}",
        f"out  true {score.true_out:>6}  counted {score.counted_out:>6}  {score.out_error:+.2%}",
        f"turned back at a door: {score.turned_back}",
        f"counts of rooms: mean error {score.mean_error}, largest {score.largest_error}, "
        f"{score.in_band:.1%} inside the band, {score.unknown:.1%} unknown ({score.samples} compared)",
        *_alarm_lines(score),
        f"ledger: produced {score.produced} = stored {score.stored} + pending {score.pending} "
        f"+ lost {score.lost}",
    ]


def honest_lines(honest: CountStudy) -> list[str]:
    """The study of counts for people."""
    band = honest.band
    return [
        f"honest counts, {honest.seeds} seeds, doors that find 95 to 99 % each way:",
        f"  band held the truth {band.held:.1%} of the time (worst seed {band.worst_seed:.1%}, rooms in use "
        f"{band.held_in_use:.1%}); mean width {band.width} people, in use {band.width_in_use}",
        *(
            f"  bias of one point, {bias.people_a_day} people a day, five nights: off by "
            f"{100 * bias.mean_abs_error:.2f} points, within 0.3 in {bias.within:.0%} of seeds "
            f"(theory: ± {100 * bias.theory_sd:.2f})"
            for bias in honest.bias
        ),
        *(
            f"  {lie.lie} door: named {lie.named} of {lie.tried} ({lie.too_few} had fewer than 300 people), "
            f"median after {lie.median}, 90 % within {lie.p90} people; within 300: {lie.within:.0%}, "
            f"on the first day: {lie.first_day:.0%}; other doors named: {lie.wrong}"
            for lie in honest.lies
        ),
        f"  wrong names: {honest.wrong_names} in {honest.healthy_building_days} healthy building-days",
    ]


def _alarm_lines(score: DayScore) -> list[str]:
    return [
        f"{'rule':<24}{'fired':>6}{'true':>6}{'false':>6}{'deserved':>10}{'missed':>8}",
        *(
            f"{rule:<24}{one.fired:>6}{one.true:>6}{one.false:>6}{one.deserved:>10}{one.missed:>8}"
            for rule, one in score.alarms.items()
        ),
        *(
            f"{guard}, {what}: {one.alarms} alarms (P1 and P2), {one.per_hour_mean:.1f} an hour, at most "
            f"{one.per_hour_max}; {one.flood_share:.1%} of the time in flood"
            for guard, both in score.load.items()
            for what, one in (("on the board", both.board), ("called", both.told))
        ),
    ]


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
    for span in merged(spans):
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
    all_spans = [span for some in of_subject.values() for span in some]
    must = [span for span in all_spans if min(span.until_s, ends_s) - max(span.from_s, 0.0) >= least_s]
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
