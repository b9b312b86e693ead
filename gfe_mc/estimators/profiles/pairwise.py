"""Groups by pairwise differences that are judged by third units, cut from a tree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    InputError,
    is_number,
    keep_whole,
    require,
    require_generator,
    require_one_of,
)
from gfe_mc.estimators.factors.shrinkage import completed, require_penalty, series_of, shrunk
from gfe_mc.estimators.profiles.oracle import fit_given, require_enough_units
from gfe_mc.fit import ProfileFit
from gfe_mc.kernels.linear import gram, multiply

LINKAGES = ("average", "complete", "single")
SETTLED = 10_000
"""Most iterations to the first slopes."""
LEAST = 3
"""Least periods to average over."""


@dataclass(frozen=True)
class TPWD:
    """Triad pairwise-differencing estimator: groups, and how many, without a search.

    Residuals r_it at nuclear norm regularised slopes give each pair of units a distance,

        D_ij = max over k other than i, j of |sum_t r_kt (r_it - r_jt)| / T,

    in which errors average out. Units are merged into a tree, which is cut at `threshold` s^2
    log(T) / sqrt(T), s the standard deviation of all residuals. Slopes and profiles are then
    least squares for these groups.

    In a panel with gaps the sum is over the periods in which i, j and k are all observed, and
    divided by their number; k is over third units that have three such periods at least. T of the
    threshold is the mean of these numbers.

    Parameters
    ----------
    threshold : float, default 1.5
        Multiple at which the tree is cut.
    iterations : int, default 1
        How often groups and slopes are estimated; each time from the residuals at the last slopes.
    linkage : str, default "average"
        Distance between groups: "average", "complete" or "single".
    penalty : float, optional
        psi of the first slopes; log(log(T)) / (4 sqrt(min(N, T))) if left out, which is for
        residuals of the order of one.
    groups : int, optional
        Number of groups at which the tree is cut instead of the threshold.

    Notes
    -----
    Source: the abstract, and the program that the author published with the paper, of September
    2024, from which distances, linkage, defaults of penalty and threshold, and further iterations
    (four in its tables) are. The text itself was not at hand, so no equation is cited, and its
    earlier version cut otherwise. Ours: `groups`, and that ties of the tree go to the lower number.
    The threshold follows the scale of the outcome, the penalty that is left out does not.

    With gaps everything is ours. The first slopes minimise the objective of `NuclearNorm` over what
    is observed, n cells in place of NT. Distances over few periods have larger errors than those
    over many, and one threshold is for all.

    References
    ----------
    Mugnier (2022, revised 2024), A simple and computationally trivial estimator for grouped fixed
    effects models, arXiv 2203.08879.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import TPWD, Panel
    >>> y = [[0.0, 0.1, 0.0], [0.1, 0.0, 0.1], [5.0, 7.0, 6.0], [5.1, 6.9, 6.1], [0.0, 0.0, 0.1]]
    >>> TPWD().fit(Panel.from_arrays(y), np.random.default_rng(0)).groups
    array([0, 0, 1, 1, 0])
    """

    threshold: float = 1.5
    iterations: int = 1
    linkage: Literal["average", "complete", "single"] = "average"
    penalty: float | None = None
    groups: int | None = None

    def __post_init__(self) -> None:
        require(
            is_number(self.threshold) and self.threshold >= 0,
            "`threshold` must be a number that is not negative",
            repr(self.threshold),
            "Give one such as 1.5",
        )
        keep_whole(self, iterations=1)
        require_one_of("linkage", self.linkage, LINKAGES)
        require_penalty(self.penalty)
        if self.groups is not None:
            keep_whole(self, groups=1)

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate slopes, then groups, then slopes and profiles; nothing is drawn.

        Where units of every group leave a regressor no variation, as when each unit is a group of
        its own, the status is COLLINEAR.

        Parameters
        ----------
        panel : Panel
            A panel of at least three units and periods, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Raises
        ------
        InputError
            The panel has too few units or periods, fewer units than `groups`, or a pair of units
            that has no three periods in common with a third one; or as `NuclearNorm.fit` and
            `GFE.fit`.
        """
        require_generator(rng)
        n_units, n_periods, _ = panel.shape
        require_enough_units(self.groups or 1, n_units)
        require(
            min(n_units, n_periods) >= 3,
            "TPWD needs third units to compare a pair by, and periods to average over",
            f"{n_units} units and {n_periods} periods",
            "Give a panel with at least three of each",
        )
        series = series_of(panel, "TPWD", gaps=True)
        penalty = self.penalty
        if penalty is None:
            penalty = float(np.log(np.log(n_periods)) / (4 * np.sqrt(min(n_units, n_periods))))
        if panel.balanced:
            first = shrunk(series, penalty, SETTLED)
        else:
            first = completed(series, penalty, SETTLED).slopes
        theta, converged = first.theta, first.converged
        for _ in range(self.iterations):
            labels = self._labels(panel, theta)
            fit = fit_given(panel, labels, self, converged=converged)
            if not fit.status.usable:
                break
            theta = fit.theta
        return fit

    def held(self, n_groups: int) -> TPWD:
        """Return the estimator whose tree is cut at a number of groups.

        Parameters
        ----------
        n_groups : int
            Number of groups.
        """
        return replace(self, groups=n_groups)

    def _labels(self, panel: Panel, theta: np.ndarray) -> np.ndarray:
        """Groups (N,) by residuals at slopes."""
        residuals = panel.y.copy()
        for k, slope in enumerate(theta):
            residuals -= slope * panel.x[:, :, k]
        n_periods = float(residuals.shape[1])
        if panel.balanced:
            distances, variance = triad_distances(residuals), residuals.var(ddof=1)
        else:
            distances, n_periods = common_distances(residuals, panel.observed)
            variance = residuals[panel.observed].var(ddof=1)
            _require_judged(panel, distances)
        tree = linkage(distances, self.linkage)
        if self.groups is not None:
            # The tree itself is cut, so that there are as many even where merges are at a tie.
            return cut(tree, self.groups)
        height = self.threshold * variance * np.log(n_periods) / np.sqrt(n_periods)
        found: np.ndarray = fcluster(tree, height, criterion="distance") - 1
        return found.astype(np.int64)


def triad_distances(residuals: np.ndarray) -> np.ndarray:
    """Compute D_ij of `TPWD` for all pairs of units i < j, (N (N - 1) / 2,), the first i first.

    Parameters
    ----------
    residuals : (N, T) array
        Residuals.
    """
    n_units, n_periods = residuals.shape
    # sum_t r_kt (r_it - r_jt) is a difference of inner products.
    products = gram(np.ascontiguousarray(residuals.T)) / n_periods
    distances = []
    for i in range(n_units - 1):
        others = np.arange(i + 1, n_units)
        apart = np.abs(products[:, others] - products[:, i, None])
        apart[i] = 0.0
        apart[others, others - i - 1] = 0.0
        distances.append(apart.max(axis=0))
    return np.concatenate(distances)


def common_distances(residuals: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, float]:
    """Compute D_ij of `TPWD` over common periods, in the order of `triad_distances`.

    NaN where a pair has no third unit. The second number is the mean of common periods over all
    triples in which a third unit judges a pair.

    Parameters
    ----------
    residuals : (N, T) array
        Residuals, zero where they are not observed.
    observed : (N, T) bool array
        Which cells are observed.
    """
    n_units = len(residuals)
    seen = observed.astype(np.float64)
    distances, periods, triples = [], 0.0, 0
    for i in range(n_units - 1):
        others = np.arange(i + 1, n_units)
        # sum_t r_kt (r_it s_jt - s_it r_jt), s whether it is observed; counts are whole numbers.
        left = np.hstack([residuals * residuals[i], -residuals * seen[i]])
        sums = multiply(left, np.ascontiguousarray(np.hstack([seen[others], residuals[others]]).T))
        common = (seen * seen[i]) @ seen[others].T
        judges = common >= LEAST
        judges[i] = False
        judges[others, others - i - 1] = False
        apart = np.where(judges, np.abs(sums) / np.maximum(common, 1.0), -1.0).max(axis=0)
        distances.append(np.where(apart < 0.0, np.nan, apart))
        periods += float(common[judges].sum())
        triples += int(np.count_nonzero(judges))
    return np.concatenate(distances), periods / max(triples, 1)


def _require_judged(panel: Panel, distances: np.ndarray) -> None:
    """Refuse pairs of units that no third unit judges."""
    none = np.flatnonzero(np.isnan(distances))
    if len(none):
        i, j = (int(units[none[0]]) for units in np.triu_indices(panel.shape[0], 1))
        raise InputError(
            f"Every pair of units needs {LEAST} periods in common with a third unit",
            f"{len(none)} pairs without, the first {panel.units[i]} and {panel.units[j]}",
            "Leave out units of few periods, or use GFE, which compares units with groups",
        )


def cut(tree: np.ndarray, n_groups: int) -> np.ndarray:
    """Return the groups (N,) of a tree of merges before its last ones.

    Parameters
    ----------
    tree : (N - 1, 4) array
        Merges in order, as `scipy.cluster.hierarchy.linkage` returns them.
    n_groups : int
        Number of groups that are left.
    """
    n_units = len(tree) + 1
    node = np.arange(n_units)
    for step in range(n_units - n_groups):
        merged = np.isin(node, tree[step, :2].astype(np.int64))
        node[merged] = n_units + step
    found: np.ndarray = np.unique(node, return_inverse=True)[1]
    return found
