"""Steps from nuclear norm regularised slopes to interactive fixed effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require_generator
from gfe_mc.estimators.factors.interactive import checked_series, fit_of_slopes
from gfe_mc.estimators.factors.nuclear import NuclearNorm
from gfe_mc.estimators.factors.search import Found
from gfe_mc.estimators.factors.shrinkage import require_penalty, residuals_at
from gfe_mc.estimators.factors.starts import Series
from gfe_mc.fit import FactorFit
from gfe_mc.kernels.factors.profile import empty_profile, evaluate
from gfe_mc.kernels.factors.project import off_effects
from gfe_mc.kernels.linear import cross, factorize, gram, multiply, solve_factorized


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
            A balanced panel.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        FactorFit
            With `theta` (K,), `factors` (T, r) and `loadings` (N, r) of the residuals at theta.

        Raises
        ------
        InputError
            The panel has gaps, or as `InteractiveFixedEffects.fit`.
        """
        require_generator(rng)
        panel.require_balanced("PostNuclearNorm")
        series = checked_series(panel, self.factors)
        theta = NuclearNorm(self.penalty).fit(panel, rng).theta
        for _ in range(self.steps):
            theta = _step(series, theta, self.factors)
        at = empty_profile(panel.shape[1], panel.shape[2])
        objective = evaluate(series.products, self.factors, theta, at)
        found = Found(theta, series.z, objective, 1, 1, True)
        return fit_of_slopes(panel, found, self.factors, self)


def _step(series: Series, theta: np.ndarray, r: int) -> np.ndarray:
    """Slopes (K,) by least squares off the r factors and loadings of residuals at others."""
    panel = series.panel
    n_periods, k = panel.shape[1], len(theta)
    at = empty_profile(n_periods, k)
    evaluate(series.products, r, theta, at)
    factors = np.ascontiguousarray(at.vectors[:, :r])
    loadings = multiply(residuals_at(series, theta), factors)
    off = off_effects(panel.x, panel.observed, factors, loadings).reshape(panel.y.size, k)
    bread, side = gram(off), cross(off, panel.y.reshape(-1, 1).copy())
    factor = np.empty((k, k))
    # Where nothing of a regressor is left the slopes are not identified: the fit says it.
    if not factorize(bread, 0.0, factor):
        return theta
    solve_factorized(factor, side)
    return side[:, 0].copy()
