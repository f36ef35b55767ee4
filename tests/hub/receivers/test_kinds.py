"""What each kind of receiver sends, and what it makes of the answer."""

import email
import email.policy
import hashlib
import hmac
from email.message import EmailMessage
from typing import Any

import pytest

from hub.receivers import by_apprise, ntfy, ping, telegram, webhook
from hub.receivers.message import Outcome
from tests.fakes.providers import HttpProvider, MailProvider, answer
from tests.hub.receivers.boxes import MESSAGE, box

#: Apprise 2.2 looks for a module that Python 3.13 has no more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def told_telegram(provider: HttpProvider, status: int, body: dict[str, Any]) -> Any:
    provider.behaviour = answer(status, body)
    return telegram.tell(box("telegram", f"{provider.url}/bot1:SECRET", chat="-100"), MESSAGE)


def test_telegram_sends_title_text_and_link_to_its_chat(provider: HttpProvider) -> None:
    assert told_telegram(provider, 200, {"ok": True}).outcome is Outcome.ACCEPTED
    request = provider.taken[0]
    assert request.path == "/bot1:SECRET/sendMessage"
    assert request.json["chat_id"] == "-100"
    assert request.json["text"] == f"{MESSAGE.title}\n\n{MESSAGE.text}\n{MESSAGE.link}"


def test_telegram_cuts_a_long_text_and_keeps_the_link(provider: HttpProvider) -> None:
    provider.behaviour = answer(200, {"ok": True})
    long = type(MESSAGE)(ids=("n",), short_id="s", title="t", text="ө" * 9000, link=MESSAGE.link)
    telegram.tell(box("telegram", f"{provider.url}/bot1:x", chat="-100"), long)
    text = provider.taken[0].json["text"]
    assert len(text) <= telegram.LONGEST
    assert text.endswith(str(MESSAGE.link))


def test_telegram_obeys_its_own_retry_after(provider: HttpProvider) -> None:
    body = {"ok": False, "error_code": 429, "parameters": {"retry_after": 42}}
    sent = told_telegram(provider, 429, body)
    assert (sent.outcome, sent.retry_after_s) == (Outcome.PASSING, 42.0)


def test_telegram_names_the_chat_a_group_has_moved_to(provider: HttpProvider) -> None:
    sent = told_telegram(provider, 400, {"ok": False, "parameters": {"migrate_to_chat_id": -100777}})
    assert sent.outcome is Outcome.PERMANENT
    assert "-100777" in sent.fault


def test_telegram_does_not_take_a_stranger_for_the_bot_api(provider: HttpProvider) -> None:
    assert told_telegram(provider, 200, {"login": "please"}).outcome is Outcome.PERMANENT


def test_telegram_token_that_is_wrong_is_for_good_and_not_in_the_fault(provider: HttpProvider) -> None:
    sent = told_telegram(provider, 401, {"ok": False})
    assert sent.outcome is Outcome.PERMANENT
    assert "SECRET" not in sent.fault


def test_ntfy_sends_topic_priority_link_and_token(provider: HttpProvider) -> None:
    provider.behaviour = answer(200, {"id": "abc"})
    sent = ntfy.tell(box("ntfy", provider.url, key="tk_1", topic="guards", key_env="K"), MESSAGE)
    assert sent.outcome is Outcome.ACCEPTED
    request = provider.taken[0]
    assert request.headers["authorization"] == "Bearer tk_1"
    assert (request.json["topic"], request.json["priority"]) == ("guards", 5)
    assert request.json["click"] == MESSAGE.link


def test_ntfy_does_not_take_a_stranger_for_ntfy(provider: HttpProvider) -> None:
    provider.behaviour = answer(200, {})
    assert ntfy.tell(box("ntfy", provider.url, topic="guards"), MESSAGE).outcome is Outcome.PERMANENT


def test_webhook_signs_what_it_sends(provider: HttpProvider) -> None:
    sent = webhook.tell(box("webhook", provider.url, key="k", key_env="K", schemes=["http"]), MESSAGE)
    assert sent.outcome is Outcome.ACCEPTED
    request = provider.taken[0]
    stamped = request.headers["x-kuzet-timestamp"].encode() + b"." + request.body
    digest = hmac.new(b"k", stamped, hashlib.sha256).hexdigest()
    assert request.headers["x-kuzet-signature"] == f"sha256={digest}"
    assert request.headers["idempotency-key"] == MESSAGE.short_id
    assert request.json["ids"] == ["n1"]


def test_webhook_refuses_plain_http_unless_it_is_meant(provider: HttpProvider) -> None:
    assert webhook.tell(box("webhook", provider.url), MESSAGE).outcome is Outcome.PERMANENT
    assert provider.asked == []


def test_ping_only_asks(provider: HttpProvider) -> None:
    assert ping.tell(box("ping", f"{provider.url}/p"), MESSAGE).outcome is Outcome.ACCEPTED
    assert (provider.taken[0].method, provider.taken[0].body) == ("GET", b"")


def test_mail_arrives_in_kazakh(mail: MailProvider) -> None:
    kazakh = type(MESSAGE)(ids=("n",), short_id="s", title="Кіруді тоқтатыңыз", text="Қауіп әлі өтпеді")
    assert by_apprise.tell(box("apprise", mail.url()), kazakh).outcome is Outcome.ACCEPTED
    arrived = email.message_from_string(mail.taken[0], _class=EmailMessage, policy=email.policy.default)
    assert arrived["Subject"] == kazakh.title
    assert kazakh.text in str(arrived.get_content())


def test_mail_title_cannot_add_a_header(mail: MailProvider) -> None:
    evil = type(MESSAGE)(ids=("n",), short_id="s", title="Hello\r\nBcc: all@example.org", text="x")
    by_apprise.tell(box("apprise", mail.url()), evil)
    assert all("\nBcc:" not in one.partition("\r\n\r\n")[0] for one in mail.taken)


@pytest.mark.parametrize(
    ("answered", "outcome"),
    [("550 no such user", Outcome.PERMANENT), ("451 try later", Outcome.PASSING)],
)
def test_mail_server_says_whether_waiting_mends_it(
    mail: MailProvider, answered: str, outcome: Outcome
) -> None:
    mail.refuse = answered
    sent = by_apprise.tell(box("apprise", mail.url()), MESSAGE)
    assert (sent.outcome, sent.status) == (outcome, int(answered[:3]))
    assert mail.taken == []


def test_mail_server_that_is_away_is_tried_again(mail: MailProvider) -> None:
    mail.close()
    assert by_apprise.tell(box("apprise", mail.url()), MESSAGE).outcome is Outcome.PASSING


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1/",
        "dbus://",
        "syslog://",
        "tgram://1:x/2",
        "mailto://",
        "nonsense",
        "mailto://127.0.0.1?to=a@example.org,b@example.org&from=k@example.org",
    ],
)
def test_apprise_address_that_leads_nowhere_or_anywhere_is_refused(url: str) -> None:
    assert by_apprise.tell(box("apprise", url), MESSAGE).outcome is Outcome.PERMANENT


def test_mail_server_on_the_campus_has_to_be_meant(mail: MailProvider) -> None:
    sent = by_apprise.tell(box("apprise", mail.url(), allow_private=False), MESSAGE)
    assert sent.outcome is Outcome.PERMANENT
    assert mail.taken == []
