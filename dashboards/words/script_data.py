"""A value in, JSON for a data block of a page out: nothing in it can end the block. Pure."""

import msgspec
from markupsafe import Markup


def for_script(value: object) -> Markup:
    """JSON whose `<`, `>` and `&` are written as escapes, which a script reads as the same text."""
    text = msgspec.json.encode(value).decode()
    escaped = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(escaped)  # nosec B704  # nothing in it is HTML
