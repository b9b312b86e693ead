"""What an estimator returns: a fit that knows its model, and the ways in which it can end."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Protocol

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require


class Status(IntEnum):
    """How a fit, or a replication of it, ended. Stored as the number; `message` says it.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import BaiIteration, GroupedEffects, InteractiveFixedEffects, Status
    >>> panel = GroupedEffects(30, 10, 2, separation=3.0).draw(np.random.default_rng(0)).panel
    >>> estimator = InteractiveFixedEffects(factors=2, search=BaiIteration(limit=1))
    >>> status = estimator.fit(panel, np.random.default_rng(0)).status
    >>> status.name, status.usable
    ('ITERATION_LIMIT', True)
    >>> Status.COLLINEAR.message, Status.COLLINEAR.usable
    ('a regressor does not vary within the groups and periods that were found', False)
    """

    SUCCESS = 0
    ITERATION_LIMIT = 1
    COLLINEAR = 2
    NOT_FINITE = 3
    ESTIMATOR_FAILED = 4
    DGP_FAILED = 5
    WORKER_LOST = 6
    NOT_RUN = 7
    GROUP_TOO_SMALL = 8
    EXACT_FIT = 9
    TIME_LIMIT = 10
    COLLAPSED = 11
    MEMBERSHIP_SEPARATED = 12
    PROFILE_SEPARATED = 13
    SLOPES_SEPARATED = 14

    @property
    def message(self) -> str:
        """What the status means."""
        return _MESSAGES[self]

    @property
    def usable(self) -> bool:
        """Whether there are estimates of what was asked for."""
        # Where a logit of memberships, or a profile value, runs off to infinity, the rest has
        # estimates: those of the limit.
        return self in (
            Status.SUCCESS,
            Status.ITERATION_LIMIT,
            Status.MEMBERSHIP_SEPARATED,
            Status.PROFILE_SEPARATED,
        )


_MESSAGES = {
    Status.SUCCESS: "the search ended by its own rule",
    Status.ITERATION_LIMIT: "the iteration limit was reached before the groups settled",
    Status.COLLINEAR: "a regressor does not vary within the groups and periods that were found",
    Status.NOT_FINITE: "an estimate is not finite",
    Status.ESTIMATOR_FAILED: "the estimator raised an exception",
    Status.DGP_FAILED: "the sample could not be drawn",
    Status.WORKER_LOST: "the worker died each time it was tried",
    Status.NOT_RUN: "not part of what was asked for, or not yet run",
    Status.GROUP_TOO_SMALL: "a group would have had fewer units than the minimum",
    Status.EXACT_FIT: "the groups leave no residuals, so that soft memberships are not defined",
    Status.TIME_LIMIT: "it took longer than the time limit of a replication",
    Status.COLLAPSED: "a component of the mixture lost all units or all variance from every start",
    Status.MEMBERSHIP_SEPARATED: "characteristics tell a component apart: its logit has no maximum",
    Status.PROFILE_SEPARATED: "all outcomes of a group in a period are at an extreme: its profile "
    "value is infinite there",
    Status.SLOPES_SEPARATED: "regressors tell the outcomes apart: slopes have no finite optimum "
    "(fit without the regressors that do, or with fewer groups)",
}


class TimeBasis(Protocol):
    """Functions of time: any frozen dataclass with this method and a line about itself."""

    def matrix(self, periods: Sequence[Hashable]) -> np.ndarray:
        """Return the functions at the periods, (T, R)."""
        ...

    def describe(self) -> str:
        """Return what profiles of them are, such as "linear trends"."""
        ...


@dataclass(frozen=True)
class Model:
    """Model that was fitted: which effects and slopes there are beside common slopes.

    Attributes
    ----------
    unit_effects : bool, default False
        Whether each unit has a fixed effect. The fit is then one of deviations from unit means,
        and so are its profiles.
    profiles : bool, default False
        Whether groups have effects over time, alpha_gt; with one group, they are period effects.
    group_slopes, unit_slopes : tuple of str or int, default ()
        Regressors whose slopes differ by group, or are each unit's own, by name; by position
        from 0 where a fit does not know the names.
    soft : bool, default False
        Whether units belong to groups in part.
    time_basis : TimeBasis, optional
        Functions of time that profiles are made of; None where they are free in every period.
    prior : bool, default False
        Whether prior information draws units to groups. The objective is then not the sum of
        squared residuals alone.
    factors : int, default 0
        Number of factors over time, of which each unit has loadings of its own.
    levels : tuple of int, default ()
        How many levels, which shift its profile, each group has within it; none if left out.
    mixture : str, default ""
        Where groups are components of a mixture of normals, how probable they are: "common" to
        all units, or a "logit" in their characteristics.
    jackknife : bool, default False
        Whether slopes are corrected by the half-panel jackknife. The objective is then not the
        least.
    loss : str, default ""
        What is minimised where it is no sum of squared residuals: "logit", say.
    criterion : str, default ""
        What is minimised, where that is not the sum of squared residuals of all cells alike, in
        words: "nuclear norm penalty", say. Formulas for the errors of least squares do not hold.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, Model
    >>> panel = GroupedEffects(12, 5, 2, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=2, unit_effects=True).fit(panel, np.random.default_rng(0))
    >>> fit.model == Model(profiles=True, unit_effects=True)
    True
    >>> fit.model.describe(n_groups=2)
    'groups with profiles over time, unit effects'
    """

    unit_effects: bool = False
    profiles: bool = False
    group_slopes: tuple[str | int, ...] = ()
    unit_slopes: tuple[str | int, ...] = ()
    soft: bool = False
    time_basis: TimeBasis | None = None
    prior: bool = False
    factors: int = 0
    levels: tuple[int, ...] = ()
    mixture: str = ""
    jackknife: bool = False
    loss: str = ""
    criterion: str = ""

    def describe(self, n_groups: int | None = None) -> str:
        """Say the model in one line, such as "groups with profiles over time, unit effects".

        Parameters
        ----------
        n_groups : int, optional
            Number of groups, where it is known: with one, profiles are period effects.
        """
        parts = []
        pattern = self.time_basis
        if n_groups == 1:
            effects = "period effects" if pattern is None else f"common {pattern.describe()}"
            parts += [effects] if self.profiles else []
        else:
            profiles = "profiles over time" if pattern is None else pattern.describe()
            own = [profiles] if self.profiles else []
            own += [f"slopes of {_listed(self.group_slopes)}"] if self.group_slopes else []
            kind = "soft groups" if self.soft else "groups"
            kind = "mixture of groups" if self.mixture else kind
            parts += [f"{kind} with {' and '.join(own)}"] if own else []
        if self.levels:
            numbers = ", ".join(map(str, self.levels))
            parts.append(f"{numbers} levels within " + ("them" if n_groups != 1 else "one group"))
        if self.unit_slopes:
            parts.append(f"each unit's own slopes of {_listed(self.unit_slopes)}")
        parts = parts or ["slopes common to all units"]
        if self.factors:
            number = f"{self.factors} factor{'s' if self.factors > 1 else ''}"
            parts.append(f"interactive effects of {number}")
        parts += ["unit effects"] if self.unit_effects else []
        parts += ["prior information on groups"] if self.prior else []
        if self.mixture and n_groups != 1:
            logit = self.mixture == "logit"
            parts.append("logit of probabilities" if logit else "common probabilities")
        parts += ["slopes by the half-panel jackknife"] if self.jackknife else []
        parts += [f"{self.loss} outcomes"] if self.loss else []
        parts += [self.criterion] if self.criterion else []
        return ", ".join(parts)

    def __str__(self) -> str:
        return self.describe()


def _listed(names: tuple[str | int, ...]) -> str:
    return ", ".join(str(name) if isinstance(name, str) else f"x{name + 1}" for name in names)


UNSAID = Model()
"""What a fit has that does not say its model: it is then told by which estimates there are."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Estimates of a panel with N units, T periods, K regressors and G groups.

    An estimator of one's own can return this class, with whatever it estimates; those of the
    package return one of its families, `ProfileFit`, `SlopeFit`, `FuzzyFit`, `MixtureFit`,
    `LossFit` and `FactorFit`.

    Attributes
    ----------
    theta : (K,) array
        Common slopes; where slopes differ between groups, their mean over units. NaN where the
        status is COLLINEAR.
    alpha : (G, T) array, optional
        Group profiles alpha_gt.
    groups : (N,) array, optional
        Group of each unit, 0, ..., G - 1, numbered by first appearance.
    objective : float, default NaN
        The minimised objective: the sum of squared residuals, or that of soft memberships, or
        what the model's `criterion` says.
    status : Status, default Status.SUCCESS
        How the fit ended.
    n_best, n_tries : int, default 1
        How many of the search's tries met the best objective, and how many there were. What a
        try is (a start, a local optimum), the search says.
    path : (G_max,) array, optional
        The minimised objective at each number of groups from 1, where several were fitted.
    beta : (G, K) array, optional
        Slopes of each group, where they differ. Common slopes are the same in every row, and
        those of single units are NaN.
    unit_slopes : (N, K) array, optional
        Slopes of each unit: its group's, the common ones, and its own.
    group_objectives : (G,) array, optional
        What each group has of the objective, where slopes differ between groups.
    memberships : (N, G) array, optional
        Share of each unit in each group, where memberships are soft.
    fuzziness : float, optional
        The regularization parameter m of soft memberships.
    mu : (N,) array, optional
        Unit effects. Profiles then add up to zero over periods, and mu_i is the unit's mean of
        y_it - x_it'beta_i - alpha_{g_i t}.
    patterns : (G, R) array, optional
        Coefficients of profiles on the functions of time of the model, alpha_gt =
        sum_r b_gr psi_r(t), up to what unit effects absorb.
    factors : (T, r) array, optional
        Factors, where there are interactive effects.
    loadings : (N, r) array, optional
        Loadings of each unit on them.
    secondary : (N,) array, optional
        Secondary group of each unit within its group, from 0, where groups have levels.
    eta : (G, H) array, optional
        Levels of the secondary groups of each group, beside its profile; NaN beyond the number
        that it has.
    model : Model, optional
        What was fitted. If left out, it is told by which estimates there are: profiles where
        there are `alpha` and `groups`, slopes by groups where there is `beta` (then with unit
        effects, unless there are profiles), soft groups where there are `memberships`, interactive
        effects where there are `factors`.
    estimator : object, optional
        What made the fit, so that it can be made again of a resampled panel; None if not said.

    Raises
    ------
    InputError
        The model has a part that there are no estimates of.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Fit
    >>> fit = Fit(theta=np.array([0.5]), alpha=np.zeros((2, 3)), groups=np.array([0, 0, 1]))
    >>> fit.n_groups, fit.description  # the model is told by which estimates there are
    (2, 'groups with profiles over time')
    >>> fit.status.message
    'the search ended by its own rule'
    """

    theta: np.ndarray
    alpha: np.ndarray | None = None
    groups: np.ndarray | None = None
    objective: float = float("nan")
    status: Status = Status.SUCCESS
    n_best: int = 1
    n_tries: int = 1
    path: np.ndarray | None = None
    beta: np.ndarray | None = None
    unit_slopes: np.ndarray | None = None
    group_objectives: np.ndarray | None = None
    memberships: np.ndarray | None = None
    fuzziness: float | None = None
    mu: np.ndarray | None = None
    patterns: np.ndarray | None = None
    factors: np.ndarray | None = None
    loadings: np.ndarray | None = None
    secondary: np.ndarray | None = None
    eta: np.ndarray | None = None
    model: Model = UNSAID
    estimator: object = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.model is UNSAID:
            object.__setattr__(self, "model", self._told())
        model = self.model
        for part, said, needed in (
            ("profiles", model.profiles, ("alpha", "groups")),
            ("slopes of groups", bool(model.group_slopes), ("beta", "groups")),
            ("slopes of units", bool(model.unit_slopes), ("unit_slopes",)),
            ("levels within groups", bool(model.levels), ("alpha", "groups", "secondary", "eta")),
            ("soft memberships", model.soft, ("memberships", "alpha", "groups")),
            ("a fuzzifier", model.soft and not model.mixture, ("fuzziness",)),
            ("interactive effects", model.factors > 0, ("factors", "loadings")),
        ):
            missing = [name for name in needed if getattr(self, name) is None]
            require(
                not (said and missing),
                f"A fit with {part} must have {', '.join(needed)}",
                f"no {', '.join(missing)}",
                "Give the estimates, or another model",
            )

    @property
    def n_groups(self) -> int | None:
        """G; None where there are no groups."""
        for by_group in (self.alpha, self.beta):
            if by_group is not None:
                return len(by_group)
        return None if self.groups is None else int(np.max(self.groups)) + 1

    @property
    def units_alone(self) -> bool:
        """Whether every unit is a group of its own, with slopes of its own."""
        alone = self.groups is not None and self.alpha is None and self.beta is not None
        alone = alone and bool(self.model.group_slopes)
        return alone and self.groups is not None and self.n_groups == len(self.groups) > 1

    @property
    def description(self) -> str:
        """The model in words, for the number of groups that there are."""
        model = self.model
        if self.units_alone:
            own = (*model.group_slopes, *model.unit_slopes)
            model = replace(model, group_slopes=(), unit_slopes=own)
        return model.describe(self.n_groups)

    def seen(self, panel: Panel) -> Panel:
        """Return a panel as the model sees it: in deviations where it has unit effects.

        Parameters
        ----------
        panel : Panel
            The panel that was fitted.
        """
        return panel.within_units() if self.model.unit_effects else panel

    def residuals(self, panel: Panel) -> np.ndarray:
        """Compute the residuals y_it - x_it'theta - alpha_{g_i t} of a panel, (N, T).

        With slopes of units, y_it - x_it'beta_i less the effects; with levels within groups, less
        these as well; with unit effects, of deviations from unit means; with interactive effects,
        less lambda_i'f_t, and zero where nothing is observed.

        Parameters
        ----------
        panel : Panel
            The panel that was fitted, not in deviations.
        """
        return residuals_of(self.seen(panel), self)

    def _told(self) -> Model:
        """The model, by which estimates there are."""
        profiles = self.alpha is not None and self.groups is not None
        by_slopes = self.beta is not None or self.unit_slopes is not None
        group_slopes: tuple[int, ...] = ()
        unit_slopes: tuple[int, ...] = ()
        if self.beta is not None:
            alone = np.isnan(self.beta).all(axis=0) & np.isfinite(self.theta)
            differs = (self.beta != self.beta[0]).any(axis=0) & ~np.isnan(self.beta).any(axis=0)
            group_slopes = tuple(np.flatnonzero(differs).tolist())
            if self.unit_slopes is not None:
                unit_slopes = tuple(np.flatnonzero(alone).tolist())
        return Model(
            unit_effects=by_slopes and self.alpha is None,
            profiles=profiles,
            group_slopes=group_slopes if self.groups is not None else (),
            unit_slopes=unit_slopes,
            soft=profiles and self.memberships is not None and self.fuzziness is not None,
            factors=0 if self.factors is None or self.loadings is None else self.factors.shape[1],
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ProfileFit(Fit):
    """Fit whose groups differ in effects over time: a `Fit` that always has these attributes.

    Attributes
    ----------
    alpha : (G, T) array
        Group profiles alpha_gt.
    groups : (N,) array
        Group of each unit, 0, ..., G - 1, numbered by first appearance.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects
    >>> panel = GroupedEffects(12, 5, 2, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=2).fit(panel, np.random.default_rng(0))
    >>> type(fit).__name__, fit.alpha.shape, fit.groups.shape
    ('ProfileFit', (2, 5), (12,))
    >>> np.isclose((fit.residuals(panel) ** 2).sum(), fit.objective).item()
    True
    """

    alpha: np.ndarray
    groups: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class TwoLayerFit(ProfileFit):
    """Fit whose groups have levels within them: a `ProfileFit` that always has these attributes.

    Attributes
    ----------
    alpha : (G, T) array
        Profiles alpha_gt of the primary groups: means of y_it - x_it'theta over their units.
    groups : (N,) array
        Primary group of each unit, 0, ..., G - 1: in the order in which the estimator was given
        their numbers of secondary groups, those with as many by first appearance.
    secondary : (N,) array
        Secondary group of each unit within its primary group, from 0, the highest level, down.
    eta : (G, H) array
        Levels eta_gh, H the most that a group has; NaN beyond a group's own number. They add up
        to zero over the units of a primary group.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, TwoLayerGFE
    >>> y = np.array([[0.0, 0.0], [4.0, 4.0], [0.1, 0.1], [5.0, 9.0], [0.0, 4.1], [4.1, 3.9]])
    >>> estimator = TwoLayerGFE(primary=2, secondary=2)
    >>> fit = estimator.fit(Panel.from_arrays(y), np.random.default_rng(0))
    >>> fit.groups, fit.secondary
    (array([0, 0, 0, 1, 1, 0]), array([1, 0, 1, 0, 1, 0]))
    >>> fit.eta[fit.groups, fit.secondary].round(3)  # level of each unit, beside its profile
    array([-1.975,  1.975, -1.975,  2.475, -2.475,  1.975])
    """

    secondary: np.ndarray
    eta: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class SlopeFit(Fit):
    """Fit with unit effects whose groups differ in slopes: a `Fit` that always has these.

    Attributes
    ----------
    groups : (N,) array
        Group of each unit, 0, ..., G - 1, numbered by first appearance.
    beta : (G, K) array
        Slopes of each group.
    unit_slopes : (N, K) array
        Slopes of each unit.
    group_objectives : (G,) array
        Sum of squared residuals of each group.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import KnownGroups, Panel
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0]])
    >>> panel = Panel.from_arrays(np.array([1.0, 3.0, 1.0])[:, None] * x, x[:, :, None])
    >>> fit = KnownGroups(groups=(0, 1, 0)).fit(panel, np.random.default_rng(0))
    >>> type(fit).__name__, fit.beta.shape, fit.group_objectives.round(6)
    ('SlopeFit', (2, 1), array([0., 0.]))
    >>> fit.unit_slopes.round(6).ravel()  # of each unit: its group's
    array([1., 3., 1.])
    """

    groups: np.ndarray
    beta: np.ndarray
    unit_slopes: np.ndarray
    group_objectives: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class FuzzyFit(Fit):
    """Fit with soft groups: memberships in part, and effects and perhaps slopes of groups.

    It is a `Fit` that always has these attributes. The objective is that of soft memberships, no
    sum of squared residuals.

    Attributes
    ----------
    alpha : (G, T) array
        Effects alpha_gt of each group.
    groups : (N,) array
        Group of each unit's largest membership, numbered by first appearance.
    memberships : (N, G) array
        Share of each unit in each group.
    fuzziness : float
        Regularization parameter m.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import FCR, Panel
    >>> panel = Panel.from_arrays([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9], [2.5, 3.5]])
    >>> fit = FCR(groups=2, m=1.5).fit(panel, np.random.default_rng(0))
    >>> type(fit).__name__, fit.fuzziness, fit.memberships.shape
    ('FuzzyFit', 1.5, (5, 2))
    >>> fit.memberships.sum(axis=1).round(6)  # shares of a unit add up to one
    array([1., 1., 1., 1., 1.])
    """

    alpha: np.ndarray
    groups: np.ndarray
    memberships: np.ndarray
    fuzziness: float


@dataclass(frozen=True, eq=False, kw_only=True)
class FactorFit(Fit):
    """Fit with interactive effects lambda_i'f_t: a `Fit` that always has these attributes.

    Attributes
    ----------
    factors : (T, r) array
        Factors, F'F / T = I; each has a sum over periods that is not negative.
    loadings : (N, r) array
        Loadings of each unit; without gaps, Lambda'Lambda is diagonal, from the largest.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import InteractiveFixedEffects, Panel
    >>> panel = Panel.from_arrays([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    >>> fit = InteractiveFixedEffects(factors=1).fit(panel, np.random.default_rng(0))
    >>> type(fit).__name__, fit.factors.shape, fit.loadings.shape
    ('FactorFit', (2, 1), (3, 1))
    >>> (fit.factors.T @ fit.factors / 2).round(6)  # F'F / T
    array([[1.]])
    """

    factors: np.ndarray
    loadings: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class MixtureFit(Fit):
    """Fit of a mixture of normals, whose components are groups: a `Fit` that always has these.

    The objective is minus the log-likelihood.

    Attributes
    ----------
    alpha : (G, T) array
        Profiles alpha_gt of each component.
    groups : (N,) array
        Component of each unit's largest membership, numbered by first appearance; components that
        are no unit's come last.
    memberships : (N, G) array
        Probability that each unit is of each component, given its data.
    probabilities : (N, G) array
        The same before outcomes are seen, pi_ig: one row again and again where they are common.
    sigma2 : (G,) array
        Error variance of each component, all the same where it is common.
    gamma : (G, 1 + L) array
        Coefficients of the logit on a constant and the characteristics; zero for the first
        component. Where probabilities are common, log(pi_g / pi_1).
    log_likelihood : float
        Of outcomes, or of their deviations from unit means where there are unit effects.
    n_parameters : int
        Number of parameters that are free.
    variance : str
        "common" or "group".
    characteristics : tuple of str
        Regressors whose values in a unit's first observed period are its characteristics.
    membership_only : tuple of str
        Those of them that are in the logit alone: their slopes are zero.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Mixture, Panel
    >>> panel = Panel.from_arrays([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9]])
    >>> fit = Mixture(groups=2).fit(panel, np.random.default_rng(0))
    >>> fit.probabilities[0].round(6), fit.sigma2.round(6)  # common to all units, and to components
    (array([0.5, 0.5]), array([0.0025, 0.0025]))
    >>> fit.n_parameters  # four profile values, a variance, a probability
    6
    """

    alpha: np.ndarray
    groups: np.ndarray
    memberships: np.ndarray
    probabilities: np.ndarray
    sigma2: np.ndarray
    gamma: np.ndarray
    log_likelihood: float
    n_parameters: int
    variance: str = "common"
    characteristics: tuple[str, ...] = ()
    membership_only: tuple[str, ...] = ()


class IndexLoss(Protocol):
    """Loss of an outcome at an index x'theta + alpha: any object with this method."""

    def terms(
        self, y: np.ndarray, index: np.ndarray, /
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the loss and its first and second derivative in the index."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class LossFit(Fit):
    """Fit whose groups have profiles in an index, under a loss: a `Fit` that always has these.

    The objective is the sum of the losses.

    Attributes
    ----------
    alpha : (G, T) array
        Profile values alpha_gt in the index. Infinite where the outcomes of a group in a period
        are all the same extreme, NaN where nothing of it is observed.
    groups : (N,) array
        Group of each unit, 0, ..., G - 1, numbered by first appearance, or as they were given.
    loss : IndexLoss
        The loss.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GivenGroupsM, Logit, Panel
    >>> panel = Panel.from_arrays([[0, 1, 1], [0, 0, 1], [1, 0, 1], [1, 1, 1]])
    >>> fit = GivenGroupsM(Logit(), groups=(0, 0, 1, 1)).fit(panel, np.random.default_rng(0))
    >>> fit.separated  # a group that has only zeros, or ones, in a period
    array([[ True, False,  True],
           [ True, False,  True]])
    >>> fit.status.name, round(fit.objective, 4)
    ('PROFILE_SEPARATED', 2.7726)
    """

    alpha: np.ndarray
    groups: np.ndarray
    loss: IndexLoss

    @property
    def separated(self) -> np.ndarray:
        """Which profile values are infinite, (G, T) bool."""
        return np.asarray(np.isinf(self.alpha))

    def index(self, panel: Panel) -> np.ndarray:
        """Compute x_it'theta + alpha_{g_i t} of a panel, (N, T); zero where not observed."""
        index = np.where(panel.observed, self.alpha[self.groups], 0.0)
        for k, slope in enumerate(self.theta):
            index += slope * panel.x[:, :, k]
        return index

    def loss_of(self, panel: Panel) -> float:
        """Compute the sum of the losses of a panel at the estimates."""
        value = self.loss.terms(panel.y, self.index(panel))[0]
        return float(np.where(panel.observed, value, 0.0).sum())

    def residuals(self, panel: Panel) -> np.ndarray:
        """Compute generalised residuals: minus the derivative of the loss in the index, (N, T).

        Of logit and Poisson they are the outcome less its mean. Zero where nothing is observed.

        Parameters
        ----------
        panel : Panel
            The panel that was fitted.
        """
        first = self.loss.terms(panel.y, self.index(panel))[1]
        return np.asarray(np.where(panel.observed, -first, 0.0))


def residuals_of(seen: Panel, fit: Fit) -> np.ndarray:
    """Compute the residuals (N, T) of a fit at a panel that is as the fit's model sees it."""
    # Slope by slope rather than by a matrix product: the same bits on every machine.
    residuals = seen.y.copy()
    for k in range(seen.shape[2]):
        if fit.unit_slopes is not None:
            residuals -= fit.unit_slopes[:, k, None] * seen.x[:, :, k]
        else:
            residuals -= fit.theta[k] * seen.x[:, :, k]
    if fit.alpha is not None and fit.groups is not None:
        profiles = fit.alpha[fit.groups]
        if not seen.balanced:
            profiles = observed_profiles(seen, profiles, unit_effects=fit.model.unit_effects)
        residuals -= profiles
        if fit.eta is not None and fit.secondary is not None:
            residuals -= fit.eta[fit.groups, fit.secondary][:, None] * seen.observed
    if fit.factors is not None and fit.loadings is not None:
        for factor, loading in zip(fit.factors.T, fit.loadings.T, strict=True):
            residuals -= loading[:, None] * factor
        residuals[~seen.observed] = 0.0
    return residuals


def observed_profiles(seen: Panel, profiles: np.ndarray, *, unit_effects: bool) -> np.ndarray:
    """Return profiles of units (N, T), or one of all (T,), where they are observed; else zero.

    With unit effects they are in deviations as well: of the periods in which the unit is observed.
    """
    shown = np.where(seen.observed, profiles, 0.0)
    if unit_effects:
        mean = shown.sum(axis=1) / seen.observed.sum(axis=1)
        shown = np.where(seen.observed, shown - mean[:, None], 0.0)
    return shown


def positions(panel: Panel, slopes: tuple[str | int, ...]) -> list[int]:
    """Return the positions of the regressors that a model names, in the panel's order.

    Raises
    ------
    InputError
        The panel has no such regressor.
    """
    unknown = [name for name in slopes if isinstance(name, str) and name not in panel.regressors]
    require(
        not unknown,
        "The fit must be one of this panel",
        f"slopes of {', '.join(map(str, unknown))} and regressors {', '.join(panel.regressors)}",
        "Give the panel that was fitted",
    )
    return sorted(panel.regressors.index(n) if isinstance(n, str) else int(n) for n in slopes)
