"""An inspector's export in, what does not fit out: sums of the manifest, and the chain of the audit log."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from dashboards.report.export import AUDIT, MANIFEST
from hub.store.audit import FIRST, Entry, Head, seal

#: Nothing of ours unpacks to more, bytes.
_LARGEST = 1_000_000_000
#: What a damaged archive is met with.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Checked(NamedTuple):
    """What a look at an export found."""

    #: One line a fault; empty: it is whole.
    faults: tuple[str, ...]
    manifest_sha256: str
    head: Head
    entries: int


def check_export(body: bytes, noted_manifest: str | None = None, noted: Head | None = None) -> Checked:
    """Look through an export. `noted_…` are what was written down elsewhere when it was made."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        if sum(one.file_size for one in archive.infolist()) > _LARGEST:
            return _refused("unpacks to more than 1 GB: it is none of ours")
        names = archive.namelist()
        files = {name: archive.read(name) for name in names}
    except _UNREADABLE as error:
        return _refused(f"is no ZIP that can be read ({error})")
    if len(files) != len(names):
        return _refused("holds a name twice")
    if MANIFEST not in files:
        return _refused(f"has no {MANIFEST}")
    sha = hashlib.sha256(files[MANIFEST]).hexdigest()
    try:
        manifest = json.loads(files[MANIFEST])
        sums = dict(manifest["files"])
        head = Head(int(manifest["audit_head"]["id"]), str(manifest["audit_head"]["hash"]))
    except (ValueError, KeyError, TypeError):
        return _refused(f"{MANIFEST} cannot be read")
    faults = list(_sums(files, sums))
    if noted_manifest is not None and noted_manifest != sha:
        faults.append(f"{MANIFEST}: is not the one that was noted")
    entries, chain = _chain(files.get(AUDIT, b""), head)
    faults += chain
    if noted is not None and noted not in [Head(one.id, one.hash) for one in entries]:
        faults.append(f"{AUDIT}: does not hold the head that was noted, {noted.id}:{noted.hash[:12]}…")
    return Checked(tuple(faults), sha, head, len(entries))


def _sums(files: dict[str, bytes], sums: dict[str, Any]) -> Iterator[str]:
    for name in sorted(sums.keys() - files.keys()):
        yield f"{name}: is missing"
    for name in sorted(files.keys() - sums.keys() - {MANIFEST}):
        yield f"{name}: is not in the manifest"
    for name in sorted(files.keys() & sums.keys()):
        if hashlib.sha256(files[name]).hexdigest() != sums[name]:
            yield f"{name}: was changed: its SHA-256 is not that of the manifest"


def _chain(body: bytes, head: Head) -> tuple[list[Entry], list[str]]:
    entries: list[Entry] = []
    for number, line in enumerate(body.splitlines(), 1):
        try:
            entries.append(Entry(**json.loads(line)))
        except (ValueError, TypeError):
            return entries, [f"{AUDIT}: line {number} is no entry"]
    faults: list[str] = []
    last = Head(0, FIRST)
    for entry in entries:
        if entry.id != last.id + 1 or entry.prev_hash != last.hash:
            faults.append(f"{AUDIT}: entry {entry.id} does not follow {last.id}")
        elif seal(entry).hash != entry.hash:
            faults.append(f"{AUDIT}: entry {entry.id} was changed: its hash is of other words")
        last = Head(entry.id, entry.hash)
    if last != head:
        faults.append(f"{AUDIT}: ends at {last.id}, the manifest says {head.id}: it was cut off or changed")
    return entries, faults


def _refused(what: str) -> Checked:
    return Checked((what,), "", Head(0, FIRST), 0)
