"""What of a campus lies outside its data folder, by the names it has in a copy; and where copies are."""

from pathlib import Path

from commandline.data_folder import campus_file
from hub.backup.shelf import Shelf
from hub.enrolment.safekeeping import clear_of_authorities
from hub.layout import Layout, read_layout

#: Where copies are, in the data folder, when nothing else is said.
BACKUPS = "backups"


def files_of(campus: Path, regime: Path, others: list[Path]) -> dict[str, Path]:
    """The campus file, its timetables, the regime's profiles and other files or folders.

    Raises OSError, and ValueError where the authority's key is among them.
    """
    layout = read_layout(campus)
    files = {"campus.toml": campus}
    for name in layout.timetables:
        files[f"timetables/{Path(name).name}"] = campus.parent / name
    for path in sorted(regime.glob("*.toml")):
        files[f"regime/{path.name}"] = path
    for other in others:
        if other.is_dir():
            inside = [path for path in sorted(other.rglob("*")) if path.is_file() and not path.is_symlink()]
            files.update({f"others/{other.name}/{path.relative_to(other)}": path for path in inside})
        else:
            files[f"others/{other.name}"] = other
    clear_of_authorities(files.values())
    for path in files.values():
        if not path.is_file():
            raise FileNotFoundError(f"{path}: is not there; a copy without it would not be the whole campus")
    return files


def layout_of(campus: Path | None, data: Path) -> tuple[Path, Layout]:
    """The campus file in use and what it says."""
    path = campus_file(campus, data).in_use
    return path, read_layout(path)


def shelf_of(data: Path, folder: Path | None, site: str) -> Shelf:
    """Where a hub's copies are."""
    return Shelf(folder or data / BACKUPS, site)
