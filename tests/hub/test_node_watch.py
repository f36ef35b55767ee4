"""What the pages of nodes and doors are written from: minutes a node was heard in, doors as believed."""

import msgspec
import pytest

from hub.node_watch import NodeWatch, Watched
from hub.store.heartbeats import Beat
from hub.store.node_rows import DoorRow
from tests.builders import a_passage
from tests.hub.site import Site


def look(site: Site, watch: NodeWatch) -> Watched:
    engine = site.engine
    return watch.look(engine.campus, engine.presence, engine.officer.situation.trusts, site.clock.now())


def masks(beats: list[Beat]) -> dict[str, int]:
    return {beat.node: beat.mask for beat in beats}


def test_minutes_of_a_slot_are_gathered_once_each(site: Site) -> None:
    watch = NodeWatch()
    first = look(site, watch)
    assert first.beats
    assert look(site, watch) == Watched([], [])
    site.tick(60.0)
    assert look(site, watch).beats


def test_node_that_is_heard_has_its_minute_and_a_silent_one_has_none(site: Site) -> None:
    site.send("room-node", a_passage())
    watch = NodeWatch()
    found = masks(look(site, watch).beats)
    assert found["room-node"].bit_count() == 1
    silent = [name for name in found if name != "room-node"]
    assert silent
    assert all(found[name] == 0 for name in silent)


def test_restarted_hub_keeps_the_minutes_it_had_written(site: Site) -> None:
    beats = look(site, NodeWatch()).beats
    slot = beats[0].slot
    kept = [Beat(beat.node, slot, 0b11 << 3) for beat in beats]
    again = masks(look(site, NodeWatch(kept)).beats)
    assert all(mask & (0b11 << 3) == 0b11 << 3 for mask in again.values())


@pytest.mark.parametrize("field", ["trust", "verdict"])
def test_every_door_has_a_row(site: Site, field: str) -> None:
    rows = {key: body for kind, key, body in look(site, NodeWatch()).rows if kind == "door" and body}
    assert set(rows) == {door.id for door in site.engine.campus.layout.doors}
    for body in rows.values():
        assert getattr(msgspec.json.decode(body, type=DoorRow), field) is not None
