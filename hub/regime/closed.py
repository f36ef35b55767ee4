"""Whether the regime lets anybody into a space at all. Pure."""

from hub.layout import Space
from hub.regime.profile import Profile


def closed_by(space: Space, limits: Profile) -> str | None:
    """The clause that closes `space` under its limits, or None where it is open."""
    closed = limits.closed
    if closed is None:
        return None
    by_kind = space.kind.value in closed.kinds and space.id not in closed.except_spaces
    return closed.source if by_kind or closed.here else None
