"""An untrusted SVG in, one that only draws out: no scripts, no references outwards, nothing unknown. Pure."""

import re
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

_SVG = "http://www.w3.org/2000/svg"
_XLINK_HREF = "http://www.w3.org/1999/xlink href"
#: Elements that draw; what does not and does no harm, as an editor's own, is left out with its content.
_DRAWING = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline"),
        *("polygon", "text", "tspan", "title", "desc", "style", "clipPath", "mask", "marker", "pattern"),
        *("linearGradient", "radialGradient", "stop"),
    )
)
#: Elements that do harm: a file with one is refused, not mended, so that nobody wonders what is missing.
_OUTWARDS = frozenset(("image", "feImage", "a", "link"))
_HARMFUL = _OUTWARDS | frozenset(
    (
        *("script", "foreignObject", "iframe", "object", "embed", "audio", "video", "handler", "listener"),
        *("animate", "set", "animateTransform", "animateMotion"),
    )
)
_MOST_ELEMENTS = 60_000
_DEEPEST = 100
_LOCAL_URL = re.compile(r"url\(\s*(['\"]?)#[\w.:-]+\1\s*\)")
_LENGTH = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(px|pt|mm|cm|in|pc)?\s*\Z")
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "pc": 16.0}


class UnfitSvgError(Exception):
    """Why the drawing is refused: `svg`, `script`, `outside`, `entity`, `large`, `ratio`; and what it was."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(f"{code} {what}".strip())
        self.code = code
        self.what = what


class Cleaned(NamedTuple):
    """A drawing that only draws."""

    body: bytes
    #: Width over height.
    aspect: float


def clean_svg(body: bytes) -> Cleaned:
    """The drawing without anything but shapes and words. Raises UnfitSvgError."""
    cleaner = _Cleaner()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = cleaner.start
    parser.EndElementHandler = cleaner.end
    parser.CharacterDataHandler = cleaner.text
    parser.EntityDeclHandler = cleaner.entity
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise UnfitSvgError("svg", str(error)) from error
    return cleaner.result()


class _Cleaner:
    """Writes the drawing anew while it is read."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[str] = []
        #: Ids of the elements that are open, empty where they have none.
        self._ids: list[str] = []
        #: What is drawn again within an id, and in the drawing itself, which is "".
        self._uses: dict[str, list[str]] = {"": []}
        #: How deep within an element that is left out; 0: not within one.
        self._left_out = 0
        self._elements = 0
        self._aspect: float | None = None

    def result(self) -> Cleaned:
        if self._aspect is None:
            raise UnfitSvgError("svg")
        self._count("", {}, ())
        return Cleaned("".join(self._out).encode(), round(self._aspect, 5))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) + self._left_out >= _DEEPEST:
            raise UnfitSvgError("large")
        space, _, tag = name.rpartition(" ")
        if tag in _HARMFUL:
            raise UnfitSvgError(
                "outside" if tag in ("image", "feImage", "a", "link") else "script", f"<{tag}>"
            )
        if not self._open and not self._left_out:
            if (space, tag) != (_SVG, "svg"):
                raise UnfitSvgError("svg")
            self._aspect = _aspect_of(attributes)
        kept = self._attributes(attributes)
        if self._left_out or space != _SVG or tag not in _DRAWING:
            self._left_out += 1
            return
        words = "".join(f" {key}={quoteattr(value)}" for key, value in kept.items())
        root = f' xmlns="{_SVG}" xmlns:xlink="http://www.w3.org/1999/xlink"' if not self._open else ""
        if tag == "use":
            for id in {"", *self._ids}:
                self._uses.setdefault(id, []).append((kept.get("href") or kept.get("xlink:href", "#"))[1:])
        self._open.append(tag)
        self._ids.append(kept.get("id", ""))
        self._out.append(f"<{tag}{root}{words}>")

    def end(self, _name: str) -> None:
        if self._left_out:
            self._left_out -= 1
        else:
            self._ids.pop()
            self._out.append(f"</{self._open.pop()}>")

    def text(self, data: str) -> None:
        if self._left_out or not self._open:
            return
        if self._open[-1] == "style":
            _check_style(data)
        self._out.append(escape(data))

    def entity(self, name: str, *_: object) -> None:
        raise UnfitSvgError("entity", name)

    def _count(self, id: str, known: dict[str, int], within: tuple[str, ...]) -> int:
        """How many elements are drawn again in all: a few that draw each other again are a million."""
        if id in within:
            raise UnfitSvgError("large", f"#{id}")
        if id not in known:
            inner = (1 + self._count(used, known, (*within, id)) for used in self._uses.get(id, ()))
            known[id] = 0
            for one in inner:
                known[id] += one
                if known[id] > _MOST_ELEMENTS or len(within) > _DEEPEST:
                    raise UnfitSvgError("large", f"#{id}")
        return known[id]

    def _attributes(self, attributes: dict[str, str]) -> dict[str, str]:
        kept = {}
        for name, value in attributes.items():
            space, _, key = name.rpartition(" ")
            if key.lower().startswith("on"):
                raise UnfitSvgError("script", key)
            if key == "href":
                if not value.strip().startswith("#"):
                    raise UnfitSvgError("outside", value[:60])
                kept["xlink:href" if name == _XLINK_HREF else "href"] = value.strip()
            elif not space:
                _check_style(value)
                kept[key] = value
        return kept


def _check_style(text: str) -> None:
    """Refuse whatever could reach outwards from a style or an attribute."""
    rest = _LOCAL_URL.sub("", text).lower()
    # A backslash could spell any of these in letters nobody sees.
    for word in ("url(", "@import", "javascript:", "expression(", "image(", "image-set(", "\\"):
        if word in rest:
            raise UnfitSvgError("outside", word)


def _aspect_of(attributes: dict[str, str]) -> float:
    box = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
    try:
        width, height = (float(box[2]), float(box[3])) if len(box) == 4 else (0.0, 0.0)
    except ValueError:
        width = height = 0.0
    if width <= 0.0 or height <= 0.0:
        width, height = (_length(attributes.get(name, "")) for name in ("width", "height"))
    if width <= 0.0 or height <= 0.0 or not 0.2 <= width / height <= 5.0:
        raise UnfitSvgError("ratio")
    return width / height


def _length(text: str) -> float:
    found = _LENGTH.match(text)
    return 0.0 if found is None else float(found[1]) * _UNITS[found[2] or ""]
