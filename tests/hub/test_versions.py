"""Nodes of other versions: understood, or said to be not; never guessed at, never thrown away."""

import msgspec
import pytest

from hub.node_watch import NodeWatch
from hub.store.board import BoardReader
from hub.store.node_rows import HealthRow
from protocol.codec import encode, encode_batch, encode_event
from protocol.events import Direction
from protocol.messages import Health, Hello
from protocol.wire import UNSAID, WIRE, Wire
from tests.builders import EPOCH, a_passage, at
from tests.hub.rules.day import Day
from tests.hub.site import TOPICS, Site

NODE = "room-node"
#: What a node of version 1 said on a morning, written by hand as that version writes it.
OF_VERSION_1 = (
    (
        "hello",
        '{"software":"kuzet 0.0.9","config_hash":"0123456789abcdef","epoch":"EPOCH","seq":0,'
        '"channels":[{"channel":"door","kind":"beam-pair"}]}',
    ),
    (
        "events",
        '{"epoch":"EPOCH","events":['
        '{"kind":"passage","seq":1,"at":"2026-11-23T04:00:01.000Z","channel":"door","direction":"in","took_s":0.4},'
        '{"kind":"passage","seq":2,"at":"2026-11-23T04:00:02.000Z","channel":"door","direction":"in","people":2},'
        '{"kind":"fault","seq":3,"at":"2026-11-23T04:00:03.000Z","channel":"door","component":"beams","code":"obstructed","detail":""},'
        '{"kind":"recovered","seq":4,"at":"2026-11-23T04:00:04.000Z","channel":"door","component":"beams","code":"obstructed","detail":""},'
        '{"kind":"passage","seq":5,"at":"2026-11-23T04:00:05.000Z","channel":"door","direction":"out"}]}',
    ),
    (
        "health",
        '{"at":"2026-11-23T04:00:06.000Z","epoch":"EPOCH","seq":5,"outbox_depth":0,"clock":"synced"}',
    ),
)


def say_hello(site: Site, wire: Wire = UNSAID) -> None:
    hello = Hello(software="kuzet 9", config_hash="x", epoch=EPOCH, seq=0, wire=wire)
    site.deliver(TOPICS.hello(NODE), encode(hello))


def say_passage(site: Site, seq: int, version: int) -> None:
    passage = a_passage(seq, at=site.clock.now(), channel="door", direction=Direction.IN)
    site.deliver(TOPICS.events(NODE), encode_batch(EPOCH, [encode_event(passage)], version=version))


def state_of_node(site: Site) -> str:
    rows = {row.key: row.body for row in BoardReader(site.store).read() if row.kind == "node" and row.body}
    return str(msgspec.json.decode(rows[NODE])["state"])


def test_node_that_says_no_version_is_understood_and_hears_ours(site: Site) -> None:
    say_hello(site)
    say_passage(site, 1, version=1)
    site.tick()
    assert site.rows("journal") == 1
    ack = site.voice.last(f"{NODE}/ack") or {}
    assert (ack["seq"], ack["wire"]) == (1, [WIRE.oldest, WIRE.newest])


@pytest.mark.parametrize("newest", [1, 2], ids=["the version before", "the present one"])
def test_recorded_morning_gives_the_same_campus_in_either_version(site: Site, newest: int) -> None:
    for leaf, said in OF_VERSION_1:
        message = msgspec.json.decode(said.replace("EPOCH", EPOCH))
        if newest == 2 and leaf == "hello":
            message["wire"] = [1, 2]
        if newest == 2 and leaf == "events":
            message["wire"] = 2
        site.deliver(f"{TOPICS.root}/node/{NODE}/{leaf}", msgspec.json.encode(message))
    site.tick()
    assert (site.rows("journal"), site.rows("rejected")) == (5, 0)
    state = site.engine.campus.estimate("room", site.clock.now())
    assert state.count == 2


def test_events_of_a_version_too_new_are_neither_taken_nor_acknowledged_nor_rejected(site: Site) -> None:
    say_hello(site, Wire(4, 5))
    say_passage(site, 1, version=5)
    site.tick()
    assert (site.rows("journal"), site.rows("rejected")) == (0, 0)
    assert site.engine.listener.not_read == 1
    assert (site.voice.last(f"{NODE}/ack") or {"seq": 0})["seq"] == 0
    assert state_of_node(site) == "too-new"


def test_room_behind_a_node_that_is_not_understood_is_unknown_until_it_is(site: Site) -> None:
    say_hello(site, Wire(4, 5))
    site.tick()
    assert (site.room()["state"], site.room()["reason"]) != ("open", "free")
    say_hello(site, Wire(2, 3))
    say_passage(site, 1, version=2)
    site.tick()
    assert state_of_node(site) == "online"
    assert site.rows("journal") == 1


def test_hello_too_new_to_be_read_still_says_that_it_is(site: Site) -> None:
    site.deliver(TOPICS.hello(NODE), b'{"software":{"kuzet":9},"wire":[4,5]}')
    assert site.engine.presence.accord(NODE).value == "too-new"
    assert site.rows("rejected") == 1


def test_waiting_node_hears_what_the_hub_reads_as_soon_as_it_has_something_to_tell(site: Site) -> None:
    say_hello(site, Wire(4, 5))
    health = Health(at=site.clock.now(), epoch=EPOCH, seq=3, outbox_depth=3)
    site.deliver(TOPICS.health(NODE), encode(health))
    assert (site.voice.last(f"{NODE}/ack") or {})["wire"] == [WIRE.oldest, WIRE.newest]


def test_software_of_a_node_is_shown_as_soon_as_it_says_hello(site: Site) -> None:
    engine, watch = site.engine, NodeWatch()

    def look() -> dict[str, HealthRow]:
        rows = watch.look(engine.campus, engine.presence, engine.officer.situation.trusts, site.clock.now())
        return {
            key: msgspec.json.decode(body, type=HealthRow)
            for kind, key, body in rows.rows
            if kind == "health" and body
        }

    look()
    say_hello(site, Wire(1, 2))
    row = look()[NODE]
    assert (row.software, row.wire, row.hub_wire) == ("kuzet 9", Wire(1, 2), WIRE)
    assert look() == {}


@pytest.mark.parametrize(
    ("spoken", "word", "value", "limit"),
    [(Wire(4, 5), "update-hub", 4, 3), (Wire(1, 1), "update-node", 1, 2)],
    ids=["node too new", "node too old"],
)
def test_alert_says_which_of_the_two_is_to_be_updated(
    spoken: Wire, word: str, value: float, limit: float
) -> None:
    day = Day().hear(seconds=0)
    day.presence.wire = Wire(2, 3)
    day.presence.hear_wire("entrance", Wire(2, 3))
    day.presence.hear_wire(NODE, spoken)
    (finding,) = day.find("unread-node")
    assert (finding.subject, finding.limit_rule, finding.starts) == (NODE, word, True)
    assert (finding.value, finding.limit) == (value, limit)
    state = day.situation.state("room", at(1))
    assert (state.state.value, state.reason, state.occupancy) == ("unknown", "unread-node", None)


def test_node_that_is_silent_too_is_told_of_as_silent() -> None:
    day = Day().hear(seconds=0)
    day.presence.hear_wire(NODE, Wire(4, 5))
    assert [one.starts for one in day.find("unread-node", 91)] == [False]
