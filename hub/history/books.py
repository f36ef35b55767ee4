"""Every book that is copied, of one folder and campus."""

from pathlib import Path

from hub.closing_days import OPEN_DAYS
from hub.history.alert_rows import AlertRows
from hub.history.node_slots import NodeSlots
from hub.history.points import Points
from hub.history.rows import JournalRows
from hub.history.samples import Samples
from hub.history.source import HubFile, Source
from hub.history.space_minutes import SpaceMinutes
from hub.layout import Layout

#: Late events correct minutes of the days that are open; once none can come any more they are written over.
CORRECTED_AFTER_MIN = (OPEN_DAYS + 1) * 1440


class Books:
    """The books of a folder; closed at the end."""

    def __init__(self, data: Path, layout: Layout) -> None:
        """Raises StoreError when there is no hub's file in `data`, or it cannot be read."""
        file = self._file = HubFile(data)
        journal = JournalRows(file, Points(layout))
        self._samples = Samples(file, data)
        self.sources: tuple[Source, ...] = (
            journal,
            AlertRows(file, layout.site),
            SpaceMinutes(file, layout),
            SpaceMinutes(file, layout, "spaces-corrected", CORRECTED_AFTER_MIN),
            NodeSlots(file, layout),
            self._samples,
        )

    def close(self) -> None:
        """Close what is written here."""
        self._samples.close()
        self._file.close()


def require_hub(data: Path) -> None:
    """Raises StoreError when there is no hub's file in `data`."""
    HubFile(data)
