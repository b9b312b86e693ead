"""Least squares with effects that are shrunk by their nuclear norm, and steps on from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from gfe_mc.data.panel import Panel
from gfe_mc.errors import is_number, keep_whole, require, require_generator
from gfe_mc.estimators.factors.interactive import checked_series, fit_of_slopes, read_series
from gfe_mc.estimators.factors.search import Found
from gfe_mc.estimators.factors.starts import Series
from gfe_mc.fit import FactorFit, Model, Status
from gfe_mc.kernels.factors.profile import Profile, empty_profile, evaluate
from gfe_mc.kernels.factors.project import off_effects
from gfe_mc.kernels.linear import cross, factorize, gram, multiply, solve_factorized

STEP = 1e-10
"""Change of all slopes, as a share of the largest, at which iterations end."""
SMALLEST = 1e-8
"""Share of the largest singular value that small ones are taken for where no penalty is."""


class Slopes(NamedTuple):
    """Slopes that iterations ended at."""

    theta: np.ndarray
    """(K,) slopes."""
    at: Profile
    """Eigenvalues and eigenvectors of the residuals' cross-products over periods, (T, T)."""
    converged: bool
    """Whether they settled within the limit."""


@dataclass(frozen=True)
class NuclearNorm:
    """Nuclear norm regularised estimator: y_it = x_it'theta + Gamma_it + v_it, Gamma of low rank.

    Minimises |Y - X theta - Gamma|^2 / (2NT) + psi |Gamma|_* / sqrt(NT) over slopes and effects
    Gamma (N, T), |.|_* the sum of singular values: a convex problem, without local minima. For
    given slopes Gamma are the residuals with singular values less psi sqrt(NT), or zero; their
    number is the rank.

    Parameters
    ----------
    penalty : float, optional
        psi. If left out, s (1 / sqrt(N) + 1 / sqrt(T)): what the largest singular value of errors
        alone would be, over sqrt(NT), if these are independent with standard deviation s. s is
        the median singular value of the residuals at the slopes with the least nuclear norm, over
        that of errors of standard deviation one (Gavish and Donoho 2014).
    limit : int, default 10000
        Most iterations.

    Notes
    -----
    Source and choices: the estimator is the first of Moon and Weidner's two. The choice of psi if
    left out is ours, and so are the iterations, least squares weighted by the singular values:
    each lowers the objective. Slopes and effects are shrunk: there are no standard errors of a
    formula, and `PostNuclearNorm` is the step from here to least squares.

    References
    ----------
    Moon and Weidner (2019), Nuclear norm regularized estimation of panel regression models,
    arXiv 1810.10987. Gavish and Donoho (2014), The optimal hard threshold for singular values is
    4 / sqrt(3), IEEE Transactions on Information Theory 60.
    """

    penalty: float | None = None
    limit: int = 10_000

    def __post_init__(self) -> None:
        require_penalty(self.penalty)
        keep_whole(self, limit=1)

    def fit(self, panel: Panel, rng: np.random.Generator) -> FactorFit:
        """Estimate by iterations that settle in the only minimum; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        FactorFit
            With `theta` (K,), and Gamma as `loadings` (N, r) times `factors` (T, r), whose r is
            the rank found, which may be zero.

        Raises
        ------
        InputError
            The panel has gaps, regressors that are collinear, or values too large or too small to
            be squared.
        """
        require_generator(rng)
        series = series_of(panel, "NuclearNorm")
        penalty = self.penalty if self.penalty is not None else noise(series, self.limit)
        found = shrunk(series, penalty, self.limit)
        return _fit(panel, series, found, penalty, self)


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


def require_penalty(penalty: float | None) -> None:
    """Raise `InputError` unless a penalty is a positive number, or left out."""
    require(
        penalty is None or (is_number(penalty) and penalty > 0),
        "`penalty` must be a positive number",
        repr(penalty),
        "Give one such as 0.1, or leave it out",
    )


def series_of(panel: Panel, who: str) -> Series:
    """Read a balanced panel of several periods as the kernels do, or raise `InputError`."""
    panel.require_balanced(who)
    require(
        min(panel.shape[:2]) > 1,
        f"{who} needs several units and periods",
        f"{panel.shape[0]} units and {panel.shape[1]} periods",
        "Give a panel with at least two of each",
    )
    return read_series(panel)


def shrunk(series: Series, penalty: float | None, limit: int) -> Slopes:
    """Iterate to the slopes of the least objective, or of the least nuclear norm without penalty.

    The objective profiled over Gamma is a sum over singular values s_r of (Y - X theta) /
    sqrt(NT) of s^2 / 2 below psi and psi s - psi^2 / 2 above: concave in s^2. So weighted least
    squares, with weights min(1, psi / s) in the directions of the singular vectors, lowers it.
    """
    n_units, n_series, n_periods = series.z.shape
    k, products = n_series - 1, series.products
    theta = np.zeros(k)
    at = empty_profile(n_periods, k)
    for _ in range(limit):
        evaluate(products, 0, theta, at)
        values = np.maximum(at.values, 0.0)
        if penalty is None:
            least = SMALLEST**2 * values[0]
            weights = 1.0 / np.sqrt(np.maximum(values, least)) if least > 0 else np.ones(n_periods)
        else:
            bound = penalty * np.sqrt(n_units * n_periods)
            weights = bound / np.maximum(np.sqrt(values), bound)
        weighted = np.einsum("sr,r,tr->st", at.vectors, weights, at.vectors)
        normal = np.einsum("jkst,st->jk", products, weighted)
        bread, side, factor = normal[:k, :k].copy(), normal[:k, k:].copy(), np.empty((k, k))
        factorize(bread, 0.0, factor)
        solve_factorized(factor, side)
        change = np.abs(side[:, 0] - theta).max(initial=0.0)
        theta = side[:, 0].copy()
        if change <= STEP * np.abs(theta).max(initial=0.0):
            evaluate(products, 0, theta, at)
            return Slopes(theta, at, True)
    evaluate(products, 0, theta, at)
    return Slopes(theta, at, False)


def noise(series: Series, limit: int) -> float:
    """Compute psi as `NuclearNorm` says of a penalty that is left out."""
    n_units, _, n_periods = series.z.shape
    values = shrunk(series, None, limit).at.values
    few, many = min(n_units, n_periods), max(n_units, n_periods)
    median = float(np.median(np.sqrt(np.maximum(values[:few], 0.0))))
    deviation = median / np.sqrt(many * median_of_errors(few / many))
    require(
        deviation > 0.0,
        "The residuals must be of more than a few factors for a penalty to be found",
        "a median singular value of zero",
        "Give `penalty`",
    )
    return float(deviation * (1 / np.sqrt(n_units) + 1 / np.sqrt(n_periods)))


def median_of_errors(ratio: float) -> float:
    """Return the median of the Marchenko-Pastur law: squared singular values over the longer side.

    Of matrices of independent entries of variance one, whose sides have this ratio, at most one.
    """
    root = np.sqrt(ratio)

    def share(angle: float) -> float:
        # The density at 1 + ratio - 2 sqrt(ratio) cos(angle), times what that changes by.
        place = 1 + ratio - 2 * root * np.cos(angle)
        return float(2 / np.pi * np.sin(angle) ** 2 / place)

    middle = brentq(lambda angle: quad(share, 0.0, angle)[0] - 0.5, 0.0, np.pi)
    return float(1 + ratio - 2 * root * np.cos(middle))


def _fit(
    panel: Panel, series: Series, found: Slopes, penalty: float, estimator: NuclearNorm
) -> FactorFit:
    n_units, n_periods, _ = panel.shape
    singular = np.sqrt(np.maximum(found.at.values, 0.0) / (n_units * n_periods))
    r = int(np.count_nonzero(singular > penalty))
    factors = np.ascontiguousarray(np.sqrt(n_periods) * found.at.vectors[:, :r])
    factors *= np.where(factors.sum(axis=0) < 0.0, -1.0, 1.0)
    loadings = multiply(_residuals(series, found.theta), factors) / n_periods
    loadings *= 1.0 - penalty / singular[:r]
    below, above = singular[r:], singular[:r]
    objective = (below**2).sum() / 2 + (penalty * above - penalty**2 / 2).sum()
    return FactorFit(
        theta=found.theta,
        factors=factors,
        loadings=loadings,
        objective=float(objective),
        status=Status.SUCCESS if found.converged else Status.ITERATION_LIMIT,
        model=Model(factors=r, criterion="nuclear norm penalty"),
        estimator=estimator,
    )


def _residuals(series: Series, theta: np.ndarray) -> np.ndarray:
    """Y - X theta, (N, T)."""
    residuals = series.z[:, -1].copy()
    for k, slope in enumerate(theta):
        residuals -= slope * series.z[:, k]
    return residuals


def _step(series: Series, theta: np.ndarray, r: int) -> np.ndarray:
    """Slopes (K,) by least squares off the r factors and loadings of residuals at others."""
    panel = series.panel
    n_periods, k = panel.shape[1], len(theta)
    at = empty_profile(n_periods, k)
    evaluate(series.products, r, theta, at)
    factors = np.ascontiguousarray(at.vectors[:, :r])
    loadings = multiply(_residuals(series, theta), factors)
    off = off_effects(panel.x, panel.observed, factors, loadings).reshape(panel.y.size, k)
    bread, side = gram(off), cross(off, panel.y.reshape(-1, 1).copy())
    factor = np.empty((k, k))
    # Where nothing of a regressor is left the slopes are not identified: the fit says it.
    if not factorize(bread, 0.0, factor):
        return theta
    solve_factorized(factor, side)
    return side[:, 0].copy()
