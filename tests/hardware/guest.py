"""A command in, run in a User Mode Linux guest whose root is this machine's, read-only; its status out."""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
#: Memory of a guest, megabytes: Python twice and a broker; and an outbox may fill half of it, in /run.
MEMORY_MB = 640
#: After being asked to end, until it is killed, seconds.
END_S = 5.0
#: Lines of the guest's kernel that are told when it died.
TOLD = 15


class GuestError(Exception):
    """The guest could not be built, or it died or did not end; what to look at is said."""


def build_kernel() -> Path:
    """The guest kernel, built now unless it is in the cache. Raises GuestError."""
    built = subprocess.run([HERE / "build-kernel.sh"], stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode != 0:
        raise GuestError("the guest kernel could not be built, see above")
    return Path(built.stdout.strip())


class Guest:
    """A guest kernel, its root this machine's; `share` is a folder both see, /run/share inside."""

    def __init__(self, kernel: Path, share: Path, *, virtual_time: bool = True, place: int = 0) -> None:
        """`virtual_time`: time passes only while everybody inside waits, so sleeping costs nothing and a busy
        machine changes nothing. `place`: guests of different places run on different processors, if there
        are so many. `share` must have a path that needs no quoting."""
        if shlex.quote(str(share)) != str(share):
            raise GuestError(f"{share}: the kernel's command line takes no such path; share another folder")
        self._kernel = kernel
        self._share = share
        self._virtual_time = virtual_time
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], output: IO[bytes] | None = None
    ) -> None:
        """Boot and begin `command` in this folder; what it prints goes to `output`, or to our own."""
        exports = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
        (self._share / "command").write_text(
            "\n".join([*exports, f"cd {shlex.quote(str(Path.cwd()))}", f"exec {shlex.join(command)}", ""])
        )
        (self._share / "status").unlink(missing_ok=True)
        shutil.copy(HERE / "guest-init.sh", self._share / "init")
        words = [
            *(f"mem={MEMORY_MB}M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"),
            *(
                "con=null",
                "con0=null,fd:2",
                "con1=null,fd:1",
                "ssl=null",
                "panic=-1",
                f"uml_dir={self._share}/",
                "umid=guest",
            ),
            *(f"init={self._share}/init", f"KUZET_HIL_SHARE={self._share}"),
            *(("time-travel=inf-cpu",) if self._virtual_time else ()),
        ]
        with self._kernel_log.open("wb") as log:
            # A session of its own: the guest's processes are processes of this machine, and end with it.
            self._process = subprocess.Popen(
                [self._kernel, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
            )
        # One processor, for a guest has no more: each system call in it goes to and fro between two processes
        # of this machine, four times as fast on one (measured: 15 µs for 59).
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(self._process.pid, {processors[self._place % len(processors)]})

    def wait(self, deadline_s: float) -> int:
        """The command's exit status. Raises GuestError when it is not known `deadline_s` from now."""
        if self._process is None:
            raise GuestError("the guest was not started")
        try:
            self._process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.stop()
            raise GuestError(f"the guest did not end within {deadline_s:g} s and was ended") from None
        try:
            return int((self._share / "status").read_text())
        except (OSError, ValueError):
            said = self._kernel_log.read_text(errors="replace").splitlines()[-TOLD:]
            raise GuestError("\n".join(["the guest died; its kernel said last:", *said])) from None

    def stop(self) -> None:
        """End it and every process of it, at once; harmless when it has ended."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            # Nobody else is in this session: it is the one begun in `start`.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def _kernel_log(self) -> Path:
        return self._share / "kernel.log"
