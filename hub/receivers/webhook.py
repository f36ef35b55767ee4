"""A server of the university's own: JSON, signed, to an address of the list, without redirects."""

import hashlib
import hmac

import msgspec
from msgspec import Struct

from hub.receivers.http import Line, judge, send
from hub.receivers.message import Letterbox, Message, ReceiverConfig, Sent
from protocol.clock import SystemClock


class WebhookConfig(ReceiverConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that takes `POST` with JSON."""

    #: Which schemes and hosts the address may have; no hosts: any.
    schemes: tuple[str, ...] = ("https",)
    hosts: tuple[str, ...] = ()
    #: The key that signs; without one nothing is signed.
    key_file: str | None = None
    key_env: str | None = None
    #: Certificates of a campus's own authority.
    ca_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse schemes that are none."""
        ReceiverConfig.__post_init__(self)
        if not self.schemes or set(self.schemes) - {"https", "http"}:
            raise ValueError('schemes: write ["https"], or ["https", "http"] inside the campus')


class Body(Struct, frozen=True, kw_only=True):
    """What is posted, version 1."""

    version: int = 1
    id: str
    #: More than one in a digest.
    ids: tuple[str, ...]
    title: str
    text: str
    link: str | None
    priority: int
    language: str
    drill: bool


def tell(box: Letterbox, message: Message) -> Sent:
    """Send one message."""
    config = box.config
    assert isinstance(config, WebhookConfig)
    body = msgspec.json.encode(
        Body(
            id=message.short_id,
            ids=message.ids,
            title=message.title,
            text=message.text,
            link=message.link,
            priority=message.priority,
            language=message.language,
            drill=message.is_drill,
        )
    )
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.short_id}
    if box.key:
        headers |= sign(box.key, int(SystemClock().now().timestamp()), body)
    line = Line(
        url=box.url,
        deadline_s=config.deadline.seconds,
        allow_private=config.allow_private,
        schemes=config.schemes,
        hosts=config.hosts,
        ca_file=config.ca_file,
    )
    answer = send(line, body, headers)
    return answer if isinstance(answer, Sent) else judge(answer)


def sign(key: str, at_s: int, body: bytes) -> dict[str, str]:
    """The headers that prove who sent `body` and when: HMAC-SHA256 over `<seconds>.<body>`."""
    digest = hmac.new(key.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Kuzet-Timestamp": str(at_s), "X-Kuzet-Signature": f"sha256={digest}"}
