"""All that may mute an alert, asked in one order: silence of a node or building, shelves, silences. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from hub.alerts.alert import Alert, Key, Transition
from hub.alerts.escalation import resumed
from hub.alerts.muting import INHIBITORS, Inhibition, Muter, first_mute, noted
from hub.alerts.put_aside import PutAside
from hub.alerts.whereabouts import Whereabouts
from hub.regime.alert_rule import AlertRule


class Muters:
    """Knows when every alert must be asked about anew, and not only those that were touched."""

    def __init__(self, aside: PutAside, where: Whereabouts) -> None:
        self._aside = aside
        self._where = where
        self._inhibition: Inhibition | None = None
        #: Another profile is in force: any alert may have another answer.
        self.must_ask_all = True

    def renew(
        self, alerts: Collection[Alert], rules: Mapping[str, AlertRule], keys: Iterable[Key], now: datetime
    ) -> bool:
        """Bring what mutes up to date; True: any alert may have another answer, not only those of `keys`."""
        ask_all = self.must_ask_all or self._aside.must_look_at_all
        self.must_ask_all = self._aside.must_look_at_all = False
        if ask_all or any(key[0] in INHIBITORS for key in keys):
            inhibition = Inhibition(alerts, rules, self._where, self._aside.muters, now)
            before, self._inhibition = self._inhibition, inhibition
            ask_all |= before is None or inhibition.causes != before.causes
        return ask_all

    def answer(self, alert: Alert, now: datetime) -> tuple[Alert, list[Transition]]:
        """The alert with the answer beside it, its calling going on where it is no longer muted."""
        asking: list[Muter] = [*self._aside.muters]
        if self._inhibition is not None:
            asking.insert(0, self._inhibition)
        after, transitions = noted(alert, first_mute(alert, asking, now), now)
        if alert.muted is not None and alert.muted_since is not None and after.muted is None:
            after = resumed(after, alert.muted, alert.muted_since, now)
        return after, transitions
