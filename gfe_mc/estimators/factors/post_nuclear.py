"""Steps from nuclear norm regularised slopes to interactive fixed effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require_generator
from gfe_mc.estimators.factors.interactive import checked_series, fit_of_slopes
from gfe_mc.estimators.factors.nuclear import NuclearNorm
from gfe_mc.estimators.factors.search import Found
from gfe_mc.estimators.factors.shrinkage import require_penalty, residuals_at
from gfe_mc.estimators.factors.starts import Series
from gfe_mc.fit import FactorFit
from gfe_mc.kernels.factors.gaps import complete_from
from gfe_mc.kernels.factors.profile import cross_products, empty_profile, evaluate
from gfe_mc.kernels.factors.project import off_effects
from gfe_mc.kernels.linear import cross, factorize, gram, multiply, solve_factorized

SETTLED = 1e-13
"""Fillings that lower the sum of squares by no more than this share of it are the last."""
FILLINGS = 10_000
"""Most fillings at given slopes."""


@dataclass(frozen=True)
class PostNuclearNorm:
    """Steps from the nuclear norm regularised slopes towards interactive fixed effects.

    A step takes the r first factors and loadings of the residuals at the slopes at hand, and then
    least squares of the outcome on the regressors, both less all that these factors (with any
    loadings) and these loadings (with any factors) explain.

    Parameters
    ----------
    factors : int
        Number of factors r.
    steps : int, default 3
        Number of steps. Moon and Weidner show that a finite number of them gives an estimator
        that is asymptotically equivalent to least squares; the default is ours.
    penalty : float, optional
        As in `NuclearNorm`.

    Notes
    -----
    Panels may have gaps. Factors and loadings of a step are then those with the least squares over
    observed cells at the slopes at hand: gaps are filled in from the model, in turn with both, as
    by `InteractiveFixedEffects`, from what `NuclearNorm` or the step before filled in. What factors
    and loadings explain of outcome and regressors is by least squares over observed cells as well,
    and so is the objective. That the steps are as good as least squares is shown for panels
    without gaps. Where the fillings of a step, or of the last fit, are too many the status is
    ITERATION_LIMIT.

    References
    ----------
    Moon and Weidner (2019), arXiv 1810.10987, the iterations after the nuclear norm estimators.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, InteractiveFixedEffects, PostNuclearNorm
    >>> panel = GroupedEffects(60, 20, 2, separation=3.0).draw(np.random.default_rng(0)).panel
    >>> fit = PostNuclearNorm(factors=2).fit(panel, np.random.default_rng(0))
    >>> least = InteractiveFixedEffects(factors=2).fit(panel, np.random.default_rng(0))
    >>> fit.theta.round(2), least.theta.round(2)  # three steps are as good as there
    (array([0.97]), array([0.97]))
    """

    factors: int
    steps: int = 3
    penalty: float | None = None

    def __post_init__(self) -> None:
        keep_whole(self, factors=0, steps=1)
        require_penalty(self.penalty)

    def fit(self, panel: Panel, rng: np.random.Generator) -> FactorFit:
        """Estimate by so many steps; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            A panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        FactorFit
            With `theta` (K,), `factors` (T, r) and `loadings` (N, r) of the residuals at theta.

        Raises
        ------
        InputError
            As `InteractiveFixedEffects.fit`.
        """
        require_generator(rng)
        series = checked_series(panel, self.factors)
        first = NuclearNorm(self.penalty).fit(panel, rng)
        if not panel.balanced:
            found = _steps_with_gaps(series, first, self.factors, self.steps)
            return fit_of_slopes(panel, found, self.factors, self)
        theta = first.theta
        for _ in range(self.steps):
            theta = _step(series, theta, self.factors)
        at = empty_profile(panel.shape[1], panel.shape[2])
        objective = evaluate(series.products, self.factors, theta, at)
        found = Found(theta, series.z, objective, 1, 1, True)
        return fit_of_slopes(panel, found, self.factors, self)


def _step(series: Series, theta: np.ndarray, r: int) -> np.ndarray:
    """Slopes (K,) by least squares off the r factors and loadings of residuals at others."""
    at = empty_profile(series.z.shape[2], len(theta))
    evaluate(series.products, r, theta, at)
    factors = np.ascontiguousarray(at.vectors[:, :r])
    loadings = multiply(residuals_at(series, theta), factors)
    return _off(series.panel, theta, factors, loadings)


def _off(panel: Panel, theta: np.ndarray, factors: np.ndarray, loadings: np.ndarray) -> np.ndarray:
    """Slopes (K,) by least squares off factors and loadings; those given where nothing is left."""
    k = len(theta)
    off = off_effects(panel.x, panel.observed, factors, loadings).reshape(panel.y.size, k)
    bread, side = gram(off), cross(off, panel.y.reshape(-1, 1).copy())
    factor = np.empty((k, k))
    # Where nothing of a regressor is left the slopes are not identified: the fit says it.
    if not factorize(bread, 0.0, factor):
        return theta
    solve_factorized(factor, side)
    return side[:, 0].copy()


def _steps_with_gaps(series: Series, first: FactorFit, r: int, steps: int) -> Found:
    """Take the steps from a fit, the gaps of residuals filled in from what it says of them."""
    observed, theta = series.panel.observed, first.theta
    effects = multiply(first.loadings, np.ascontiguousarray(first.factors.T))
    settled = True
    for _ in range(steps):
        filled = _filled(series, theta, effects, r)
        effects, settled = filled.residuals, settled and filled.settled
        loadings = multiply(effects, filled.factors)
        theta = _off(series.panel, theta, filled.factors, loadings)
    filled = _filled(series, theta, effects, r)
    z = series.z.copy()
    # Regressors are zero in gaps: outcomes there are the effects.
    z[:, -1] = np.where(observed, z[:, -1], filled.residuals)
    return Found(theta, z, filled.objective, 1, 1, settled and filled.settled)


class _Filled(NamedTuple):
    """Residuals whose gaps factors and loadings of least squares have filled."""

    residuals: np.ndarray
    """(N, T)."""
    factors: np.ndarray
    """(T, r), F'F = I."""
    objective: float
    """What is left of squares of observed cells."""
    settled: bool
    """Whether the fillings settled within the limit."""


def _filled(series: Series, theta: np.ndarray, effects: np.ndarray, r: int) -> _Filled:
    """Fill the gaps of residuals at slopes (K,), which effects (N, T) are in at first."""
    n_periods, observed = series.z.shape[2], series.panel.observed
    residuals = np.where(observed, residuals_at(series, theta), effects)
    z = np.ascontiguousarray(residuals[:, None, :])
    objective, settled, _ = complete_from(z, observed, r, SETTLED, FILLINGS, np.zeros(0))
    products, at = np.zeros((1, 1, n_periods, n_periods)), empty_profile(n_periods, 0)
    cross_products(z, 0, products)
    evaluate(products, r, np.zeros(0), at)
    factors = np.ascontiguousarray(at.vectors[:, :r])
    return _Filled(z[:, 0].copy(), factors, objective, settled)
