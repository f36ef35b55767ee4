"""The certificate of a drill, from the alert book, the limits then in force and the courier's book."""

from dashboards.duty.work import Work
from hub.alerts.alert import DRILL, Alert
from hub.alerts.drill import RULES, Certificate, Drill, certificate
from hub.regime.alert_rule import AlertRule
from hub.store.alert_book import AlertBook
from protocol.config import decode_table


def certificate_of(alert: Alert, book: AlertBook, work: Work) -> Certificate | None:
    """What the drill showed; None: it is no drill, or the limits then in force are not known."""
    table = work.limits.at(alert.since).get("alerts", {}).get(alert.rule)
    kinds = [kind for kind, rule in RULES.items() if rule == alert.rule]
    faults: list[str] = []
    rule = None if table is None else decode_table(table, AlertRule, f"$.alerts.{alert.rule}", faults)
    if not alert.is_drill or rule is None or not kinds:
        return None
    drill = _begun(alert, book) or Drill(
        id=alert.subject.removeprefix(DRILL),
        kind=kinds[0],
        space=alert.space or "",
        building=alert.building,
        label=alert.label,
        # Once it is over its beginning is known to a turn of the hub.
        started_at=alert.since,
    )
    outcomes = work.outcomes()
    tellings = [] if outcomes is None else outcomes.of_alert(alert.id)
    delivered = {
        one.key: one.ended_at for one in tellings if one.state == "delivered" and one.ended_at is not None
    }
    return certificate(drill, rule, book.transitions_of(alert.id), book.notifications(alert.id), delivered)


def _begun(alert: Alert, book: AlertBook) -> Drill | None:
    """The drill as it was begun, while it goes on."""
    desk = book.desk()
    running = desk.drills if desk is not None else ()
    return next((one for one in running if one.id == alert.subject.removeprefix(DRILL)), None)
