"""A worker's own side: orders and messages in, answers out, whatever the receiver throws."""

from io import BytesIO

import msgspec

from hub.receivers.message import Letterbox, Outcome, Sent
from hub.receivers.worker import serve
from tests.fakes.providers import HttpProvider
from tests.hub.receivers.boxes import MESSAGE, box, order


def answers_of(lines: list[object]) -> tuple[list[Sent], list[float]]:
    read = BytesIO(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    written, alarms = BytesIO(), list[float]()
    serve(read, written, alarms.append)
    return [msgspec.json.decode(line, type=Sent) for line in written.getvalue().splitlines()], alarms


def test_worker_answers_each_message(provider: HttpProvider) -> None:
    said, _ = answers_of([order("webhook", provider.url, schemes=["http"]), MESSAGE, MESSAGE])
    assert [one.outcome for one in said] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert len(provider.taken) == 2


def test_worker_ends_itself_a_second_after_its_deadline(provider: HttpProvider) -> None:
    _, alarms = answers_of([order("webhook", provider.url, schemes=["http"], deadline="3s"), MESSAGE])
    assert alarms == [4.0, 0.0]


def test_worker_with_a_wrong_table_says_so(provider: HttpProvider) -> None:
    said, _ = answers_of([order("webhook", provider.url, nonsense=1), MESSAGE])
    assert said[0].outcome is Outcome.PERMANENT


def test_worker_without_its_certificates_says_so() -> None:
    said, _ = answers_of([order("webhook", "https://127.0.0.1:1/SECRET", ca_file="/nonexistent"), MESSAGE])
    assert (said[0].outcome, said[0].fault[:7]) == (Outcome.PERMANENT, "ca_file")
    assert "SECRET" not in said[0].fault


def test_letterbox_shows_no_secret() -> None:
    shown = repr(box("telegram", "https://api.telegram.org/bot1:SECRET", chat="-1"))
    assert shown == repr(Letterbox(config=box("telegram", "x", chat="-1").config, url="y"))
    assert "SECRET" not in shown
