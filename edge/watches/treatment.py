"""Buttons and task cards in, "airing started", "airing done" out: a treatment somebody says they did."""

import logging

from edge.drivers.tag_reader import TagReaderConfig
from edge.faults import UNNUMBERED, FaultBook, Stamp
from edge.kept import Kept
from edge.signals.debounce import Level
from edge.signals.presses import TreatmentButton, TreatmentSettings
from edge.watches.line import Line
from edge.watches.sensor import Sensor
from edge.watches.watch import Watch
from protocol.events import Action, AnyEvent, Proof, Task, Treatment

log = logging.getLogger(__name__)

BUTTON = "button"
TAG_READER = "tag-reader"
#: The button works, and is held.
PRESS = "press"

#: Between two looks of the card reader, seconds.
LOOK_S = 0.1


class ButtonWatch(Watch):
    """One button for one task: pressed it is started, pressed again it is done, held it is aborted."""

    def __init__(
        self,
        channel: str,
        task: Task,
        line: Line,
        settings: TreatmentSettings,
        faults: FaultBook,
        kept: Kept,
    ) -> None:
        """`kept` holds when the treatment going on was started, so that a power cut does not turn the next
        press around.
        """
        super().__init__(channel)
        self._task = task
        self._line = line
        self._settings = settings
        self._faults = faults
        self._kept = kept
        self._button: TreatmentButton | None = None
        self._started_s: float | None = None

    @property
    def due_s(self) -> float:
        """When the line is read again, or settles."""
        return self._line.due_s

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Tell what the presses since the last step said."""
        button = self._button = self._button or self._restored(stamp)
        settled, events = self._line.step(stamp)
        for level in settled:
            for pressed in button.feed(level):
                events.append(
                    treatment(self.channel, self._task, pressed.action, Proof.BUTTON, pressed.t_s, stamp)
                )
        button.advance(stamp.now_s)
        if button.is_stuck and self._line.is_active is False:
            # It was before a restart, and came loose meanwhile.
            button.feed(Level(stamp.now_s, False))
        if button.is_stuck:
            detail = "held for too long: it is stuck, or its wire touches ground"
            events += self._faults.fault(self.channel, PRESS, "stuck", detail, stamp.now_s, stamp)
        else:
            events += self._faults.recovered(self.channel, PRESS, stamp.now_s, stamp)
        if button.started_s != self._started_s:
            self._started_s = button.started_s
            self._kept.save(() if button.started_s is None else (stamp.at(button.started_s).timestamp(),))
        return events

    def close(self) -> None:
        """Give the pin back."""
        self._line.close()

    def _restored(self, stamp: Stamp) -> TreatmentButton:
        started_s = None
        for started in self._kept.load():
            ago_s = stamp.now.timestamp() - started
            # A clock that was set in between makes it a guess; one that makes no sense is none.
            started_s = stamp.now_s - ago_s if 0.0 <= ago_s < self._settings.longest_s else None
        self._started_s = started_s
        button = TreatmentButton(self._settings, started_s)
        if self._faults.is_going_on(self.channel, PRESS):
            button.was_stuck()
        return button


class TagWatch(Watch):
    """One card reader: every card says one task and what was done with it."""

    def __init__(self, channel: str, reader: Sensor[str | None]) -> None:
        super().__init__(channel)
        self._reader = reader

    @property
    def due_s(self) -> float:
        """When the next look is due."""
        return self._reader.due_s

    def step(self, stamp: Stamp) -> list[AnyEvent]:
        """Tell the card that was laid on."""
        look, events = self._reader.step(stamp)
        if look is not None and look.value:
            task, action = meaning_of(look.value)
            events.append(treatment(self.channel, task, action, Proof.TAG, look.t_s, stamp))
        return events


def meaning_of(card: str) -> tuple[Task, Action]:
    """What a card's name says: `air-disinfection-done`. Raises ValueError with the names there are."""
    task, _, action = card.rpartition("-")
    try:
        return Task(task.replace("-", "_")), Action(action)
    except ValueError:
        tasks = ", ".join(each.value.replace("_", "-") for each in Task)
        actions = ", ".join(each.value for each in Action)
        raise ValueError(
            f"`{card}` must be a task ({tasks}), a hyphen and {actions}; for example `airing-started`"
        ) from None


def check_cards(config: TagReaderConfig) -> None:
    """Raises ValueError when a card's name says no task."""
    for name in config.cards.values():
        meaning_of(name)


def treatment(channel: str, task: Task, action: Action, proof: Proof, t_s: float, stamp: Stamp) -> Treatment:
    """The event."""
    return Treatment(
        seq=UNNUMBERED,
        at=stamp.at(t_s),
        clock=stamp.clock,
        channel=channel,
        task=task,
        action=action,
        proof=proof,
    )
