"""Show the campus in Home Assistant: rooms, doors, alerts and treatments by MQTT discovery, read-only.

Off unless it is started. It speaks to the broker alone: writes below the discovery prefix and below
`home-assistant/` of the site, reads what the hub says to all. What leaves the campus file is taken back.
"""

import argparse
import logging
import queue
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct

from commandline.heart import Heart
from commandline.lifetime import log_to_stderr, stop_event
from hub.home_assistant.entities import Discovery, OurTopics
from hub.home_assistant.showing import Online, Showing
from hub.home_assistant.words import Language
from hub.layout import Layout, read_layout
from protocol.broker import BrokerConfig, Publication, Session
from protocol.clock import SystemClock
from protocol.config import read_struct
from protocol.errors import ConfigError
from protocol.quantities import Duration
from protocol.topics import Topics

log = logging.getLogger(__name__)
#: How often what has changed is looked at, seconds; and the campus file.
STEP_S = 0.2
FILE_EVERY_S = 2.0
#: A take-back that the broker has not answered by then has failed, seconds.
TAKE_BACK_S = 15.0


class HomeAssistantConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one campus is shown."""

    #: The campus file that the hub works by, for names and doors; looked at again when it changes.
    campus: str
    broker: BrokerConfig
    #: Where Home Assistant looks for discovery messages.
    prefix: Annotated[str, Meta(pattern="^[a-zA-Z0-9_-]+(/[a-zA-Z0-9_-]+)*$", max_length=80)] = (
        "homeassistant"
    )
    language: Language = "kk"
    #: As in hub.toml: a door's light older than this is nobody's word any more.
    allowance_valid: Duration = Duration("60s")


class _Heard(NamedTuple):
    """A message, or None: the broker has just accepted us."""

    topic: str
    payload: bytes
    retained: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `kuzet home-assistant run`."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="home-assistant.toml")
    parser.add_argument(
        "--take-back", action="store_true", help="remove everything from Home Assistant, then end"
    )


def run(args: argparse.Namespace) -> int:
    """Show until SIGTERM, or take everything back and end."""
    log_to_stderr("home-assistant")
    config = read_struct(args.config, HomeAssistantConfig)
    copy = _Copy(config, leaves_word=not args.take_back)
    if args.take_back:
        return copy.take_back()
    copy.run()
    return 0


class _Copy:
    """The graph of the process, and its one loop."""

    def __init__(self, config: HomeAssistantConfig, *, leaves_word: bool) -> None:
        self._config, self._path = config, Path(config.campus)
        self._stop = stop_event()
        self._clock = SystemClock()
        self._heard: queue.SimpleQueue[_Heard | None] = queue.SimpleQueue()
        layout = read_layout(self._path)
        self._stamp = _stamp(self._path)
        self._site = layout.site
        discovery = self._discovery(layout)
        self._status = OurTopics(layout.site).status
        self._session = Session(
            config.broker,
            on_message=lambda *heard: self._heard.put(_Heard(*heard)),
            on_connected=lambda: self._heard.put(None),
            subscriptions=(Topics(layout.site).alert("+"), *discovery.patterns),
            # Who takes everything back must not leave a last word behind.
            will=self._goodbye() if leaves_word else None,
        )
        self._showing = Showing(self._session, self._clock, layout, discovery)

    def run(self) -> None:
        self._session.start()
        next_look = self._clock.monotonic() + FILE_EVERY_S
        heart = Heart(self._clock)
        while not self._stop.wait(STEP_S):
            if self._clock.monotonic() >= next_look:
                self._look_at_campus()
                next_look = self._clock.monotonic() + FILE_EVERY_S
            self._step()
            heart.beat()
        heart.ends()
        self._session.stop(self._goodbye())

    def take_back(self) -> int:
        self._showing.take_back()
        self._session.start()
        self._session.wait_connected(TAKE_BACK_S)
        deadline = self._clock.monotonic() + TAKE_BACK_S
        while self._step() and self._clock.monotonic() < deadline:
            self._stop.wait(STEP_S)
        # Our own word goes last, so that nothing is shown as there.
        self._session.stop(Publication(topic=self._status, payload=b"", retain=True))
        return 0

    def _step(self) -> int:
        while not self._heard.empty():
            heard = self._heard.get()
            if heard is None:
                self._showing.connected()
            else:
                self._showing.hear(*heard)
        return self._showing.step()

    def _look_at_campus(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            layout = read_layout(self._path)
        except ConfigError as error:
            log.warning("campus=illegal fault=%s; shown as before", error.faults[0])
            return
        if layout.site != self._site:
            log.warning("campus=another site=%s; start this anew", layout.site)
            return
        self._showing.show(layout, self._discovery(layout))
        log.info("campus=new")

    def _discovery(self, layout: Layout) -> Discovery:
        return Discovery(
            layout,
            prefix=self._config.prefix,
            language=self._config.language,
            valid_s=self._config.allowance_valid.seconds,
            version=version("kuzet"),
        )

    def _goodbye(self) -> Publication:
        payload = msgspec.json.encode(Online(state="lost"))
        return Publication(topic=self._status, payload=payload, retain=True)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
