"""Slopes beside effects that are shrunk by their nuclear norm, and how much of it is for errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from gfe_mc.data.panel import Panel
from gfe_mc.errors import is_number, require
from gfe_mc.estimators.factors.interactive import read_series
from gfe_mc.estimators.factors.starts import Series, nuclear
from gfe_mc.estimators.profiles.design import require_observed
from gfe_mc.kernels.factors.profile import Profile, cross_products, empty_profile, evaluate
from gfe_mc.kernels.factors.shrink import fill_gaps, weighted_moments
from gfe_mc.kernels.linear import factorize, solve_factorized

STEP = 1e-10
"""Change of all slopes, as a share of the largest, at which iterations end."""
SMALLEST = 1e-8
"""Share of the largest singular value that small ones are taken for where no penalty is.

With gaps also the least weight: rounding hides what a smaller one does.
"""
SMALL = 0.1
"""With gaps the least nuclear norm is that of a penalty of this share of the one with zeros there.

It converges fast, and its median singular value is that of the least norm but for a few per cent.
"""


class Slopes(NamedTuple):
    """Slopes that iterations ended at."""

    theta: np.ndarray
    """(K,) slopes."""
    at: Profile
    """Eigenvalues and eigenvectors of the residuals' cross-products over periods, (T, T)."""
    converged: bool
    """Whether they settled within the limit."""


def require_penalty(penalty: float | None) -> None:
    """Raise `InputError` unless a penalty is a positive number, or left out."""
    require(
        penalty is None or (is_number(penalty) and penalty > 0),
        "`penalty` must be a positive number",
        repr(penalty),
        "Give one such as 0.1, or leave it out",
    )


class Completed(NamedTuple):
    """Slopes that iterations ended at, and what they filled gaps with."""

    slopes: Slopes
    """The slopes, and where they are on the completed panel."""
    z: np.ndarray
    """(N, D, T) series; in gaps regressors are zero, and outcomes the effects there."""


def series_of(panel: Panel, who: str, *, gaps: bool = False) -> Series:
    """Read a panel of several periods as the kernels do, or raise `InputError`.

    Parameters
    ----------
    panel : Panel
        The panel.
    who : str
        What needs it, for the message.
    gaps : bool, default False
        Whether it may have gaps, but for a unit or period without any observation.
    """
    if gaps:
        require_observed(panel)
    else:
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


def completed(series: Series, penalty: float, limit: int) -> Completed:
    """Iterate to the slopes and the gaps of the least objective of observed cells.

    The least of squares over observed cells and the norm over all is that of `shrunk` over slopes
    and whatever is in the gaps: given Gamma, the best that can be there is Gamma itself. It is
    convex in both, and least squares with the weights of `shrunk` over both lowers it.
    """
    n_periods, k = series.z.shape[2], series.z.shape[1] - 1
    observed = series.panel.observed
    bound = penalty * np.sqrt(np.count_nonzero(observed))
    z, products, fills = series.z.copy(), series.products.copy(), np.zeros(series.z.shape)
    theta, at, settled = np.zeros(k), empty_profile(n_periods, k), False
    for _ in range(limit):
        evaluate(products, 0, theta, at)
        moments = weighted_moments(z, observed, _weights(at, bound), fills)
        bread, side, factor = moments[:k, :k].copy(), moments[:k, k:].copy(), np.empty((k, k))
        factorize(bread, 0.0, factor)
        solve_factorized(factor, side)
        change = np.abs(side[:, 0] - theta).max(initial=0.0)
        theta = side[:, 0].copy()
        filled, largest = fill_gaps(z, observed, fills, theta)
        cross_products(z, k, products)
        settled = bool(change <= STEP * np.abs(theta).max(initial=0.0) and filled <= STEP * largest)
        if settled:
            break
    evaluate(products, 0, theta, at)
    return Completed(Slopes(theta, at, settled), z)


def noise(series: Series, limit: int) -> float:
    """Compute psi as `NuclearNorm` says of a penalty that is left out."""
    n_units, _, n_periods = series.z.shape
    per_deviation = 1 / np.sqrt(n_units) + 1 / np.sqrt(n_periods)
    if series.panel.balanced:
        deviation = _deviation(series, shrunk(series, None, limit).at)
    else:
        at = empty_profile(n_periods, series.z.shape[1] - 1)
        evaluate(series.products, 0, nuclear(series), at)
        deviation = _deviation(series, at)
        if deviation > 0.0:
            small = SMALL * deviation * per_deviation
            deviation = _deviation(series, completed(series, small, limit).slopes.at)
    require(
        deviation > 0.0,
        "The residuals must be of more than a few factors for a penalty to be found",
        "a median singular value of zero",
        "Give `penalty`",
    )
    return float(deviation * per_deviation)


def _deviation(series: Series, at: Profile) -> float:
    """Standard deviation of errors by the median singular value, of errors in observed cells."""
    n_units, _, n_periods = series.z.shape
    few, many = min(n_units, n_periods), max(n_units, n_periods)
    median = float(np.median(np.sqrt(np.maximum(at.values[:few], 0.0))))
    share = np.count_nonzero(series.panel.observed) / series.panel.observed.size
    return float(median / np.sqrt(many * median_of_errors(few / many)) / np.sqrt(share))


def _weights(at: Profile, bound: float) -> np.ndarray:
    """Weights (T, T) of least squares where singular values are shrunk by a bound."""
    values = np.sqrt(np.maximum(at.values, 0.0))
    weights = np.maximum(bound / np.maximum(values, bound), SMALLEST)
    found: np.ndarray = np.einsum("sr,r,tr->st", at.vectors, weights, at.vectors)
    return found


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


def residuals_at(series: Series, theta: np.ndarray) -> np.ndarray:
    """Compute Y - X theta, (N, T), at slopes (K,)."""
    residuals = series.z[:, -1].copy()
    for k, slope in enumerate(theta):
        residuals -= slope * series.z[:, k]
    return residuals
