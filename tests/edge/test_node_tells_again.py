"""A whole node whose hub went back to a copy of its store: it says again what the copy lacks."""

from pathlib import Path

from protocol.codec import decode_event
from tests.edge.node_bench import Bench


def test_node_tells_a_hub_again_what_it_has_lost(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for _ in range(3):
        bench.go_in()
    newest = bench.node.outbox.newest_seq
    bench.acknowledge(newest)
    assert (bench.kept(), bench.node.outbox.depth) == ([], 0)
    bench.session.published.clear()
    bench.acknowledge(1)
    bench.run(0.2)
    sent = [event for batch in bench.session.batches() for event, _ in batch.events]
    assert [event.seq for event in sent] == list(range(2, newest + 1))
    bench.acknowledge(newest)
    assert bench.node.outbox.depth == 0


def test_node_tells_all_again_after_a_restart_of_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for _ in range(2):
        bench.go_in()
    newest = bench.node.outbox.newest_seq
    bodies = [decode_event(row.body) for row in bench.node.outbox.pending(0, 100, 10**9)]
    bench.acknowledge(newest)
    bench.crash()
    bench.boot()
    bench.acknowledge(0)
    bench.run(0.2)
    sent = [event for batch in bench.session.batches() for event, _ in batch.events]
    assert sent[: len(bodies)] == bodies
