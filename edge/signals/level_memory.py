"""What a post has learned in, the numbers to keep across restarts out, and back. Pure.

The numbers name nobody: level and spread of each morning, 0, the newest people of those mornings, 0, the
people no morning was made of yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edge.signals.reference import Morning, ReferenceSettings

#: Between the three parts.
_PART = 0.0
#: °C a forehead at the post may have been; anything else was not kept by us.
_LOW_C, _HIGH_C = 20.0, 45.0
#: People an older version wanted before its first number was a reference.
_OLD_REFERENCE_PEOPLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelMemory:
    """What is worth keeping of a post. People are °C at 24 °C of air, oldest first."""

    mornings: tuple[Morning, ...] = ()
    noted: tuple[float, ...] = ()
    unnoted: tuple[float, ...] = ()


def packed(memory: LevelMemory) -> tuple[float, ...]:
    """The numbers of it; none of a post that has seen nobody."""
    if not memory.noted and not memory.unnoted:
        return ()
    mornings = (number for one in memory.mornings for number in (one.level_c, one.spread_c))
    return (*mornings, _PART, *memory.noted, _PART, *memory.unnoted)


def unpacked(numbers: Sequence[float]) -> LevelMemory:
    """What the numbers hold; nothing, where they were not kept by us."""
    kept = tuple(numbers)
    if kept.count(_PART) != 2:
        return _of_older_version(kept)
    first, second = (place for place, number in enumerate(kept) if number == _PART)
    mornings, noted, unnoted = kept[:first], kept[first + 1 : second], kept[second + 1 :]
    levels, spreads = mornings[::2], mornings[1::2]
    if len(levels) != len(spreads) or not all(0.0 < spread <= _HIGH_C for spread in spreads):
        return LevelMemory()
    if not _are_foreheads((*levels, *noted, *unnoted)):
        return LevelMemory()
    pairs = zip(levels, spreads, strict=True)
    learned = tuple(Morning(level_c=level_c, spread_c=spread_c) for level_c, spread_c in pairs)
    return LevelMemory(mornings=learned, noted=noted, unnoted=unnoted)


def _of_older_version(kept: tuple[float, ...]) -> LevelMemory:
    """From before there were mornings: a reference, then people."""
    if not _are_foreheads(kept):
        return LevelMemory()
    reference, people = kept[:1], kept[1:]
    if len(people) < _OLD_REFERENCE_PEOPLE:
        return LevelMemory(unnoted=people)
    morning = Morning(level_c=reference[0], spread_c=ReferenceSettings().usual_spread_c)
    return LevelMemory(mornings=(morning,), noted=people)


def _are_foreheads(values: Sequence[float]) -> bool:
    return all(_LOW_C <= value <= _HIGH_C for value in values)
