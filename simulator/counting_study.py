"""Seeds in, how honest the hub's counts were on days with known truth, out. Pure."""

from collections.abc import Sequence

from msgspec import Struct, structs

from hub.layout import Layout
from simulator.counting_band import BandScore, compare, score_band
from simulator.counting_bias import GATE_TRAFFIC, BiasScore, score_bias
from simulator.counting_days import walks
from simulator.counting_lies import HISTORY_DAYS, LIE_DAYS, LIES, Liars, LieScore, score_lie

#: Days on which the band is compared with the truth; of the first, nothing is known yet.
BAND_DAYS = 3


class CountStudy(Struct, frozen=True, kw_only=True):
    """All of it."""

    seeds: int
    band: BandScore
    bias: tuple[BiasScore, ...]
    lies: tuple[LieScore, ...]
    #: Healthy days of a building looked at, and doors named on them.
    healthy_building_days: int
    wrong_names: int
    wrong_names_a_building_day: float


def study(layout: Layout, seeds: Sequence[int]) -> CountStudy:
    """Simulate and score; a seed of a campus of 60 rooms takes about four seconds."""
    layout = structs.replace(layout, posts=(), sensors=())
    bands, lies = [], []
    for seed in seeds:
        days = [list(walks(layout, seed, number)) for number in range(HISTORY_DAYS + LIE_DAYS)]
        bands.append(compare(layout, seed, days[:BAND_DAYS]))
        lies.append(Liars(layout, seed, days).run())
    healthy = sum(one.healthy for one in lies)
    wrong = sum(one.wrong for one in lies)
    return CountStudy(
        seeds=len(seeds),
        band=score_band(bands),
        bias=tuple(score_bias(traffic, seeds) for traffic in GATE_TRAFFIC),
        lies=tuple(score_lie(lie, lies) for lie in LIES),
        healthy_building_days=healthy,
        wrong_names=wrong,
        wrong_names_a_building_day=round(wrong / max(1, healthy), 4),
    )
