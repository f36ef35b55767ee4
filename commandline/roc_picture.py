"""Scores of the ways of screening in, a picture of their ROC curves out, as SVG text. Pure.

Only curves and points of many people are drawn, nobody's own figure. Colours are Okabe and Ito's, which the
colour-blind tell apart; every line is named where it runs and has a dash of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from commandline.screen_score import EVERY, FIXED, FORMULA_LIMITS_C, LIVE, Tally, formula

_WIDTH, _HEIGHT = 880, 560
_LEFT, _TOP, _PLOT = 80, 72, 420
#: What the axes end at: beyond it no way is of use at a door.
_MOST_FALSE = 0.7
#: What the axis of fevers found begins at: all curves start at 0 and climb within a few per cent.
_LEAST_FOUND = 0.5
_STEPS = 140
_AIM_SENSITIVITY, _AIM_FALSE = 0.85, 0.10
_STYLE = """<style>
text{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:13px;fill:#222}
.title{font-size:17px;font-weight:600}.small{font-size:12px;fill:#444}
.grid{stroke:#ddd;stroke-width:1}.axis{stroke:#222;stroke-width:1.2}
</style>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How one way is drawn."""

    label: str
    colour: str
    dash: str
    #: Where its name stands beside it: share of false alarms, of fevers found.
    place: tuple[float, float]


_CURVES = {
    EVERY: _Look(label="Kuzet", colour="#0072B2", dash="", place=(0.012, 0.975)),
    FIXED: _Look(label="fixed limit", colour="#D55E00", dash="8 4", place=(0.13, 0.80)),
    formula(FORMULA_LIMITS_C[0]): _Look(
        label="formula in circulation", colour="#555555", dash="2 4", place=(0.13, 0.765)
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """One operating point, and the morning that one in twenty is worse than."""

    x: float
    y: float
    worst_x: float
    label: str
    colour: str


def draw_roc(
    camera: str, rows: Sequence[dict[str, Any]], plays: Sequence[dict[str, Tally]], bias_sd_c: float
) -> str:
    """The picture of one camera: `rows` of all ways, and the `plays` they came from."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-labelledby="title">',
        f'<title id="title">ROC curves of entrance screening, {escape(camera)}</title>',
        _STYLE,
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        _text(_LEFT, 28, f"Fever of 38 °C or more found against false alarms, {camera} volunteers", "title"),
        _text(
            _LEFT, 48, f"Mornings of 300 people, each morning's bias drawn with SD {bias_sd_c} °C", "small"
        ),
        *_axes(),
    ]
    for way, look in _CURVES.items():
        parts.append(_curve(_points([play[way] for play in plays]), look))
    marks = _marks({row["way"]: row for row in rows})
    parts += [_marked(mark, number) for number, mark in enumerate(marks, start=1)]
    parts += _legend(marks)
    return "\n".join([*parts, "</svg>", ""])


def _points(tallies: Sequence[Tally]) -> list[tuple[float, float]]:
    """(false alarms, found) of every limit the index could have, from the highest down."""
    fever = sorted((index for tally in tallies for _, index in tally.fever), reverse=True)
    healthy = sorted((i for tally in tallies for day in tally.mornings for _, i in day), reverse=True)
    found = 0
    points = [(0.0, 0.0)]
    for step in range(1, _STEPS + 1):
        alarms = min(int(_MOST_FALSE * step / _STEPS * len(healthy)), len(healthy) - 1)
        while found < len(fever) and fever[found] > healthy[alarms]:
            found += 1
        points.append((alarms / len(healthy), found / len(fever) if fever else 0.0))
    return points


def _marks(rows: dict[str, dict[str, Any]]) -> list[_Mark]:
    names = {LIVE: "Kuzet at a door: stops at the first pass", EVERY: "Kuzet, every round judged"}
    names[FIXED] = "fixed limit, the best one on a day without bias"
    names |= {formula(limit_c): f"formula, limit {limit_c} °C" for limit_c in FORMULA_LIMITS_C}
    colours = {LIVE: _CURVES[EVERY].colour, EVERY: _CURVES[EVERY].colour, FIXED: _CURVES[FIXED].colour}
    return [
        _Mark(
            x=1 - rows[way]["specificity"],
            y=rows[way]["sensitivity"],
            worst_x=1 - rows[way]["worst_morning_specificity"],
            label=name,
            colour=colours.get(way, "#555555"),
        )
        for way, name in names.items()
    ]


def _x(false_share: float) -> float:
    return round(_LEFT + min(false_share, _MOST_FALSE) / _MOST_FALSE * _PLOT, 1)


def _y(found_share: float) -> float:
    return round(_TOP + (1 - max(found_share, _LEAST_FOUND)) / (1 - _LEAST_FOUND) * _PLOT, 1)


def _text(x: float, y: float, text: str, kind: str = "", more: str = "") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" {more}>{escape(text)}</text>'


def _axes() -> list[str]:
    bottom, right = _TOP + _PLOT, _LEFT + _PLOT
    aim = _x(_AIM_FALSE)
    parts = [
        f'<rect x="{_LEFT}" y="{_TOP}" width="{round(aim - _LEFT, 1)}" '
        f'height="{round(_y(_AIM_SENSITIVITY) - _TOP, 1)}" fill="#009E73" fill-opacity="0.15"/>',
    ]
    for tenth in range(5, 11):
        y = _y(tenth / 10)
        parts.append(f'<line x1="{_LEFT}" y1="{y}" x2="{right}" y2="{y}" class="grid"/>')
        parts.append(_text(_LEFT - 10, y + 4, f"{tenth * 10} %", "", 'text-anchor="end"'))
    for tenth in range(8):
        x = _x(tenth / 10)
        parts.append(f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}" class="grid"/>')
        parts.append(_text(x, bottom + 20, f"{tenth * 10} %", "", 'text-anchor="middle"'))
    middle = _TOP + _PLOT / 2
    turned = f'text-anchor="middle" transform="rotate(-90 24 {middle})"'
    return [
        *parts,
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" class="axis"/>',
        _text(_LEFT + _PLOT / 2, bottom + 44, "false alarms (1 - specificity)", "", 'text-anchor="middle"'),
        _text(24, middle, "fevers found (sensitivity)", "", turned),
    ]


def _curve(points: Sequence[tuple[float, float]], look: _Look) -> str:
    path = "M" + "L".join(f"{_x(x)} {_y(y)}" for x, y in points)
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    name = _text(_x(look.place[0]), _y(look.place[1]), look.label, "", f'style="fill:{look.colour}"')
    return f'<path d="{path}" fill="none" stroke="{look.colour}" stroke-width="2"{dash}/>{name}'


def _marked(mark: _Mark, number: int) -> str:
    x, y, worst = _x(mark.x), _y(mark.y), _x(mark.worst_x)
    return (
        f'<line x1="{x}" y1="{y}" x2="{worst}" y2="{y}" stroke="{mark.colour}" stroke-width="1"/>'
        f'<path d="M{worst} {y - 4}V{y + 4}" stroke="{mark.colour}" stroke-width="1.5"/>'
        f'<circle cx="{x}" cy="{y}" r="8" fill="{mark.colour}" stroke="#fff"/>'
        + _text(x, y + 4, str(number), "", 'text-anchor="middle" style="fill:#fff;font-size:11px"')
    )


def _legend(marks: Sequence[_Mark]) -> list[str]:
    left, y = _LEFT + _PLOT + 24, _TOP + 8
    parts = []
    for look in _CURVES.values():
        dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
        parts.append(
            f'<line x1="{left}" y1="{y}" x2="{left + 34}" y2="{y}" stroke="{look.colour}" '
            f'stroke-width="2"{dash}/>'
        )
        parts.append(_text(left + 42, y + 4, look.label))
        y += 22
    y += 14
    for number, mark in enumerate(marks, start=1):
        found, false, worst = (f"{100 * share:.0f} %" for share in (mark.y, mark.x, mark.worst_x))
        parts.append(f'<circle cx="{left + 8}" cy="{y}" r="8" fill="{mark.colour}"/>')
        parts.append(
            _text(left + 8, y + 4, str(number), "", 'text-anchor="middle" style="fill:#fff;font-size:11px"')
        )
        parts.append(_text(left + 24, y + 4, mark.label))
        parts.append(
            _text(left + 24, y + 21, f"{found} found, {false} false; worst mornings {worst} false", "small")
        )
        y += 46
    parts.append(_text(left, y + 4, "tick: false alarms on the worst 5 % of mornings", "small"))
    parts.append(f'<rect x="{left}" y="{y + 14}" width="16" height="12" fill="#009E73" fill-opacity="0.25"/>')
    parts.append(_text(left + 24, y + 25, "aim: 85 % found at 10 % false", "small"))
    return parts
