"""Files uploaded as a floor's picture: what is kept of good ones, and what becomes of hostile ones."""

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from dashboards.plans.picture_child import LONGEST_PX
from dashboards.plans.plan_pictures import MOST_BYTES, MOST_SVG_BYTES, UnfitPictureError, read_picture
from tests.dashboards.plan_files import floor_png, pdf, png_bomb, svg


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def test_png_becomes_a_grey_png_without_its_words() -> None:
    words = PngInfo()
    words.add_text("Author", "somebody")
    made = io.BytesIO()
    Image.new("RGBA", (400, 200), (255, 0, 0, 128)).save(made, "PNG", pnginfo=words)
    read = read_picture(made.getvalue())
    picture = opened(read.picture.body)
    assert (picture.mode, picture.size, picture.info) == ("L", (400, 200), {})
    assert (read.picture.media_type, read.picture.aspect, read.pages) == ("image/png", 2.0, 1)
    assert b"somebody" not in read.picture.body


def test_large_jpeg_is_made_smaller_and_turned_as_the_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by a quarter.
    made = io.BytesIO()
    Image.new("RGB", (4800, 2400), "white").save(made, "JPEG", exif=exif)
    read = read_picture(made.getvalue())
    assert max(opened(read.picture.body).size) == LONGEST_PX
    assert read.picture.aspect == pytest.approx(0.5)


def test_page_of_a_pdf_is_chosen() -> None:
    file = pdf((400, 200), (300, 300))
    first, second = read_picture(file, 1), read_picture(file, 2)
    assert (first.picture.aspect, second.picture.aspect) == (2.0, 1.0)
    assert (first.pages, second.pages) == (2, 2)


def test_sheet_of_a_plotter_is_drawn_small() -> None:
    read = read_picture(pdf((14_400, 14_400)))
    assert opened(read.picture.body).size == (LONGEST_PX, LONGEST_PX)


def test_svg_keeps_what_draws() -> None:
    inner = '<defs><linearGradient id="g"/></defs><g fill="url(#g)"><path d="M0 0h9"/></g>'
    inner += "<text>A-204 &amp; B</text>"
    read = read_picture(b'<?xml version="1.0"?><!-- cad --><!DOCTYPE svg>' + svg(inner))
    assert read.picture.aspect == 2.0
    for kept in (b'fill="url(#g)"', b'<path d="M0 0h9">', b"A-204 &amp; B"):
        assert kept in read.picture.body


def test_svg_loses_what_an_editor_left_in_it() -> None:
    inner = '<metadata xmlns:x="urn:x"><x:who>somebody</x:who></metadata>'
    inner += '<rect width="9" x:note="secret" xmlns:x="urn:x"/>'
    body = read_picture(svg(inner)).picture.body
    assert b"somebody" not in body
    assert b"secret" not in body
    assert b'<rect width="9">' in body


@pytest.mark.parametrize("box", ['width="20cm" height="10cm"', 'viewBox="0,0,4,2" width="100%"'])
def test_size_of_an_svg_is_found(box: str) -> None:
    assert read_picture(svg(box=box)).picture.aspect == 2.0


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<script>alert(1)</script>", "svg-script"),
        ('<rect onload="alert(1)"/>', "svg-script"),
        ('<rect ONCLICK="alert(1)"/>', "svg-script"),
        ("<foreignObject><p/></foreignObject>", "svg-script"),
        ('<set attributeName="href" to="javascript:alert(1)"/>', "svg-script"),
        ('<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>', "svg-script"),
        ('<image href="https://example.org/a.png"/>', "svg-outside"),
        ('<a href="javascript:alert(1)"><rect/></a>', "svg-outside"),
        ('<use href="https://example.org/a.svg#a"/>', "svg-outside"),
        ('<use xmlns:l="http://www.w3.org/1999/xlink" l:href="//example.org/a.svg#a"/>', "svg-outside"),
        ('<rect fill="url(https://example.org/a)"/>', "svg-outside"),
        ('<rect style="fill:url( &quot;//example.org/a&quot; )"/>', "svg-outside"),
        ("<style>@import 'https://example.org/a.css';</style>", "svg-outside"),
        ("<style>rect{fill:u\\72l(//example.org)}</style>", "svg-outside"),
        ("<rect>", "svg-svg"),
        ("<g>" * 200 + "</g>" * 200, "svg-large"),
        ("".join(f'<g id="g{n}">' + f'<use href="#g{n + 1}"/>' * 9 + "</g>" for n in range(9)), "svg-large"),
        ('<g id="a"><use href="#a"/></g>', "svg-large"),
    ],
)
def test_hostile_svg_is_refused(inner: str, code: str) -> None:
    with pytest.raises(UnfitPictureError) as told:
        read_picture(svg(inner))
    assert told.value.code == code


def test_svg_with_entities_is_refused() -> None:
    laughs = b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + svg("<text>&b;</text>")
    with pytest.raises(UnfitPictureError, match="svg-entity"):
        read_picture(b'<?xml version="1.0"?>' + laughs)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "none"),
        (b"GIF89a" + b"\0" * 100, "kind"),
        (b"MZ\x90\0 plan.png", "kind"),
        (b"<html><svg", "svg-svg"),
        (png_bomb(), "large"),
        (png_bomb(6_000), "broken"),
        (floor_png()[:400], "broken"),
        (b"\xff\xd8\xff\xe0 no jpeg", "kind"),
        (b"%PDF-1.7\n no pdf", "broken"),
        (pdf((100_000.0 * 3, 300)), "ratio"),
        (floor_png(600, 100), "ratio"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * MOST_BYTES, "large"),
        (svg() + b" " * MOST_SVG_BYTES, "large"),
        (svg(box=""), "svg-ratio"),
        (svg(box='viewBox="0 0 0 nan"'), "svg-ratio"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_file_that_is_no_picture_of_a_floor_is_told(body: bytes, code: str) -> None:
    with pytest.raises(UnfitPictureError) as told:
        read_picture(body)
    assert told.value.code == code


def test_page_that_is_not_there_is_told() -> None:
    with pytest.raises(UnfitPictureError, match="page"):
        read_picture(pdf((300, 300)), 2)
