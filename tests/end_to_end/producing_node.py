"""A node that only produces: real outbox, publisher and session; writes a ledger beside them.

Run as `python -m tests.end_to_end.producing_node NODE PORT FOLDER`. After each durable `put` the
numbers it returned are appended to FOLDER/NODE.ledger: the judge of what must not be lost.
"""

import queue
import random
import secrets
import sys
from pathlib import Path

from edge.outbox.outbox import Outbox
from edge.publisher import Publisher
from protocol.broker import BrokerConfig, Session
from protocol.clock import SystemClock
from protocol.codec import decode_message
from protocol.events import Direction, Passage
from protocol.messages import Ack
from protocol.quantities import to_milliseconds
from protocol.topics import Topics
from protocol.ulid import new_ulid

#: Waiting events at which it stops to produce and only sends: load, not a flood.
MOST_WAITING = 2000


def main(node: str, port: int, folder: Path) -> None:
    """Produce for ever; killed by the test. With a file FOLDER/quiet it only sends what is left."""
    clock, topics = SystemClock(), Topics("demo")
    acks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    outbox = Outbox.open(folder / f"{node}.db", lambda: new_ulid(clock.now(), secrets.token_bytes))
    session = Session(
        BrokerConfig(port=port, client_id=node),
        on_message=lambda _topic, payload, _retained: acks.put(payload),
        subscriptions=(topics.ack(node),),
    )
    session.start()
    publisher = Publisher(outbox, session, topics.events(node), random.random)
    ledger = (folder / f"{node}.ledger").open("a", encoding="ascii")
    depth = (folder / f"{node}.depth").open(
        "r+" if (folder / f"{node}.depth").exists() else "w+", encoding="ascii"
    )
    while True:
        if outbox.depth < MOST_WAITING and not (folder / "quiet").exists():
            seqs = outbox.put([_a_passage(clock) for _ in range(random.randint(1, 5))])
            ledger.write("".join(f"{outbox.epoch} {seq}\n" for seq in seqs))
            ledger.flush()
        publisher.step(clock.monotonic())
        try:
            ack = decode_message(acks.get(timeout=0.002), Ack)
            outbox.acknowledge(ack)
            publisher.acknowledged(ack, clock.monotonic())
        except queue.Empty:
            pass
        depth.seek(0)
        depth.write(f"{outbox.depth:>10}\n")
        depth.flush()


def _a_passage(clock: SystemClock) -> Passage:
    direction = random.choice((Direction.IN, Direction.OUT))
    return Passage(seq=1, at=to_milliseconds(clock.now()), channel="door-a-103", direction=direction)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
