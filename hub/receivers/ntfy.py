"""ntfy, on the campus or outside, straight, for status and Retry-After. Fields: docs.ntfy.sh/publish."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hub.receivers.http import Line, judge, send
from hub.receivers.message import Letterbox, Message, ReceiverConfig, Sent, permanent

#: The longest message that is not turned into an attachment, bytes.
LONGEST = 4096
#: Ours (1 is the loudest) as theirs (5 is).
PRIORITIES = {1: 5, 2: 4, 3: 2}


class NtfyConfig(ReceiverConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic; `url` is `https://ntfy.example.org`."""

    topic: Annotated[str, Meta(pattern=r"^[-_A-Za-z0-9]{1,64}$")]
    #: An access token, where the topic asks for one.
    key_file: str | None = None
    key_env: str | None = None
    #: Certificates of a campus's own authority.
    ca_file: str | None = None


def tell(box: Letterbox, message: Message) -> Sent:
    """Send one message."""
    config = box.config
    assert isinstance(config, NtfyConfig)
    body: dict[str, object] = {
        "topic": config.topic,
        "title": message.title,
        "message": message.text.encode()[:LONGEST].decode(errors="ignore"),
        "priority": PRIORITIES.get(message.priority, 3),
    }
    if message.link:
        body["click"] = message.link
    headers = {"Content-Type": "application/json"}
    if box.key:
        headers["Authorization"] = f"Bearer {box.key}"
    line = Line(
        url=box.url,
        deadline_s=config.deadline.seconds,
        allow_private=config.allow_private,
        ca_file=config.ca_file,
    )
    answer = send(line, msgspec.json.encode(body), headers)
    if isinstance(answer, Sent):
        return answer
    if answer.status == 200 and "id" not in answer.json():
        return permanent("answered 200, but not as ntfy does; check the address", 200)
    return judge(answer)
