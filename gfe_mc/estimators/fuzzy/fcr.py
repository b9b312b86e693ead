"""Fuzzy clustering regression."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    LARGEST,
    is_number,
    keep_names,
    keep_whole,
    require,
    require_flags,
    require_generator,
)
from gfe_mc.estimators.fuzzy.gaps import fit_gaps
from gfe_mc.estimators.fuzzy.genetic import FuzzyGenetic
from gfe_mc.estimators.fuzzy.search import FuzzyProblem, FuzzySearch, variation
from gfe_mc.estimators.profiles.gfe import centre, starting_slopes
from gfe_mc.estimators.profiles.numbering import order_of_appearance
from gfe_mc.estimators.profiles.search import Found
from gfe_mc.estimators.profiles.stack import EXACT, stack
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import FuzzyFit, Model, Status
from gfe_mc.kernels.fuzzy.arrays import empty_fuzzy, fuzzy_data
from gfe_mc.kernels.fuzzy.regress import regress
from gfe_mc.kernels.fuzzy.weights import measure, shares, weigh

_SMALLEST_SHARE = 600.0
"""Least m-th power of an equal share in all groups, as the logarithm of one over it."""


@dataclass(frozen=True)
class FCR:
    """Fuzzy clustering regression: y_it = x_it'theta + alpha_gt + v_it, soft memberships.

    Minimises sum_i (sum_g d_ig^{-1/(m-1)})^{1-m}, d_ig the sum over t of unit i's squared
    residuals at the coefficients of group g. As m falls to 1 it becomes the GFE objective; with
    larger m, units belong to several groups in part: memberships are the unit's share in each.

    Parameters
    ----------
    groups : int
        Number of groups G.
    m : float, default 1.001
        Regularization parameter (fuzzifier), above 1.
    search : FuzzySearch, default FuzzyGenetic()
        How the minimum is looked for: `FuzzyGenetic`, `Annealing`, `DirectMinimization`,
        `PaperProgram`.
    group_specific : tuple of str, default ()
        Names of the regressors whose slopes differ between groups; all others have common ones.
    unit_effects : bool, default False
        Whether each unit has a fixed effect of its own: the panel is then taken in deviations
        from unit means, and so are the effects `alpha`.

    Notes
    -----
    Where there are gaps, d_ig is a sum over the periods in which the unit is observed, and the
    search is one on cross-products, which `FuzzyGenetic` and `Annealing` are. Where no unit of a
    group is observed in a period its effect is NaN there.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), equations (8) and (9).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import FCR, Panel
    >>> y = np.array([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9], [2.5, 3.5]])
    >>> fit = FCR(groups=2, m=2.0).fit(Panel.from_arrays(y), np.random.default_rng(0))
    >>> fit.memberships.round(1)
    array([[1. , 0. ],
           [1. , 0. ],
           [0. , 1. ],
           [0. , 1. ],
           [0.5, 0.5]])
    """

    groups: int
    m: float = 1.001
    search: FuzzySearch = field(default_factory=FuzzyGenetic)
    group_specific: tuple[str, ...] = ()
    unit_effects: bool = False

    def __post_init__(self) -> None:
        keep_whole(self, groups=1)
        require(
            isinstance(self.m, float | int) and is_number(self.m) and 1 + 1e-6 <= self.m <= LARGEST,
            "`m` must be above 1",
            repr(self.m),
            "Give 1.001 for groups as good as hard, 1.5 or 2 for soft ones",
        )
        require(
            self.m * np.log(self.groups) <= _SMALLEST_SHARE,
            "`m` must leave shares in the groups whose powers are numbers",
            f"{self.m!r} with {self.groups} groups",
            f"Give at most {_SMALLEST_SHARE / max(np.log(self.groups), 1e-9):.3g}",
        )
        require_search(self.search, profiles=False)
        keep_names(self, "group_specific")
        require_flags(self, "unit_effects")

    def fit(self, panel: Panel, rng: np.random.Generator) -> FuzzyFit:
        """Estimate slopes, effects and memberships by searching for the minimum.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness.

        Returns
        -------
        FuzzyFit
            With `memberships` (N, G) and `fuzziness` m; `groups` are those of the largest
            membership, numbered by first appearance, those that are no unit's last. With
            group-specific slopes `beta` (G, K), and `theta` is the mean over units of their
            groups' slopes. The status is EXACT_FIT where the groups leave no residuals: distances
            are then of rounding, and the objective has no derivatives. It is COLLINEAR, with
            slopes NaN, where a regressor does not vary within the groups that were found.

        Raises
        ------
        InputError
            The panel has fewer units than groups, a unit or period without observations, a
            regressor that does not vary within periods, or no regressor of a name in
            `group_specific`; or it has gaps, which the search cannot take.
        """
        require_generator(rng)
        n_units, n_periods, n_slopes = panel.shape
        require(
            self.groups <= n_units,
            "There must be no more groups than units",
            f"{self.groups} groups for {n_units} units",
            f"Give `groups` from 1 to {n_units}",
        )
        columns = self._columns(panel)
        if not panel.balanced:
            return fit_gaps(self, panel, rng)
        seen = panel.within_units() if self.unit_effects else panel
        data, means = stack(seen)
        slopes = starting_slopes(seen, data, 0.5, unit_effects=self.unit_effects)
        slopes = slopes[:, columns[:-1]]
        z = data.z[:, columns]
        own = len(self.group_specific)
        now = empty_fuzzy(n_units, n_slopes + 1, n_periods, self.groups, own)
        now.floor[:-1] = data.floor[columns[own:-1]]
        levels = centre(means[columns], slopes[0])
        # Columns that were picked stand apart in memory, which a kernel is compiled anew for.
        slopes = np.ascontiguousarray(slopes)
        problem = FuzzyProblem(fuzzy_data(z, own), float(self.m), slopes, levels, now)
        found = self.search.run(problem, rng)
        measure(problem.data, now)
        weigh(problem.m, now)
        return self._report(problem, columns, means, found)

    def _columns(self, panel: Panel) -> np.ndarray:
        """Order of the series: group-specific regressors, common ones, the outcome."""
        names = list(panel.regressors)
        unknown = [name for name in self.group_specific if name not in names]
        require(
            not unknown and len(set(self.group_specific)) == len(self.group_specific),
            "`group_specific` must be different regressors of the panel",
            ", ".join(self.group_specific),
            f"Give some of {', '.join(names)}, each once",
        )
        own = [names.index(name) for name in self.group_specific]
        common = [k for k in range(len(names)) if k not in own]
        return np.array([*own, *common, len(names)], np.int64)

    def _report(
        self,
        problem: FuzzyProblem,
        columns: np.ndarray,
        means: np.ndarray,
        found: Found,
    ) -> FuzzyFit:
        """Turn what was found into a fit."""
        now = problem.now
        memberships = np.empty_like(now.weights)
        shares(problem.m, now, memberships)
        beta = np.empty_like(now.beta)
        beta[:, columns[:-1]] = now.beta
        nearest = memberships.argmax(axis=1)
        order = order_of_appearance(nearest, self.groups)
        groups = np.argsort(order)[nearest]
        beta = beta[order]
        alpha = now.alpha[order] + np.stack([centre(means, slopes) for slopes in beta])
        unit_slopes = beta[groups]
        theta = unit_slopes.mean(axis=0) if problem.data.own else beta[0].copy()
        status = self._status(problem, found)
        if status == Status.COLLINEAR:
            theta[:], beta[:], unit_slopes[:] = np.nan, np.nan, np.nan
        return FuzzyFit(
            theta=theta,
            alpha=alpha,
            groups=groups,
            objective=found.objective,
            status=status,
            n_best=found.n_best,
            n_tries=found.n_tries,
            beta=beta if problem.data.own else None,
            unit_slopes=unit_slopes if problem.data.own else None,
            memberships=memberships[:, order],
            fuzziness=float(self.m),
            model=Model(
                unit_effects=self.unit_effects,
                profiles=True,
                group_slopes=tuple(self.group_specific),
                soft=True,
            ),
            estimator=self,
        )

    def _status(self, problem: FuzzyProblem, found: Found) -> Status:
        """How it ended."""
        now = problem.now
        if not np.isfinite(now.alpha).all() or not np.isfinite(found.objective):
            return Status.NOT_FINITE
        if found.objective <= EXACT * variation(problem.data):
            return Status.EXACT_FIT
        if not _identified(problem):
            return Status.COLLINEAR
        return Status.SUCCESS if found.converged else Status.ITERATION_LIMIT


def _identified(problem: FuzzyProblem) -> bool:
    """Whether every slope is identified at the memberships that were found."""
    now, own = problem.now, problem.data.own
    n_series, n_periods, n_units = problem.data.series.shape
    again = empty_fuzzy(n_units, n_series, n_periods, len(now.alpha), own)
    again.weights[:], again.floor[:] = now.weights, now.floor
    regress(problem.data, again)
    pivots = np.einsum("gkk->gk", again.factors)[:, :own]
    used = now.weights.any(axis=0)
    return bool((pivots[used] > 0).all() and (np.diag(again.factor)[:-1] > 0).all())
