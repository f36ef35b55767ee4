"""The channels by which people are told: how each fares, and a test of it on the courier's own path."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from flask import Blueprint, abort, redirect, render_template, url_for
from msgspec import Struct
from werkzeug.wrappers import Response

from dashboards.access.auditing import record
from dashboards.access.gate import ADMINISTERING, administering, reading, visitor
from dashboards.administration.campus_edits import layout
from dashboards.administration.channels import Channel, channel_states, missing_channels, read_channels
from dashboards.duty.handover import campus_time
from dashboards.services import services
from dashboards.serving.jobs import Job, TooMany
from dashboards.words.wording import ago, language
from hub.courier.outcomes import Health
from protocol.errors import ConfigError

blueprint = Blueprint("receivers", __name__)
#: Beside the receiver's own deadline: a Python with a library of gateways has to start, seconds.
START_S = 15.0
#: Tests under way at once.
MOST = 3
_KIND = "receiver-test"
#: While a test runs the page is asked for again so often, else so, seconds.
_EVERY_S, _RESTING_S = 1, 20


class Said(Struct, frozen=True, kw_only=True):
    """What a test said, as `kuzet courier test --json` prints it; no `outcome`: nothing legible."""

    outcome: str = ""
    status: int | None = None
    fault: str = ""
    id: str = ""
    took_s: float = 0.0


def show() -> str:
    """Every channel, what must be mended first."""
    here, campus = services(), layout()
    path = here.settings.files.receivers if here.settings.files else None
    outcomes = here.work.outcomes()
    health: list[Health] = [] if outcomes is None else outcomes.health()
    channels: list[Channel] = []
    faults: tuple[str, ...] = ()
    if path is not None:
        try:
            channels = read_channels(path)
        except ConfigError as error:
            faults = tuple(error.faults)
    tests = {one.id: here.jobs.newest(_KIND, one.id) for one in channels}
    is_testing = any(one is not None and one.state == "running" for one in tests.values())
    now = here.clock.now()
    return render_template(
        "receivers.html",
        path=path,
        faults=faults,
        states=channel_states(channels, health, campus),
        missing=missing_channels(channels, campus) if not faults else [],
        is_carried=outcomes is not None,
        waiting=sum(one.waiting for one in health),
        tests=tests,
        said=said_by,
        every=_EVERY_S if is_testing else _RESTING_S,
        when=_when(now),
    )


def test(receiver: str) -> Response:
    """Send one message by this channel, in a process that is killed when it is late."""
    here = services()
    path = here.settings.files.receivers if here.settings.files else None
    try:
        known = [] if path is None else [one for one in read_channels(path) if one.id == receiver]
    except ConfigError:
        known = []
    if path is None or not known:
        abort(404)
    before = here.jobs.newest(_KIND, receiver)
    if before is None or before.state != "running":
        try:
            here.jobs.start(
                _KIND,
                _command(receiver, path, language()),
                subject=receiver,
                deadline_s=known[0].deadline_s + START_S,
                most=MOST,
                on_end=_noter(receiver),
            )
        except TooMany:
            return redirect(url_for("receivers.show", busy=1), 303)
        record("receiver.test", receiver)
    return redirect(url_for("receivers.show", _anchor=f"channel-{receiver}"), 303)


blueprint.add_url_rule("/admin/receivers", "show", reading(show, ADMINISTERING))
blueprint.add_url_rule("/admin/receivers/<receiver>/test", "test", administering(test), methods=["POST"])


def said_by(job: Job) -> Said:
    """What a test that is over said."""
    try:
        return msgspec.json.decode(job.answer, type=Said)
    except msgspec.DecodeError:
        return Said(outcome="unknown" if job.state == "late" else "")


def _command(receiver: str, path: Path, words: str) -> Callable[[Path], list[str]]:
    ours = [sys.executable, "-m", "kuzet", "courier", "test", receiver, "--config", str(path), "--json"]
    return lambda _folder: [*ours, "--language", words]


def _noter(receiver: str) -> Callable[[Job], None]:
    """What notes a test's outcome under the name of whoever asked for it."""
    asker, log = visitor(), services().audit
    assert asker is not None
    user, name = asker.user, asker.shown_name

    def note(job: Job) -> None:
        said = said_by(job)
        detail: dict[str, Any] = {"outcome": said.outcome or job.state, "took_s": round(job.took_s, 1)}
        log.add(name, user.role.value, "receiver.tested", receiver, detail, account=user.id)

    return note


def _when(now: datetime) -> Callable[[datetime | None], str]:
    """An instant as the campus's clocks show it, and how long ago."""
    here = services()
    hub = here.picture().state(now, here.settings.build).hub
    offset_min = 0 if hub is None else hub.utc_offset_min

    def told(at: datetime | None) -> str:
        if at is None:
            return "–"
        return f"{campus_time(at, offset_min)} · {ago(max(0.0, (now - at).total_seconds()))}"

    return told
