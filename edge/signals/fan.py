"""The hub's permission and a local button in, whether a fan may run out; it may run with people. Pure."""

from typing import Protocol

from edge.signals.interlock import NERVOUS_S, NEW, Decision, Interlock, InterlockSettings, Kept, Seen, State


class Guard(Protocol):
    """What decides over one relay: `Interlock` for a lamp, `Fan` for a fan."""

    @property
    def kept(self) -> Kept:
        """What a restart must not forget."""

    def step(self, seen: Seen, now_s: float) -> Decision:
        """Decide, every 50 ms."""

    def trip(self, why: str) -> Decision:
        """Off, for what only the caller knows."""


def guard_of(settings: InterlockSettings, kept: Kept = NEW) -> Guard:
    """The guard that `settings.kind` asks for."""
    return Fan(settings, kept) if settings.kind == "fan" else Interlock(settings, kept)


class Fan:
    """One fan: the hub's fresh permission runs it; the button overrules the hub, on or off, for `longest`.

    What the button stopped also goes back to the hub when the hub's own run is over. Nothing latches.
    """

    def __init__(self, settings: InterlockSettings, kept: Kept = NEW) -> None:
        self._settings = settings
        self._run_s = kept.lamp_s
        #: What the button asked for; None: what the hub says.
        self._by_hand: bool | None = None
        self._by_hand_s = 0.0
        self._why = ""
        self._is_on = False
        self._key: bool | None = None
        # Not a long time: a button that is held already may settle a moment after the first step.
        self._since_press_s = 0.0
        self._now_s: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether it may run since the last step."""
        return self._is_on

    @property
    def kept(self) -> Kept:
        """Seconds it has run in its life."""
        return Kept(lamp_s=self._run_s)

    def step(self, seen: Seen, now_s: float) -> Decision:
        """Decide, every 50 ms; only the permission and the key of `seen` matter."""
        passed_s = 0.0 if self._now_s is None else now_s - self._now_s
        passed_s = passed_s if 0.0 <= passed_s < float("inf") else 0.0
        self._now_s = now_s
        self._run_s += passed_s if self._is_on else 0.0
        self._since_press_s += passed_s
        self._by_hand_s += passed_s
        age_s = seen.permission_age_s
        is_heard = age_s is not None and 0.0 <= age_s <= self._settings.heartbeat.seconds
        is_permitted = is_heard and seen.is_permitted is True
        if self._by_hand_s >= self._settings.longest.seconds:
            self._by_hand = None
        if self._by_hand is False and is_heard and not is_permitted:
            self._by_hand = None
        if self._is_pressed(seen):
            self._by_hand, self._by_hand_s = not self._is_on, 0.0
            self._why = "by hand"
        if self._by_hand is None:
            self._why = (
                "permitted" if is_permitted else "not permitted" if is_heard else "the hub is not heard"
            )
        self._is_on = is_permitted if self._by_hand is None else self._by_hand
        return self._decision()

    def trip(self, why: str) -> Decision:
        """Off until the button is pressed, the hub ends its own run, or `longest` is over."""
        self._by_hand, self._by_hand_s = False, 0.0
        self._is_on = False
        self._why = why
        return self._decision()

    def _is_pressed(self, seen: Seen) -> bool:
        turned_on = self._key is False and seen.key_pressed is True
        self._key = seen.key_pressed
        since_s = self._since_press_s
        self._since_press_s = 0.0 if turned_on else since_s
        return turned_on and since_s >= NERVOUS_S

    def _decision(self) -> Decision:
        return Decision(
            is_on=self._is_on,
            is_warning=False,
            state=State.ON if self._is_on else State.READY,
            why=self._why,
            airing_left_s=0.0,
            lamp_s=self._run_s,
        )
