"""What a door misses, each way, as far as anchors have shown it. Pure."""

from math import sqrt

from msgspec import Struct

from hub.counts.space_day import MISS_RATE

#: How far the miss rate of an untuned door may be from `MISS_RATE`, each way, as a standard deviation: doors
#: of 95 to 99 % lie within two of it.
PRIOR_SD = 0.015
#: How far a door's miss rates may wander in a day, as a standard deviation.
DAILY_SD = 0.0005


class DoorError(Struct, frozen=True, kw_only=True):
    """People missed for each one counted, each way, and how sure that is.

    Below zero where a door counts people twice.
    """

    miss_in: float = MISS_RATE
    miss_out: float = MISS_RATE
    #: Variances and covariance of the two.
    var_in: float = PRIOR_SD**2
    var_out: float = PRIOR_SD**2
    cov: float = 0.0
    #: Days with anchors that it has learned from.
    days: int = 0

    @property
    def bias(self) -> float:
        """Missed on the way in more than on the way out, as a share; above zero the count comes out low."""
        return self.miss_in - self.miss_out

    @property
    def bias_sd(self) -> float:
        """How sure `bias` is, as a standard deviation."""
        return sqrt(max(0.0, self.var_in + self.var_out - 2 * self.cov))

    def spread(self, ins: float, outs: float) -> float:
        """Variance of missed entries minus missed exits that comes from not knowing the rates."""
        return ins * ins * self.var_in + outs * outs * self.var_out - 2 * ins * outs * self.cov

    def unseen(self, ins: float, outs: float) -> float:
        """Missed entries minus missed exits to expect with so many counted."""
        return ins * self.miss_in - outs * self.miss_out

    def chance(self, ins: float, outs: float) -> float:
        """Variance of the same that is pure chance, were the rates known: binomial misses."""
        one, other = max(self.miss_in, MISS_RATE / 4), max(self.miss_out, MISS_RATE / 4)
        return ins * one * (1 + one) + outs * other * (1 + other)

    def aged(self) -> "DoorError":
        """A day later: a little less sure."""
        more = DAILY_SD**2
        return DoorError(
            miss_in=self.miss_in,
            miss_out=self.miss_out,
            var_in=min(self.var_in + more, PRIOR_SD**2),
            var_out=min(self.var_out + more, PRIOR_SD**2),
            cov=self.cov,
            days=self.days,
        )

    def doubted(self) -> "DoorError":
        """After a day that contradicts it beyond belief: what was learned may be relearned."""
        return DoorError(miss_in=self.miss_in, miss_out=self.miss_out, days=self.days)


#: A door that has not learned anything yet.
UNTUNED = DoorError()
