"""A whole node: pins in, messages out, through crashes of the network and of the clock."""

from datetime import timedelta

import pytest

from edge.node import STEP_S
from protocol.codec import decode_message
from protocol.events import ClockState, Contact, Direction, Fault, Passage
from protocol.messages import Ack, Hello, NodeState, Status
from tests.edge.node_bench import TOPICS, Bench
from tests.edge.outbox.test_outbox import OTHER, fill, limit_pages
from tests.fakes.edge import START


def test_node_makes_a_passage_of_driven_pins_and_the_session_gets_it(bench: Bench) -> None:
    bench.go_in()
    (kept,) = bench.kept()
    assert isinstance(kept, Passage)
    assert (kept.seq, kept.channel, kept.direction, kept.people) == (1, "main", Direction.IN, 1)
    assert kept.took_s == pytest.approx(0.3)
    assert [event for batch in bench.session.batches() for event, _ in batch.events] == [kept]


def test_node_tells_in_from_out(bench: Bench) -> None:
    bench.go_out()
    bench.go_in()
    directions = [event.direction for event in bench.kept() if isinstance(event, Passage)]
    assert directions == [Direction.OUT, Direction.IN]


def test_node_stamps_a_passage_with_the_instant_of_its_edge_in_milliseconds(bench: Bench) -> None:
    bench.go_in()
    assert bench.kept()[0].at == START + timedelta(seconds=0.3)


def test_node_marks_events_before_time_service_and_corrects_them_when_it_comes(bench: Bench) -> None:
    bench.crash()
    bench.clock_state = ClockState.ESTIMATED
    bench.boot()
    bench.go_in()
    before = bench.kept()[0]
    sent = [batch.sent_at for batch in bench.session.batches()]
    bench.clock.sync(bench.clock.now() + timedelta(hours=1))
    bench.clock_state = ClockState.SYNCED
    bench.go_in()
    after = bench.kept()
    assert before.clock is ClockState.ESTIMATED
    assert None not in sent
    assert [event.clock for event in after] == [ClockState.SYNCED, ClockState.SYNCED]
    assert after[0].at == before.at + timedelta(hours=1)
    assert after[1].at - after[0].at < timedelta(seconds=5)
    assert bench.session.batches()[-1].sent_at is None


def test_node_corrects_what_it_holds_when_the_outbox_refuses(bench: Bench) -> None:
    bench.crash()
    bench.clock_state = ClockState.ESTIMATED
    bench.boot()
    bench.node.outbox.put([Contact(seq=1, at=START, channel="window", open=True)])
    limit_pages(bench.node.outbox, 0)
    fill(bench.node.outbox)
    kept = bench.node.outbox.depth
    bench.go_in()
    bench.clock.sync(bench.clock.now() + timedelta(hours=1))
    bench.clock_state = ClockState.SYNCED
    bench.run(0.1)
    limit_pages(bench.node.outbox, 1000)
    bench.run(2.0)
    passage = bench.kept()[kept]
    assert isinstance(passage, Passage)
    assert passage.clock is ClockState.SYNCED
    assert passage.at > START + timedelta(hours=1)


def test_node_counts_a_passage_over_a_step_of_the_wall_clock(bench: Bench) -> None:
    bench.outer.set(True)
    bench.node.step()
    bench.clock.sync(START + timedelta(days=3650))
    bench.outer.set(False)
    bench.go_in()
    assert len(bench.kept()) == 1


def test_node_finds_edges_the_kernel_lost(bench: Bench) -> None:
    for beam, broken in (
        (bench.outer, True),
        (bench.inner, True),
        (bench.outer, False),
        (bench.inner, False),
    ):
        beam.set(broken, silently=True)
        bench.run(0.1)
    bench.run(0.3)
    assert [type(event) for event in bench.kept()] == [Passage]


def test_node_is_woken_by_a_beam_and_by_the_hub(bench: Bench) -> None:
    bench.outer.set(True)
    assert bench.woken == 1
    bench.session.deliver("kuzet/1/demo/node/entrance-a/ack", b"")
    assert bench.woken == 2


def test_node_asks_for_its_next_step_within_fifty_milliseconds(bench: Bench) -> None:
    assert 0.0 < bench.node.step() <= STEP_S


def test_node_greets_at_each_connect(bench: Bench) -> None:
    bench.run(0.1)
    bench.session.go_down()
    bench.run(0.1)
    bench.session.come_up()
    bench.run(0.1)
    hellos = [decode_message(payload, Hello) for payload in bench.session.payloads("hello")]
    assert len(hellos) == 2
    assert (hellos[0].software, hellos[0].epoch) == ("kuzet test", bench.node.outbox.epoch)
    assert [(each.channel, each.kind) for each in hellos[0].channels] == [("main", "beam-pair")]
    retained = {each.topic.rsplit("/", 1)[1]: each.retain for each in bench.session.published}
    assert retained == {"hello": True, "status": True, "health": False}


def test_node_leaves_a_last_will_and_says_goodbye(bench: Bench) -> None:
    will = bench.session.will
    bench.run(0.1)
    online = decode_message(bench.session.payloads("status")[0], Status)
    bench.node.session.stop(bench.node.goodbye())
    assert will is not None
    assert bench.session.goodbye is not None
    assert (will.topic, will.retain) == (TOPICS.status("entrance-a"), True)
    states = [
        decode_message(will.payload, Status).state,
        online.state,
        decode_message(bench.session.goodbye.payload, Status).state,
    ]
    assert states == [NodeState.LOST, NodeState.ONLINE, NodeState.OFFLINE]


def test_node_reads_only_its_own_ack_and_signal(bench: Bench) -> None:
    assert bench.session.subscriptions == (TOPICS.ack("entrance-a"), TOPICS.signal("entrance-a"))


def test_node_says_how_it_is_at_the_promised_period(bench: Bench) -> None:
    bench.go_in()
    bench.session.published.clear()
    bench.run(30.0)
    healths = bench.healths()
    assert len(healths) == 3
    assert (healths[0].seq, healths[0].outbox_depth, healths[0].clock) == (1, 1, "synced")
    assert healths[0].missed_edges == 0


def test_health_counts_edges_that_nobody_reported(bench: Bench) -> None:
    bench.run(1.0)
    bench.outer.set(True, silently=True)
    bench.run(0.2)
    bench.outer.set(False)
    bench.run(31.0)
    assert bench.healths()[-1].missed_edges == 1


def test_node_forgets_what_the_hub_has_made_durable(bench: Bench) -> None:
    bench.go_in()
    bench.acknowledge(1)
    assert bench.node.outbox.depth == 0


def test_node_does_not_let_another_epoch_push_its_acknowledgement_aside(bench: Bench) -> None:
    bench.go_in()
    bench.session.deliver_ack("demo", "entrance-a", Ack(epoch=bench.node.outbox.epoch, seq=1))
    bench.session.deliver_ack("demo", "entrance-a", Ack(epoch=OTHER, seq=7))
    bench.node.step()
    assert (bench.node.outbox.depth, bench.node.ignored) == (0, 0)


@pytest.mark.parametrize("leaf", ["ack", "signal"])
@pytest.mark.parametrize("payload", [b"", b"{}", b"[" * 9000, b"\xff", b'{"epoch":"x","seq":-1}', b"1e999"])
def test_node_counts_and_ignores_what_it_cannot_read(bench: Bench, leaf: str, payload: bytes) -> None:
    bench.session.deliver(f"{TOPICS.root}/node/entrance-a/{leaf}", payload)
    bench.go_in()
    assert bench.node.ignored == 1
    assert len(bench.kept()) == 1


def test_node_refuses_an_acknowledgement_that_cannot_be_true(bench: Bench) -> None:
    bench.go_in()
    bench.acknowledge(99)
    bench.run(1.0)
    assert bench.node.ignored == 1
    assert [type(event) for event in bench.kept()] == [Passage, Fault]


def test_node_without_time_service_sends_what_it_sees_after_every_restart_and_reconnect(bench: Bench) -> None:
    bench.go_in()
    bench.acknowledge(1)
    bench.crash()
    bench.clock_state = ClockState.ESTIMATED
    bench.boot()
    bench.go_in()
    bench.session.go_down()
    bench.session.come_up()
    bench.session.published.clear()
    bench.go_in()
    sent = {seq for batch in bench.session.sent_seqs() for seq in batch}
    assert sent == {2, 3}
    assert all(batch.sent_at is not None for batch in bench.session.batches())


def test_nothing_of_this_start_is_sent_before_its_correction_is_noted(bench: Bench) -> None:
    bench.crash()
    bench.clock_state = ClockState.ESTIMATED
    bench.boot()
    bench.session.go_down()
    bench.go_in()
    bench.node.outbox._database.execute("PRAGMA query_only = ON")
    bench.clock.sync(bench.clock.now() + timedelta(days=3))
    bench.clock_state = ClockState.SYNCED
    bench.session.come_up()
    bench.run(1.0)
    meanwhile = bench.session.batches()
    bench.node.outbox._database.execute("PRAGMA query_only = OFF")
    bench.run(2.0)
    assert meanwhile == []
    assert bench.session.batches()[0].events[0][0].at > START + timedelta(days=3)
