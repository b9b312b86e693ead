"""Groups by k-means on moments of units, then least squares."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import is_number, keep_whole, require, require_flags, require_generator
from gfe_mc.estimators.profiles.design import require_observed
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.oracle import fit_given, require_enough_units
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import ProfileFit, Status


@dataclass(frozen=True)
class TwoStepGFE:
    """Two-step grouped fixed effects: k-means on unit moments, then group-period effects.

    The first step puts units into groups by the means over periods of their outcome and
    regressors, h_i; the second is least squares with effects alpha_gt of these groups. The groups
    stand for heterogeneity that need not be in groups; where it is, they are found only if their
    moments differ.

    In a panel with gaps means are over the T_i periods in which a unit is observed, and units count
    alike in the first step, however often that is.

    Parameters
    ----------
    groups : int, optional
        Number of groups. If left out, the smallest G with Q(G) <= share * V: Q(G) is the mean
        squared distance of the h_i from their group, and V what errors alone make of it,
        sum_it |h_it - h_i|^2 / (N T^2), h_it outcome and regressors themselves; with gaps
        sum_i sum_t |h_it - h_i|^2 / T_i^2 / N, over observed periods.
    share : float, default 1.0
        gamma of that rule.
    standardize : bool, default False
        Whether moments are divided by their standard deviation over units.
    search : Search, default Genetic()
        How the k-means minimum is looked for, as in `GFE`.

    Notes
    -----
    Sources and choices: two steps, k-means on moments and the rule for the number of groups are
    Bonhomme, Lamadon and Manresa's, from knowledge of the paper rather than its text at hand, so
    no equation is cited. V is for observations that are independent over the periods of a unit,
    given its type. Which moments, and effects free in every period in the second step, are
    choices of ours, and so is `standardize`: without it the groups depend on the units of
    measurement of the regressors. Gaps are ours as well: means over other periods are comparable
    as far as outcomes and regressors have no common trend, since a unit that is observed late only
    has the means of late periods. What differs so, groups of the first step take for heterogeneity.

    References
    ----------
    Bonhomme, Lamadon and Manresa (2022), Discretizing unobserved heterogeneity, Econometrica 90.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, TwoStepGFE
    >>> y = np.array([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9]])
    >>> TwoStepGFE(groups=2).fit(Panel.from_arrays(y), np.random.default_rng(0)).groups
    array([0, 0, 1, 1])
    """

    groups: int | None = None
    share: float = 1.0
    standardize: bool = False
    search: Search = field(default_factory=Genetic)

    def __post_init__(self) -> None:
        if self.groups is not None:
            keep_whole(self, groups=1)
        require(
            is_number(self.share) and self.share > 0,
            "`share` must be a positive number",
            repr(self.share),
            "Give one such as 1.0",
        )
        require_flags(self, "standardize")
        require_search(self.search, profiles=True)

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate groups by k-means, then slopes and profiles by least squares.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps; each unit is observed at least twice where the number
            of groups is left out.
        rng : numpy.random.Generator
            Source of all randomness of the search.

        Raises
        ------
        InputError
            The panel has fewer units than groups, units observed once and no number of groups, or
            as `GFE.fit`.
        """
        require_generator(rng)
        require_enough_units(self.groups or 1, panel.shape[0])
        require_observed(panel)
        series, moments = moments_of(panel, 1, standardize=self.standardize)
        found = self._partition(panel, series, moments, rng)
        converged = found.status == Status.SUCCESS
        fit = fit_given(panel, found.groups, self, converged=converged)
        return replace(fit, n_best=found.n_best, n_tries=found.n_tries)

    def held(self, n_groups: int) -> TwoStepGFE:
        """Return the estimator with a number of groups.

        Parameters
        ----------
        n_groups : int
            Number of groups.
        """
        return replace(self, groups=n_groups)

    def _partition(
        self,
        panel: Panel,
        series: np.ndarray,
        moments: np.ndarray,
        rng: np.random.Generator,
    ) -> ProfileFit:
        """k-means of the moments (N, D) of series (N, T, D), with as many groups as are asked."""
        n_units, n_periods, _ = series.shape
        if self.groups is not None:
            return k_means(moments, self.groups, self.search, rng)
        require(
            n_periods > 1,
            "The number of groups is chosen by how much moments vary over periods",
            "one period",
            "Give `groups`, or more periods",
        )
        counts = panel.observed.sum(axis=1)
        few = int(counts.argmin())
        require(
            bool(counts[few] > 1),
            "The number of groups is chosen by how much moments vary over the periods of a unit",
            f"one period of unit {panel.units[few]}",
            "Give `groups`, or leave out units that are observed once",
        )
        # (T / T_i)^2, or zero where nothing is observed; one without gaps.
        weights = panel.observed * (n_periods / counts[:, None]) ** 2
        errors = ((series - moments[:, None]) ** 2 * weights[:, :, None]).sum() / n_periods**2
        number = 1
        found = k_means(moments, number, self.search, rng)
        while number < n_units and found.objective > self.share * errors:
            number += 1
            found = k_means(moments, number, self.search, rng)
        return found


def moments_of(panel: Panel, axis: int, *, standardize: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return outcome and regressors (N, T, D), and their means over units (0) or periods (1).

    Means are over what is observed; series are zero where they are not. Standardized, each is
    divided by the standard deviation of its means, unless that is zero.
    """
    series = np.concatenate([panel.y[:, :, None], panel.x], axis=2)
    means = series.sum(axis=axis) / panel.observed.sum(axis=axis)[:, None]
    if standardize:
        scale = means.std(axis=0)
        scale[scale == 0.0] = 1.0
        series, means = series / scale, means / scale
    return series, means


def k_means(
    moments: np.ndarray, n_groups: int, search: Search, rng: np.random.Generator
) -> ProfileFit:
    """Return k-means of moments (N, D): GFE without regressors, moments in the place of periods."""
    return GFE(n_groups, search).fit(Panel.from_arrays(moments), rng)
