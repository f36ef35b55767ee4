"""HTML in, a PDF out, made by `printing.py` in a process of its own, one at a time."""

import subprocess
import sys
import threading
from pathlib import Path

from dashboards.report.printing import NO_PANGO
from dashboards.settings import STATIC

#: Sixty rooms take a second or two; a quarter of a small machine's core some ten.
DEADLINE_S = 120.0
_PRINTING = Path(__file__).with_name("printing.py")
_one_at_a_time = threading.Lock()
#: Who comes on top of these is told to come again: a thread that waits answers nobody else.
_MOST_WAITING = 4
_places = threading.BoundedSemaphore(_MOST_WAITING)


class PdfFault(OSError):
    """No PDF could be made; the message says what to do."""


def make_pdf(html: str, *, python: str = sys.executable, deadline_s: float = DEADLINE_S) -> bytes:
    """The document as tagged PDF/UA-1. Raises PdfFault."""
    if not _places.acquire(blocking=False):
        raise PdfFault(f"{_MOST_WAITING} others are being made: ask again in half a minute")
    try:
        with _one_at_a_time:
            done = _print(html, python, deadline_s)
    finally:
        _places.release()
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it ended without a word"]
    if done.returncode == NO_PANGO:
        raise PdfFault(
            "WeasyPrint or a library it needs is missing: `apt install libpango-1.0-0 libpangoft2-1.0-0 "
            "libharfbuzz-subset0`, and `pip install weasyprint`; HTML, XLSX and CSV still work "
            f"({said[0][:120]})"
        )
    raise PdfFault(f"printing failed: {said[0][:200]}")


def _print(html: str, python: str, deadline_s: float) -> subprocess.CompletedProcess[bytes]:
    command = [python, "-I", str(_PRINTING), str(STATIC / "fonts")]
    try:
        return subprocess.run(command, input=html.encode(), capture_output=True, timeout=deadline_s)
    except subprocess.TimeoutExpired:
        raise PdfFault(f"it took longer than {deadline_s:.0f} s: take HTML or CSV") from None
    except OSError as error:
        raise PdfFault(f"the printing process cannot be started ({error})") from None
