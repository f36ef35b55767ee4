"""Lists that grow, in pages: `?limit=&after=` in, the rows and a `Link: <…>; rel="next"` (RFC 8288) out."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from flask import Response, abort, request

from dashboards.api.problems import problem

#: Rows of a page where nobody asks for another number, and the most one may ask for.
USUAL, MOST = 200, 1000


class Paging(NamedTuple):
    """What was asked for."""

    limit: int
    #: The id of the last row of the page before; None: the first page.
    after: str | None


def paging() -> Paging:
    """The page asked for; aborts with a problem that says what is wrong."""
    text = request.args.get("limit", str(USUAL))
    limit = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if not 1 <= limit <= MOST:
        abort(problem(400, "limit", f"`limit` is a number from 1 to {MOST}; got `{text[:40]}`."))
    return Paging(limit, request.args.get("after") or None)


def refuse_after(after: str) -> Response:
    """The problem of an `after` that no page ended with."""
    what = f"`after` is the id of the last row of a page; there is no `{after[:40]}`. Follow the Link header."
    return problem(400, "after", what)


def paged(rows: Sequence[object], next_after: object | None) -> Response:
    """A page as JSON; `next_after` is the id that the next one comes after, None for the last page."""
    answer = Response(msgspec.json.encode(rows), content_type="application/json")
    if next_after is not None:
        answer.headers["Link"] = f'<{next_page(next_after)}>; rel="next"'
    return answer


def next_page(after: object) -> str:
    """The address of the page after this row, all else as it was asked for."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    return f"{request.path}?{urlencode([*asked, ('after', str(after))])}"
