"""The unmodified `kuzet edge run` as a child process, with a node file of one door and one post."""

import sys
import time
from pathlib import Path

from simulator.walkers import INNER, OUTER
from tests.hardware.inside.hub import PlayedHub
from tests.servers import ServerProcess

SITE, NODE, DOOR, POST = "hil", "entrance-a", "main", "thermometer"
BEAM_PINS = {OUTER: 17, INNER: 27}
LAMP_PINS = {"red": 5, "amber": 6, "green": 13}
KUZET = Path(sys.executable).with_name("kuzet")

#: A thread that is woken more often than this, per second, is lgpio's; looked at for so many seconds.
BUSY_HZ = 500.0
CALM_LOOK_S = 0.2
SLACK_NS = 5_000_000
#: Written as slack it gives the thread what it began with.
DEFAULT_SLACK = "0"


def write_node_file(file: Path, port: int, *, driver: str = "thermometer") -> None:
    """A node of one door with a light, and one post on bus 1; its broker is at `port` of this machine."""
    beams = f"outer_pin = {BEAM_PINS[OUTER]}, inner_pin = {BEAM_PINS[INNER]}"
    lamps = ", ".join(f"{name}_pin = {pin}" for name, pin in LAMP_PINS.items())
    file.write_text(
        f"""
        site = "{SITE}"
        node = "{NODE}"
        outbox = "{file.parent}/outbox.sqlite"
        pins = "lgpio"
        health_every = "10s"
        broker = {{ host = "127.0.0.1", port = {port} }}
        [[doors]]
        channel = "{DOOR}"
        spacing_m = 0.10
        beams = {{ {beams} }}
        light = {{ {lamps} }}
        [[posts]]
        channel = "{POST}"
        driver = "{driver}"
        thermometer = {{ bus = 1, address = 0x5A }}
        """,
        encoding="utf-8",
    )


class Edge(ServerProcess):
    """The process. It answers when the hub has heard its hello."""

    name = "edge"

    def __init__(self, file: Path, hub: PlayedHub) -> None:
        super().__init__(str(KUZET), file.parent)
        self.file = file
        self._hub = hub
        self._greeted = 0
        self._slackened: list[str] = []

    def command(self) -> list[str]:
        """As the service has it."""
        self._greeted = len(self._hub.hellos)
        return [self._program, "edge", "run", "--config", str(self.file)]

    def probe(self) -> None:
        """Not yet there until a hello has come that was not there before."""
        if len(self._hub.hellos) <= self._greeted:
            raise OSError("no hello yet")

    def start(self) -> None:
        """Start it, wait for its hello, and slow lgpio's poll down."""
        super().start()
        self._calm_lgpio()

    def stop(self) -> None:
        """Ask it to end. lgpio has its own slack again: it lets go of a line before it is taken anew."""
        for thread in self._slackened if self.is_running else ():
            Path(f"/proc/{thread}/timerslack_ns").write_text(DEFAULT_SLACK)
        time.sleep(2 * SLACK_NS / 1e9)
        super().stop()

    @property
    def said(self) -> str:
        """What it wrote to its log."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def rss_mb(self) -> float:
        """Memory it holds now."""
        pages = Path(f"/proc/{self._pid}/statm").read_text().split()
        return int(pages[1]) * 4096 / 1e6

    def open_files(self) -> int:
        """Descriptors it holds now."""
        return len(list(Path(f"/proc/{self._pid}/fd").iterdir()))

    def kept_bytes(self) -> int:
        """What the outbox has on the disk, its write-ahead log included."""
        return sum(path.stat().st_size for path in self.file.parent.glob("outbox.sqlite*"))

    def _calm_lgpio(self) -> None:
        """lgpio's thread asks its descriptors every 0.5 ms, edges or none: nine tenths of all that happens in
        a guest. With more slack its time-out comes later; an edge still wakes it at once, and is passed on at
        that time-out, well before the node's decoder moves on (20 ms). No other thread is touched."""
        before = self._wakings()
        time.sleep(CALM_LOOK_S)
        self._slackened = [
            thread
            for thread, wakings in self._wakings().items()
            if wakings - before.get(thread, wakings) > CALM_LOOK_S * BUSY_HZ
        ]
        for thread in self._slackened:
            Path(f"/proc/{thread}/timerslack_ns").write_text(str(SLACK_NS))

    def _wakings(self) -> dict[str, int]:
        """How often each thread has been woken."""
        found = {}
        for thread in Path(f"/proc/{self._pid}/task").iterdir():
            lines = (thread / "status").read_text().splitlines()
            found[thread.name] = next(
                int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:")
            )
        return found

    @property
    def _pid(self) -> int:
        assert self._process is not None, "the node is not running"
        return self._process.pid
