"""Groups by slopes, from a penalty on the differences between the slopes of all pairs of units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    is_number,
    keep_names,
    keep_whole,
    require,
    require_generator,
    require_one_of,
)
from gfe_mc.estimators.slopes.products import (
    MinimumSize,
    UnitProducts,
    fit_groups,
    own_estimates,
    require_group_specific,
    require_minimum,
    room,
    unit_cross_products,
)
from gfe_mc.fit import SlopeFit, Status
from gfe_mc.kernels.powers import logarithm, power
from gfe_mc.kernels.slopes.fused import connected, fuse
from gfe_mc.kernels.slopes.products import regroup_slopes, unit_ssr_all

PACE = 10.0
"""Step of ADMM, as `fuse` takes it: of 1 to 100, what took the fewest iterations."""
FITNESS = ("log", "mean")
"""What the criterion for the penalty makes of the mean squared residual."""


@dataclass(frozen=True)
class PAGFL:
    """Pairwise adaptive group fused Lasso: y_it = mu_i + x_it'beta_i + v_it.

    Penalised least squares: the slopes of units minimise

        1/T sum_i sum_t (y_it - x_it'beta_i)^2
            + lambda/N sum_{i<j} ||beta_i - beta_j|| / ||b_i - b_j||^kappa

    in deviations from unit means, b_i being least squares in each unit alone. Units whose slopes
    are drawn together are a group, so that the number of groups is estimated as well; the slopes
    of groups are then estimated by least squares (post-Lasso). Of several lambda the one is chosen
    that minimises  f(s^2) + rho K G,  s^2 the mean squared residual of the post-Lasso estimates.

    In a panel with gaps sums and unit means are of the periods in which a unit is observed, and
    b_i is of these; the number of observations n stands for N T, and n / N, their mean over units,
    for T. That is one divisor for all units rather than T_i for each: each observation weighs the
    same, as in the post-Lasso estimates and in s^2.

    Parameters
    ----------
    penalties : tuple of float, default ()
        Values of lambda, from 0. If left out, `grid` of them.
    grid : int, default 20
        How many values of lambda there are if none are given: from the least that is known to
        draw all units together, which the data give, downwards by equal factors to `lowest` of it.
    lowest : float, default 1e-3
        The smallest of these values, as a share of the largest.
    kappa : float, default 2.0
        Exponent of the adaptive weights.
    minimum : MinimumSize, default MinimumSize(1, 0.05)
        Fewest units of a group. Units of smaller groups go to the group whose post-Lasso slopes
        leave them the least squared residuals; if no group is as large, all stay as they are.
    fitness : str, default "log"
        f of the criterion: "log" is ln(s^2), which no unit of measurement matters to; "mean" is
        s^2 itself.
    rho : float, optional
        Weight of the criterion's penalty; 0.07 ln(N T) / sqrt(N T) if None.
    individual : tuple of str, default ()
        As in `CKMeans`. All other slopes are group-specific.
    together : float, default 1e-3
        Slopes are the same if they differ by no more than this share of the root mean square of
        ||b_i - b_j||. Who is the same as somebody of a group is of the group.
    tolerance : float, default 1e-6
        ADMM ends where its residuals, primal and dual, are below this share of the same, in the
        root mean square over pairs.
    limit : int, default 20000
        Most iterations of ADMM for one lambda.

    References
    ----------
    Mehrabani (2023), Journal of Econometrics 235, 1464-1482: the objective, the weights, and ADMM,
    sections 2.2 and 5.1. They, rho, "mean" and the minimum size are as the documentation of the R
    package PAGFL states them, to which the author contributed. The grid of lambda, "log", lengths
    relative to the data, the step of ADMM, its dual residual, which group units of small groups
    go to, and what is done about gaps are ours.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import PAGFL, Panel
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [4.0, 1.0, 0.0]])
    >>> left = np.array([0.1, -0.2, 0.1])
    >>> y = np.array([1.0, 1.0, 3.0, 3.0])[:, None] * x + left
    >>> fit = PAGFL().fit(Panel.from_arrays(y, x[:, :, None]), np.random.default_rng(0))
    >>> fit.groups
    array([0, 0, 1, 1])
    """

    penalties: tuple[float, ...] = ()
    grid: int = 20
    lowest: float = 1e-3
    kappa: float = 2.0
    minimum: MinimumSize = field(default_factory=lambda: MinimumSize(1, 0.05))
    fitness: str = "log"
    rho: float | None = None
    individual: tuple[str, ...] = ()
    together: float = 1e-3
    tolerance: float = 1e-6
    limit: int = 20000

    def __post_init__(self) -> None:
        keep_whole(self, grid=1, limit=1)
        keep_names(self, "individual")
        require_minimum(self.minimum)
        require_one_of("fitness", self.fitness, FITNESS)
        given = self.penalties
        require(
            isinstance(given, tuple | list) and all(is_number(one) and one >= 0 for one in given),
            "`penalties` must be values of lambda from 0",
            repr(given),
            "Give a tuple such as (0.1, 1.0), or () for a grid",
        )
        object.__setattr__(self, "penalties", tuple(float(one) for one in given))
        for name, least in (("kappa", 0.0), ("rho", 0.0)):
            value = getattr(self, name)
            require(
                (name == "rho" and value is None) or (is_number(value) and value >= least),
                f"`{name}` must be a number from 0",
                repr(value),
                "Leave it out for the default",
            )
        for name in ("lowest", "together", "tolerance"):
            value = getattr(self, name)
            require(
                is_number(value) and 0 < value < 1,
                f"`{name}` must be a share between 0 and 1",
                repr(value),
                "Leave it out for the default",
            )

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate groups and their slopes at each lambda, and return the chosen; nothing is drawn.

        Its status is ITERATION_LIMIT where ADMM has not converged at the chosen lambda. `n_tries`
        is how many lambda there were, and `n_best` how many of them gave the chosen groups.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        SlopeFit
            With post-Lasso `beta` (G, K), and `groups` (N,) numbered by first appearance.

        Raises
        ------
        InputError
            As `Pseudo.fit`, or no slope is group-specific.
        """
        require_generator(rng)
        data = _read(panel, self.individual)
        before = own_estimates(panel, data, "PAGFL")
        fits, values = [], []
        for found in self._shrunk(data, before):
            groups = self._without_small(panel, data, found.groups)
            one = fit_groups(panel, data, groups, int(groups.max()) + 1, self)
            if one.status == Status.SUCCESS and not found.converged:
                one = replace(one, status=Status.ITERATION_LIMIT)
            fits.append(one)
            values.append(self._criterion(one, data.size, data.own))
        best = fits[int(np.argmin(values))]
        same = sum(np.array_equal(one.groups, best.groups) for one in fits)
        return replace(best, n_best=same, n_tries=len(fits))

    def shrink(self, panel: Panel, penalty: float) -> np.ndarray:
        """Compute the penalised slopes of units (N, K) at one lambda, before any grouping.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        penalty : float
            lambda.

        Raises
        ------
        InputError
            As `fit`, or `penalty` is no number from 0.
        """
        data = _read(panel, self.individual)
        alone = replace(self, penalties=(penalty,))
        return next(alone._shrunk(data, own_estimates(panel, data, "PAGFL"))).beta

    def _shrunk(self, data: UnitProducts, before: np.ndarray) -> Iterator[Shrunk]:
        """Penalised slopes at each lambda, from the smallest, each started from the one before."""
        n_units = len(before)
        first, second = np.triu_indices(n_units, 1)
        gaps = before[first] - before[second]
        lengths = np.sqrt(_sum_of_squares(gaps))
        scale = sqrt(float(np.mean(lengths**2))) if len(lengths) else 0.0
        # Weights are relative to it, so that neither overflows.
        with np.errstate(divide="ignore"):
            weights = np.array([power(float(one), -self.kappa) for one in lengths / (scale or 1.0)])
        beta, multipliers = before.copy(), np.zeros_like(gaps)
        # What lambda / N is to the objective of the kernel, of weights relative to the scale.
        unit = data.mean_periods / (2 * n_units) * power(scale, -self.kappa) if scale else 0.0
        for penalty in sorted(self.penalties) or self._grid(data, weights, unit):
            converged = True
            if scale > 0 and penalty > 0:
                _, converged = fuse(
                    data.products,
                    penalty * unit * weights,
                    PACE,
                    self.limit,
                    self.tolerance,
                    scale,
                    beta,
                    gaps,
                    multipliers,
                )
            groups = np.empty(n_units, np.int64)
            connected(beta, self.together * scale, groups)
            yield Shrunk(beta.copy(), groups, converged)

    def _grid(self, data: UnitProducts, weights: np.ndarray, unit: float) -> list[float]:
        """Values of lambda from the smallest; the largest draws all slopes together."""
        if unit == 0.0:
            return [0.0]
        largest = _pooling(data, weights) / unit
        if self.grid == 1:
            return [largest]
        exponents = [one / (self.grid - 1) for one in range(self.grid - 1, -1, -1)]
        return [largest * power(self.lowest, one) for one in exponents]

    def _without_small(self, panel: Panel, data: UnitProducts, groups: np.ndarray) -> np.ndarray:
        """Groups (N,) where units of those below the minimum size are in the others."""
        counts = np.bincount(groups)
        large = counts >= self.minimum.of(len(groups))
        if large.all() or not large.any():
            return groups
        beta = fit_groups(panel, data, groups, len(counts)).beta[:, data.columns]
        # Numbers of `fit_groups` are those of the groups: both go by first appearance.
        ssr = np.full((len(groups), len(counts)), np.inf)
        for g in np.flatnonzero(large):
            column = np.empty(len(groups))
            unit_ssr_all(data.products, np.full(len(groups), g), beta, column)
            ssr[:, g] = column
        moved = np.where(large[groups], groups, np.argmin(ssr, axis=1))
        return np.unique(moved, return_inverse=True)[1].astype(np.int64)

    def _criterion(self, fit: SlopeFit, size: int, own: int) -> float:
        """The criterion for lambda; infinite where slopes are not identified."""
        if not fit.status.usable:
            return np.inf
        rho = 0.07 * logarithm(size) / sqrt(size) if self.rho is None else self.rho
        mean = max(fit.objective, 0.0) / size
        return (logarithm(mean) if self.fitness == "log" else mean) + rho * own * len(fit.beta)


class Shrunk(NamedTuple):
    """What a penalty makes of the slopes of units."""

    beta: np.ndarray
    """(N, K) slopes."""
    groups: np.ndarray
    """(N,) which are the same."""
    converged: bool
    """Whether ADMM ended by its own rule."""


def _read(panel: Panel, individual: tuple[str, ...]) -> UnitProducts:
    data = unit_cross_products(panel, "PAGFL", (), individual)
    require_group_specific(panel, data, "PAGFL")
    return data


def _pooling(data: UnitProducts, weights: np.ndarray) -> float:
    """The least factor of `weights` that is known to make pooled slopes the optimum.

    Scores g_i of units at pooled slopes add up to zero, and (g_i - g_j) / N are multipliers of
    the pairs that leave no unit a reason to move: enough that none is larger than its threshold.
    """
    n_units, last = len(data.products), len(data.columns)
    now = room(data, 1)
    regroup_slopes(data.products, np.zeros(n_units, np.int64), data.own, now)
    scores = data.products[:, :last, last].copy()
    for k in range(last):
        scores -= data.products[:, :last, k] * now.beta[0, k]
    first, second = np.triu_indices(n_units, 1)
    lengths = np.sqrt(_sum_of_squares(scores[first] - scores[second]))
    return float((lengths / (n_units * weights)).max())


def _sum_of_squares(rows: np.ndarray) -> np.ndarray:
    """Sums of squares of rows, column by column: the same bits on every machine."""
    total = np.zeros(len(rows))
    for column in rows.T:
        total += column * column
    return total
