"""Spectral slopes, groups by distances of projected residuals, then least squares."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require, require_generator
from gfe_mc.estimators.factors.shrinkage import series_of
from gfe_mc.estimators.profiles.oracle import fit_given
from gfe_mc.fit import ProfileFit, Status
from gfe_mc.kernels.factors.eigen import eigen
from gfe_mc.kernels.linear import exceeds, factorize, gram, multiply, solve_factorized

COLLINEAR = 1e-10
"""Share of the largest eigenvalue below which the quadratic form of the slopes is singular."""


@dataclass(frozen=True)
class PostSpectral:
    """Post-spectral estimator: spectral slopes in halves of the units, groups, least squares.

    With residuals r_i(b) = y_i - x_i b and the matrix of squared distances |r_i - r_j|^2 / (NT),
    the sum of its 2 G M + 2 eigenvalues of largest size is nearly quadratic in b; the spectral
    slopes minimise the quadratic that it is at zero and unit slopes. Each half of the units has
    its own. Residuals of a half, at its slopes, are projected on their G first factors over time.
    Units then go one after the other to the first group whose mean is no farther than lambda, or
    start a new one; lambda is the least that leaves at most G groups.

    Parameters
    ----------
    groups : int
        Largest number of groups G.
    factors : int, default 1
        Number of factors M of the regressors.
    grid : int, default 100
        Number of values of lambda that are tried.

    Notes
    -----
    Source and choices: the paper's text was not at hand. The steps are those of a program for it
    that Mugnier published with his comparison of estimators (arXiv 2203.08879), where the slopes
    and factors of a half are also used in that half. Ours: halves of equal size instead of a coin
    a unit; values of lambda that are equally spaced up to the largest distance of two units,
    where the program has 1 to 50; and eigenvalues by way of the cross-products over periods.
    The groups depend on the order of the units, but for groups far apart.

    References
    ----------
    Chetverikov and Manresa (2022), Spectral and post-spectral estimators for grouped panel data
    models, arXiv 2212.13324.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, PostSpectral
    >>> rng = np.random.default_rng(0)
    >>> sample = GroupedEffects(20, 12, 2, separation=6.0, correlation=0.0).draw(rng)
    >>> fit = PostSpectral(groups=2).fit(sample.panel, rng)
    >>> fit.groups
    array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    """

    groups: int
    factors: int = 1
    grid: int = 100

    def __post_init__(self) -> None:
        keep_whole(self, groups=1, factors=1, grid=1)

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate slopes in halves, groups, and by least squares slopes and profiles.

        Where the quadratic form of a half is singular, the status is COLLINEAR and all units are
        one group.

        Parameters
        ----------
        panel : Panel
            A balanced panel of more than 2 G M periods and of 4 G M + 4 units at least.
        rng : numpy.random.Generator
            Draws the halves.

        Raises
        ------
        InputError
            The panel has gaps, too few units or periods, or as `GFE.fit`.
        """
        require_generator(rng)
        n_units, n_periods, k = panel.shape
        series = series_of(panel, "PostSpectral")
        size = 2 * self.groups * self.factors + 2
        require(
            n_periods > size - 2 and n_units >= 2 * size,
            "PostSpectral needs more periods than 2 G M, and 4 G M + 4 units",
            f"{n_periods} periods and {n_units} units for G = {self.groups}, M = {self.factors}",
            f"Give {size - 1} periods and {2 * size} units, or fewer groups",
        )
        half = rng.permutation(n_units) % 2
        projected = np.empty((n_units, n_periods))
        for h in (0, 1):
            own = np.ascontiguousarray(series.z[half == h])
            theta = spectral_slopes(own, size)
            if theta is None:
                fit = fit_given(panel, np.zeros(n_units, np.int64), self)
                return _failed(fit, k)
            projected[half == h] = _projected(_residuals(own, theta), self.groups)
        return fit_given(panel, self._labels(projected), self)

    def _labels(self, projected: np.ndarray) -> np.ndarray:
        """Groups (N,) of projected residuals (N, T), for the least lambda on the grid."""
        squares = np.einsum("it,it->i", projected, projected)
        products = gram(np.ascontiguousarray(projected.T))
        apart = squares[:, None] + squares - 2.0 * products
        largest = float(np.sqrt(max(apart.max(), 0.0)))
        for step in range(1, self.grid + 1):
            bound = largest * step / self.grid
            labels = in_turn(projected, bound if step < self.grid else np.inf)
            if labels.max() < self.groups:
                break
        return labels


def in_turn(points: np.ndarray, bound: float) -> np.ndarray:
    """Put points (N, T) in turn into the first group whose mean is near enough, or a new one.

    Parameters
    ----------
    points : (N, T) array
        Points.
    bound : float
        Largest distance from a group's mean.
    """
    labels = np.zeros(len(points), np.int64)
    sums, counts = points[:1].copy(), np.ones(1)
    for i in range(1, len(points)):
        distance = np.sqrt(((sums / counts[:, None] - points[i]) ** 2).sum(axis=1))
        near = np.flatnonzero(distance <= bound)
        if near.size:
            labels[i] = near[0]
            sums[near[0]] += points[i]
            counts[near[0]] += 1
        else:
            labels[i] = len(counts)
            sums, counts = np.vstack([sums, points[i]]), np.append(counts, 1.0)
    return labels


def spectral_slopes(z: np.ndarray, size: int) -> np.ndarray | None:
    """Compute the slopes (K,) that minimise the quadratic form of eigenvalues; None if singular.

    Parameters
    ----------
    z : (N, K + 1, T) array
        Regressors, then the outcome.
    size : int
        Number of eigenvalues.
    """
    k = z.shape[1] - 1
    basis = np.eye(k)
    level = top_eigenvalues(_residuals(z, np.zeros(k)), size)
    plus = [top_eigenvalues(_residuals(z, e), size) for e in basis]
    minus = [top_eigenvalues(_residuals(z, -e), size) for e in basis]
    linear = (np.array(plus) - np.array(minus)) / 2.0
    form = np.diag((np.array(plus) + np.array(minus)) / 2.0 - level)
    for a in range(k):
        for b in range(a):
            both = top_eigenvalues(_residuals(z, basis[a] + basis[b]), size)
            apart = form[a, a] + form[b, b] + linear[a] + linear[b] + level
            form[a, b] = form[b, a] = (both - apart) / 2.0
    scale = np.sqrt(np.abs(np.diag(form)))
    if not (scale > 0).all() or not exceeds(form / np.outer(scale, scale), COLLINEAR):
        return None
    side, factor = -linear[:, None] / 2.0, np.empty((k, k))
    factorize(form, 0.0, factor)
    solve_factorized(factor, side)
    slopes: np.ndarray = side[:, 0].copy()
    return slopes


def top_eigenvalues(residuals: np.ndarray, size: int) -> float:
    """Sum the eigenvalues of largest size of the matrix |r_i - r_j|^2 / (NT) of residuals (N, T).

    The matrix is P C P' with P = (1, |r_i|^2, r_i') and a small C, so that its eigenvalues other
    than zero are those of S C S', S'S = P'P.
    """
    n_units, n_periods = residuals.shape
    squares = np.einsum("it,it->i", residuals, residuals)
    # Of one size: the product is balanced then.
    unit = max(float(squares.max()), float(np.finfo(np.float64).tiny))
    p = np.column_stack([np.ones(n_units), squares / unit, residuals / np.sqrt(unit)])
    values, vectors = np.zeros(n_periods + 2), np.zeros((n_periods + 2, n_periods + 2))
    eigen(gram(p), values, vectors)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    middle = np.zeros((n_periods + 2, n_periods + 2))
    middle[0, 1] = middle[1, 0] = 1.0
    middle[2:, 2:] = -2.0 * np.eye(n_periods)
    product = multiply(multiply(root, middle), np.ascontiguousarray(root.T))
    eigen((product + product.T) / 2.0, values, vectors)
    largest = np.argsort(-np.abs(values), kind="stable")[:size]
    return float(float(values[largest].sum()) * unit / (n_units * n_periods))


def _residuals(z: np.ndarray, theta: np.ndarray) -> np.ndarray:
    residuals: np.ndarray = z[:, -1].copy()
    for k, slope in enumerate(theta):
        residuals -= slope * z[:, k]
    return residuals


def _projected(residuals: np.ndarray, n_factors: int) -> np.ndarray:
    """Residuals (N, T) projected on their first factors over time."""
    n_periods = residuals.shape[1]
    values, vectors = np.zeros(n_periods), np.zeros((n_periods, n_periods))
    eigen(gram(residuals), values, vectors)
    first = np.ascontiguousarray(vectors[:, :n_factors])
    return multiply(multiply(residuals, first), np.ascontiguousarray(first.T))


def _failed(fit: ProfileFit, n_slopes: int) -> ProfileFit:
    """Say of a fit that slopes are not identified."""
    lost = np.full(fit.alpha.shape, np.nan)
    return replace(fit, theta=np.full(n_slopes, np.nan), alpha=lost, status=Status.COLLINEAR)
