import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codec import MAX_BYTES, decode_batch, decode_event, encode, encode_batch, encode_event
from protocol.errors import MessageRejected
from protocol.events import KINDS, Air, Passage
from protocol.messages import NodeState, Status
from tests.builders import EPOCH, a_fault, a_message, a_passage, a_screening, at

GOOD = b'{"seq":1,"at":"2026-11-23T04:00:00.000Z","kind":"passage","channel":"door","direction":"in"}'


def message_of(*bodies: bytes) -> bytes:
    return b'{"epoch":"%b","events":[%b]}' % (EPOCH.encode(), b",".join(bodies))


def legal_of(payload: bytes) -> list[int]:
    """The seqs of the legal events; a message that is refused as a whole has none."""
    try:
        return [event.seq for event, _ in decode_batch(payload).events]
    except MessageRejected:
        return []


def with_field(name: str, value: str) -> bytes:
    return GOOD[:-1] + f',"{name}":{value}}}'.encode()


@pytest.mark.parametrize(
    "event", [a_passage(), a_screening(), a_fault()], ids=lambda event: type(event).__name__
)
def test_event_survives_the_wire(event: Passage) -> None:
    assert decode_event(encode_event(event)) == event


def test_event_carries_milliseconds_and_z() -> None:
    assert b'"at":"2026-11-23T04:00:00.250Z"' in encode_event(a_passage(at=at(0.25)))
    assert b'"at":"2026-11-23T04:00:00.000Z"' in encode_event(a_passage(at=at(0)))


def test_message_keeps_each_body_as_it_came() -> None:
    body = with_field("colour", '"new in the next version"')
    assert decode_batch(message_of(body)).events[0][1] == body


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (GOOD.replace(b'"in"', b'"up"'), "direction"),
        (GOOD.replace(b"passage", b"levitation"), "kind"),
        (GOOD.replace(b".000Z", b".000+05:00"), "UTC"),
        (GOOD.replace(b".000Z", b".000"), "at"),
        (GOOD.replace(b'"door"', b'"a/b"'), "channel"),
        (with_field("people", "0"), "people"),
        (with_field("confidence", "1.01"), "confidence"),
        (with_field("took_s", "60"), "took_s"),
        (with_field("took_s", "1e999"), "took_s"),
        (with_field("took_s", "NaN"), "took_s"),
        (with_field("took_s", "-Infinity"), "took_s"),
    ],
)
def test_illegal_field_rejects_only_its_event(body: bytes, fault: str) -> None:
    spoilt = body.replace(b'"seq":1', b'"seq":2')
    decoded = decode_batch(message_of(GOOD, spoilt))
    assert [event.seq for event, _ in decoded.events] == [1]
    assert [wrong.seq for wrong in decoded.rejected] == [2]
    assert fault in decoded.rejected[0].fault


@pytest.mark.parametrize("seq", [b"0", b"-1", b"9223372036854775808", b'"1"', b"null", b"1.5"])
def test_event_without_a_usable_seq_belongs_to_no_count(seq: bytes) -> None:
    decoded = decode_batch(message_of(GOOD.replace(b'"seq":1', b'"seq":' + seq)))
    assert (decoded.events, decoded.rejected, len(decoded.unnamed)) == ([], [], 1)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"epoch":"short","events":[]}',
        b'{"epoch":"%b","events":{"a":NaN}}' % EPOCH.encode(),
        b"[" * 10_000,
        b'{"epoch":"%b","events":[%b]}' % (EPOCH.encode(), b"9" * 5000),
        message_of(*[GOOD] * 101),
        b" " * (MAX_BYTES + 1),
    ],
    ids=lambda payload: repr(payload[:24]),
)
def test_message_that_cannot_be_read_is_refused_or_names_nobody(payload: bytes) -> None:
    assert legal_of(payload) == []


def test_message_of_the_longest_allowed_size_is_read() -> None:
    padded = message_of(GOOD).ljust(MAX_BYTES)
    assert len(decode_batch(padded).events) == 1


def test_batch_refuses_what_would_break_the_wire() -> None:
    with pytest.raises(ValueError, match="at most 100 events"):
        encode_batch(EPOCH, [GOOD] * 101)


def test_not_a_number_never_leaves_as_a_number() -> None:
    body = encode_event(Air(seq=1, at=at(), channel="co2", co2_ppm=math.nan))
    assert b"NaN" not in body


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    assert legal_of(payload) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda x: st.lists(x) | st.dictionaries(st.text(max_size=5), x),
        max_leaves=10,
    ),
    st.sampled_from(sorted(KINDS)),
)
def test_any_event_is_stored_or_rejected_never_both(value: object, kind: str) -> None:
    body = json.dumps(
        {"seq": 7, "at": "2026-11-23T04:00:00Z", "kind": kind, "channel": "door", "direction": value}
    ).encode()
    decoded = decode_batch(message_of(body))
    assert len(decoded.events) + len(decoded.rejected) + len(decoded.unnamed) == 1


def test_status_time_is_written_in_utc() -> None:
    payload = encode(Status(state=NodeState.ONLINE, epoch=EPOCH, since=at()))
    assert payload.endswith(b'"since":"2026-11-23T04:00:00.000Z"}')


def test_a_message_of_events_is_what_a_node_sends() -> None:
    decoded = decode_batch(a_message(a_passage(1), a_passage(2)))
    assert [event.seq for event, _ in decoded.events] == [1, 2]
