"""Work in a process of its own: its answer, its progress, its deadline, and how many there may be."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboards.serving.jobs import KEPT, Job, Jobs, TooMany
from protocol.clock import SystemClock

#: Says how far it is, and goes on until a file of this name is there.
FOREVER = """
import sys, time
from pathlib import Path
print("progress 0.25", file=sys.stderr, flush=True)
while not Path({over!r}).exists():
    time.sleep(0.02)
"""


def python(code: str) -> Callable[[Path], list[str]]:
    return lambda _folder: [sys.executable, "-c", code]


def run(jobs: Jobs, code: str, deadline_s: float = 60.0, most: int = 1) -> Job:
    job = jobs.start("k", python(code), deadline_s=deadline_s, most=most)
    assert job.over.wait(120)
    return job


def test_answer_and_complaints_are_kept_and_the_folder_goes() -> None:
    job = run(Jobs(SystemClock()), "import sys; print('x'); print('y', file=sys.stderr)")
    assert (job.state, job.answer, job.log, job.progress) == ("done", b"x\n", "y\n", 1.0)
    assert not job.folder.exists()


def test_status_that_is_not_0_is_a_failure() -> None:
    assert run(Jobs(SystemClock()), "raise SystemExit(2)").state == "failed"


def test_late_job_is_killed_with_its_children() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    assert run(Jobs(SystemClock()), code, deadline_s=0.5).state == "late"


def test_progress_is_the_last_line_it_said(tmp_path: Path) -> None:
    jobs, over = Jobs(SystemClock()), tmp_path / "over"
    job = jobs.start("k", python(FOREVER.format(over=str(over))), deadline_s=60.0, most=1)
    while job.progress is None:
        job.over.wait(0.02)
    assert job.progress == 0.25
    over.touch()
    assert job.over.wait(60)
    assert job.progress == 1.0


def test_no_more_jobs_of_a_kind_than_may_be(tmp_path: Path) -> None:
    jobs, over = Jobs(SystemClock()), tmp_path / "over"
    first = jobs.start("k", python(FOREVER.format(over=str(over))), deadline_s=60.0, most=1)
    with pytest.raises(TooMany):
        jobs.start("k", python("pass"), deadline_s=60.0, most=1)
    over.touch()
    assert first.over.wait(60)
    assert run(jobs, "pass").state == "done"


def test_command_that_cannot_be_made_leaves_nothing() -> None:
    jobs, folders = Jobs(SystemClock()), list[Path]()

    def command(folder: Path) -> list[str]:
        folders.append(folder)
        raise OSError("no campus")

    with pytest.raises(OSError, match="no campus"):
        jobs.start("k", command, deadline_s=1.0, most=1)
    assert not folders[0].exists()
    assert jobs.newest("k") is None


def test_old_jobs_are_forgotten() -> None:
    jobs = Jobs(SystemClock())
    ids = [run(jobs, "pass").id for _ in range(KEPT + 2)]
    assert [jobs.find(id) is None for id in ids[:1]] == [True]
    assert jobs.find(ids[-1]) is not None
