"""Every kind of lie at the broker's door and inside it, many times: none is believed, each is in a log.

KUZET_SPOOFS sets how many lies are told, over all kinds together.
"""

import os
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.enrolment.authority import Authority
from protocol.broker import Publication
from protocol.certificates import Role, Subject, key_pem, new_key
from protocol.clock import SystemClock
from protocol.codec import encode
from protocol.messages import Health
from tests.builders import EPOCH, OTHER_EPOCH, a_message, a_passage
from tests.deploy.tls_campus import TOPICS, CampusBroker, CampusHub, Node, kuzet_command, running
from tests.deploy.wire import Wire, refused, tls

SPOOFS = int(os.environ.get("KUZET_SPOOFS", "420"))
VICTIM, LIAR, GONE, READER = "floor-a1-1", "floor-a1-2", "floor-a1-3", "sign-a"
MARK = b'{"spoof":true}'


class Scene:
    """A campus with a victim that works, a liar with a certificate of its own, and one whose was revoked."""

    def __init__(self, broker: CampusBroker, folder: Path) -> None:
        self.broker = broker
        self.victim_own = self.broker.enrol(VICTIM) / "node.pem"
        self.liar = tls(self.broker.ca_file, self.broker.enrol(LIAR) / "node.pem")
        self.gone = tls(self.broker.ca_file, self.broker.enrol(GONE) / "node.pem")
        self.reader = tls(self.broker.ca_file, self.broker.enrol(READER, "--role", "reader") / "node.pem")
        kuzet_command("node", "revoke", GONE, "--ca", self.broker.authority)
        self.hub = CampusHub(self.broker, folder / "hub")
        self.victim = Node(self.broker, VICTIM, self.victim_own)
        #: Events that the victim has said, all of them acknowledged.
        self.said = 0
        self.say()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.folder = folder
        self.wire = Wire(self.broker.port, self.liar)
        assert self.wire.connect(LIAR)
        #: What the victim has said on the wire, as somebody may have recorded it.
        self.recorded = self.victim.message(1)

    def say(self) -> None:
        """The victim's next word; when it is acknowledged the hub has heard whatever was said before it."""
        self.said += 1
        self.victim.say(self.said)

    def say_health(self) -> None:
        """The victim says how it is: nothing of what it said is open, and it has sent nothing again."""
        now = SystemClock().now()
        health = Health(at=now, epoch=EPOCH, seq=self.said, outbox_depth=0)
        self.victim.session.publish(Publication(topic=TOPICS.health(VICTIM), payload=encode(health)))

    def replays(self) -> int:
        """Events of the victim that the hub's log calls said again by somebody else."""
        text = self.hub.log.read_text(encoding="utf-8", errors="replace")
        return sum(map(int, re.findall(rf"refused=replay from={VICTIM} epoch={EPOCH} events=(\d+) ", text)))

    def refused_by_hub(self) -> int:
        """Messages that only the hub could know for lies."""
        [(count,)] = self.hub.rows(f"SELECT count(*) FROM rejected WHERE node = '{LIAR}'")
        assert isinstance(count, int)
        return count

    def is_anything_retained(self) -> bool:
        """Whether a status lies at the broker: nobody honest has said one."""
        wire = Wire(self.broker.port, self.reader)
        assert wire.connect(READER)
        wire.subscribe(TOPICS.status("+"))
        heard = wire.hears()
        wire.close()
        return heard

    def stranger(self, name: str, lives: timedelta = timedelta(days=1), *, ours: bool) -> ssl.SSLContext:
        """A certificate in the victim's name, by our authority or by one that only calls itself so."""
        if name in self._contexts:
            return self._contexts[name]
        now = SystemClock().now().replace(microsecond=0)
        kept = [(self.broker.authority / name).read_bytes() for name in ("ca.crt", "ca.key")]
        authority = Authority.load(*kept) if ours else Authority.begin("demo", now)
        key = new_key()
        # Backdated by an hour, so that a life of minus a minute is one that has ended.
        pem, _ = authority.give(key.public_key(), Subject("demo", Role.NODE, VICTIM), now, lives)
        own = self.folder / f"{name}.pem"
        own.write_bytes(pem + key_pem(key))
        self._contexts[name] = tls(self.broker.ca_file, own)
        return self._contexts[name]

    def lie_inside(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """By the liar's own session, made again if one of the other lies has ended it."""
        try:
            self.wire.publish(topic, payload, retain=retain)
        except OSError:
            self.wire.close()
            self.wire = Wire(self.broker.port, self.liar)
            assert self.wire.connect(LIAR)
            self.wire.publish(topic, payload, retain=retain)

    def stop(self) -> None:
        self.wire.close()
        self.victim.session.stop()
        self.hub.stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CampusBroker]:
    yield from running(CampusBroker(tmp_path_factory.mktemp("spoofing")))


@pytest.fixture(scope="module")
def scene(broker: CampusBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    built = Scene(broker, tmp_path_factory.mktemp("scene"))
    yield built
    built.stop()


FOREIGN = (
    TOPICS.events(VICTIM),
    TOPICS.health(VICTIM),
    TOPICS.status(VICTIM),
    TOPICS.signal(VICTIM),
    TOPICS.ack(VICTIM),
    TOPICS.ack(LIAR),
    TOPICS.signal(LIAR),
    TOPICS.space_state("a-103"),
    TOPICS.alert("01KAQR5T6M0000000000000000"),
    TOPICS.hub_status,
    f"{TOPICS.root}/node/{LIAR}/events/more",
    f"{TOPICS.root}/node/{LIAR}",
    "kuzet/1/other/node/floor-a1-2/events",
    "homeassistant/sensor/a/config",
)


def foreign_topic(scene: Scene, number: int) -> None:
    scene.lie_inside(FOREIGN[number % len(FOREIGN)], MARK)


def retained_injection(scene: Scene, number: int) -> None:
    topics = (TOPICS.status(VICTIM), TOPICS.hello(VICTIM), TOPICS.hub_status, TOPICS.space_state("a-103"))
    scene.lie_inside(topics[number % len(topics)], MARK, retain=True)


def foreign_will(scene: Scene, number: int) -> None:
    wire = Wire(scene.broker.port, scene.liar)
    topics = (TOPICS.status(VICTIM), TOPICS.events(VICTIM), TOPICS.hub_status)
    assert wire.connect(LIAR, will=(topics[number % len(topics)], MARK))
    wire.close()


def foreign_client_id(scene: Scene, number: int) -> None:
    """It calls itself the victim, or the hub, and is known as what its certificate says."""
    wire = Wire(scene.broker.port, scene.liar)
    assert wire.connect((VICTIM, "hub")[number % 2])
    wire.close()


def payload_naming_another(scene: Scene, number: int) -> None:
    said = a_message(a_passage(number + 1, channel="door-a-103"), epoch=OTHER_EPOCH)
    scene.lie_inside(TOPICS.events(LIAR), b'{"node":"' + VICTIM.encode() + b'",' + said[1:])


def replay_as_the_victim(scene: Scene, number: int) -> None:
    scene.lie_inside(TOPICS.events(VICTIM), scene.recorded)


def replay_of_an_old_session(scene: Scene, number: int) -> None:
    """The victim's own words of before, in its own name and with its own key: nothing is counted twice."""
    if number == 0:
        # Heard twice, it is known to have nothing open: what comes again from here on is not its own doing.
        for _ in range(2):
            scene.say_health()
            scene.say()
    scene.victim.session.publish(Publication(topic=TOPICS.events(VICTIM), payload=scene.recorded))


def revoked_certificate(scene: Scene, number: int) -> None:
    assert refused(scene.broker.port, scene.gone)


def no_certificate(scene: Scene, number: int) -> None:
    assert refused(scene.broker.port, tls(scene.broker.ca_file, None))


def certificate_of_another_authority(scene: Scene, number: int) -> None:
    assert refused(scene.broker.port, scene.stranger("foreign", ours=False))


def expired_certificate(scene: Scene, number: int) -> None:
    assert refused(scene.broker.port, scene.stranger("old", timedelta(minutes=-1), ours=True))


def plaintext(scene: Scene, number: int) -> None:
    assert refused(scene.broker.port, None)


#: Each kind, and how its lies are told in the broker's log; None: of those mosquitto says nothing, and the
#: hub does, in what it rejected or in its own log.
KINDS: dict[str, tuple[Callable[[Scene, int], None], str | None]] = {
    "foreign-topic": (foreign_topic, f"refused=publish from={LIAR} "),
    "retained-injection": (retained_injection, f"refused=publish from={LIAR} "),
    "replay-as-the-victim": (replay_as_the_victim, f"refused=publish from={LIAR} "),
    "foreign-will": (foreign_will, f"refused=will from={LIAR} "),
    "foreign-client-id": (foreign_client_id, f"connected={LIAR} "),
    "payload-naming-another": (payload_naming_another, None),
    "replay-of-an-old-session": (replay_of_an_old_session, None),
    "revoked-certificate": (revoked_certificate, "refused=connection "),
    "no-certificate": (no_certificate, "refused=connection "),
    "another-authority": (certificate_of_another_authority, "refused=connection "),
    "expired-certificate": (expired_certificate, "refused=connection "),
    "plaintext": (plaintext, "refused=connection "),
}


@pytest.mark.broker
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_no_lie_is_believed_and_each_is_logged(scene: Scene, kind: str) -> None:
    tell, logged = KINDS[kind]
    count = -(-SPOOFS // len(KINDS))
    before = len(scene.broker.lines(logged)) if logged else 0
    refused_before = scene.refused_by_hub()
    came = len(scene.broker.lines(f"connected={VICTIM} ")), len(scene.broker.lines("connected=hub "))
    for number in range(count):
        tell(scene, number)
    # The victim's next word is acknowledged behind all of them.
    scene.say()
    before_replays = scene.replays()
    scene.say_health()
    scene.say()
    if logged is not None:
        assert len(scene.broker.wait_lines(logged, before + count)) >= before + count
    assert scene.replays() - before_replays == {"replay-of-an-old-session": count}.get(kind, 0)
    said = {"payload-naming-another": count}.get(kind, 0)
    assert scene.refused_by_hub() - refused_before == said
    assert scene.hub.rows(_STORED) == [(VICTIM, scene.said)]
    assert not [payload for _, payload in scene.victim.heard if MARK in payload]
    assert scene.victim.session.connects == 1
    assert came == (
        len(scene.broker.lines(f"connected={VICTIM} ")),
        len(scene.broker.lines("connected=hub ")),
    )
    assert not scene.is_anything_retained()


@pytest.mark.broker
def test_nobody_hears_what_is_not_his(scene: Scene) -> None:
    before = len(scene.broker.lines(f"refused=subscription from={LIAR} "))
    wire = Wire(scene.broker.port, scene.liar)
    assert wire.connect(LIAR)
    asked = (
        "#",
        "+/+/+/+/+/+",
        "kuzet/#",
        TOPICS.events(VICTIM),
        TOPICS.ack(VICTIM),
        "$share/g/kuzet/#",
        "$SYS/#",
    )
    for topic in asked:
        wire.subscribe(topic)
    scene.say()
    assert not wire.hears()
    wire.close()
    said = scene.broker.wait_lines(f"refused=subscription from={LIAR} ", before + len(asked))
    assert len(said) == before + len(asked)


@pytest.mark.broker
def test_a_ticket_of_before_a_revocation_opens_no_door(scene: Scene) -> None:
    name = "floor-a2-1"
    own = tls(scene.broker.ca_file, scene.broker.enrol(name) / "node.pem")
    wire = Wire(scene.broker.port, own)
    assert wire.connect(name)
    wire.hears()
    assert isinstance(wire.socket, ssl.SSLSocket)
    ticket = wire.socket.session
    assert ticket is not None
    assert ticket.has_ticket
    assert not refused(scene.broker.port, own, ticket)
    kuzet_command("node", "revoke", name, "--ca", scene.broker.authority)
    assert refused(scene.broker.port, own, ticket)
    wire.close()


def test_the_broker_listens_in_one_place_only(scene: Scene) -> None:
    lines = (scene.broker.files / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("listener")] == [
        f"listener {scene.broker.port} 127.0.0.1"
    ]
    assert "allow_anonymous false" in lines
    assert "require_certificate true" in lines


_STORED = (
    "SELECT node, count(*) FROM journal JOIN source ON source.id = journal.source GROUP BY node ORDER BY node"
)
