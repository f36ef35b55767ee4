"""The kinds of receivers, listed by hand: what each wants in `receivers.toml`, and how it tells."""

from collections.abc import Callable
from typing import NamedTuple

from hub.receivers import by_apprise, ntfy, ping, telegram, webhook
from hub.receivers.message import Letterbox, Message, ReceiverConfig, Sent


class Kind(NamedTuple):
    """One kind of receiver."""

    config: type[ReceiverConfig]
    tell: Callable[[Letterbox, Message], Sent]
    #: The address holds a token or password, so a file that others may read must not have it.
    is_secret: bool


RECEIVERS: dict[str, Kind] = {
    "apprise": Kind(by_apprise.AppriseConfig, by_apprise.tell, is_secret=True),
    "ntfy": Kind(ntfy.NtfyConfig, ntfy.tell, is_secret=False),
    "telegram": Kind(telegram.TelegramConfig, telegram.tell, is_secret=True),
    "webhook": Kind(webhook.WebhookConfig, webhook.tell, is_secret=False),
}
#: What a worker can do: also the dead-man's switch, which is nobody's receiver.
WORKS: dict[str, Kind] = {**RECEIVERS, "ping": Kind(ping.PingConfig, ping.tell, is_secret=True)}
