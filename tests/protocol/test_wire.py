"""Versions of the wire: who understands whom, and what a side that says nothing is taken for."""

import msgspec
import pytest

from protocol.codec import decode_batch, decode_message, encode, encode_batch, encode_event, wire_of
from protocol.errors import MessageRejected, OtherVersion
from protocol.messages import Ack, Hello
from protocol.wire import NEWEST, UNSAID, WIRE, Accord, Wire
from tests.builders import EPOCH, a_passage


@pytest.mark.parametrize(
    ("other", "agreed", "accord"),
    [
        (Wire(1, 1), None, Accord.TOO_OLD),
        (Wire(1, 2), 2, Accord.AGREED),
        (Wire(2, 3), 3, Accord.AGREED),
        (Wire(3, 4), 3, Accord.AGREED),
        (Wire(4, 5), None, Accord.TOO_NEW),
    ],
    ids=str,
)
def test_sides_one_version_apart_understand_each_other_and_two_apart_do_not(
    other: Wire, agreed: int | None, accord: Accord
) -> None:
    ours = Wire(2, 3)
    assert (ours.agreed(other), ours.accord(other)) == (agreed, accord)


def test_present_version_and_the_one_before_are_spoken() -> None:
    assert (WIRE.oldest, WIRE.newest) == (NEWEST - 1, NEWEST)


@pytest.mark.parametrize("illegal", ["[2,1]", "[0,1]", "[1]", '"2"', "[1,10000]"])
def test_range_that_cannot_be_is_refused(illegal: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(illegal, type=Wire)


def test_hello_that_says_nothing_is_of_version_one() -> None:
    said = b'{"software":"kuzet 0.0.9","config_hash":"x","epoch":"%b","seq":0}' % EPOCH.encode()
    assert decode_message(said, Hello).wire == UNSAID
    assert wire_of(said) is None


def test_version_is_read_where_the_rest_cannot_be() -> None:
    said = b'{"software":{"kuzet":9},"wire":[4,5]}'
    assert wire_of(said) == Wire(4, 5)
    with pytest.raises(MessageRejected):
        decode_message(said, Hello)


def test_acknowledgement_of_a_hub_from_before_is_of_version_one() -> None:
    assert decode_message(b'{"epoch":"%b","seq":3,"missing":[]}' % EPOCH.encode(), Ack).wire == UNSAID
    assert wire_of(encode(Ack(epoch=EPOCH, seq=3, wire=WIRE))) == WIRE


def test_events_written_in_version_one_are_as_they_always_were() -> None:
    payload = encode_batch(EPOCH, [encode_event(a_passage(1))])
    assert b"wire" not in payload
    assert decode_batch(payload).version == 1


@pytest.mark.parametrize(
    "payload",
    [
        encode_batch(EPOCH, [encode_event(a_passage(1))], version=NEWEST + 1),
        b'{"wire":%d,"epoch":17,"occurrences":{}}' % (NEWEST + 1),
    ],
    ids=["the same envelope", "another envelope"],
)
def test_events_of_a_version_that_is_not_read_are_no_rejected_ones(payload: bytes) -> None:
    with pytest.raises(OtherVersion, match=f"version {NEWEST + 1} of the wire, read here is 1 to 2"):
        decode_batch(payload)
