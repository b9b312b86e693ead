"""What our figure differs from a printed one by, against what chance would do."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import norm, t

MANY = 100
"""Samples from which on a z is as good as normal where many of them are taken together."""
_LEAST = 1e-300
"""Probabilities below have no normal quantile."""


@dataclass(frozen=True)
class Difference:
    """Difference of our figure and a printed one.

    Attributes
    ----------
    ours, published : float
        Both.
    sampling : float
        Standard deviation of their difference by the samples, ours and theirs.
    rounding : float
        Standard deviation of the rounding of the print.
    used : int
        Our samples, by which `sampling` is estimated.
    share : bool
        Whether the figure is a share of replications, `sampling` that of a common share.
    root : bool
        Whether it is the root of a mean of squares: a standard deviation, or a root mean squared
        error.
    """

    ours: float
    published: float
    sampling: float
    rounding: float
    used: int
    share: bool = False
    root: bool = False

    @property
    def spread(self) -> float:
        """Standard deviation of the difference."""
        return math.hypot(self.sampling, self.rounding)

    @property
    def z(self) -> float:
        """The difference over its standard deviation; NaN where one of them is missing."""
        return (self.ours - self.published) / self.spread

    @property
    def p(self) -> float:
        """Two-sided probability of a z as large where both have the same expectation.

        A share is of the normal distribution, by its score as Wilson's interval; all else of
        Student's t with used - 1 degrees of freedom, more where rounding, which is known, makes a
        part of the variance (Satterthwaite). Roots of squares of fewer than 100 samples are
        compared in logarithms, as they are skewed and vary together with their errors.
        """
        if self.share or self.sampling == 0:
            return float(2 * norm.sf(abs(self.z)))
        freedom = max(self.used - 1, 1) * (self.spread / self.sampling) ** 4
        z = self.z
        if self.root and self.used < MANY and self.ours > 0 and self.published > 0:
            z = math.log(self.ours / self.published) * self.ours / self.spread
        return float(2 * t.sf(abs(z), freedom))

    @property
    def score(self) -> float:
        """Normal quantile that has the probability of z; z itself where samples are many."""
        if self.used >= MANY or math.isnan(self.z):
            return self.z
        return math.copysign(float(norm.isf(max(self.p, _LEAST) / 2)), self.z)


def difference(
    ours: float,
    error: float,
    used: int,
    published: float,
    decimals: int,
    replications: int,
    whole: float | None = None,
    *,
    root: bool = False,
) -> Difference:
    """Compare one figure; its z is NaN where ours or its error is missing.

    Parameters
    ----------
    ours, error : float
        Our figure, and its Monte Carlo standard error.
    used : int
        The replications behind it.
    published : float
        The printed figure.
    decimals, replications : int
        Its printed decimals, and the replications behind it.
    whole : float, optional
        What all replications together are where the figure is a share of them: 1 or 100. Its
        error and theirs are then of the share that both have if they are of the same design, a
        replication more on either side, so that a share of 0 has an error as well.
    root : bool, default False
        Whether it is the root of a mean of squares: of fewer than 100 samples its error is at
        least that of normal ones.
    """
    if root and 1 < used < MANY:
        # Fourth moments of few samples are too small more often than not.
        error = max(error, ours / math.sqrt(2 * (used - 1)))
    theirs = error * math.sqrt(used / replications) if used else math.nan
    if whole is not None and used:
        both = (ours * used + published * replications) / whole
        share = (both + 1) / (used + replications + 2)
        spread = whole * math.sqrt(share * (1 - share))
        error, theirs = spread / math.sqrt(used), spread / math.sqrt(replications)
    rounding = 10.0**-decimals / math.sqrt(12)
    sampling = math.hypot(error, theirs)
    return Difference(ours, published, sampling, rounding, used, whole is not None, root)
