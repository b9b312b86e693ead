"""Grouped estimation of nonlinear models: profiles of groups in the index of a loss."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, keep_whole, require, require_generator, require_one_of
from gfe_mc.estimators.losses.loss import Loss, require_loss, require_outcomes
from gfe_mc.estimators.losses.problem import Parameters, Problem, descend, problem_of
from gfe_mc.estimators.losses.report import report
from gfe_mc.estimators.losses.search import LossSearch, SeededStarts, bounds_of
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.fit import LossFit, Status

PROFILES = ("time", "constant")


@dataclass(frozen=True)
class GroupedM:
    """Grouped M-estimator: minimises sum_it m(y_it, x_it'theta + alpha_{g_i t}), groups unknown.

    Over slopes theta that are common, profiles alpha and groups. Outcomes enter through an index,
    in which the loss m is convex and has two derivatives.

    Parameters
    ----------
    loss : Loss
        `Logit()`, `Probit()`, `Poisson()`, or the user's own: a frozen dataclass with
        `terms(y, index)`, which returns m and its first and second derivative in the index.
    groups : int
        Number of groups G; with one, it is the regression with period effects.
    profiles : str, default "time"
        "time": alpha_gt is free in every period. "constant": alpha_g, the same in all periods:
        for short panels, or few units a group.
    search : LossSearch, default SeededStarts()
        How the minimum is looked for.

    Notes
    -----
    Where the outcomes of a group in a period are all zeros (or all ones), its profile value is
    infinite: the limit is taken, the loss of that cell is zero, and the status says
    PROFILE_SEPARATED. Slopes are those of the limit. Losses that have no such limit, or do not say
    so by `extremes`, end by ITERATION_LIMIT there.

    Profile values of small groups are estimated from few outcomes, and units are put where they
    fit best: slopes have a bias of that with few periods, and standard errors do not know of it.

    References
    ----------
    Bonhomme and Manresa (2012), equation (8).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedM, Panel, Poisson
    >>> y = np.array([[1, 2], [3, 2], [50, 9], [52, 11]])
    >>> fit = GroupedM(Poisson(), groups=2).fit(Panel.from_arrays(y), np.random.default_rng(0))
    >>> fit.groups
    array([0, 0, 1, 1])
    >>> np.exp(fit.alpha).round(3)
    array([[ 2.,  2.],
           [51., 10.]])
    """

    loss: Loss
    groups: int
    profiles: str = "time"
    search: LossSearch = field(default_factory=SeededStarts)

    def __post_init__(self) -> None:
        require_loss(self.loss)
        keep_whole(self, groups=1)
        require_one_of("profiles", self.profiles, PROFILES)
        require(
            callable(getattr(self.search, "minimize", None)) and not isinstance(self.search, type),
            "`search` must be a search",
            repr(self.search),
            "Give SeededStarts()",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> LossFit:
        """Estimate slopes, profiles and groups by searching for the best grouping.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of the starts.

        Returns
        -------
        LossFit
            With `theta` (K,), `alpha` (G, T) and `groups` (N,) numbered by first appearance. The
            status is SLOPES_SEPARATED, and slopes and profiles NaN, where regressors tell the
            outcomes apart, so that slopes run off to infinity; COLLINEAR where a regressor does
            not vary within the groups that were found.

        Raises
        ------
        InputError
            Fewer units than groups, a unit or period without observations, a regressor that does
            not vary within periods once the others are accounted for, or outcomes that the loss is
            not for.
        """
        require_generator(rng)
        require(
            self.groups <= panel.shape[0],
            "There must be no more groups than units",
            f"{self.groups} groups for {panel.shape[0]} units",
            f"Give `groups` from 1 to {panel.shape[0]}",
        )
        problem, pooled = begin(self.loss, panel, by_period=self.profiles == "time")
        found = self.search.minimize(problem, pooled, self.groups, rng)
        # Numbered by first appearance, and computed again so: a grouping gives the same bits
        # whichever search met it, under whichever numbers.
        groups, _ = by_first_appearance(found.groups, self.groups)
        fit = report(panel, problem, pooled, groups, self.groups, self)
        settled = fit.status not in (Status.SUCCESS, Status.PROFILE_SEPARATED) or found.settled
        return replace(
            fit,
            status=fit.status if settled else Status.ITERATION_LIMIT,
            n_best=found.n_best,
            n_tries=found.n_tries,
        )


@dataclass(frozen=True)
class GivenGroupsM:
    """M-estimator of given groups: slopes and profiles as `GroupedM`, groups known.

    Parameters
    ----------
    loss : Loss
        As in `GroupedM`.
    groups : tuple of int, length N
        Group of each unit, whole numbers from 0, none left out.
    profiles : str, default "time"
        As in `GroupedM`.
    """

    loss: Loss
    groups: tuple[int, ...]
    profiles: str = "time"

    def __post_init__(self) -> None:
        require_loss(self.loss)
        require_one_of("profiles", self.profiles, PROFILES)
        try:
            numbers = np.asarray(self.groups)
        except ValueError:  # Of rows of different lengths.
            numbers = np.zeros(0)
        whole = numbers.ndim == 1 and numbers.size > 0 and numbers.dtype.kind in "iu"
        require(
            whole and bool(np.array_equal(np.unique(numbers), np.arange(numbers.max() + 1))),
            "Groups must be whole numbers from 0, none left out",
            repr(self.groups),
            "Number them 0, 1, ...: one number a unit",
        )
        object.__setattr__(self, "groups", tuple(numbers.tolist()))

    def fit(self, panel: Panel, rng: np.random.Generator) -> LossFit:
        """Estimate slopes and profiles; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Raises
        ------
        InputError
            As `GroupedM.fit`, or other units than there are groups for.
        """
        require_generator(rng)
        require(
            len(self.groups) == panel.shape[0],
            "There must be a group for each unit",
            f"{len(self.groups)} for {panel.shape[0]} units",
            "Give the groups of this panel's units",
        )
        problem, pooled = begin(self.loss, panel, by_period=self.profiles == "time")
        groups = np.array(self.groups, np.int64)
        return report(panel, problem, pooled, groups, int(groups.max()) + 1, self)

    def of_units(self, units: np.ndarray) -> GivenGroupsM:
        """Return the estimator of a panel of these units (positions), some of them repeated.

        Parameters
        ----------
        units : (n,) array
            Positions of units, from 0.

        Raises
        ------
        InputError
            A group has none of them.
        """
        groups = np.asarray(self.groups)[units]
        found, n_groups = len(np.unique(groups)), max(self.groups) + 1
        require(
            found == n_groups,
            "Every group must have a unit",
            f"units of {found} of {n_groups} groups",
            "Draw again",
        )
        return replace(self, groups=tuple(groups.tolist()))


def begin(loss: Loss, panel: Panel, *, by_period: bool) -> tuple[Problem, Parameters]:
    """Arrange a panel, and estimate slopes and profile values (1, C) of one group.

    Profile values stay within the bounds of the search there.

    Raises
    ------
    InputError
        Outcomes that the loss is not for, the errors of `problem_of`, or regressors without
        variation of their own.
    """
    require_outcomes(loss, panel)
    problem = problem_of(loss, panel, by_period=by_period)
    pooled = Parameters(np.zeros(panel.shape[2]), np.zeros((1, problem.n_cells)))
    groups, bounds = np.zeros(panel.shape[0], np.int64), bounds_of(problem)
    # What is collinear shows at the first step, at an index of zero.
    first = descend(problem, groups, pooled, used=problem.observed, bounds=bounds, limit=1)
    if first.lost.any():
        names = zip(panel.regressors, first.lost, strict=True)
        within = "of a period" if by_period else "and periods"
        raise InputError(
            f"Every regressor must vary between the units {within}, given the others",
            f"no such variation in {', '.join(name for name, lost in names if lost)}",
            "Leave it out: the effects or the regressors before it explain it",
        )
    descend(problem, groups, pooled, used=problem.observed, bounds=bounds)
    return problem, pooled
