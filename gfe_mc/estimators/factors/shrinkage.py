"""Slopes beside effects that are shrunk by their nuclear norm, and how much of it is for errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from gfe_mc.data.panel import Panel
from gfe_mc.errors import is_number, require
from gfe_mc.estimators.factors.interactive import read_series
from gfe_mc.estimators.factors.starts import Series
from gfe_mc.kernels.factors.profile import Profile, cross_products, empty_profile, evaluate
from gfe_mc.kernels.linear import factorize, multiply, solve_factorized

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


def require_penalty(penalty: float | None) -> None:
    """Raise `InputError` unless a penalty is a positive number, or left out."""
    require(
        penalty is None or (is_number(penalty) and penalty > 0),
        "`penalty` must be a positive number",
        repr(penalty),
        "Give one such as 0.1, or leave it out",
    )


def series_of(panel: Panel, who: str, *, gaps: bool = False) -> Series:
    """Read a panel of several periods as the kernels do, or raise `InputError`.

    It must be balanced unless there may be `gaps`.
    """
    if not gaps:
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


def shrunk_with_gaps(series: Series, penalty: float, limit: int) -> Slopes:
    """Iterate to the slopes of the least objective over what is observed, n cells.

    That is the sum of (y_it - x_it'theta - Gamma_it)^2 / (2n) over them, and psi |Gamma|_* /
    sqrt(n): convex, and of a complete panel that of `shrunk`. Where nothing is observed the last
    effects stand in for outcomes less regressors times slopes: what lowers the objective of the
    panel so completed lowers this one (Mazumder, Hastie and Tibshirani 2010, Spectral
    regularization algorithms for learning large incomplete matrices).
    """
    _, n_series, n_periods = series.z.shape
    k, gaps = n_series - 1, ~series.panel.observed
    bound = penalty * np.sqrt(np.count_nonzero(series.panel.observed))
    full = series._replace(z=series.z.copy(), products=series.products.copy())
    theta, at = np.zeros(k), empty_profile(n_periods, k)
    for number in range(limit + 1):
        evaluate(full.products, 0, theta, at)
        longest = np.maximum(np.sqrt(np.maximum(at.values, 0.0)), bound)
        effects = multiply(residuals_at(full, theta), _weighted(at, 1.0 - bound / longest))
        full.z[:, -1][gaps] = effects[gaps]
        cross_products(full.z, k, full.products)
        if number == limit:
            break
        evaluate(full.products, 0, theta, at)
        longest = np.maximum(np.sqrt(np.maximum(at.values, 0.0)), bound)
        normal = np.einsum("jkst,st->jk", full.products, _weighted(at, bound / longest))
        side, factor = normal[:k, k:].copy(), np.empty((k, k))
        factorize(normal[:k, :k].copy(), 0.0, factor)
        solve_factorized(factor, side)
        change = np.abs(side[:, 0] - theta).max(initial=0.0)
        theta = side[:, 0].copy()
        if change <= STEP * np.abs(theta).max(initial=0.0):
            evaluate(full.products, 0, theta, at)
            return Slopes(theta, at, True)
    evaluate(full.products, 0, theta, at)
    return Slopes(theta, at, False)


def _weighted(at: Profile, weights: np.ndarray) -> np.ndarray:
    """Sum eigenvectors' products with themselves (T, T), each weighted."""
    return np.asarray(np.einsum("sr,r,tr->st", at.vectors, weights, at.vectors))


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


def residuals_at(series: Series, theta: np.ndarray) -> np.ndarray:
    """Compute Y - X theta, (N, T), at slopes (K,)."""
    residuals = series.z[:, -1].copy()
    for k, slope in enumerate(theta):
        residuals -= slope * series.z[:, k]
    return residuals
