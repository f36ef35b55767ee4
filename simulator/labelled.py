"""Hand-labelled passages of two people at a real door in, bodies that walk as the labels say out. Pure.

The labels give who, how far apart and from when until when; a body's steps in between are ours: one speed,
which makes the labelled times.
"""

import csv
from pathlib import Path

from edge.signals.crossing import Outcome
from simulator.tracks import Body

#: Metres of the way that was watched. Source: of the labels, the pairs half a metre and two metres apart
#: took 1.5 m apart 2.1 s longer (0.72 m/s), so the nearer ones had 1.07 m to go besides.
WATCHED_M = 1.07
#: Metres walked before and behind the beams.
_REACH_M = 0.8
#: Metres between two people who walk as each scenario says.
_APART_M = {
    "2 people in 2 m distance": 2.0,
    "2 people in 1 m distance": 1.0,
    "2 people in 0.5 m distance": 0.5,
    "2 people next to each other": 0.0,
}


class LabelsError(ValueError):
    """A file of labels that cannot be used."""


def read_passages(path: Path) -> list[tuple[str, list[Body]]]:
    """Each labelled passage of two people by its scenario, as if it began at 1 s; or LabelsError."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise LabelsError(f"{path}: cannot be read ({error}); expected the labelled passages") from None
    passages = []
    for number, row in enumerate(rows, start=2):
        scenario = row.get("scenario") or ""
        apart_m = _APART_M.get(scenario)
        if apart_m is None:
            continue
        try:
            took_s, people = float(row["duration_s"]), int(row["people"])
            if not 0.1 < took_s < 60.0:
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise LabelsError(
                f"{path}: line {number}: expected direction, people and a duration_s below 60 s"
            ) from None
        inward = row.get("direction") == "in"
        speed_m_s = (WATCHED_M + apart_m) / took_s
        bodies = [_walk(1.0 + k * apart_m / speed_m_s, speed_m_s, inward) for k in range(people)]
        passages.append((scenario, bodies))
    return passages


def _walk(at_s: float, speed_m_s: float, inward: bool) -> Body:
    reach_s = _REACH_M / speed_m_s
    way_m = (_REACH_M, -_REACH_M) if inward else (-_REACH_M, _REACH_M)
    return Body(
        t_s=(at_s, at_s + 2 * reach_s),
        along_m=way_m,
        truth=Outcome.IN if inward else Outcome.OUT,
        crossing_s=at_s + reach_s,
    )
