"""What a space was like: a space and a stretch asked for, its columns out, or a problem."""

from datetime import UTC, datetime, timedelta
from typing import NoReturn

import msgspec
from flask import Response, abort, request

from dashboards.api.problems import problem
from dashboards.room.series import series
from dashboards.services import services
from hub.store.history_rows import KEEP_MINUTES_DAYS
from protocol.config import did_you_mean
from protocol.quantities import format_instant

#: What is shown when nobody says from when.
USUAL = timedelta(hours=24)
LONGEST = timedelta(days=KEEP_MINUTES_DAYS + 1)
#: The shortest step is that of the record; the longest a week, s.
SHORTEST_STEP_S, LONGEST_STEP_S = 60, 7 * 24 * 3600


def history() -> Response:
    """A space between two instants, as columns of at most 2,000 points."""
    here, asked = services(), request.args
    space = asked.get("space", "")
    if not space:
        _refuse(400, "space", "Say which: `?space=<id>`. GET /api/1/spaces lists them.")
    ends = _instant("to", asked.get("to")) or here.clock.now()
    starts = _instant("from", asked.get("from")) or ends - USUAL
    if starts >= ends:
        _refuse(400, "from", f"`from` must be before `to`, which is {format_instant(ends)}.")
    if ends - starts > LONGEST:
        _refuse(400, "from", f"At most {LONGEST.days} days at once; minutes are kept {KEEP_MINUTES_DAYS}.")
    found = here.history.between(space, starts, min(ends, here.clock.now()))
    if not found.minutes:
        _require_known(space)
    return Response(
        msgspec.json.encode(series(found, _step(asked.get("step")))), content_type="application/json"
    )


def _instant(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        # An address turns the `+` of an offset into a space.
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse(400, name, f"`{name}` is an instant with an offset, for example 2026-11-23T09:00:00Z.")


def _step(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.removesuffix("s")
    step_s = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0
    if not SHORTEST_STEP_S <= step_s <= LONGEST_STEP_S:
        limits = f"from {SHORTEST_STEP_S} to {LONGEST_STEP_S}"
        _refuse(400, "step", f"`step` is in whole seconds, {limits}, for example 300; or leave it out.")
    return step_s


def _require_known(space: str) -> None:
    """A space of which nothing is remembered yet has an empty history; one that there is not has none."""
    picture, here = services().picture(), services()
    spaces = [one.space for one in picture.state(here.clock.now(), here.settings.build).spaces]
    if space not in spaces:
        hint = did_you_mean(space, spaces) or ". GET /api/1/spaces lists them."
        _refuse(404, "no-space", f"There is no space `{space[:60]}`{hint}")


def _refuse(status: int, code: str, detail: str) -> NoReturn:
    abort(problem(status, code, detail))
