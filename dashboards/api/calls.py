"""What all calls that decide share: a body read, a place looked up, a refusal, an answer."""

from typing import NoReturn, TypeVar

import msgspec
from flask import Response, abort, request

from dashboards.api.bodies import Body
from dashboards.api.problems import is_for_programs, problem
from dashboards.live.views import State
from dashboards.services import services
from protocol.config import did_you_mean

_B = TypeVar("_B", bound=Body)


def body_of(kind: type[_B]) -> _B:
    """The body of the call, or a problem that shows a good one."""
    raw = request.get_data() or b"{}"
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        refuse(422, "body", f"{error}. Send for example {kind.EXAMPLE}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        refuse(400, "json", f"The body is not JSON. Send for example {kind.EXAMPLE}")


def refuse(status: int, code: str, detail: str) -> NoReturn:
    """End the call with a problem; a form of a page is answered with a page."""
    if not is_for_programs():
        abort(status, detail)
    abort(problem(status, code, detail))


def state_now() -> State:
    """The board as it is stored."""
    here = services()
    return here.picture().state(here.clock.now(), here.settings.build)


def answer(body: object, status: int = 200) -> Response:
    """The body as JSON."""
    return Response(msgspec.json.encode(body), status=status, content_type="application/json")


def require_space(space_id: str) -> None:
    """Refuse a space that the campus does not have."""
    if services().picture().space(space_id) is None:
        spaces = [one.space for one in state_now().spaces]
        hint = did_you_mean(space_id, spaces) or ". GET /api/1/spaces lists them."
        refuse(404, "no-space", f"There is no space `{space_id[:60]}`{hint}")


def require_known(field: str, word: str | None, known: list[str]) -> None:
    """Refuse a word that none of the known ones is; None is no word."""
    if word is not None and word not in known:
        refuse(422, field, f"`{field}`: there is no `{word[:60]}`{did_you_mean(word, known)}")
