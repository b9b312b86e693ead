"""The searches for the slopes that minimise the objective of interactive effects.

A search is a frozen dataclass of options. A try of it is a start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from gfe_mc.errors import LARGEST, is_number, keep_whole, require, require_one_of
from gfe_mc.estimators.factors.starts import (
    STARTS,
    Series,
    Start,
    named_starts,
    random_starts,
    require_starts,
)
from gfe_mc.kernels.factors.descend import descend, iterate
from gfe_mc.kernels.factors.gaps import complete, complete_plainly

SAME = 1e-9
"""Objectives that differ by less than this share are of one optimum."""
UPDATES = ("loadings", "projected")


class Found(NamedTuple):
    """What a search found."""

    theta: np.ndarray
    """(K,) slopes."""
    z: np.ndarray
    """(N, D, T) series, whose gaps are filled."""
    objective: float
    """The sum of squared residuals of observed cells."""
    n_best: int
    """How many starts met the best objective."""
    n_tries: int
    """How many there were."""
    converged: bool
    """Whether the best one ended by its own rule."""


class FactorSearch(Protocol):
    """Search for the slopes with the least objective: any object with this method."""

    def minimize(self, series: Series, n_factors: int, rng: np.random.Generator) -> Found:
        """Search for the best slopes beside so many factors."""
        ...


@dataclass(frozen=True)
class ProfileNewton:
    """Newton's method on the profiled objective, from several starts, the best of which is kept.

    Where the objective is not convex, or Newton's step does not lower it, its Hessian is mixed with
    that for given factors, whose step always does.

    Parameters
    ----------
    starts : tuple of str or Estimator, default all that have a name
        "zero", "ols" (on the regressors alone), "pooled" (with period effects), "within" (with
        unit effects), "nuclear" (the least nuclear norm of residuals), or an estimator whose slopes
        are a start.
    random : int, default 30
        Number of random starts, normal about "pooled".
    spread : float, default 2.0
        Their standard deviation, in units of the slope that would by itself explain the residual of
        least squares.
    limit : int, default 10000
        Most steps from one start; with gaps, each fills them once.
    tolerance : float, default 1e-12
        With gaps, a step that lowers the objective by no more than this share of it is the last.
        Without gaps, a step whose promise is rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, InteractiveFixedEffects, ProfileNewton
    >>> panel = GroupedEffects(30, 10, 2, separation=3.0).draw(np.random.default_rng(0)).panel
    >>> search = ProfileNewton(starts=("ols", "nuclear"), random=5)
    >>> fit = InteractiveFixedEffects(factors=2, search=search).fit(panel, np.random.default_rng(0))
    >>> fit.n_tries  # two starts with a name, and five random ones
    7
    >>> fit.theta.round(1)
    array([1.])
    """

    starts: tuple[Start, ...] = tuple(STARTS)
    random: int = 30
    spread: float = 2.0
    limit: int = 10_000
    tolerance: float = 1e-12

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", require_starts(self.starts))
        keep_whole(self, random=0, limit=1)
        require(
            bool(self.starts) or self.random > 0,
            "There must be a start",
            "none",
            f"Give some of {', '.join(STARTS)}, or random ones",
        )
        for name in ("spread", "tolerance"):
            _require_positive(name, getattr(self, name))

    def minimize(self, series: Series, n_factors: int, rng: np.random.Generator) -> Found:
        """Search from every start."""
        starts = named_starts(self.starts, series, rng)
        starts += random_starts(self.random, self.spread, series, rng)

        def one(theta: np.ndarray, z: np.ndarray) -> tuple[float, bool, int]:
            if series.panel.balanced:
                return descend(series.products, n_factors, self.limit, theta)
            observed = series.panel.observed
            return complete(z, observed, n_factors, self.tolerance, self.limit, theta)

        return best_of(series, starts, one)


@dataclass(frozen=True)
class BaiIteration:
    """Bai's iteration: factors and loadings for given slopes, slopes for given effects, in turn.

    It converges linearly, which can take tens of thousands of iterations where there are few
    periods: where it ends depends on `tolerance` and `limit` as well as on its start.

    Parameters
    ----------
    starts : tuple of str or Estimator, default ("ols",)
        As in `ProfileNewton`; the best of them is kept.
    update : str, default "loadings"
        Slopes by least squares on the outcome less factors times loadings; or "projected": on
        outcome and regressors orthogonal to the factors.
    tolerance : float, default 1e-9
        It ends when no slope changes by more than this.
    limit : int, default 100000
        Most iterations from one start.

    References
    ----------
    Bai (2009), Panel data models with interactive fixed effects, Econometrica 77, section 3:
    "projected" solves its first equations in turn, "loadings" is the scheme that it recommends.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import BaiIteration, GroupedEffects, InteractiveFixedEffects
    >>> panel = GroupedEffects(30, 10, 2, separation=3.0).draw(np.random.default_rng(0)).panel
    >>> search = BaiIteration(starts=("ols", "within"), tolerance=1e-6)
    >>> fit = InteractiveFixedEffects(factors=2, search=search).fit(panel, np.random.default_rng(0))
    >>> fit.n_best, fit.n_tries, fit.status.message
    (2, 2, 'the search ended by its own rule')
    """

    starts: tuple[Start, ...] = ("ols",)
    update: str = "loadings"
    tolerance: float = 1e-9
    limit: int = 100_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", require_starts(self.starts))
        require(bool(self.starts), "There must be a start", "none", f"Give {', '.join(STARTS)}")
        require_one_of("update", self.update, UPDATES)
        keep_whole(self, limit=1)
        _require_positive("tolerance", self.tolerance)

    def minimize(self, series: Series, n_factors: int, rng: np.random.Generator) -> Found:
        """Iterate from every start."""
        projected = self.update == "projected"

        def one(theta: np.ndarray, z: np.ndarray) -> tuple[float, bool, int]:
            ends = self.tolerance, self.limit
            if series.panel.balanced:
                return iterate(series.products, n_factors, projected, *ends, theta)
            observed = series.panel.observed
            return complete_plainly(z, observed, n_factors, projected, *ends, theta)

        return best_of(series, named_starts(self.starts, series, rng), one)


def best_of(
    series: Series,
    starts: list[np.ndarray],
    one: Callable[[np.ndarray, np.ndarray], tuple[float, bool, int]],
) -> Found:
    """Search from each start, and keep the best.

    Parameters
    ----------
    series : Series
        The panel.
    starts : list of (K,) arrays
        Slopes to start from.
    one : callable
        Searches from slopes and series, and leaves both where it ended; returns the objective,
        whether it converged, and how many steps it took.

    Raises
    ------
    InputError
        There is no start with finite slopes.
    """
    require(
        bool(starts), "A start must have finite slopes", "none that has", f"Use {', '.join(STARTS)}"
    )
    kept: tuple[float, bool, np.ndarray, np.ndarray] | None = None
    objectives = []
    for start in starts:
        theta, z = start.copy(), series.z
        if not series.panel.balanced:
            z = z.copy()
        objective, converged, _ = one(theta, z)
        objectives.append(objective)
        if kept is None or objective < kept[0]:
            kept = objective, converged, theta, z
    assert kept is not None
    objective, converged, theta, z = kept
    near = objective + SAME * abs(objective)
    n_best = max(int(np.count_nonzero(np.array(objectives) <= near)), 1)
    return Found(theta, z, objective, n_best, len(starts), converged)


def _require_positive(name: str, value: object) -> None:
    require(
        is_number(value) and 0 < value <= LARGEST,  # type: ignore[operator]
        f"`{name}` must be a positive number",
        repr(value),
        "Give one above 0",
    )
