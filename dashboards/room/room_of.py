"""What the hub says is in a space: the board's row of it out, or a problem."""

import msgspec
from flask import Response

from dashboards.api.problems import problem
from dashboards.services import services
from hub.store.room_row import RoomRow

_decoder = msgspec.json.Decoder(RoomRow)
_KIND = "room"


def room(space_id: str) -> Response:
    """The doors, posts and sensors of a space, and who passed in an hour."""
    found = room_row(space_id)
    if found is None:
        detail = f"There is no space `{space_id[:60]}`, or the hub has said nothing of it yet."
        return problem(404, "no-room", f"{detail} GET /api/1/spaces lists them.")
    return Response(msgspec.json.encode(found), content_type="application/json")


def room_row(space: str) -> RoomRow | None:
    """The row; None when the hub has written none, or one that cannot be read."""
    body = next((one.body for one in services().board.read() if one.kind == _KIND and one.key == space), None)
    try:
        return None if body is None else _decoder.decode(body)
    except msgspec.ValidationError:
        return None
