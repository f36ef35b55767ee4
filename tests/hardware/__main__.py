"""Run the hardware tests: build the guest kernel or take it from the cache, and run pytest in guests."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.hardware.guest import Guest, GuestError, build_kernel

INSIDE = Path(__file__).parent / "inside"
PROJECT = INSIDE.parents[2]
DAY = INSIDE / "test_day.py"
#: The long day beside all the others: two guests, as each has one processor.
ALL: Sequence[Sequence[str]] = ((f"--ignore={DAY}", str(INSIDE)), (str(DAY),))
HOURS = "KUZET_HIL_HOURS"


def main() -> int:
    """Give the worst of pytest's exit statuses, or 1 when a guest failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.hardware", description=__doc__)
    parser.add_argument(
        "--real-time",
        action="store_true",
        help="time passes as outside; unless given it passes only while everybody waits",
    )
    parser.add_argument(
        "--deadline", type=float, default=900.0, metavar="SECONDS", help="of the whole run, real time"
    )
    parser.add_argument("pytest", nargs="*", help="for pytest, after --; all tests inside if nothing")
    args = parser.parse_args()
    try:
        kernel = build_kernel()
        return run(kernel, [args.pytest] if args.pytest else ALL, args.deadline, not args.real_time)
    except GuestError as error:
        print(error, file=sys.stderr)
        return 1


def run(kernel: Path, runs: Sequence[Sequence[str]], deadline_s: float, virtual_time: bool) -> int:
    """One guest for each run of pytest, all at once; the first talks at once, the others in their turn."""
    began_s = time.monotonic()
    statuses = []
    with ExitStack() as stack:
        guests = []
        for place, words in enumerate(runs):
            share = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kuzet-hil-")))
            guest = Guest(kernel, share, virtual_time=virtual_time, place=place)
            stack.callback(guest.stop)
            said = stack.enter_context((share / "said").open("w+b")) if place else None
            guest.start(_pytest(words), _environment(), said)
            guests.append((guest, said))
        for guest, said in guests:
            try:
                statuses.append(guest.wait(began_s + deadline_s - time.monotonic()))
            finally:
                if said is not None:
                    said.seek(0)
                    print(said.read().decode(errors="replace"), flush=True)
    print(f"hardware tests: {time.monotonic() - began_s:.0f} s", file=sys.stderr)
    return max(statuses)


def _pytest(wanted: Sequence[str]) -> list[str]:
    # Minutes of a virtual clock say nothing about a test that hangs: --deadline does.
    plain = ["-p", "no:cacheprovider", "--timeout=0", "--basetemp=/run/pytest"]
    return [sys.executable, "-m", "pytest", *plain, *wanted]


def _environment() -> dict[str, str]:
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TMPDIR": "/run",
        # lgpio leaves a pipe in its working directory, and the root is read-only.
        "LG_WD": "/run",
        # This tree, wherever else one is installed.
        "PYTHONPATH": str(PROJECT),
        "PYTHONDONTWRITEBYTECODE": "1",
        # A server that is not installed is a failure, not a skip: nobody would look inside.
        "CI": "true",
        **({HOURS: os.environ[HOURS]} if HOURS in os.environ else {}),
    }


if __name__ == "__main__":
    sys.exit(main())
