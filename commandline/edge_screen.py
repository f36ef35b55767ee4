"""Pictures of channels in, lines out: refreshed in place on a terminal, one a change in a file, or JSON."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TextIO

#: Ends of names that are units, and how they are written behind a number.
_UNITS = {"_c": " °C", "_ppm": " ppm", "_percent": " %", "_mm": " mm", "_v": " V", "_s": " s", "_ml": " ml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is known of one channel now."""

    #: Seconds since the command began.
    t_s: float
    channel: str
    kind: str
    #: What is measured, by name with its unit.
    readings: Mapping[str, object] = field(default_factory=dict)
    #: What was counted since the command began.
    counted: Mapping[str, int] = field(default_factory=dict)
    #: What the node would have told last.
    last: str = ""
    #: Component → what is wrong with it.
    faults: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> tuple[object, ...]:
        """Everything but the time: what makes a line worth printing."""
        return (self.channel, self.readings, self.counted, self.last, self.faults)


class Screen(Protocol):
    """Where pictures are drawn."""

    def draw(self, pictures: Sequence[Picture]) -> None:
        """Show them, in their order."""

    def end(self) -> None:
        """Nothing comes any more."""


class TerminalLines:
    """One line a channel, drawn over the one before."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._height = 0
        self._drawn: Sequence[Picture] = ()

    def draw(self, pictures: Sequence[Picture]) -> None:
        """Move up to the first line and write all of them anew."""
        width = shutil.get_terminal_size().columns
        up = f"\x1b[{self._height}A" if self._height else ""
        lines = [f"\x1b[2K{line_of(picture)[: width - 1]}\n" for picture in pictures]
        self._out.write(f"{up}\r{''.join(lines)}")
        self._out.flush()
        self._height = len(lines)
        self._drawn = pictures

    def end(self) -> None:
        """The last picture stays; faults that had no room in their line are said in full."""
        for picture in self._drawn:
            for component, why in picture.faults.items():
                self._out.write(f"{picture.channel} {component}: {why}\n")


class _Changes:
    """Which pictures differ from what was drawn last."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._drawn: dict[str, tuple[object, ...]] = {}

    def draw(self, pictures: Sequence[Picture]) -> None:
        """Print those that changed."""
        for picture in pictures:
            if self._drawn.get(picture.channel) != picture.content():
                self._drawn[picture.channel] = picture.content()
                self._out.write(self._line(picture) + "\n")
        self._out.flush()

    def end(self) -> None:
        """Nothing is held back."""

    def _line(self, picture: Picture) -> str:
        raise NotImplementedError


class PlainLines(_Changes):
    """A line for people at every change."""

    def _line(self, picture: Picture) -> str:
        return f"{picture.t_s:8.1f} s  {line_of(picture)}"


class JsonLines(_Changes):
    """A JSON object a line at every change."""

    def _line(self, picture: Picture) -> str:
        return json.dumps(
            {
                "t_s": round(picture.t_s, 2),
                "channel": picture.channel,
                "kind": picture.kind,
                "readings": dict(picture.readings),
                "counted": dict(picture.counted),
                "last": picture.last,
                "faults": dict(picture.faults),
            },
            ensure_ascii=False,
        )


def line_of(picture: Picture) -> str:
    """A picture in a line; what is wrong comes first."""
    parts = [f"FAULT {component}: {why}" for component, why in picture.faults.items()]
    parts += [_said(name, value) for name, value in picture.readings.items()]
    parts += [f"{name} {count}" for name, count in picture.counted.items()]
    if picture.last:
        parts.append(picture.last)
    return f"{picture.channel:<16} {' · '.join(parts) or 'waiting'}"


def _said(name: str, value: object) -> str:
    for end, unit in _UNITS.items():
        if name.endswith(end):
            number = f"{value:.2f}" if isinstance(value, float) else str(value)
            return f"{name.removesuffix(end).replace('_', ' ')} {number}{unit}"
    return f"{name.replace('_', ' ')} {value}"
