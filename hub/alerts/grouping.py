"""Which alerts belong together when they are told: those of one rule in one building. Pure."""

from hub.alerts.alert import Alert


def group_key(alert: Alert, building: str | None = None) -> str:
    """One word for the alerts that are told together: the rule and the building, drills apart.

    `building` stands in where the alert names none.
    """
    place = alert.building or building or "campus"
    return f"{'drill/' if alert.is_drill else ''}{alert.rule}/{place}"
