import pytest

from protocol.topics import NodeTopic, Topics, read_node_topic


def test_topics_are_those_of_the_contract() -> None:
    topics = Topics("kaznu")
    assert topics.events("door-a") == "kuzet/1/kaznu/node/door-a/events"
    assert topics.ack("door-a") == "kuzet/1/kaznu/node/door-a/ack"
    assert topics.signal("door-a") == "kuzet/1/kaznu/node/door-a/signal"
    assert topics.space_state("a-204") == "kuzet/1/kaznu/space/a-204/state"
    assert topics.alert("01K") == "kuzet/1/kaznu/alert/01K"
    assert topics.hub_status == "kuzet/1/kaznu/hub/status"


def test_node_topic_is_read_back() -> None:
    assert read_node_topic(Topics("s").events("door-a")) == NodeTopic("door-a", "events")


@pytest.mark.parametrize(
    "topic", ["", "kuzet", "kuzet/1/s/space/a/state", "kuzet/1/s/node/a/b/c", "kuzet/1/s/node/a"]
)
def test_other_topics_are_nobodys(topic: str) -> None:
    assert read_node_topic(topic) is None
