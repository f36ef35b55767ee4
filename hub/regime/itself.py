"""How loud alerts of the system about itself are where a profile does not say. Pure."""

from hub.duties import Role
from hub.regime.alert_rule import AlertRule, Step
from protocol.quantities import Duration

_ADMIN = Step(after=Duration("0s"), role=Role.ADMIN)

#: By rule: no order speaks of these, and a profile of before has no table of them. Its own takes their place.
OWN_RULES: dict[str, AlertRule] = {
    "store-restored": AlertRule(
        priority=2,
        fire_after=Duration("0s"),
        clear_after=Duration("0s"),
        source="ours: what was lost is said",
        escalate=(_ADMIN, Step(after=Duration("15min"), role=Role.MANAGER)),
        remind_after=Duration("4h"),
        muted_by_silence=False,
    ),
    "certificate-ending": AlertRule(
        priority=3,
        fire_after=Duration("0s"),
        clear_after=Duration("0s"),
        source="ours: a certificate is renewed before it ends",
        escalate=(_ADMIN,),
        muted_by_silence=False,
    ),
    "certificate-urgent": AlertRule(
        priority=2,
        fire_after=Duration("0s"),
        clear_after=Duration("0s"),
        source="ours: a certificate is renewed before it ends",
        escalate=(_ADMIN, Step(after=Duration("12h"), role=Role.MANAGER)),
        remind_after=Duration("24h"),
        muted_by_silence=False,
    ),
    "certificate-expired": AlertRule(
        priority=2,
        fire_after=Duration("0s"),
        clear_after=Duration("0s"),
        source="ours: who is not let in is named",
        escalate=(_ADMIN, Step(after=Duration("0s"), role=Role.MANAGER)),
        repeat_after=Duration("4h"),
        remind_after=Duration("4h"),
        muted_by_silence=False,
    ),
}
