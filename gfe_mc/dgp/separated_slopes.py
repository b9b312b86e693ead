"""Panels whose slopes differ between groups by a measured distance: a design that scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.parts import (
    BEFORE,
    autoregressive,
    errors_of_units,
    falling_sizes,
    require_between,
    require_fewer_groups,
    require_slopes,
    require_stationary,
)
from gfe_mc.dgp.sample import Sample, Truth
from gfe_mc.errors import keep_whole, require


@dataclass(frozen=True)
class SeparatedSlopes:
    """Design that scales: y_it = mu_i + rho y_it-1 + x_it'beta_{g_i} + v_it.

    Groups are the same in every sample, all else is drawn anew. Slopes of the groups lie on a
    line through `centre`, whose direction has as much of each regressor, with alternating signs;
    neighbours on it are `separation` apart. Regressors and errors are independent of each other
    and have variance one, so that `separation` is how far the index x_it'beta moves from a group
    to the next, in standard deviations of the error in a period. That is `separation` sqrt(T)
    standard errors of a unit's own slope on the line, but for what unit effects and serial
    correlation take. It is no function of T: how a longer panel helps is what such a design is to
    show. Unit effects are standard normal.

    Parameters
    ----------
    n_units, n_periods, n_groups : int
        N, T and G.
    separation : float
        Distance of the slopes of neighbouring groups, in standard deviations of the errors for
        regressors of variance one, from 0.
    centre : tuple of float, default (1.0, 1.0)
        Slopes in the middle of the line, one for each regressor.
    rho : float, default 0.0
        Slope of the lagged outcome, the first regressor, in all groups; without it there is none.
        The panel then begins 50 periods earlier.
    persistence : float, default 0.5
        Autocorrelation of the regressors, within (-1, 1). Without it that of the errors would
        not matter to slopes.
    error_persistence : float, default 0.0
        Autocorrelation of the errors, within (-1, 1).
    error_dispersion : float, default 0.0
        Coefficient of variation of the units' error variances, which are gamma distributed about
        one; 0 for the same variance in all units.
    imbalance : float, default 1.0
        How many times as large the largest group is as the smallest; sizes fall geometrically.

    Raises
    ------
    InputError
        More groups than units, no regressor, or a number outside these bounds.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import SeparatedSlopes
    >>> design = SeparatedSlopes(9, 8, 3, separation=2.0, centre=(1.0,))
    >>> design.beta
    array([[-1.],
           [ 1.],
           [ 3.]])
    >>> SeparatedSlopes(9, 8, 3, separation=2.0, centre=(1.0,), rho=0.4).beta  # the lag comes first
    array([[ 0.4, -1. ],
           [ 0.4,  1. ],
           [ 0.4,  3. ]])
    >>> design.draw(np.random.default_rng(0)).truth.groups
    array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    """

    n_units: int
    n_periods: int
    n_groups: int
    separation: float
    centre: tuple[float, ...] = (1.0, 1.0)
    rho: float = 0.0
    persistence: float = 0.5
    error_persistence: float = 0.0
    error_dispersion: float = 0.0
    imbalance: float = 1.0

    def __post_init__(self) -> None:
        keep_whole(self, n_units=1, n_periods=1, n_groups=1)
        require_fewer_groups(self.n_groups, self.n_units)
        require_slopes("centre", self.centre)
        require(len(self.centre) > 0, "Groups differ by slopes", "no slope", "Give one or more")
        require_between(
            self, separation=(0.0, np.inf), error_dispersion=(0.0, np.inf), imbalance=(1.0, np.inf)
        )
        require_stationary(self, "rho", "persistence", "error_persistence")

    @property
    def groups(self) -> np.ndarray:
        """Group of each unit, (N,): sizes by largest remainders, at least one unit each."""
        return falling_sizes(self.n_units, self.n_groups, self.imbalance)

    @property
    def beta(self) -> np.ndarray:
        """Slopes of each group, (G, K), that of the lagged outcome first where there is one."""
        n_slopes = len(self.centre)
        direction = (-1.0) ** np.arange(n_slopes) / np.sqrt(n_slopes)
        steps = self.separation * (np.arange(self.n_groups) - (self.n_groups - 1) / 2)
        slopes = np.array(self.centre, np.float64) + steps[:, None] * direction
        if not self.rho:
            return np.asarray(slopes)
        return np.column_stack([np.full(self.n_groups, self.rho), slopes])

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel and the parameters that it came from.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        """
        groups, beta, (n, t) = self.groups, self.beta, (self.n_units, self.n_periods)
        before, n_slopes = BEFORE if self.rho else 0, len(self.centre)
        slopes = beta[groups]
        y = errors_of_units(rng, (n, before + t), self.error_persistence, self.error_dispersion)
        y += rng.standard_normal(n)[:, None]
        own = np.empty((n, before + t, n_slopes))
        for k in range(n_slopes):
            own[:, :, k] = autoregressive(rng, (n, before + t), self.persistence)
            y += slopes[:, k - n_slopes, None] * own[:, :, k]
        truth = Truth(theta=slopes.mean(axis=0), groups=groups, beta=beta)
        if not self.rho:
            return Sample(Panel.from_arrays(y, own), truth)
        for period in range(1, before + t):
            y[:, period] += self.rho * y[:, period - 1]
        x = np.concatenate([y[:, before - 1 : -1, None], own[:, before:]], axis=2)
        return Sample(Panel.from_arrays(y[:, before:], x), truth)
