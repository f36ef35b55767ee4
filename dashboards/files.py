"""Files that the starter names and the pages read: profiles, campus, receivers; none is written here."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where a hub's files are, as the dashboards were told; the same as the hub's and the courier's."""

    #: Holds hub.db.
    data: Path
    #: Folder of regime profiles.
    regime: Path
    #: The campus file, and what counts while it is not there.
    campus: tuple[Path, ...]
    #: Whom the courier can tell; None: there is no such file, so nobody is told but by the board.
    receivers: Path | None = None

    @property
    def campus_in_use(self) -> Path | None:
        """The campus file that counts now; None: there is none."""
        return next((one for one in self.campus if one.is_file()), None)
