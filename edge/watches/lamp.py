"""What is seen around a lamp or fan in, its relay switched and what it did told. Software only permits."""

import logging
from collections.abc import Sequence

from edge.drivers.errors import DriverError
from edge.drivers.relay import Relay
from edge.faults import UNNUMBERED, FaultBook, Stamp
from edge.kept import Kept as KeptFile
from edge.signals.fan import Guard
from edge.signals.interlock import Decision, Seen, State
from edge.watches.contact import ContactWatch
from edge.watches.door import DoorWatch
from edge.watches.line import Line
from edge.watches.sound import Sound
from edge.watches.treatment import treatment
from edge.watches.watch import Watch
from protocol.events import Action, AnyEvent, Contact, Proof, Task
from protocol.messages import Light, Signal

log = logging.getLogger(__name__)

RELAY = "relay"
KEY = "key"
MOTION = "motion"

#: Between two keepings of the hours while it is on, seconds.
KEEP_S = 60.0
#: A run that is over so little too early was whole, seconds: steps come when they come.
ROUNDING_S = 1.0
#: The third of the numbers that are kept, while it is on.
ON = 1.0


class LampWatch(Watch):
    """One relay and its guard. Stepped after the doors and contacts it depends on."""

    def __init__(
        self,
        channel: str,
        relay: Relay,
        guard: Guard,
        key: Line,
        faults: FaultBook,
        sound: Sound,
        kept: KeptFile,
        *,
        motion: Line | None = None,
        doors: Sequence[DoorWatch] = (),
        contacts: Sequence[ContactWatch] = (),
        whole_s: float,
        treats: bool = True,
    ) -> None:
        """`whole_s`: how long a whole run lasts; `treats`: it is an air disinfection, and is told as one."""
        super().__init__(channel)
        self._relay = relay
        self._guard = guard
        self._key = key
        self._faults = faults
        self._sound = sound
        self._kept = kept
        self._motion = motion
        self._doors = doors
        self._contacts = contacts
        self._whole_s = whole_s
        self._treats = treats
        # It was on when the last run ended, however that did: the first step finds it off and tells its end.
        # Not before was it certain: the kernel keeps a pin as it was when a program is killed.
        self._is_on = (*kept.load(), 0.0, 0.0, 0.0)[2] == ON
        self._on_s = float("-inf")
        self._heard_s: float | None = None
        self._is_permitted = False
        self._moved_s: float | None = None
        self._why = ""
        self._keep_due_s = float("-inf")

    @property
    def due_s(self) -> float:
        """When a line is read again; a lamp is decided on at every step."""
        return min(line.due_s for line in (self._key, self._motion) if line is not None)

    def follow(self, signal: Signal, heard_s: float) -> None:
        """Note the hub's newest word on this lamp."""
        allowance = signal.channels.get(self.channel)
        self._is_permitted = allowance is not None and allowance.light is Light.GO
        self._heard_s = heard_s

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Look around, decide, switch, tell."""
        seen, events = self._look_around(stamp)
        decision = self._guard.step(seen, stamp.now_s)
        if decision.is_warning and self._sound.has_failed:
            decision = self._guard.trip("the buzzer fails: nobody would be warned")
        decision, said = self._switch(decision, stamp)
        self._sound.warn(decision.is_warning, stamp.now_s)
        self._sound.step(stamp.now_s)
        if decision.why != self._why:
            log.info("lamp=%s state=%s why=%s", self.channel, decision.state.value, decision.why)
            self._why = decision.why
        return events + said + self._told(decision, stamp)

    @property
    def on_h(self) -> float:
        """Hours it has been on in all."""
        return round(self._guard.kept.lamp_s / 3600.0, 2)

    def keep(self) -> None:
        """Write the hours down, and whether it was last told to be on; also after `close`."""
        kept = self._guard.kept
        self._kept.save((round(kept.lamp_s, 1), round(kept.airing_left_s, 1), ON if self._is_on else 0.0))

    def close(self) -> None:
        """Off, before anything else is given back."""
        self._relay.close()
        self._sound.close()
        for line in (self._key, self._motion):
            if line is not None:
                line.close()

    def _look_around(self, stamp: Stamp) -> tuple[Seen, list[AnyEvent]]:
        now_s = stamp.now_s
        _, events = self._key.step(stamp)
        quiet_s: float | None = None
        if self._motion is not None:
            _, said = self._motion.step(stamp)
            events += said
            is_quiet = self._motion.is_active is False and self._motion.is_at_rest
            if not is_quiet or self._motion.has_moved or self._moved_s is None:
                self._moved_s = now_s
            quiet_s = None if self._motion.is_active is None else now_s - self._moved_s
        age_s = None if self._heard_s is None else now_s - self._heard_s
        return (
            Seen(
                permission_age_s=age_s,
                is_permitted=self._is_permitted,
                beams_broken=_any_of([door.was_broken for door in self._doors]),
                pir_quiet_s=quiet_s,
                is_closed=_none_of([contact.was_open for contact in self._contacts]),
                key_pressed=self._key.is_active,
            ),
            events,
        )

    def _switch(self, decision: Decision, stamp: Stamp) -> tuple[Decision, list[AnyEvent]]:
        try:
            self._relay.switch(decision.is_on)
        except DriverError as error:
            decision = self._guard.trip(str(error))
            said = self._faults.fault(self.channel, RELAY, error.code, str(error), stamp.now_s, stamp)
            return decision, said
        return decision, self._faults.recovered(self.channel, RELAY, stamp.now_s, stamp)

    def _told(self, decision: Decision, stamp: Stamp) -> list[AnyEvent]:
        if stamp.now_s >= self._keep_due_s:
            self._keep_due_s = stamp.now_s + KEEP_S if decision.is_on else float("inf")
            self.keep()
        if decision.is_on == self._is_on:
            return []
        self._is_on = decision.is_on
        action = Action.STARTED if decision.is_on else self._ended(decision, stamp.now_s)
        self._on_s = stamp.now_s
        # Its beginning is kept at once, its end a step later, when the outbox has it: a node that is killed
        # in between tells it twice, and else would never have told it.
        self._keep_due_s = stamp.now_s
        if decision.is_on:
            self.keep()
        # A relay's contact that is open lets no current through.
        events: list[AnyEvent] = [
            Contact(
                seq=UNNUMBERED,
                at=stamp.at(stamp.now_s),
                clock=stamp.clock,
                channel=self.channel,
                open=not decision.is_on,
            )
        ]
        if self._treats:
            events.append(
                treatment(self.channel, Task.AIR_DISINFECTION, action, Proof.CONTACT, stamp.now_s, stamp)
            )
        return events

    def _ended(self, decision: Decision, now_s: float) -> Action:
        is_whole = decision.state is State.LOCKED and now_s - self._on_s >= self._whole_s - ROUNDING_S
        return Action.DONE if is_whole else Action.ABORTED


def _any_of(answers: Sequence[bool | None]) -> bool | None:
    """Whether any is true; unknown when one is unknown, or when there is none."""
    if any(answers):
        return True
    return None if not answers or None in answers else False


def _none_of(answers: Sequence[bool | None]) -> bool | None:
    """Whether none is true; unknown when one is unknown, or when there is none."""
    is_any = _any_of(answers)
    return None if is_any is None else not is_any
