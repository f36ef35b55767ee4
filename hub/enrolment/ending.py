"""Ends the sessions of certificates that have ended: mosquitto looks at them only when somebody connects.

Works on the authority's folder as it is found, and writes nothing there: who runs the broker only reads it.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from hub.enrolment import place as places
from hub.enrolment import register as registers
from hub.enrolment.authority import Authority
from hub.enrolment.office import CERTIFICATE, KEY, Paper, throwing_paper
from hub.enrolment.throwing import throw_off
from hub.errors import EnrolmentError
from protocol.certificates import Role

log = logging.getLogger(__name__)
#: Between two looks, seconds. The promise is a minute, as for what was taken back.
EVERY_S = 5.0


class SessionEnder:
    """Beside a running broker."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        """`folder`: the authority's. What ended before now had no session here: the broker has just begun."""
        self._folder = folder
        self._now = now
        self._looked = now()
        #: Whose certificate has ended and whose session may live on.
        self._waiting: set[str] = set()

    def start(self, stop: threading.Event) -> None:
        """Look again and again, in a thread of its own."""
        threading.Thread(target=self._run, args=(stop,), name="endings", daemon=True).start()

    def look(self) -> list[str]:
        """One look; whose sessions were ended. What fails is tried again at the next."""
        register, now = registers.load(self._folder), self._now()
        for one in register.issued:
            # What was taken back was thrown off then. Whoever holds another good one comes back at once.
            is_over = self._looked < one.ends <= now and one.revoked is None
            if is_over and one.role is not Role.BROKER:
                self._waiting.add(one.name)
        self._looked = now
        ended = []
        for name in sorted(self._waiting):
            try:
                self._end(register.site, name)
            except (EnrolmentError, OSError) as error:
                log.warning("session=may-live-on of=%s why=%s", name, error)
                continue
            self._waiting.discard(name)
            ended.append(name)
            log.warning("ended=%s why='its certificate has ended'", name)
        return ended

    def _end(self, site: str, name: str) -> None:
        pems = [(self._folder / file).read_bytes() for file in (CERTIFICATE, KEY)]
        paper: Paper = throwing_paper(Authority.load(*pems), site, name, self._now())
        throw_off(places.load(self._folder), site, name, paper, take_words=False)

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY_S):
            try:
                self.look()
            except (EnrolmentError, OSError) as error:
                log.warning("register=unreadable why=%s", error)
