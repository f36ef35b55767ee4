"""The data we hold: what is stored, where, how long and who sees it, as one table. Pure.

The page /privacy shows it; a test compares it with the tables of the store, so a new one cannot be left out.
"""

from typing import NamedTuple


class Held(NamedTuple):
    """One kind of data. The words are `privacy.what.<key>`, `privacy.term.<term>`, `privacy.seen.<seen>`."""

    key: str
    #: The files that hold it, and their tables there; a file without tables is described by its name.
    where: dict[str, tuple[str, ...]]
    #: How long: `day`, `three_days`, `week`, `month`, `five_weeks`, `eight_weeks`, `change`, `ended`,
    #: `account`, `kept`.
    term: str
    #: Who sees it: `nobody`, `staff` (whoever is signed in), `oversight` (administrators and auditors).
    seen: str


_ACCOUNT = ("user_account", "account_building", "account_language", "identity")
_SIGNING_IN = ("half_sign_in", "identity_journey", "identity_link")
_SECRETS = ("one_time_code", "second_step", "recovery_code", "shift_pin", *_SIGNING_IN)
_MINUTES = ("history_verdict", "history_minute", "history_awake")
_NUMBERS = ("snapshot", "source", "gone", "fact")
_COURIER = ("notice", "delivery", "attempt", "carried", "receiver_health", "report_mail", "fact")

#: In the order in which a reader asks: first what is about whoever walks by, then what is about staff.
HELD = (
    Held("reading", {"hub.db": ("journal", "rejected"), "outbox.db": ()}, "day", "nobody"),
    Held("verdict", {"hub.db": ("journal", "post_hour")}, "kept", "staff"),
    Held("passage", {"hub.db": ("journal",), "InfluxDB": ()}, "kept", "staff"),
    Held("minutes", {"hub.db": _MINUTES}, "five_weeks", "staff"),
    Held("days", {"hub.db": ("space_day",)}, "kept", "staff"),
    Held("board", {"hub.db": ("board", "standing")}, "change", "staff"),
    Held("alerts", {"hub.db": ("alert", "transition", "notification")}, "kept", "staff"),
    Held("limits", {"hub.db": ("in_force",)}, "kept", "staff"),
    Held("nodes", {"hub.db": ("heartbeat",)}, "three_days", "staff"),
    Held("plans", {"people.db": ("floor_plan", "plan_picture")}, "account", "staff"),
    Held("numbers", {"hub.db": _NUMBERS}, "kept", "nobody"),
    Held("account", {"people.db": _ACCOUNT}, "account", "oversight"),
    Held("secrets", {"people.db": _SECRETS}, "ended", "nobody"),
    Held("sittings", {"people.db": ("login", "known_browser", "sign_in_attempt")}, "ended", "oversight"),
    Held("decisions", {"people.db": ("decision", "decision_book", "errand")}, "kept", "staff"),
    Held("audit", {"people.db": ("audit",)}, "kept", "oversight"),
    Held("programs", {"people.db": ("program_token", "access_choice", "sign")}, "account", "oversight"),
    Held("telling", {"courier.db": _COURIER}, "month", "staff"),
    Held("told_again", {"outbox.db": ()}, "week", "nobody"),
    Held("figures", {"history.db": (), "InfluxDB": ()}, "kept", "staff"),
    Held("copies", {"backups": ()}, "eight_weeks", "nobody"),
)
#: What is nowhere, by the last part of its words.
NEVER = ("camera", "name", "card", "foreign", "refusal")
