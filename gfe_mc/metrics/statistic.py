"""A user's own summary of the estimates of a parameter over replications."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gfe_mc.errors import require, require_whole
from gfe_mc.metrics.moments import Figure, Sampled
from gfe_mc.seeds import Streams

ERRORS = ("jackknife", "bootstrap")

Function = Callable[[np.ndarray, np.ndarray], float]
"""Estimates (n,) and true values (n,) to a number."""


@dataclass(frozen=True)
class Statistic:
    """Summary statistic of estimates and true values, with its Monte Carlo standard error.

    Parameters
    ----------
    function : callable
        `function(estimates, truths)` of arrays (n,) of the replications in which both are finite.
    title : str, default ""
        The heading of its column; its name in the study if left out.
    error : str, default "jackknife"
        "jackknife": from the function with each replication left out in turn; right for smooth
        functions of means. "bootstrap": from replications drawn with replacement; also right for
        medians and other quantiles.
    draws : int, default 1000
        Number of bootstrap draws.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters 6 and 11.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Statistic
    >>> def median_error(estimates, truths):
    ...     return np.median(estimates - truths)
    >>> statistic = Statistic(median_error, title="median error", error="bootstrap")
    >>> figure = statistic.figure(np.array([0.9, 1.1, 1.4, 1.0]), np.ones(4))
    >>> round(float(figure.value), 6), bool(figure.error > 0)
    (0.05, True)
    """

    function: Function
    title: str = ""
    error: str = "jackknife"
    draws: int = 1000

    def __post_init__(self) -> None:
        require(
            callable(self.function),
            "A statistic must be a function of estimates and true values",
            repr(self.function),
            "Give a function of two arrays (n,)",
        )
        require(
            self.error in ERRORS,
            "The Monte Carlo error must be of a known kind",
            repr(self.error),
            f"Give one of {', '.join(ERRORS)}",
        )
        require_whole("draws", self.draws, 2)

    def figure(self, estimates: np.ndarray, truths: np.ndarray) -> Figure:
        """Compute the statistic, with its error, from estimates and true values (n,)."""
        both = np.isfinite(estimates) & np.isfinite(truths)
        kept, true = estimates[both], truths[both]
        n = len(kept)
        if n == 0:
            return Figure(math.nan, math.nan, 0)
        value = float(self.function(kept, true))
        if n < 2:
            return Figure(value, math.nan, n)
        if self.error == "jackknife":
            left_out = ((np.delete(kept, i), np.delete(true, i)) for i in range(n))
            again = np.array([self.function(*own) for own in left_out], np.float64)
            spread = (n - 1) / n * float(((again - again.mean()) ** 2).sum())
            influence = (again.mean() - again) * math.sqrt((n - 1) / n)
            known = np.where(both, 1.0, np.nan)
            return Sampled.of(Figure(value, math.sqrt(spread), n), known, influence)
        rng = Streams(0)(n)
        draws = rng.integers(n, size=(self.draws, n))
        again = np.array([self.function(kept[own], true[own]) for own in draws], np.float64)
        return Figure(value, float(again.std(ddof=1)), n)


def as_statistic(value: Statistic | Function) -> Statistic:
    """Return a statistic; a plain function has an error by the jackknife."""
    return value if isinstance(value, Statistic) else Statistic(value)
