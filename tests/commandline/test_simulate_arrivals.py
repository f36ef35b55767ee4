"""A simulated day waits for what its nodes have said, and not for what is lost."""

from dataclasses import dataclass

import pytest

from commandline.simulate_arrivals import Arrivals
from hub.inbox import Delivery
from protocol.topics import Topics

TOPICS = Topics("campus")


@dataclass
class Node:
    is_alive: bool = True
    is_connected: bool = True
    healths: int = 0


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
def arrivals(node: Node) -> Arrivals:
    return Arrivals({"door-1": node}, TOPICS)


def word(retained: bool = False) -> Delivery:
    return Delivery(TOPICS.health("door-1"), b"", retained)


def test_word_that_was_sent_is_awaited_until_it_is_heard(arrivals: Arrivals, node: Node) -> None:
    node.healths = 1
    assert arrivals.awaited() == ["door-1"]
    arrivals.hear([word()])
    assert arrivals.awaited() == []


def test_what_the_broker_kept_is_not_a_new_word(arrivals: Arrivals, node: Node) -> None:
    node.healths = 1
    arrivals.hear([word(retained=True), Delivery(TOPICS.hello("door-1"), b"", False)])
    assert arrivals.awaited() == ["door-1"]


def test_lost_word_is_given_up_and_the_next_one_awaited(arrivals: Arrivals, node: Node) -> None:
    node.healths = 1
    arrivals.awaited()
    arrivals.give_up()
    assert arrivals.awaited() == []
    node.healths = 2
    assert arrivals.awaited() == ["door-1"]


def test_node_without_connection_is_awaited_and_a_dead_one_is_not(arrivals: Arrivals, node: Node) -> None:
    node.is_connected = False
    assert arrivals.awaited() == ["door-1"]
    node.is_alive = False
    assert arrivals.awaited() == []


def test_node_that_starts_again_counts_anew(arrivals: Arrivals, node: Node) -> None:
    node.healths = 3
    arrivals.hear([word()] * 3)
    assert arrivals.awaited() == []
    node.healths = 1
    assert arrivals.awaited() == ["door-1"]
    arrivals.hear([word()])
    assert arrivals.awaited() == []
