"""Run as a script, apart: an untrusted PNG, JPEG or PDF on stdin, a grey PNG of a page on stdout.

A line of JSON comes first: `{"aspect": 1.5, "pages": 1}`, or `{"fault": "word"}` and nothing after it.
The decoders are large and native, so they work in a process that may die, with little memory and little time.
"""

import io
import json
import sys
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

#: The longer side of the picture that is kept, pixels.
LONGEST_PX = 2000
#: Pixels of a picture that is looked at: as many as a scan of an A2 sheet at 200 dots an inch, twice.
MOST_PX = 40_000_000
#: Shapes that no floor has.
_LONGEST_RATIO = 5.0
_MEMORY_BYTES = 1_500_000_000
_CPU_S = 20


class UnfitError(Exception):
    """Why it is no picture of a floor, one word."""


def convert(body: bytes, page: int) -> tuple[bytes, float, int]:
    """A grey PNG without anything beside its pixels, its width over height, and how many pages there are."""
    picture, pages = (_pdf_page(body, page)) if body.startswith(b"%PDF-") else (_raster(body), 1)
    width, height = picture.size
    if not 1 / _LONGEST_RATIO <= width / height <= _LONGEST_RATIO:
        raise UnfitError("ratio")
    picture.thumbnail((LONGEST_PX, LONGEST_PX))
    made = io.BytesIO()
    _grey(picture).save(made, "PNG", optimize=True)
    return made.getvalue(), round(width / height, 5), pages


def _raster(body: bytes) -> Image.Image:
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture = Image.open(io.BytesIO(body), formats=("PNG", "JPEG"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnfitError("large") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnfitError("kind") from error
    # The header says the size: nothing has been unpacked yet.
    if picture.size[0] * picture.size[1] > MOST_PX:
        raise UnfitError("large")
    if min(picture.size) < 2:
        raise UnfitError("ratio")
    try:
        picture.draft("L", (LONGEST_PX, LONGEST_PX))
        picture.load()
        return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, SyntaxError) as error:
        raise UnfitError("broken") from error


def _pdf_page(body: bytes, page: int) -> tuple[Image.Image, int]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(body)  # type: ignore[no-untyped-call]  # it carries no types
        pages = len(document)
        if not 1 <= page <= pages:
            raise UnfitError("page")
        sheet = document[page - 1]
        width, height = sheet.get_size()
        if not (1.0 <= width <= 100_000.0 and 1.0 <= height <= 100_000.0):
            raise UnfitError("ratio")
        # The scale is chosen from the sheet's size: a plotter's sheet is not drawn at full size first.
        drawn = sheet.render(scale=LONGEST_PX / max(width, height), grayscale=True)
        return drawn.to_pil(), pages
    except pypdfium2.PdfiumError as error:
        raise UnfitError("locked" if "password" in str(error).lower() else "broken") from error


def _grey(picture: Image.Image) -> Image.Image:
    """On white paper, without colour: a plan is shown in grey, colour is for what is abnormal."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        paper = Image.new("RGBA", over.size, "white")
        picture = Image.alpha_composite(paper, over)
    grey = picture.convert("L")
    grey.info.clear()
    return grey


def _hold_back() -> None:
    """Little memory, little time, no files."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def run(said: BinaryIO, answer: BinaryIO, page: int) -> None:
    """Read, convert, answer."""
    try:
        png, aspect, pages = convert(said.read(), page)
    except UnfitError as error:
        answer.write(json.dumps({"fault": str(error)}).encode() + b"\n")
    except MemoryError:
        answer.write(b'{"fault": "large"}\n')
    else:
        answer.write(json.dumps({"aspect": aspect, "pages": pages}).encode() + b"\n" + png)


if __name__ == "__main__":
    if sys.platform != "win32":
        _hold_back()
    run(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
