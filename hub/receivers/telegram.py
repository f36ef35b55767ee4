"""Telegram, straight to the Bot API: Apprise hides `retry_after` and which fault is for good.

Limits and fields: core.telegram.org/bots/api (sendMessage, ResponseParameters) and /bots/faq (broadcasting).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from hub.receivers.http import Line, judge, send
from hub.receivers.message import Letterbox, Message, ReceiverConfig, Sent, permanent
from protocol.quantities import Duration

#: The longest message, characters.
LONGEST = 4096


class TelegramConfig(ReceiverConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chat or group; `url` is `https://api.telegram.org/bot<token>`, so it belongs into a file."""

    #: `-1001234567890` or `@channel`.
    chat: Annotated[str, Meta(pattern=r"^(-?\d{1,20}|@[A-Za-z0-9_]{3,64})$")]
    #: Source: the Bot API's FAQ: 20 messages a minute to a group, 1 a second to a chat.
    per_minute: Annotated[int, Meta(ge=1, le=60)] = 20
    spacing: Duration = Duration("1s")


def tell(box: Letterbox, message: Message) -> Sent:
    """Send one message."""
    config = box.config
    assert isinstance(config, TelegramConfig)
    text = f"{message.title}\n\n{message.text}"
    if message.link:
        text = f"{text[: LONGEST - len(message.link) - 2]}\n{message.link}"
    body = {
        "chat_id": config.chat,
        "text": text[:LONGEST],
        "disable_notification": message.priority > 2,
        "link_preview_options": {"is_disabled": True},
    }
    line = Line(
        url=f"{box.url.rstrip('/')}/sendMessage",
        deadline_s=config.deadline.seconds,
        allow_private=config.allow_private,
    )
    answer = send(line, msgspec.json.encode(body), {"Content-Type": "application/json"})
    if isinstance(answer, Sent):
        return answer
    said = answer.json()
    parameters = said.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    moved = parameters.get("migrate_to_chat_id")
    if isinstance(moved, int):
        return permanent(f'the group has moved; write chat = "{moved}"', answer.status)
    if answer.status == 200 and said.get("ok") is not True:
        return permanent("answered 200, but not as the Bot API does; check the address", 200)
    wait = parameters.get("retry_after")
    return judge(answer, float(wait) if isinstance(wait, int | float) else None)
