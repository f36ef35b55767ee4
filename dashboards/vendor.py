"""Fetches the browser packages that `static/vendor.toml` names, checks their sums, and writes their files.

Run by hand: `python -m dashboards.vendor`. Needs the npm client; what it writes is committed.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

ROOT = Path(__file__).parents[1]
LIST = ROOT / "dashboards/static/vendor.toml"
#: The sums of every file written, by its path below the root.
LOCK = ROOT / "dashboards/static/vendor.lock.json"


class Package(Struct, frozen=True, forbid_unknown_fields=True):
    """One package: what of it is wanted, and where it is kept."""

    name: str
    version: str
    #: As the registry states it: `sha512-` and base64 of the whole archive.
    integrity: str
    to: str
    files: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Where its files are kept, below the root."""
        return f"{self.to}/{self.name}@{self.version}"


class _List(Struct, frozen=True, forbid_unknown_fields=True):
    package: tuple[Package, ...]


class VendorError(Exception):
    """A package that cannot be taken."""


def packages() -> tuple[Package, ...]:
    """The packages that are wanted."""
    return msgspec.toml.decode(LIST.read_bytes(), type=_List).package


def sum_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unpack(archive: Path, package: Package, root: Path) -> dict[str, str]:
    """Write the wanted files of an archive below `root`; returns their sums by path.

    Raises VendorError when the archive is another one, or a file is not in it.
    """
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.integrity:
        raise VendorError(
            f"{package.name}@{package.version}: expected {package.integrity}, got {found}; "
            "was another version packed, or was it changed on its way?"
        )
    sums: dict[str, str] = {}
    with tarfile.open(archive) as tar:
        for name in package.files:
            try:
                member = tar.extractfile(f"package/{name}")
            except KeyError:
                member = None
            if member is None:
                raise VendorError(f"{package.name}@{package.version}: has no file `{name}`")
            path = f"{package.folder}/{Path(name).name}"
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(member.read())
            sums[path] = sum_of(root / path)
    return sums


def main() -> int:
    """Fetch everything anew; 0 when all of it is what it should be."""
    sums: dict[str, str] = {}
    try:
        for package in packages():
            with tempfile.TemporaryDirectory() as folder:
                name = f"{package.name}@{package.version}"
                subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True)
                archive = next(Path(folder).glob("*.tgz"))
                sums |= unpack(archive, package, ROOT)
            print(f"{package.folder}: {len(package.files)} files")
    except (VendorError, subprocess.CalledProcessError, FileNotFoundError) as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 1
    LOCK.write_text(json.dumps(dict(sorted(sums.items())), indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
