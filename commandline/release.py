"""Which software this is: the version, and the commit where a release of the playbook says it."""

from importlib.metadata import version
from pathlib import Path

#: Written beside the code when a release is installed.
RELEASE = Path(__file__).resolve().parent.parent / "RELEASE"


def software(release: Path = RELEASE) -> str:
    """`kuzet 0.1.0`, or `kuzet 0.1.0 1234567890ab`."""
    try:
        commit = release.read_text(encoding="ascii").strip()[:40]
    except OSError:
        commit = ""
    return f"kuzet {version('kuzet')} {commit}".rstrip()
