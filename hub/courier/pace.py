"""When the next message may go: a window over the last minute, and growing waits after faults. Pure."""

from collections.abc import Sequence

#: The window of a limit per minute, milliseconds.
WINDOW_MS = 60_000
#: A provider that asks for more is asked again after this long, milliseconds.
LONGEST_ASKED_MS = 3_600_000


def may_begin(began_ms: Sequence[int], now_ms: int, per_minute: int, spacing_ms: int) -> bool:
    """Whether one more may begin, after those that began.

    A window and no bucket: a full bucket lets twice the limit through in its first minute. It is read from
    the committed attempts, so a restart does not forget it. What began in the future, before the clock was
    set back, does not count.
    """
    recent = [at for at in began_ms if now_ms - WINDOW_MS < at <= now_ms]
    if len(recent) >= per_minute:
        return False
    return not recent or now_ms - max(recent) >= spacing_ms


def wait_ms(
    failures: int, first_s: float, longest_s: float, chance: float, asked_s: float | None = None
) -> int:
    """How long a receiver is left alone after its `failures`-th fault in a row, milliseconds.

    Doubles from the first to the longest, at half to all of it by `chance` (0 to 1), and never less than was
    asked for.
    """
    grown_s = min(longest_s, first_s * 2.0 ** min(failures - 1, 30))
    jittered_ms = int(1000 * grown_s * (0.5 + 0.5 * chance))
    asked_ms = min(LONGEST_ASKED_MS, int(1000 * (asked_s or 0.0)))
    return max(jittered_ms, asked_ms)
