from hub.enrolment.broker_rules import rights
from protocol.certificates import Role
from protocol.topics import Topics


def lines_of(text: str, user: str) -> list[str]:
    block = next(block for block in text.split("\n\n") if f"user {user}\n" in block)
    return [line for line in block.splitlines() if line.startswith("topic")]


def test_node_writes_four_topics_of_its_own_and_reads_two() -> None:
    text = rights("demo", [(Role.NODE, "door-a"), (Role.NODE, "door-b")])
    topics = Topics("demo")
    written = (topics.events, topics.hello, topics.status, topics.health)
    assert lines_of(text, "door-a") == [
        *(f"topic write {topic('door-a')}" for topic in written),
        *(f"topic read {topic('door-a')}" for topic in (topics.ack, topics.signal)),
    ]


def test_hub_may_write_nothing_that_only_a_node_says() -> None:
    lines = lines_of(rights("demo", [(Role.HUB, "hub")]), "hub")
    written = [line for line in lines if not line.startswith("topic read ")]
    assert not [line for line in written if line.rsplit("/", 1)[1] in ("events", "hello", "health")]
    assert not [line for line in lines if "#" in line]


def test_reader_writes_nothing() -> None:
    lines = lines_of(rights("demo", [(Role.READER, "sign")], discovery="homeassistant"), "sign")
    assert {line.split()[1] for line in lines} == {"read"}


def test_only_the_copy_for_home_assistant_writes_below_discovery_and_only_when_asked() -> None:
    everybody = [(Role.HUB, "hub"), (Role.NODE, "a"), (Role.READER, "b"), (Role.HOME_ASSISTANT, "copy")]
    text = rights("demo", everybody, discovery="homeassistant")
    written = [line for line in text.splitlines() if "write homeassistant" in line]
    assert written == ["topic readwrite homeassistant/+/kuzet-demo/+/config"]
    assert written[0] in lines_of(text, "copy")
    assert "user copy" not in rights("demo", everybody)


def test_nobody_has_rights_by_pattern_and_a_broker_has_none() -> None:
    text = rights("demo", [(Role.BROKER, "hub.local"), (Role.NODE, "door-a")])
    assert "pattern" not in text
    assert "hub.local" not in text
    assert text.count("user ") == 1
