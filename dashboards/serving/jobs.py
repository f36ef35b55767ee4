"""Work that takes its time: a process each, killed when late, asked about and never waited for."""

import os
import secrets
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from protocol.clock import Clock

#: Jobs that are over and still shown.
KEPT = 20
#: More than this in one answer is not read, bytes.
LONGEST_ANSWER = 8 * 1024 * 1024
#: What is kept of what a job complained of, letters.
LONGEST_LOG = 2000
#: Beside pages and calls a job stands back.
_NICE = 10


class TooMany(Exception):
    """As many jobs of this kind are under way as may be."""


@dataclass(slots=True, kw_only=True)
class Job:
    """One piece of work; `state` is `running`, `done`, `failed` or `late`."""

    id: str
    kind: str
    subject: str
    #: What it was started for, for the page that shows it.
    about: dict[str, Any]
    began_s: float
    deadline_s: float
    folder: Path
    state: str = "running"
    took_s: float = 0.0
    status: int | None = None
    answer: bytes = b""
    #: The end of what it said besides.
    log: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def progress(self) -> float | None:
        """How much is done, 0–1, from the last line `progress 0.42` it said; None: it has said nothing."""
        if self.state != "running":
            return 1.0
        with suppress(OSError, ValueError, IndexError):
            with (self.folder / "log").open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 200))
                last = [one for one in file.read().decode(errors="replace").splitlines() if one][-1]
            word, _, share = last.partition(" ")
            return min(1.0, max(0.0, float(share))) if word == "progress" else None
        return None


class Jobs:
    """The jobs of this process; they end with their deadline whether or not anybody looks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(
        self,
        kind: str,
        command: Callable[[Path], Sequence[str]],
        *,
        deadline_s: float,
        most: int,
        subject: str = "",
        about: dict[str, Any] | None = None,
        on_end: Callable[[Job], None] | None = None,
    ) -> Job:
        """Begin what `command` says, which may put files into the folder it is given.

        Raises TooMany when `most` of this kind are under way, and what `command` raises.
        """
        with self._lock:
            if sum(one.state == "running" and one.kind == kind for one in self._jobs.values()) >= most:
                raise TooMany(kind)
            folder = Path(mkdtemp(prefix="kuzet-job-"))
            try:
                words = list(command(folder))
                with (folder / "answer").open("wb") as answer, (folder / "log").open("wb") as log:
                    process = subprocess.Popen(
                        words, stdin=subprocess.DEVNULL, stdout=answer, stderr=log, process_group=0
                    )
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            job = Job(
                id=secrets.token_urlsafe(9),
                kind=kind,
                subject=subject,
                about=about or {},
                began_s=self._clock.monotonic(),
                deadline_s=deadline_s,
                folder=folder,
            )
            self._jobs[job.id] = job
            self._forget()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        watch = threading.Thread(target=self._watch, args=(job, process, on_end), name="job", daemon=True)
        watch.start()
        return job

    def find(self, id: str) -> Job | None:
        """The job of this id; None: there is none, or not any more."""
        return self._jobs.get(id)

    def newest(self, kind: str, subject: str | None = None) -> Job | None:
        """The job of a kind that was begun last, about a subject where one is named."""
        some = [one for one in self._jobs.values() if one.kind == kind and subject in (None, one.subject)]
        return max(some, key=lambda one: one.began_s, default=None)

    def _watch(
        self, job: Job, process: subprocess.Popen[bytes], on_end: Callable[[Job], None] | None
    ) -> None:
        is_late = False
        try:
            process.wait(job.deadline_s)
        except subprocess.TimeoutExpired:
            is_late = True
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with suppress(OSError), (job.folder / "answer").open("rb") as file:
            job.answer = file.read(LONGEST_ANSWER)
        with suppress(OSError):
            job.log = (job.folder / "log").read_bytes()[-LONGEST_LOG:].decode(errors="replace")
        job.status = process.returncode
        job.took_s = self._clock.monotonic() - job.began_s
        job.state = "late" if is_late else "done" if process.returncode == 0 else "failed"
        shutil.rmtree(job.folder, ignore_errors=True)
        try:
            if on_end is not None:
                on_end(job)
        finally:
            job.over.set()

    def _forget(self) -> None:
        over = sorted(
            (one for one in self._jobs.values() if one.state != "running"), key=lambda one: one.began_s
        )
        for one in over[: max(0, len(over) - KEPT)]:
            del self._jobs[one.id]
