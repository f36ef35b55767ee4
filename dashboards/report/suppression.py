"""Counts so small that they may point at a person, hidden in what leaves the campus. Pure."""

#: A count below this, but not zero, is not told. Source: reliability.md, requirement 33.
LEAST = 5


def suppressed(count: int) -> str:
    """The count in words of a report: `<5` for 1 to 4, else the number. Raises ValueError below zero.

    Zero is told: nobody is no person. Where a total stands beside its parts, give the parts to `suppress`.
    """
    if count < 0:
        raise ValueError(f"count must be 0 or more, got {count}")
    return f"<{LEAST}" if 0 < count < LEAST else str(count)


def suppress(parts: dict[str, int]) -> dict[str, str]:
    """The parts of a total that is told. One hidden alone could be worked out: the next smallest goes too.

    A part hidden for that reason is `…`.
    """
    said = {name: suppressed(count) for name, count in parts.items()}
    hidden = [name for name, count in parts.items() if 0 < count < LEAST]
    others = sorted((count, name) for name, count in parts.items() if count >= LEAST)
    if len(hidden) == 1 and others:
        said[others[0][1]] = "…"
    return said
