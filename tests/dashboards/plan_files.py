"""Files somebody may upload as a floor's picture or as a map of it: good ones and hostile ones."""

import io
import json
import struct
import zlib
from collections.abc import Iterable, Mapping

from PIL import Image, ImageDraw


def floor_png(width: int = 600, height: int = 300) -> bytes:
    """A floor in colour: a corridor and two rows of rooms."""
    picture = Image.new("RGB", (width, height), "#ffe0b0")
    draw = ImageDraw.Draw(picture)
    for place in range(10):
        left, top = place % 5 * width // 5, place // 5 * (height * 3 // 5)
        draw.rectangle((left, top, left + width // 5, top + height * 2 // 5), outline="#c00000", width=3)
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def png_bomb(side: int = 30_000) -> bytes:
    """A PNG of a few hundred bytes that says it is `side` × `side` pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf(*sheets: tuple[float, float]) -> bytes:
    """A PDF with an empty sheet of each size, in points."""
    pages = " ".join(f"{3 + place} 0 R" for place in range(len(sheets)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(sheets)} /Kids [{pages}] >>",
        *(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Resources << >> >>"
            for width, height in sheets
        ),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start, size = len(body), len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return body + tail.encode() + f"startxref\n{start}\n%%EOF\n".encode()


def svg(inner: str = '<rect width="40" height="20"/>', box: str = 'viewBox="0 0 200 100"') -> bytes:
    """A drawing."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{inner}</svg>'.encode()


def geojson(rooms: Mapping[str, Iterable[tuple[float, float]]], key: str = "ref") -> bytes:
    """A map of rooms, each with the corners of its ring."""
    features = []
    for name, corners in rooms.items():
        ring = [list(corner) for corner in corners]
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        features.append({"type": "Feature", "properties": {key: name}, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
