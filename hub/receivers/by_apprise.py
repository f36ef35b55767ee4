"""E-mail, SMS gateways and the many others that Apprise knows, one recipient a receiver.

Apprise hides status codes and retries nothing durably: it is asked once and judged by the numbers in its log.
"""

import logging
import re
from typing import Any

from hub.receivers.guard import AddressRefused, HostUnknown, resolve, split_address
from hub.receivers.http import PASSING
from hub.receivers.message import Letterbox, Message, ReceiverConfig, Sent, accepted, passing, permanent

#: What an address may begin with: mail, SMS gateways and chats that people read. Nothing that runs programs,
#: speaks to this machine (`dbus`, `syslog`) or to any address at all (`json`, `form`: that is `webhook`).
SCHEMES = (
    "46elks",
    "bulksms",
    "burstsms",
    "clickatell",
    "clicksend",
    "d7sms",
    "freemobile",
    "gotify",
    "gotifys",
    "httpsms",
    "infobip",
    "kavenegar",
    "mailto",
    "mailtos",
    "matrix",
    "matrixs",
    "mmost",
    "mmosts",
    "msgbird",
    "nexmo",
    "plivo",
    "rocket",
    "rockets",
    "seven",
    "signal",
    "signals",
    "sinch",
    "slack",
    "smpp",
    "smpps",
    "smsc",
    "smseagle",
    "smseagles",
    "smsmanager",
    "telnyx",
    "twilio",
    "viber",
    "voipms",
    "vonage",
    "whatsapp",
    "workflows",
    "zulip",
)
#: Mail hosts to look at stand beside the address too.
_MAIL = ("mailto", "mailtos")
_SMTP = re.compile(r"\((\d{3}), b")
_HTTP = re.compile(r"error[=:] ?(\d{3})\b")


class AppriseConfig(ReceiverConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any address of Apprise with one recipient, for example `mailtos://user:password@host?to=guard@host`."""


def tell(box: Letterbox, message: Message) -> Sent:
    """Send one message."""
    # 30 MB and 0.2 s, so only in the worker of such a receiver.
    import apprise

    asset = apprise.AppriseAsset(http_redirects=False, async_mode=False, secure_logging=True)
    scheme = box.url.partition("://")[0].lower()
    if scheme not in SCHEMES:
        return permanent(f"scheme `{scheme[:20]}` is not one of the list; docs/courier.md has it")
    service: Any = apprise.Apprise.instantiate(box.url, asset=asset, suppress_exceptions=True)
    if service is None:
        return permanent("Apprise does not understand this address")
    if len(service) != 1:
        return permanent("the address has several recipients; write a receiver for each")
    refused = _look_at_host(service, scheme, allow_private=box.config.allow_private)
    if refused is not None:
        return refused
    # The numbers stand in its debug log, which goes nowhere else: its words may hold secrets.
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.handlers = logger.handlers or [logging.NullHandler()]
    one = apprise.Apprise(asset=asset)
    one.add(service)
    text = f"{message.text}\n{message.link}" if message.link else message.text
    # Only mail: a chat that cannot take files would refuse the whole message.
    files = list(message.attachments) if scheme in _MAIL else []
    result = one.notify(
        body=text, title=message.title, body_format="text", attach=files or None, log_level=logging.DEBUG
    )
    if result.status is apprise.AppriseResultStatus.SUCCESS:
        return accepted()
    if result.status is apprise.AppriseResultStatus.NOMATCH:
        return permanent("Apprise found nobody to tell at this address")
    return _judge([entry.message for entry in result.logs()])


def _look_at_host(service: Any, scheme: str, *, allow_private: bool) -> Sent | None:
    """Refuse a host that may not be spoken to. Apprise looks it up again: no proof against lying DNS."""
    host = getattr(service, "smtp_host", None) if scheme in _MAIL else service.host
    try:
        split_address(f"{scheme}://{host}/", SCHEMES)
        # Of most gateways the "host" of the address is a key of theirs, not a name.
        if scheme in _MAIL or getattr(service, "port", None) or scheme.endswith("s"):
            resolve(str(host), 0, allow_private=allow_private)
    except AddressRefused as refused:
        return permanent(str(refused))
    except HostUnknown as unknown:
        return passing(str(unknown)) if scheme in _MAIL else None
    return None


def _judge(log: list[str]) -> Sent:
    """What a failure means, by the numbers in Apprise's log; its words may hold secrets and stay here."""
    text = "\n".join(log)
    smtp, http = _SMTP.search(text), _HTTP.search(text)
    if smtp is not None:
        code = int(smtp[1])
        said = f"the mail server answered {code}"
        return permanent(said, code) if code >= 500 else passing(said, code)
    if http is not None:
        code = int(http[1])
        if 400 <= code < 500 and code not in PASSING:
            return permanent(f"answered {code}", code)
        return passing(f"answered {code}", code)
    return passing("Apprise could not deliver it")
