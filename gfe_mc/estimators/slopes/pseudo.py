"""Groups by slopes, from thresholds in the slopes of single units."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gfe_mc.canonical import LATER
from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_names, keep_whole, require, require_generator
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
from gfe_mc.kernels.slopes.products import regroup_slopes, rest_without
from gfe_mc.kernels.slopes.search import split


@dataclass(frozen=True)
class Pseudo:
    """Pseudo-threshold estimator: units are grouped by thresholds in their own slopes.

    Least squares in each unit gives the candidates for the threshold variable. The threshold and
    the variable with the least sum of squared residuals split the units in two. For more groups,
    the split of any one group that lowers it most is made next.

    Parameters
    ----------
    groups : int
        Number of groups G.
    minimum : MinimumSize, default MinimumSize()
        Fewest units of a group, of those that are split.
    common, individual : tuple of str, default ()
        As in `CKMeans`.
    thresholds : tuple of str, default ()
        Names of the regressors whose slopes are the candidates for the threshold variable; all
        that have group-specific slopes if left out.

    References
    ----------
    Lin and Ng (2011), section 3, Algorithms 1 and 2, and section 3.1 for more than two groups.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Pseudo, StaticSlopes, assigned_groups
    >>> design = StaticSlopes(20, beta=((0.0,), (2.0,)), groups=assigned_groups(60, 2))
    >>> sample = design.draw(np.random.default_rng(0))
    >>> fit = Pseudo(groups=2).fit(sample.panel, np.random.default_rng(0))
    >>> np.bincount(fit.groups), np.bincount(sample.truth.groups)
    (array([40, 20]), array([40, 20]))
    """

    groups: int
    minimum: MinimumSize = field(default_factory=MinimumSize)
    common: tuple[str, ...] = ()
    individual: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = field(default=(), metadata=LATER)

    def __post_init__(self) -> None:
        keep_whole(self, groups=1)
        keep_names(self, "common", "individual", "thresholds")
        require_minimum(self.minimum)

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate slopes of groups and the groups; nothing is drawn.

        Its status is GROUP_TOO_SMALL where no group can be split any more before there are as
        many as asked for; the estimates are then of fewer groups.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        SlopeFit
            With `beta` (G, K), `unit_slopes` (N, K), and `groups` (N,) numbered by first
            appearance.

        Raises
        ------
        InputError
            The panel has no more than K + 1 periods of a unit, or one in which a regressor does
            not vary, given the others; or a threshold is in no group-specific slope.
        """
        fit = self.path(panel, rng)[-1]
        if len(fit.beta) < self.groups:
            fit = replace(fit, status=Status.GROUP_TOO_SMALL)
        return fit

    def path(self, panel: Panel, rng: np.random.Generator) -> list[SlopeFit]:
        """Estimate 1, ..., `groups` groups, as many as the minimum size allows.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        list of SlopeFit
            A fit for each number of groups from 1.

        Raises
        ------
        InputError
            As `fit`.
        """
        require_generator(rng)
        data = unit_cross_products(panel, "Pseudo", self.common, self.individual)
        estimates = self.candidates(panel, data) if self.groups > 1 else np.empty((0, 0))
        groups = np.zeros(panel.shape[0], np.int64)
        fits = [fit_groups(panel, data, groups, 1, self)]
        for n_groups in range(2, self.groups + 1):
            parted = self.part(data, estimates, groups, n_groups - 1)
            if parted is None:
                break
            groups = parted
            fits.append(fit_groups(panel, data, groups, n_groups, self))
        return fits

    def candidates(self, panel: Panel, data: UnitProducts) -> np.ndarray:
        """Estimate each unit's slopes that are candidates for the threshold variable: (N, any)."""
        require_group_specific(panel, data, "Pseudo")
        estimates = own_estimates(panel, data, "Pseudo")[:, : data.own]
        names = [panel.regressors[k] for k in data.columns[: data.own]]
        chosen = self.thresholds or tuple(names)
        unknown = [name for name in chosen if name not in names]
        require(
            not unknown,
            "`thresholds` must be regressors with group-specific slopes",
            ", ".join(unknown),
            f"Give some of {', '.join(names)}",
        )
        return np.ascontiguousarray(estimates[:, [names.index(name) for name in chosen]])

    def part(
        self,
        data: UnitProducts,
        estimates: np.ndarray,
        groups: np.ndarray,
        n_groups: int,
        only: int | None = None,
    ) -> np.ndarray | None:
        """Split one group in two, so that the objective becomes lowest.

        Parameters
        ----------
        data : UnitProducts
            Cross-products.
        estimates : (N, any number) array
            Of `candidates`.
        groups : (N,) array
            The groups before.
        n_groups : int
            Their number.
        only : int, optional
            The group to split; any if None.

        Returns
        -------
        (N,) or None
            The groups after: those above the threshold are the last one. None if no group can
            be split.
        """
        now = room(data, n_groups)
        regroup_slopes(data.products, groups, data.own, now)
        best, parted = np.inf, None
        for g in range(n_groups) if only is None else [only]:
            members = np.flatnonzero(groups == g)
            left = np.zeros(len(members), np.bool_)
            rest = np.empty_like(now.rest)
            rest_without(now, data.own, g, rest)
            smallest = self.minimum.of(len(members))
            objective = split(
                data.products, data.own, members, estimates, smallest, rest, now.floor, left
            )
            if objective < best:
                best, parted = objective, groups.copy()
                parted[members[~left]] = n_groups
        return parted
