"""The dead-man's switch's address: asked for, nothing told. Not a receiver of messages."""

from hub.receivers.http import Line, judge, send
from hub.receivers.message import Letterbox, Message, ReceiverConfig, Sent


class PingConfig(ReceiverConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that is asked for regularly."""


def tell(box: Letterbox, _message: Message) -> Sent:
    """Ask for the address once."""
    deadline_s = box.config.deadline.seconds
    line = Line(url=box.url, deadline_s=deadline_s, allow_private=box.config.allow_private)
    answer = send(line, None, {}, "GET")
    return answer if isinstance(answer, Sent) else judge(answer)
