"""The journal folded anew beside the work gives what folding it from the beginning gives."""

from pathlib import Path

from msgspec.structs import replace

from hub.campus import Campus
from hub.layout import Door
from hub.refolding import Refolding
from hub.store.database import hub_url, opened, writing
from hub.store.journal import Journal
from hub.store.schema import hub as hub_tables
from hub.store.snapshots import layout_mark, read_snapshot
from protocol.codec import decode_batch
from tests.builders import MORNING, a_layout, a_message, a_passage


def test_refolded_journal_is_the_journal_folded_from_its_beginning(tmp_path: Path) -> None:
    layout = a_layout()
    turned = replace(
        layout,
        doors=tuple(
            Door(id=one.id, node=one.node, channel=one.channel, inner=one.outer, outer=one.inner)
            for one in layout.doors
        ),
    )
    door = layout.doors[0]
    with opened(hub_url(tmp_path), hub_tables) as store:
        journal = Journal(store, None)
        for first in (1, 101):
            batch = a_message(*(a_passage(first + n, channel=door.channel) for n in range(100)))
            journal.gather(door.node, decode_batch(batch), MORNING)
            if first == 1:
                with writing(store) as connection:
                    journal.write(connection)
                refolding = Refolding(turned, journal)
                assert refolding.is_ready(10.0)
        # What came while it was folded is not lost.
        with writing(store) as connection:
            journal.write(connection)
        refolding.finish(store, MORNING)
        again = Campus(turned)
        for observed in journal.replay(0):
            again.observe(observed)
        found = read_snapshot(store, layout_mark(turned))
        assert found is not None
        assert (found.campus, found.journal.position) == (again.state, 200)
        assert read_snapshot(store, layout_mark(layout)) is None
