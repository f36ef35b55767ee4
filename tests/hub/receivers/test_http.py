"""One request and what is made of its answer, against providers on bad days."""

from pathlib import Path

import pytest

from hub.receivers import webhook
from hub.receivers.http import Answer, Line, judge, send
from hub.receivers.message import Outcome, Sent
from tests.fakes.providers import HttpProvider, answer, drip, hang, self_signed, take_and_drop
from tests.hub.receivers.boxes import MESSAGE, box


def ask(url: str, deadline_s: float = 5.0, ca_file: str | None = None) -> Answer | Sent:
    return send(Line(url=url, deadline_s=deadline_s, allow_private=True, ca_file=ca_file), b"{}", {})


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED),
        (204, Outcome.ACCEPTED),
        (301, Outcome.PERMANENT),
        (400, Outcome.PERMANENT),
        (401, Outcome.PERMANENT),
        (403, Outcome.PERMANENT),
        (404, Outcome.PERMANENT),
        (408, Outcome.PASSING),
        (429, Outcome.PASSING),
        (500, Outcome.PASSING),
        (503, Outcome.PASSING),
    ],
)
def test_status_says_whether_waiting_mends_it(status: int, outcome: Outcome) -> None:
    sent = judge(Answer(status=status, retry_after_s=None, body=b""))
    assert (sent.outcome, sent.status) == (outcome, status)


def test_retry_after_is_read(provider: HttpProvider) -> None:
    provider.behaviour = answer(503, Retry_After="17")
    said = ask(provider.url)
    assert isinstance(said, Answer)
    assert judge(said).retry_after_s == 17.0


def test_redirect_is_not_followed(provider: HttpProvider) -> None:
    elsewhere = HttpProvider()
    provider.behaviour = answer(307, Location=f"{elsewhere.url}/")
    said = ask(provider.url)
    elsewhere.close()
    assert isinstance(said, Answer)
    assert judge(said).outcome is Outcome.PERMANENT
    assert elsewhere.asked == []


def test_provider_that_takes_and_drops_may_have_taken_it(provider: HttpProvider) -> None:
    provider.behaviour = take_and_drop
    said = ask(provider.url)
    assert isinstance(said, Sent)
    assert said.outcome is Outcome.UNKNOWN


def test_provider_that_hangs_ends_at_the_deadline(provider: HttpProvider) -> None:
    provider.behaviour = hang
    said = ask(provider.url, deadline_s=0.1)
    assert isinstance(said, Sent)
    assert (said.outcome, said.fault) == (Outcome.UNKNOWN, "no answer in time")


def test_nobody_there_is_no_connection(provider: HttpProvider) -> None:
    provider.close()
    said = ask(provider.url)
    assert isinstance(said, Sent)
    assert said.outcome is Outcome.PASSING


def test_certificate_that_nobody_signed_is_not_spoken_to(tmp_path: Path) -> None:
    provider = HttpProvider(tls=self_signed(tmp_path))
    said = ask(provider.url)
    trusted = ask(provider.url, ca_file=str(tmp_path / "certificate.pem"))
    provider.close()
    assert isinstance(said, Sent)
    assert said.outcome is Outcome.PASSING
    assert "certificate" in said.fault
    # Where its authority is trusted, the same server is: the address is connected to, the name is checked.
    assert isinstance(trusted, Answer)
    assert len(provider.asked) == 1


def test_host_header_is_the_name_though_the_address_is_connected_to(provider: HttpProvider) -> None:
    ask(f"http://localhost:{provider.port}/x?y=1")
    assert provider.asked[0].headers["host"] == f"localhost:{provider.port}"
    assert provider.asked[0].path == "/x?y=1"


def test_fault_holds_nothing_of_the_address(provider: HttpProvider) -> None:
    provider.close()
    said = ask(f"{provider.url}/bot1:SECRET/sendMessage?k=SECRET")
    assert isinstance(said, Sent)
    assert "SECRET" not in said.fault


def test_private_address_is_refused_before_anything_is_sent(provider: HttpProvider) -> None:
    sent = webhook.tell(box("webhook", provider.url, schemes=["http"], allow_private=False), MESSAGE)
    assert sent.outcome is Outcome.PERMANENT
    assert provider.asked == []


def test_dripping_provider_is_left_to_the_killer(provider: HttpProvider) -> None:
    # The library's own timeout ends it here, because it is shorter than a drip; test_courier_providers kills.
    provider.behaviour = drip
    said = ask(provider.url, deadline_s=0.2)
    assert isinstance(said, Sent)
