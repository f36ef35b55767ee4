"""How near their ends certificates are, by the register and by what nodes say, for the rules. Pure."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from hub.itself import Ending, said_by_node, worse
from hub.rules.finding import Finding, Later
from hub.situation import Situation
from protocol.expiry import Nearness


class _Holder(NamedTuple):
    name: str
    near: Nearness
    #: None: only the node itself has said so.
    known: Ending | None


def told(
    situation: Situation, rule: str, steps: Collection[Nearness], now: datetime
) -> Iterator[Finding | Later]:
    """A finding for each identity whose certificate is as near its end as one of `steps`."""
    clause = situation.profile.alerts[rule].source
    for one in _holders(situation, now):
        if one.near in steps:
            yield _finding(rule, one, clause, now)
        again = None if one.known is None else one.known.changes_at(now)
        if again is not None:
            yield Later(again)


def _holders(situation: Situation, now: datetime) -> Iterator[_Holder]:
    """Everybody of whose certificate something is known.

    A node that was given a new one may still hold the old one: the worse of the two is told.
    """
    seen: set[str] = set()
    for one in situation.itself.certificates:
        near = one.nearness(now)
        if one.role == "node":
            seen.add(one.name)
            near = worse(near, _said(situation, one.name))
        yield _Holder(one.name, near, one)
    # Asked at most turns: nodes that say nothing of it cost nothing.
    heard = situation.presence.nodes
    said = {node: near for node in heard if (near := _said(situation, node)) is not Nearness.FAR}
    for node in situation.layout.nodes() if said else ():
        if node in said and node not in seen:
            yield _Holder(node, said[node], None)


def _said(situation: Situation, node: str) -> Nearness:
    one = situation.presence.nodes.get(node)
    return Nearness.FAR if one is None or one.health is None else said_by_node(one.health.faults)


def _finding(rule: str, one: _Holder, clause: str, now: datetime) -> Finding:
    role = "node" if one.known is None else one.known.role
    # The register knows the day; where it says good and the node does not, the node holds an older one.
    is_own_word = one.known is None or one.known.nearness(now) is not one.near
    days = None if is_own_word or one.known is None else max(0, (one.known.ends - now).days)
    return Finding(
        rule=rule,
        subject=f"{role}-{one.name}",
        label=one.name if role in ("node", "reader") else f"{role} {one.name}" if one.name != role else role,
        node=one.name if role == "node" else None,
        value=days,
        limit_rule=one.near.value,
        clause=clause,
    )
