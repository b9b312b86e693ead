"""How many groups, by ratios of eigenvalues: groups by slopes, and groups with profiles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    keep_whole,
    require,
    require_generator,
    require_one_of,
    require_whole,
)
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.estimators.protocol import require_search
from gfe_mc.estimators.slopes.spectral import SpectralSlopes
from gfe_mc.fit import Fit, ProfileFit
from gfe_mc.kernels.factors.eigen import eigen
from gfe_mc.kernels.linear import gram
from gfe_mc.kernels.powers import logarithm


@dataclass(frozen=True)
class ChosenByEigengap:
    """Spectral clustering of slopes, with the number of groups of the largest relative eigengap.

    G is chosen from 1, ..., `groups` of the estimator with the largest
    (e_G - e_{G+1}) / e_{G+1}, e the eigenvalues that `SpectralSlopes.eigenvalues` computes.

    Parameters
    ----------
    estimator : SpectralSlopes
        Its `groups` is the largest number, below the number of units.

    References
    ----------
    Yu, Gu and Volgushev (2022), equation (2), as in the program that they publish.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ChosenByEigengap, SpectralSlopes, StaticSlopes
    >>> design = StaticSlopes(40, beta=((0.0,), (3.0,)), groups=(0,) * 10 + (1,) * 10)
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> ChosenByEigengap(SpectralSlopes(groups=4)).fit(panel, np.random.default_rng(0)).n_groups
    2
    """

    estimator: SpectralSlopes

    def __post_init__(self) -> None:
        require(
            isinstance(self.estimator, SpectralSlopes),
            "`estimator` must be one whose eigenvalues tell the number of groups",
            repr(self.estimator),
            "Give SpectralSlopes(groups)",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Choose and estimate.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness.

        Raises
        ------
        InputError
            As `SpectralSlopes.fit`, or the largest number is not below that of units.
        """
        require_generator(rng)
        values = self.estimator.eigenvalues(panel)
        largest = self.estimator.groups
        require(
            largest < len(values),
            "The largest number of groups must be below that of units",
            f"{largest} for {len(values)} units",
            f"Give `groups` below {len(values)}",
        )
        here, after = values[:largest], values[1 : largest + 1]
        # A graph can have eigenvalues below zero, which tell nothing.
        sound = after > 0
        gaps = np.where(sound, (here - after) / np.where(sound, after, 1.0), -np.inf)
        gaps[(after == 0) & (here > 0)] = np.inf
        return replace(self.held(int(np.argmax(gaps)) + 1).fit(panel, rng), estimator=self)

    def held(self, n_groups: int) -> SpectralSlopes:
        """Return the estimator at a number of groups that was chosen."""
        return replace(self.estimator, groups=n_groups)


RATIOS = ("eigenvalues", "growth")


class EigenvalueRatios(NamedTuple):
    """Ratios at each number of groups from 1; the largest one tells it."""

    eigenvalues: np.ndarray
    """(G_max,) m_k / m_{k+1}."""
    growth: np.ndarray
    """(G_max,) ln(1 + m_k / V_k) / ln(1 + m_{k+1} / V_{k+1}), V_k the sum of m beyond k."""


def eigenvalue_ratios(residuals: np.ndarray, maximum: int) -> EigenvalueRatios:
    """Compute ratios of eigenvalues m_k of R'R / (N T), from the largest.

    Groups with profiles are a model with as many factors, as long as no profile is a linear
    combination of the others.

    Parameters
    ----------
    residuals : (N, T) array
        Outcomes less what slopes explain, not in deviations from means.
    maximum : int
        Largest number of groups, G_max, no more than min(N, T) - 2.

    Raises
    ------
    InputError
        `maximum` is too large, or there is nothing left.

    References
    ----------
    Ahn and Horenstein (2013), Econometrica 81, 1203-1227: ER and GR, without their mock eigenvalue
    for no factor.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import eigenvalue_ratios
    >>> rng = np.random.default_rng(0)
    >>> profiles = np.array([[0.0, 4.0, 0.0, 4.0] * 5, [4.0, 4.0, 0.0, 0.0] * 5])
    >>> residuals = profiles[np.arange(40) % 2] + rng.normal(size=(40, 20))
    >>> ratios = eigenvalue_ratios(residuals, maximum=5)
    >>> int(ratios.eigenvalues.argmax()) + 1, int(ratios.growth.argmax()) + 1  # number of groups
    (2, 2)
    """
    maximum = require_whole("maximum", maximum, 1)
    n_units, n_periods = residuals.shape
    _require_eigenvalues(n_units, n_periods, maximum)
    by_period = n_periods <= n_units
    rows = residuals if by_period else residuals.T
    size = min(n_units, n_periods)
    values, vectors = np.empty(size), np.empty((size, size))
    eigen(gram(np.ascontiguousarray(rows)) / (n_units * n_periods), values, vectors)
    beyond = np.cumsum(values[::-1])[::-1]
    require(
        bool(beyond[maximum + 1] > 0),
        "Something must be left beyond the largest number of groups",
        f"eigenvalues {values.tolist()}",
        "Give fewer groups",
    )
    shares = values[: maximum + 1] / beyond[1 : maximum + 2]
    logs = np.array([logarithm(1.0 + float(one)) for one in shares])
    return EigenvalueRatios(values[:maximum] / values[1 : maximum + 1], logs[:-1] / logs[1:])


def _require_eigenvalues(n_units: int, n_periods: int, maximum: int) -> None:
    most = min(n_units, n_periods) - 2
    require(
        maximum <= most,
        "There must be two eigenvalues beyond the largest number of groups",
        f"{maximum} groups for {n_units} units and {n_periods} periods",
        f"Give at most {most}" if most > 0 else "Give a larger panel",
    )


@dataclass(frozen=True)
class ChosenByEigenvalues:
    """Grouped fixed effects, with the number of groups of the largest ratio of eigenvalues.

    Slopes are first estimated with the largest number of groups; the ratios are those of what
    they leave.

    Parameters
    ----------
    maximum : int
        Largest number of groups, no more than min(N, T) - 2.
    ratio : str, default "growth"
        "eigenvalues" or "growth", as in `EigenvalueRatios`.
    search : Search, default Genetic()
        How each minimum is looked for.

    References
    ----------
    Ahn and Horenstein (2013), for factors; that slopes are those of the largest number is ours.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ChosenByEigenvalues, GroupedEffects
    >>> panel = GroupedEffects(40, 20, 2, separation=4.0).draw(np.random.default_rng(0)).panel
    >>> ChosenByEigenvalues(maximum=5).fit(panel, np.random.default_rng(0)).n_groups
    2
    """

    maximum: int
    ratio: str = "growth"
    search: Search = field(default_factory=Genetic)

    def __post_init__(self) -> None:
        keep_whole(self, maximum=1)
        require_one_of("ratio", self.ratio, RATIOS)
        require_search(self.search, profiles=True)

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate the largest number of groups, choose, and estimate the chosen number.

        A fit whose slopes are not identified is returned as it is.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness.

        Raises
        ------
        InputError
            As `GFE.fit` and `eigenvalue_ratios`.
        """
        require_generator(rng)
        panel.require_balanced("ChosenByEigenvalues")
        _require_eigenvalues(*panel.shape[:2], self.maximum)
        first = GFE(self.maximum, self.search).fit(panel, rng)
        if not first.status.usable:
            return replace(first, estimator=self)
        left = panel.y.copy()
        for k, slope in enumerate(first.theta):
            left -= slope * panel.x[:, :, k]
        values = getattr(eigenvalue_ratios(left, self.maximum), self.ratio)
        chosen = int(np.argmax(values)) + 1
        fit = first if chosen == self.maximum else self.held(chosen).fit(panel, rng)
        return replace(fit, estimator=self)

    def held(self, n_groups: int) -> Any:
        """Return the estimator at a number of groups that was chosen."""
        return GFE(n_groups, self.search)
