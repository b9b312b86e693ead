"""The simple cases in which Bonhomme and Manresa derive what groups do: levels and one regressor.

Levels do not vary over time. The estimator with such levels is that of the unit means, as long as
regressors do not vary over time either: all else is the same in every grouping.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.stats import norm

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample, Truth
from gfe_mc.errors import InputError, keep_whole, require, require_generator
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.fit import Fit, Model, ProfileFit


@dataclass(frozen=True)
class Levels:
    """Design of levels: y_it = theta x_i + level_{g_i} + v_it, v_it independent normal.

    The regressor is standard normal, one number a unit. Groups are of equal size, or differ by
    one unit.

    Parameters
    ----------
    levels : tuple of float
        Level of each group.
    n_units, n_periods : int
        N and T.
    sigma : float, default 1.0
        Standard deviation of v.
    theta : float, default 1.0
        Slope of the regressor.

    References
    ----------
    Bonhomme and Manresa (2012), equations (14) and (24).
    """

    levels: tuple[float, ...]
    n_units: int
    n_periods: int
    sigma: float = 1.0
    theta: float = 1.0

    def __post_init__(self) -> None:
        keep_whole(self, n_units=1, n_periods=1)
        require(
            0 < len(self.levels) <= self.n_units,
            "There must be a level for each group, and no more groups than units",
            f"{len(self.levels)} levels for {self.n_units} units",
            "Give at least one, and more units than levels",
        )
        require(self.sigma > 0, "`sigma` must be positive", repr(self.sigma), "Give such as 1.0")

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel of one regressor."""
        groups = np.arange(self.n_units) % len(self.levels)
        own = rng.standard_normal(self.n_units)
        errors = self.sigma * rng.standard_normal((self.n_units, self.n_periods))
        level = np.array(self.levels, np.float64)
        x = np.repeat(own[:, None], self.n_periods, axis=1)
        panel = Panel.from_arrays(self.theta * x + level[groups][:, None] + errors, x[:, :, None])
        alpha = np.repeat(level[:, None], self.n_periods, axis=1)
        return Sample(panel, Truth(np.array([self.theta]), alpha, groups))


def misclassified(distance: float, sigma: float, n_periods: int) -> float:
    """Compute the probability of misclassification at known levels, 1 - Phi(sqrt(T) d / (2 sigma)).

    Parameters
    ----------
    distance : float
        d, of the two levels.
    sigma : float
        Standard deviation of the errors.
    n_periods : int
        T.

    References
    ----------
    Bonhomme and Manresa (2012), equation (15).
    """
    return float(norm.sf(np.sqrt(n_periods) * distance / (2 * sigma)))


def spurious(sigma: float, n_periods: int) -> float:
    """Compute the limit of a spurious group's distance from the level, sigma sqrt(2 / (pi T)).

    References
    ----------
    Bonhomme and Manresa (2012), Proposition 1.
    """
    return float(sigma * np.sqrt(2 / (np.pi * n_periods)))


def half_gap(source: Fit | Truth) -> float | None:
    """Compute half the distance of two profiles, root mean square over the periods.

    None where there are not two; of levels, it is half their difference.
    """
    if source.alpha is None or len(source.alpha) != 2:
        return None
    gaps = np.asarray(source.alpha)[0] - np.asarray(source.alpha)[1]
    return float(np.sqrt(np.mean(gaps**2)) / 2)


HALF_GAP: tuple[Callable[[Truth], float | None], Callable[[Fit], float | None]] = (
    half_gap,
    half_gap,
)
"""The parameter, in a truth and in a fit."""


@dataclass(frozen=True)
class GroupLevels:
    """GFE with levels that do not vary over time: that of the unit means.

    Parameters
    ----------
    groups : int
        Number of groups.

    Raises
    ------
    InputError
        A regressor varies over time: the slope is then not that of unit means alone.
    """

    groups: int

    def __post_init__(self) -> None:
        keep_whole(self, groups=1)

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate slopes, levels and groups."""
        require_generator(rng)
        n_periods = panel.shape[1]
        found = GFE(self.groups).fit(unit_means(panel), rng)
        fit = replace(found, alpha=np.repeat(found.alpha, n_periods, axis=1), estimator=self)
        return replace(fit, objective=float((fit.residuals(panel) ** 2).sum()))


@dataclass(frozen=True)
class KnownLevels:
    """Classification at known slopes and levels: each unit to the nearest.

    Parameters
    ----------
    levels : tuple of float
        Level of each group.
    theta : tuple of float, default (1.0,)
        Slopes.

    References
    ----------
    Bonhomme and Manresa (2012), equation (3).
    """

    levels: tuple[float, ...]
    theta: tuple[float, ...] = field(default=(1.0,))

    def __post_init__(self) -> None:
        require(len(self.levels) > 0, "There must be levels", "none", "Give one for each group")

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Classify; nothing is estimated."""
        require_generator(rng)
        means, theta = unit_means(panel), np.array(self.theta, np.float64)
        require(
            len(theta) == panel.shape[2],
            "There must be a slope for each regressor",
            f"{len(theta)} for {panel.shape[2]}",
            "Give as many",
        )
        level, rest = np.array(self.levels, np.float64), means.y[:, 0].copy()
        for k, slope in enumerate(theta):
            rest -= slope * means.x[:, 0, k]
        groups = np.abs(rest[:, None] - level[None, :]).argmin(axis=1)
        alpha = np.repeat(level[:, None], panel.shape[1], axis=1)
        fit = ProfileFit(
            theta=theta, alpha=alpha, groups=groups, model=Model(profiles=True), estimator=self
        )
        return replace(fit, objective=float((fit.residuals(panel) ** 2).sum()))


def unit_means(panel: Panel) -> Panel:
    """Return the panel of one period that has the unit means.

    Raises
    ------
    InputError
        The panel has gaps, or a regressor that varies over time.
    """
    panel.require_balanced("Levels that do not vary over time")
    if (panel.x != panel.x[:, :1]).any():
        raise InputError(
            "Regressors must not vary over time",
            "one that does",
            "Use GFE, whose profiles vary over time",
        )
    return Panel.from_arrays(
        panel.y.mean(axis=1, keepdims=True),
        panel.x[:, :1],
        units=panel.units,
        regressors=panel.regressors,
        outcome=panel.outcome,
    )
