"""Panels with group effects over time, whose difficulty is measured: a design that scales."""

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
from gfe_mc.errors import keep_whole


@dataclass(frozen=True)
class GroupedEffects:
    """Design that scales: y_it = rho y_it-1 + x_it'theta + alpha_{g_i t} + v_it.

    Profiles, regressors and errors are drawn anew in every sample, groups are the same. Profiles
    are normal, dependent over time, and scaled so that their mean squared distance, over pairs of
    groups and periods, is `separation`^2 times the error variance. Regressors have variance one,
    and are correlated with the group effects.

    Parameters
    ----------
    n_units, n_periods, n_groups : int
        N, T and G.
    separation : float
        Distance of profiles in standard deviations of the errors, from 0.
    theta : tuple of float, default (1.0,)
        Slopes of the regressors.
    rho : float, default 0.0
        Slope of the lagged outcome, the first regressor; without it there is none. The panel then
        begins 50 periods earlier, with the profiles of the first period.
    correlation : float, default 0.5
        Correlation of each regressor with the group effects, within [-1, 1]; of no meaning where
        these do not vary.
    persistence : float, default 0.5
        Autocorrelation of the profiles, within (-1, 1).
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
        More groups than units, or a number outside these bounds.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects
    >>> design = GroupedEffects(12, 5, 3, separation=2.0, imbalance=4.0)
    >>> design.groups  # the largest group is four times as large as the smallest
    array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    >>> sample = design.draw(np.random.default_rng(0))
    >>> sample.panel.shape, sample.truth.alpha.shape
    ((12, 5, 1), (3, 5))
    >>> distances = [((a - b) ** 2).mean() for a in sample.truth.alpha for b in sample.truth.alpha]
    >>> round(np.sqrt(np.sum(distances) / 6).item(), 6)  # of profiles, over pairs of groups
    2.0
    """

    n_units: int
    n_periods: int
    n_groups: int
    separation: float
    theta: tuple[float, ...] = (1.0,)
    rho: float = 0.0
    correlation: float = 0.5
    persistence: float = 0.5
    error_persistence: float = 0.0
    error_dispersion: float = 0.0
    imbalance: float = 1.0

    def __post_init__(self) -> None:
        keep_whole(self, n_units=1, n_periods=1, n_groups=1)
        require_fewer_groups(self.n_groups, self.n_units)
        require_slopes("theta", self.theta)
        require_between(
            self,
            separation=(0.0, np.inf),
            error_dispersion=(0.0, np.inf),
            imbalance=(1.0, np.inf),
            correlation=(-1.0, 1.0),
        )
        require_stationary(self, "rho", "persistence", "error_persistence")

    @property
    def groups(self) -> np.ndarray:
        """Group of each unit, (N,): sizes by largest remainders, at least one unit each."""
        return falling_sizes(self.n_units, self.n_groups, self.imbalance)

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel and the parameters that it came from.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        """
        groups, (n, t) = self.groups, (self.n_units, self.n_periods)
        standard = autoregressive(rng, (self.n_groups, t), self.persistence)
        alpha = self._scaled(standard)
        before = BEFORE if self.rho else 0
        errors = errors_of_units(
            rng, (n, before + t), self.error_persistence, self.error_dispersion
        )
        own = rng.standard_normal((n, before + t, len(self.theta)))
        periods = np.maximum(np.arange(-before, t), 0)
        effects = alpha[groups][:, periods]
        spread = alpha.std()
        if spread > 0 and self.correlation:
            shared = ((alpha - alpha.mean()) / spread)[groups][:, periods]
            own *= np.sqrt(1 - self.correlation**2)
            own += self.correlation * shared[:, :, None]
        y = effects + errors
        for k, slope in enumerate(self.theta):
            y += slope * own[:, :, k]
        slopes = np.array(self.theta, np.float64)
        if not self.rho:
            return Sample(Panel.from_arrays(y, own), Truth(slopes, alpha, groups))
        for period in range(1, before + t):
            y[:, period] += self.rho * y[:, period - 1]
        x = np.concatenate([y[:, before - 1 : -1, None], own[:, before:]], axis=2)
        truth = Truth(np.array([self.rho, *self.theta]), alpha, groups)
        return Sample(Panel.from_arrays(y[:, before:], x), truth)

    def _scaled(self, standard: np.ndarray) -> np.ndarray:
        """Profiles (G, T) of the mean squared distance that is asked for."""
        if self.n_groups == 1:
            return standard
        deviations = standard - standard.mean(axis=0)
        # Over pairs, squared distances are 2 G / (G - 1) times the variance between groups.
        distance = 2 * (deviations**2).sum() / (self.n_groups - 1) / self.n_periods
        return np.asarray(standard * (self.separation / np.sqrt(distance)))
