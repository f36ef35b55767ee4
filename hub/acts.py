"""What people decided about rooms, as journal entries beside the events of nodes. Pure.

An act carries no name: who decided is in the people's own file. Acts are numbered like the events of
a node (`hub.layout.PEOPLE`), so the journal holds each exactly once and the fold replays them too.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from protocol.codec import encode
from protocol.events import Action, AnyEvent, Task
from protocol.quantities import Id, Seq, Text, require_utc

#: The reason of a count of nobody that the hub itself wrote down.
LOCKED_AND_STILL = "locked and still"


class Act(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """The fields every act has."""

    #: Position among the acts of one file of decisions, from 1 without gaps.
    seq: Seq
    #: When it was decided, UTC, milliseconds.
    at: datetime
    space: Id

    def __post_init__(self) -> None:
        """Refuse an instant outside UTC."""
        require_utc(self.at)


class Recount(Act, frozen=True, kw_only=True, omit_defaults=True, tag="recount"):
    """Somebody counted the people in a space; 0 is "empty: yes"."""

    count: Annotated[int, Meta(ge=0, le=100_000)]
    reason: Text = ""
    #: Entered minus left in the act's own minute, as far as the hub knew when it was carried out: whoever
    #: passed later in that minute is added. None: the act came late.
    net_before: int | None = None


class Hold(Act, frozen=True, kw_only=True, omit_defaults=True, tag="hold"):
    """Somebody closed a space, or opened it again."""

    on: bool
    reason: Text = ""


class TaskWord(Act, frozen=True, kw_only=True, omit_defaults=True, tag="task-word"):
    """Somebody said that a treatment was started, done, or cannot be done."""

    task: Task
    action: Action
    reason: Text = ""


AnyAct = Recount | Hold | TaskWord
#: Every entry of the journal: what nodes saw and what people decided.
AnyEntry = AnyEvent | AnyAct
_entry: msgspec.json.Decoder[AnyEntry] = msgspec.json.Decoder(AnyEntry)


def encode_act(act: Act) -> bytes:
    """The JSON of one act, as it is kept in the journal."""
    return encode(act)


def decode_entry(body: bytes) -> AnyEntry:
    """One journal entry; raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    return _entry.decode(body)
