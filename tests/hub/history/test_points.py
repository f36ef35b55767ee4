"""Each event of the journal is this line."""

import pytest

from hub.history.points import Points
from protocol.events import (
    Action,
    Air,
    AnyEvent,
    Contact,
    Dispense,
    Proof,
    Task,
    Treatment,
    Verdict,
)
from tests.builders import (
    a_fault,
    a_layout,
    a_passage,
    a_recovery,
    a_screening,
    an_exit,
)
from tests.hub.history.bench import CANARY_C, DAY, DAY_NS, on

ROOM = "channel=door,door=room-door,node=room-node,site=test,space_in=room,space_out=hall"
POST = "channel=thermometer,door=entrance,node=entrance,site=test"
SENSOR = "channel=sensor,node=room-node,site=test"


@pytest.mark.parametrize(
    ("node", "event", "line"),
    [
        pytest.param(
            "room-node",
            a_passage(7, at=DAY, people=2, took_s=0.75, confidence=0.9),
            f"passage,{ROOM} confidence=0.9,net=2i,people=2i,took_s=0.75 {DAY_NS + 7}",
            id="passage in",
        ),
        pytest.param(
            "room-node",
            an_exit(8, at=on(3), people=2),
            f"passage,{ROOM} net=-2i,people=2i {DAY_NS + 3_000_008}",
            id="passage out",
        ),
        pytest.param(
            "room-node",
            a_passage(1_000_009, at=DAY, channel="window"),
            f"passage,channel=window,node=room-node,site=test net=1i,people=1i {DAY_NS + 9}",
            id="passage of a channel the campus file does not name",
        ),
        pytest.param(
            "entrance",
            a_screening(
                9,
                at=DAY,
                verdict=Verdict.ELEVATED,
                index_c=0.7,
                skin_c=CANARY_C,
                ambient_c=21.5,
                spread_c=0.1,
                samples=9,
                attempt=2,
            ),
            f"screening,{POST},verdict=elevated count=1i {DAY_NS + 9}",
            id="screening is a verdict only",
        ),
        pytest.param(
            "room-node",
            Air(seq=1, at=DAY, channel="sensor", co2_ppm=800, temperature_c=21.5, humidity=0.4),
            f"air,{SENSOR} co2_ppm=800,humidity=0.4,temperature_c=21.5 {DAY_NS + 1}",
            id="air",
        ),
        pytest.param("room-node", Air(seq=1, at=DAY, channel="sensor"), "", id="air without a value"),
        pytest.param(
            "room-node",
            Dispense(seq=1, at=DAY, channel="sensor", amount_ml=1.5, presses=1, level=0.25),
            f"dispense,{SENSOR} amount_ml=1.5,count=1i,level=0.25,presses=1i {DAY_NS + 1}",
            id="dispense",
        ),
        pytest.param(
            "room-node",
            Contact(seq=1, at=DAY, channel="sensor", open=True),
            f"contact,{SENSOR} open=1i {DAY_NS + 1}",
            id="contact",
        ),
        pytest.param(
            "room-node",
            Treatment(
                seq=1, at=DAY, channel="sensor", task=Task.AIRING, action=Action.DONE, proof=Proof.CONTACT
            ),
            "treatment,action=done,channel=sensor,node=room-node,proof=contact,site=test,task=airing "
            f"count=1i {DAY_NS + 1}",
            id="treatment",
        ),
        pytest.param(
            "room-node",
            a_fault(1, at=DAY, code="stuck, or\nso", detail="free text"),
            "fault,channel=door,code=stuck\\,\\ or\\nso,component=beam,door=room-door,node=room-node,"
            f"site=test,space_in=room,space_out=hall count=1i {DAY_NS + 1}",
            id="fault, with what line protocol must escape",
        ),
        pytest.param(
            "room-node",
            a_recovery(2, at=DAY, channel="sensor"),
            "recovered,channel=sensor,code=stuck,component=beam,node=room-node,site=test "
            f"count=1i {DAY_NS + 2}",
            id="recovered",
        ),
    ],
)
def test_event_is_this_line(node: str, event: AnyEvent, line: str) -> None:
    assert Points(a_layout()).line(node, event) == line


def test_events_of_one_channel_and_millisecond_are_two_points() -> None:
    points = Points(a_layout())
    first, second = (points.line("room-node", a_passage(seq, at=DAY)) for seq in (1, 2))
    assert first.rsplit(" ", 1)[1] != second.rsplit(" ", 1)[1]
