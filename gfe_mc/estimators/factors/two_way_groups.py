"""Effects of units by groups of periods and of periods by groups of units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require, require_flags, require_generator
from gfe_mc.estimators.factors.shrinkage import series_of
from gfe_mc.estimators.profiles.oracle import require_enough_units
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.estimators.profiles.two_step import k_means, moments_of
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import FactorFit, Model, Status
from gfe_mc.kernels.factors.eigen import eigen
from gfe_mc.kernels.linear import exceeds, factorize, gram, multiply, solve_factorized

COLLINEAR = 1e-10
"""A regressor whose remaining share of its own variation is below this counts as collinear."""
NOTHING = 1e-12
"""Eigenvalues of effects below this share of the largest are zero."""


@dataclass(frozen=True)
class TwoWayGroups:
    """Two-way grouped fixed effects: y_it = x_it'theta + delta_{i c_t} + gamma_{g_i t} + v_it.

    Units are in groups g_i and periods in groups c_t; there is an effect of each unit in each
    group of periods, and of each period in each group of units. For these groups theta is least
    squares of deviations from the unit's mean and the period's mean within each block of a group
    of units and one of periods. The groups stand for heterogeneity h(a_i, f_t) that is smooth in
    both, and of unknown form.

    Parameters
    ----------
    groups : int
        Number of groups of units G.
    period_groups : int
        Number of groups of periods C.
    standardize : bool, default False
        As in `TwoStepGFE`.
    search : Search, default Genetic()
        How the k-means minima are looked for, as in `GFE`.

    Notes
    -----
    Sources and choices: the two-way grouped effects of the second step are Freeman and Weidner's.
    How they group, from estimated loadings and factors, was not to be had in full; the groups here
    are those of Bonhomme, Lamadon and Manresa in both directions, k-means on means of outcome and
    regressors over periods and over units. No number of theirs can be compared with these.
    Panels with gaps are refused: means of units over different periods cannot be compared, and a
    unit need not be observed in every group of periods.
    The fit holds its effects as factors and loadings, at most G + C of them.

    References
    ----------
    Freeman and Weidner (2023), Linear panel regressions with two-way unobserved heterogeneity,
    Journal of Econometrics 237. Bonhomme, Lamadon and Manresa (2022), Discretizing unobserved
    heterogeneity, Econometrica 90.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, TwoWayGroups
    >>> unit, period = np.repeat([0.0, 1.0], 4)[:, None], np.array([0.0, 0.0, 0.0, 2.0, 2.0, 2.0])
    >>> y = unit * period + 0.1 * np.arange(8)[:, None]  # what is of one unit in one period alone
    >>> x = np.random.default_rng(0).normal(size=(8, 6, 1))
    >>> panel = Panel.from_arrays(y + x[:, :, 0], x)
    >>> TwoWayGroups(groups=2, period_groups=2).fit(panel, np.random.default_rng(0)).theta.round(6)
    array([1.])
    """

    groups: int
    period_groups: int
    standardize: bool = False
    search: Search = field(default_factory=Genetic)

    def __post_init__(self) -> None:
        keep_whole(self, groups=1, period_groups=1)
        require_flags(self, "standardize")
        require_search(self.search, profiles=True)

    def fit(self, panel: Panel, rng: np.random.Generator) -> FactorFit:
        """Estimate groups of units and of periods by k-means, then slopes by least squares.

        Where deviations leave a regressor no variation the status is COLLINEAR.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness of the searches.

        Returns
        -------
        FactorFit
            With `theta` (K,), `groups` (N,) of units, and the effects as `factors` (T, r) and
            `loadings` (N, r); its objective is the sum of squared residuals.

        Raises
        ------
        InputError
            The panel has gaps, fewer units or periods than groups of them, or regressors that are
            collinear.
        """
        require_generator(rng)
        n_units, n_periods, k = panel.shape
        series = series_of(panel, "TwoWayGroups")  # Refuses what cannot be squared.
        require_enough_units(self.groups, n_units)
        require(
            self.period_groups <= n_periods,
            "There must be no more groups of periods than periods",
            f"{self.period_groups} groups for {n_periods} periods",
            f"Give `period_groups` from 1 to {n_periods}",
        )
        _, by_unit = moments_of(panel, 1, standardize=self.standardize)
        _, by_period = moments_of(panel, 0, standardize=self.standardize)
        units = k_means(by_unit, self.groups, self.search, rng)
        periods = k_means(by_period, self.period_groups, self.search, rng)
        z = series.z.transpose(0, 2, 1)
        off = np.ascontiguousarray(within_blocks(z, units.groups, periods.groups))
        rows = off.reshape(panel.y.size, k + 1)
        bread, side = gram(rows)[:k, :k].copy(), gram(rows)[:k, k:].copy()
        scale = np.sqrt(np.diag(bread))
        length = np.sqrt(np.diag(gram(np.ascontiguousarray(z).reshape(-1, k + 1)))[:k])
        sound = bool((scale**2 > COLLINEAR * length**2).all())
        sound = sound and exceeds(bread / np.outer(scale, scale), COLLINEAR)
        theta = np.full(k, np.nan)
        status = Status.COLLINEAR
        if sound:
            factor = np.empty((k, k))
            factorize(bread, 0.0, factor)
            solve_factorized(factor, side)
            theta = side[:, 0].copy()
            settled = units.status == periods.status == Status.SUCCESS
            status = Status.SUCCESS if settled else Status.ITERATION_LIMIT
        left = z[:, :, k] - np.einsum("itk,k->it", z[:, :, :k], theta)
        residuals = off[:, :, k] - np.einsum("itk,k->it", off[:, :, :k], theta)
        factors, loadings = in_factors(left - residuals)
        return FactorFit(
            theta=theta,
            groups=units.groups,
            factors=factors,
            loadings=loadings,
            objective=float(np.einsum("it,it->", residuals, residuals)),
            status=status,
            model=Model(factors=factors.shape[1], criterion="two-way groups"),
            estimator=self,
        )


def within_blocks(z: np.ndarray, units: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Take means over periods and over units out of series, block by block.

    Parameters
    ----------
    z : (N, T, D) array
        Series.
    units, periods : (N,) and (T,) arrays
        Groups of units and of periods.
    """
    off = z.copy()
    for g in range(int(units.max()) + 1):
        for c in range(int(periods.max()) + 1):
            block = np.ix_(np.flatnonzero(units == g), np.flatnonzero(periods == c))
            values = off[block]
            values = values - values.mean(axis=1, keepdims=True)
            off[block] = values - values.mean(axis=0, keepdims=True)
    return off


def in_factors(effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return factors (T, r), F'F / T = I, and loadings (N, r) whose product effects (N, T) are."""
    n_periods = effects.shape[1]
    if not np.isfinite(effects).all():
        return np.zeros((n_periods, 0)), np.zeros((len(effects), 0))
    values, vectors = np.zeros(n_periods), np.zeros((n_periods, n_periods))
    eigen(gram(np.ascontiguousarray(effects)), values, vectors)
    r = int(np.count_nonzero(values > NOTHING * max(float(values[0]), 0.0)))
    factors = np.ascontiguousarray(np.sqrt(n_periods) * vectors[:, :r])
    factors *= np.where(factors.sum(axis=0) < 0.0, -1.0, 1.0)
    return factors, multiply(np.ascontiguousarray(effects), factors) / n_periods
