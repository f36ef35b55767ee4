"""A process of its own: HTML on standard input, a tagged PDF/UA-1 on standard output, faults on the other.

Started by `pdf.py` by its path: it imports nothing of ours, so it starts fast, and what it takes of memory
ends with it. It asks nobody for anything: only typefaces of the folder it is given, under `kuzet:fonts/`.
"""

import os
import sys
from pathlib import Path
from typing import Any

#: It stands back behind the boards, 0 to 19.
NICENESS = 10
#: What a missing library of the system ends with.
NO_PANGO = 3
_FONTS = "kuzet:fonts/"


def main(fonts: Path) -> int:
    """Print; the exit status says why not."""
    os.nice(NICENESS)
    try:
        import weasyprint
        from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse
    except (ImportError, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return NO_PANGO

    # They carry no types.
    printer: Any = weasyprint
    answer: Any = URLFetcherResponse

    class OnlyOurs(URLFetcher):
        """Gives our typefaces; whatever else is asked for ends the printing."""

        def fetch(self, url: str, headers: object = None) -> object:
            name = url.removeprefix(_FONTS)
            if not url.startswith(_FONTS) or not (fonts / name).is_file() or "/" in name:
                raise FatalURLFetchingError(f"`{url[:80]}` is none of our files")
            return answer(url, (fonts / name).read_bytes(), {"Content-Type": "font/woff2"})

    html = sys.stdin.buffer.read().decode()
    ours: Any = OnlyOurs
    document = printer.HTML(string=html, base_url="kuzet:", url_fetcher=ours())
    sys.stdout.buffer.write(document.write_pdf(pdf_variant="pdf/ua-1"))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
