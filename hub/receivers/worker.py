"""One receiver's own process: JSON lines in, JSON lines out; may be killed at any time, ends with its parent.

The first line is an order with the receiver and its secrets, which so stand neither in the arguments
nor in the environment; every further line is a message.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from hub.receivers import WORKS
from hub.receivers.message import Letterbox, Message, Sent, passing, permanent
from protocol.config import decode_table


class Order(Struct, frozen=True, kw_only=True):
    """Who this worker speaks to."""

    #: The receiver's table, as it stands in the file.
    row: dict[str, Any]
    url: str
    key: str | None = None

    def __repr__(self) -> str:
        return f"Order({self.row.get('id')!r})"


def letterbox_of(order: Order, faults: list[str], at: str = "$") -> Letterbox | None:
    """The receiver of an order; None after adding to `faults`."""
    kind = WORKS[order.row["kind"]]
    config = decode_table(order.row, kind.config, at, faults)
    return None if config is None else Letterbox(config=config, url=order.url, key=order.key)


def serve(lines: BinaryIO, answers: BinaryIO, end_after: Callable[[float], object]) -> None:
    """Answer messages until there are no more.

    `end_after(s)` ends the process after so long, 0 takes it back: who killed our parent may not know of us.
    """
    faults: list[str] = []
    box = letterbox_of(msgspec.json.decode(lines.readline(), type=Order), faults)
    for line in lines:
        message = msgspec.json.decode(line, type=Message)
        if box is None:
            sent = permanent("the receiver's table is wrong")
        else:
            end_after(box.config.deadline.seconds + 1.0)
            sent = _tell(box, message)
            end_after(0.0)
        answers.write(msgspec.json.encode(sent) + b"\n")
        answers.flush()


def _tell(box: Letterbox, message: Message) -> Sent:
    try:
        return WORKS[box.config.kind].tell(box, message)
    except Exception as error:
        # Whatever a library throws at us: its text may hold the address, its kind does not.
        return passing(f"the worker failed ({type(error).__name__})")


def main() -> None:
    """Serve standard input and output."""
    # What a library prints must not become an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr
    # Ctrl-C is our parent's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin.buffer, answers, lambda after_s: signal.setitimer(signal.ITIMER_REAL, after_s))


if __name__ == "__main__":
    main()
