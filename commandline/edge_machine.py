"""A node's machine in; what is wrong with its outbox, supply, clock and kernel out. Changes nothing."""

import os
import pwd
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from commandline.edge_bench import Bench, is_root
from edge.calibration import checked
from edge.channels import Air, Channel, Door, Post
from edge.config import NodeConfig
from edge.life.health import Machine
from edge.outbox.file import APPLICATION_ID, LAYOUT
from protocol.events import ClockState

#: The outbox at its quota takes some 120 MB; with less the disk is full before the quota is, MB.
LEAST_FREE_MB = 150.0
#: A black body is looked at twice a year; a sensor drifts slowly, its lens gets dirty sooner.
CHECK_AFTER = timedelta(days=182)
#: An outbox whose node was killed is examined as a copy, unless it is larger, bytes.
MOST_COPIED = 32_000_000
#: File systems that a power cut empties.
_IN_MEMORY = ("tmpfs", "ramfs")
#: What of an outbox its node must be able to write.
_PARTS = ("", "-wal", "-journal")
#: Of a kernel that leaves outputs as they were when their process dies (raspberrypi/linux#6117, #6150).
_DRIVERS = ("pinctrl_bcm2835", "pinctrl_rp1")
_YES = ("Y", "1")
#: The channels that are calibrated: what they are when nobody did, the job, and whether it is done again.
_JOBS: dict[type[Channel], tuple[str, str, bool]] = {
    Door: ("never walked", "door", False),
    Post: ("never looked at a black body", "post", True),
    Air: ("never checked in fresh air", "co2", True),
}


def look_at_machine(config: NodeConfig, bench: Bench, faults: list[str], notes: list[str]) -> bool:
    """Add to `faults` and `notes`; whether a node is running with this file now."""
    outbox = Path(config.outbox)
    machine = Machine(bench.root, outbox.parent)
    is_running = False
    wrong = path_fault(config.outbox) or _folder_fault(outbox.parent)
    if wrong:
        faults.append(wrong)
    else:
        kind = _file_system(bench.root, outbox.parent)
        if kind in _IN_MEMORY:
            faults.append(
                f"$.outbox: {outbox.parent} is in memory ({kind}), and a power cut takes what was not sent: "
                "give `outbox` a folder on a disk, such as /var/lib/kuzet"
            )
        is_running = _look_at_file(outbox, faults, notes)
        free_mb = machine.disk_free_mb()
        if free_mb is not None and free_mb < LEAST_FREE_MB:
            faults.append(
                f"$.outbox: {free_mb:.0f} MB are free in {outbox.parent}, an outbox may grow to "
                f"{LEAST_FREE_MB:.0f}; make room, or give `outbox` a larger disk"
            )
        now = bench.clock.now()
        notes += [note for channel in config.channels() if (note := _note_of_check(outbox, channel, now))]
    faults += [
        f"supply: {word}; use the supply made for this Pi and a short cable"
        for word in machine.power()
        if word.startswith("under-voltage")
    ]
    if config.lamps and keeps_outputs(bench.root):
        faults.append(
            "$.lamps: this kernel leaves a relay on when the node is killed; add `dtparam=strict_gpiod` to "
            "/boot/firmware/config.txt (firmware_config/boot/config.txt has it) and restart"
        )
    if machine.clock_state() is ClockState.ESTIMATED:
        notes.append("clock: not yet set by a time service; events are marked `estimated` until it is")
    return is_running


def path_fault(outbox: str) -> str | None:
    """Why this can be no file anywhere."""
    if not outbox.strip() or "\0" in outbox:
        return "$.outbox: names no file; write one, such as /var/lib/kuzet/outbox.sqlite"
    if not Path(outbox).name:
        return f"$.outbox: {outbox} is a folder; name a file in it, such as outbox.sqlite"
    return None


def why_in_use(outbox: str) -> str | None:
    """Why no other command may use the hardware: a node is running with this outbox, or nobody can tell."""
    wrong = path_fault(outbox)
    if wrong:
        return wrong
    path = Path(outbox)
    try:
        is_running = is_open_elsewhere(path)
    except (OSError, sqlite3.Error):
        return f"{_not_ours(path)}, so it is not known whether a node is running"
    return "a node is running with it: `sudo systemctl stop kuzet-edge` first" if is_running else None


def is_open_elsewhere(outbox: Path) -> bool:
    """Whether another process has this outbox open. Raises OSError or sqlite3.Error where nobody can tell.

    Makes nothing: a file of root's would stop the node.
    """
    if not outbox.is_file():
        return False
    with closing(sqlite3.connect(f"{outbox.absolute().as_uri()}?mode=ro", uri=True, timeout=0.0)) as database:
        try:
            # With it SQLite makes no -shm and no -wal beside the file; it gets as far as the node's lock.
            database.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            code = error.sqlite_errorcode & 0xFF
            if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
                raise
            return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return False


def keeps_outputs(root: Path) -> bool:
    """Whether the kernel is known to leave outputs as they are when their process ends."""
    for driver in _DRIVERS:
        parameters = root / "sys/module" / driver / "parameters"
        for name, keeps in (("persist_gpio_outputs", True), ("strict_gpiod", False)):
            try:
                is_set = (parameters / name).read_text(encoding="ascii").strip() in _YES
            except (OSError, UnicodeDecodeError):
                continue
            return is_set == keeps
    return False


# -- the outbox, looked at as the node does


def _folder_fault(folder: Path) -> str | None:
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except PermissionError:
        return _not_ours(folder)
    except OSError:
        is_folder = False
    if not is_folder:
        return f"$.outbox: the folder {folder} is not there; make it, owned by the node's user"
    if not _may(folder, os.W_OK | os.X_OK):
        return (
            f"$.outbox: the folder {folder} may not be written by `{_name(os.geteuid())}`, it belongs to "
            f"`{_owner(folder)}`: {_as_user(folder)}"
        )
    return None


def _look_at_file(outbox: Path, faults: list[str], notes: list[str]) -> bool:
    """Add to `faults` and `notes`; whether another process has it open."""
    try:
        found = outbox.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        faults.append(f"$.outbox: {outbox}: {error.strerror or error}")
        return False
    if stat.S_ISDIR(found.st_mode):
        faults.append(f"$.outbox: {outbox} is a folder; name a file in it, such as outbox.sqlite")
        return False
    if not stat.S_ISREG(found.st_mode):
        faults.append(f"$.outbox: {outbox} is no regular file; give `outbox` another path")
        return False
    parts = [outbox.with_name(outbox.name + end) for end in _PARTS]
    locked = [part for part in parts if part.exists() and not _may(part, os.R_OK | os.W_OK)]
    if locked:
        faults.append(_not_ours(locked[0]))
        return False
    if is_root() and outbox.parent.stat().st_uid:
        faults += [_left_by_root(part) for part in parts if part.exists() and not part.stat().st_uid]
    try:
        if is_open_elsewhere(outbox):
            return True
        fault = _content_fault(outbox, notes)
    except (OSError, sqlite3.Error) as error:
        fault = f"cannot be read: {error}; check the disk, the folder and its rights"
    if fault:
        faults.append(f"$.outbox: {outbox} {fault}")
    return False


def _content_fault(outbox: Path, notes: list[str]) -> str | None:
    journal = outbox.with_name(f"{outbox.name}-wal")
    if not journal.exists() or not journal.stat().st_size:
        # Immutable: no lock, and nothing is made beside the file.
        return _examine(f"{outbox.absolute().as_uri()}?mode=ro&immutable=1")
    # A node was killed: its journal belongs to the file, and SQLite reads the two only where it may write.
    if outbox.stat().st_size + journal.stat().st_size > MOST_COPIED:
        notes.append("outbox: the node was killed; it examines its file itself when it starts")
        return None
    with tempfile.TemporaryDirectory(prefix="kuzet-check-") as folder:
        copy = Path(folder) / "outbox"
        shutil.copyfile(outbox, copy)
        shutil.copyfile(journal, copy.with_name("outbox-wal"))
        return _examine(copy.as_uri())


def _examine(uri: str) -> str | None:
    with closing(sqlite3.connect(uri, uri=True)) as database:
        try:
            application = database.execute("PRAGMA application_id").fetchone()[0]
            layout = database.execute("PRAGMA user_version").fetchone()[0]
            tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if (application, layout, tables) == (0, 0, 0):
                return None
            if application != APPLICATION_ID:
                return "is a database of something else; give `outbox` another path"
            if layout > LAYOUT:
                return f"has layout {layout}, this kuzet knows {LAYOUT}; install a newer one"
            found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found == "ok":
                row = database.execute("SELECT newest_seq FROM outbox").fetchone()
                newest = database.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0]
                is_whole = row is not None and newest <= row[0]
                found = "ok" if is_whole else "the rows and the newest number given out disagree"
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found == "ok":
        return None
    return (
        f"is no outbox, or damaged ({' '.join(found.split())}): a node would move it aside and begin a new "
        "one; keep it, what it holds was not sent, and look at the disk"
    )


def _file_system(root: Path, folder: Path) -> str:
    """The kind of file system a folder is on, or nothing where the kernel does not say."""
    try:
        mounts = (root / "proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
        there = folder.resolve()
    except OSError:
        return ""
    best, kind = -1, ""
    for words in (line.split() for line in mounts):
        point = Path(words[1].replace("\\040", " ")) if len(words) > 2 else None
        if point is not None and there.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), words[2]
    return kind


def _not_ours(path: Path) -> str:
    return (
        f"$.outbox: {path} may not be read and written by `{_name(os.geteuid())}`, it belongs to "
        f"`{_owner(path)}`: {_as_user(path)}"
    )


def _as_user(path: Path) -> str:
    return f"run as the node's user, `sudo -u kuzet …`; if that is who you are, `sudo chown kuzet: {path}`"


def _left_by_root(path: Path) -> str:
    return (
        f"$.outbox: {path} belongs to root and its folder to `{_owner(path.parent)}`, as "
        f"`sudo kuzet edge run` leaves it: `sudo chown --reference={path.parent} {path}`"
    )


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _owner(path: Path) -> str:
    try:
        return _name(path.stat().st_uid)
    except OSError:
        return "another user"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


# -- calibrations


def _note_of_check(outbox: Path, channel: Channel, now: datetime) -> str | None:
    job = _JOBS.get(type(channel))
    if job is None:
        return None
    never, word, is_repeated = job
    how = f"`kuzet edge calibrate {word} FILE {channel.channel}`"
    last = checked.last(outbox, channel.channel)
    if last is None:
        return f"`{channel.channel}`: {never}: {how}"
    is_old = is_repeated and now - last.at > CHECK_AFTER
    again = f"; do it again: {how}" if not last.passed else ""
    again = "; it is time to check it again" if is_old else again
    result = "passed" if last.passed else "failed"
    return f"`{channel.channel}`: last checked {last.at:%Y-%m-%d}, {result}: {last.summary}{again}"
