"""A beam trace file (`t_s,beam,broken`) in, edges in time order out; and back again."""

import csv
import io
import math
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from edge.signals.pulses import Beam, BeamEdge

HEADER = ("t_s", "beam", "broken")
#: Most faults told of one file; a wrong file is as wrong after these.
MOST_FAULTS = 20
#: More rows per change of level than this mean that the trace was polled.
MOST_REPEATS = 1.25
_LEVELS = {"0": False, "1": True}


class TraceError(ValueError):
    """A trace that cannot be counted; `faults` holds every fault as `file: line 7: what is wrong; hint`."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def read_trace(path: Path) -> list[BeamEdge]:
    """The edges of a trace file; raises TraceError with all its faults at once."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise TraceError(
            [f"{path}: no such file; give the path of a trace with columns t_s,beam,broken"]
        ) from None
    except IsADirectoryError:
        raise TraceError([f"{path}: is a directory; give the path of one trace file"]) from None
    except UnicodeDecodeError:
        raise TraceError([f"{path}: is not text; a trace is a CSV file t_s,beam,broken in UTF-8"]) from None
    except OSError as error:
        raise TraceError([f"{path}: cannot be read ({error.strerror}); check its permissions"]) from None
    if "\0" in text:
        raise TraceError([f"{path}: is a binary file; a trace is a CSV file t_s,beam,broken in UTF-8"])
    return parse_trace(text, str(path))


def parse_trace(text: str, name: str) -> list[BeamEdge]:
    """The edges in the text of a trace; `name` stands before each fault."""
    rows = [
        (number, row) for number, row in enumerate(_rows(text, name), start=1) if any(map(str.strip, row))
    ]
    if not rows:
        raise TraceError([f"{name}: is empty; expected the header t_s,beam,broken and at least one row"])
    number, header = rows[0]
    columns = [column.strip().lower() for column in header]
    missing = [column for column in HEADER if column not in columns]
    if missing:
        raise TraceError([f"{name}: line {number}: {_header_fault(header, missing)}"])
    if len(rows) == 1:
        raise TraceError([f"{name}: has no rows; expected lines such as 12.345,outer,1 after the header"])
    places = [columns.index(column) for column in HEADER]
    edges: list[BeamEdge] = []
    faults: list[str] = []
    latest_s = -math.inf
    for number, row in rows[1:]:
        try:
            edge = _edge(row, places)
            if edge.t_s < latest_s:
                raise ValueError(f"time goes back from {latest_s} to {edge.t_s} s; sort the rows by t_s")
        except ValueError as fault:
            faults.append(f"{name}: line {number}: {fault}")
        else:
            latest_s = edge.t_s
            edges.append(edge)
    if len(faults) > MOST_FAULTS:
        more = len(faults) - MOST_FAULTS
        faults = [*faults[:MOST_FAULTS], f"{name}: and {more} more lines; is this a trace t_s,beam,broken?"]
    if faults:
        raise TraceError(faults)
    return _changes(edges)


def format_trace(edges: Iterable[BeamEdge]) -> str:
    """The text of a trace file."""
    lines = [",".join(HEADER), *(f"{edge.t_s:.6f},{edge.beam.value},{int(edge.broken)}" for edge in edges)]
    return "\n".join(lines) + "\n"


def _rows(text: str, name: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise TraceError([f"{name}: is not a CSV file ({error}); expected t_s,beam,broken"]) from None


def _header_fault(header: list[str], missing: list[str]) -> str:
    got = ",".join(header)
    got = got if len(got) <= 60 else got[:57] + "..."
    return f"the header lacks {', '.join(missing)}; expected t_s,beam,broken, got {got!r}"


def _edge(row: list[str], places: list[int]) -> BeamEdge:
    if len(row) <= max(places):
        raise ValueError(f"has {len(row)} values; expected t_s,beam,broken such as 12.345,outer,1")
    t_text, beam_text, broken_text = (row[place].strip() for place in places)
    try:
        t_s = float(t_text)
    except ValueError:
        raise ValueError(f"t_s must be seconds such as 12.345, got {t_text!r}") from None
    if not math.isfinite(t_s):
        raise ValueError(f"t_s must be a finite number of seconds, got {t_text!r}")
    try:
        beam = Beam(beam_text.lower())
    except ValueError:
        close = get_close_matches(beam_text.lower(), [beam.value for beam in Beam], n=1, cutoff=0.4)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"beam must be outer or inner, got {beam_text!r}{hint}") from None
    if broken_text not in _LEVELS:
        raise ValueError(f"broken must be 1 (broken) or 0 (free), got {broken_text!r}")
    return BeamEdge(t_s=t_s, beam=beam, broken=_LEVELS[broken_text])


def _changes(edges: list[BeamEdge]) -> list[BeamEdge]:
    """The edges; of a polled trace, which repeats every level, only the changes.

    In a trace of edges a repeated level is rare, and tells the decoder that an edge was lost: it stays.
    """
    level: dict[Beam, bool] = {}
    changes = []
    for edge in edges:
        if level.get(edge.beam) != edge.broken:
            changes.append(edge)
        level[edge.beam] = edge.broken
    return changes if len(edges) > MOST_REPEATS * len(changes) else edges
