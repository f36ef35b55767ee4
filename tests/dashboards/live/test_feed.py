"""Frames reach every reader; who lags is dropped; who returns resumes."""

import pytest

from dashboards.live.feed import LAG, RING, Feed, TooManyStreams


def bodies(feed: Feed, after: str) -> list[bytes]:
    missed = feed.since(after)
    assert missed is not None
    return [frame.body.split(b"data: ")[1].strip() for frame in missed]


def test_feed_hands_a_frame_to_every_reader() -> None:
    feed = Feed(8)
    readers = [feed.open(), feed.open()]
    frame = feed.publish("change", b"{}")
    assert [reader.next(0.0) for reader in readers] == [frame, frame]


def test_frame_carries_event_id_and_data() -> None:
    frame = Feed(8).publish("change", b'{"a":1}')
    assert frame.body == b'event: change\nid: %s\ndata: {"a":1}\n\n' % frame.id.encode()


def test_feed_refuses_one_stream_too_many_and_takes_it_when_one_has_left() -> None:
    feed = Feed(1)
    first = feed.open()
    with pytest.raises(TooManyStreams):
        feed.open()
    feed.leave(first)
    assert feed.open() is not first


def test_feed_drops_a_reader_that_lags_and_keeps_the_others() -> None:
    feed = Feed(8)
    slow, quick = feed.open(), feed.open()
    for number in range(LAG + 1):
        feed.publish("change", b"%d" % number)
        quick.next(0.0)
    assert feed.streams == 1
    assert feed.dropped == 1
    # What was queued is read, but the end is among it.
    assert any(slow.next(0.0) is None for _ in range(LAG))


def test_returning_reader_gets_what_it_missed() -> None:
    feed = Feed(8)
    last = feed.publish("change", b"1")
    feed.publish("change", b"2")
    feed.publish("change", b"3")
    assert bodies(feed, last.id) == [b"2", b"3"]


def test_returning_reader_that_missed_nothing_gets_nothing() -> None:
    feed = Feed(8)
    assert bodies(feed, feed.publish("change", b"1").id) == []


@pytest.mark.parametrize("last_id", ["other-1", "nonsense", "", "-1", "x-y"], ids=str)
def test_id_of_another_life_cannot_be_resumed(last_id: str) -> None:
    feed = Feed(8)
    feed.publish("change", b"1")
    assert feed.since(last_id) is None


def test_id_older_than_the_ring_cannot_be_resumed() -> None:
    feed = Feed(8)
    first = feed.publish("change", b"0")
    oldest_kept = feed.publish("change", b"1")
    for _ in range(RING):
        feed.publish("change", b"x")
    assert feed.since(first.id) is None
    assert len(feed.since(oldest_kept.id) or []) == RING


def test_closed_feed_ends_its_readers_and_takes_no_more() -> None:
    feed = Feed(8)
    reader = feed.open()
    feed.close()
    assert reader.next(0.0) is None
    with pytest.raises(TooManyStreams):
        feed.open()
