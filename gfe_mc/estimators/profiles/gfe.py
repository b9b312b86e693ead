"""The grouped fixed-effects estimator."""

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.canonical import LATER
from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    InputError,
    keep_names,
    keep_whole,
    require,
    require_flags,
    require_generator,
)
from gfe_mc.estimators.profiles.basis import as_basis
from gfe_mc.estimators.profiles.linear import fit_linear, unit_effects_of
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.profiles.prior import Prior, as_prior
from gfe_mc.estimators.profiles.search import Found, Genetic, Problem, Search
from gfe_mc.estimators.profiles.stack import stack
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import Fit, Model, ProfileFit, Status, TimeBasis
from gfe_mc.kernels.profiles.arrays import Data, Grouping, empty_grouping, empty_scratch
from gfe_mc.kernels.profiles.crossproducts import profile_out, regroup, slopes, update


@dataclass(frozen=True)
class GFE:
    """Grouped fixed effects estimator: y_it = x_it'theta + alpha_{g_i t} + v_it, groups unknown.

    Minimises sum_it (y_it - x_it'theta - alpha_{g_i t})^2 over theta, alpha and groups. With
    options the model has unit effects mu_i, slopes theta_{g_i} of some regressors that differ by
    group, or profiles alpha_gt = sum_r b_gr psi_r(t); and panels may have gaps.

    Parameters
    ----------
    groups : int
        Number of groups G.
    search : Search, default Genetic()
        How the minimum is looked for: `Genetic`, `VNS`, `MultiStart`.
    unit_effects : bool, default False
        Whether each unit has a fixed effect: the panel is then taken in deviations from unit
        means, and so are the profiles, which add up to zero over periods. With a lagged outcome,
        slopes then have a bias of order 1/T (Nickell 1981), that of the lag downwards;
        `HalfPanelJackknife` corrects them.
    group_slopes : bool or tuple of str, default ()
        Regressors whose slopes differ by group, or True for all of them.
    time_basis : TimeBasis or (T, R) array, optional
        Functions of time that profiles are made of: `Polynomial`, `Splines`, or the user's own.
        Profiles are free in every period if left out.
    prior : Prior or (N, G) array, optional
        Prior information on groups: a `Prior`, or prior probabilities.

    Notes
    -----
    Balanced panels with neither group slopes, time basis nor prior are searched by their own
    kernels; all others by cross-products of units, which `VNS` cannot. Where nothing of a group is
    observed in a period its profile is NaN there.

    References
    ----------
    Bonhomme and Manresa (2012), equations (2), (5) and (6); supplement S2.2, S2.3 and equation
    (S18).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, Panel
    >>> y = np.array([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9]])
    >>> fit = GFE(groups=2).fit(Panel.from_arrays(y), np.random.default_rng(0))
    >>> fit.groups
    array([0, 0, 1, 1])
    >>> fit.alpha
    array([[0.05, 0.05],
           [5.05, 6.95]])
    """

    groups: int
    search: Search = field(default_factory=Genetic)
    unit_effects: bool = field(default=False, metadata=LATER)
    group_slopes: bool | tuple[str, ...] = field(default=(), metadata=LATER)
    time_basis: TimeBasis | np.ndarray | None = field(default=None, metadata=LATER)
    prior: Prior | np.ndarray | None = field(default=None, metadata=LATER)

    def __post_init__(self) -> None:
        keep_whole(self, groups=1)
        require_search(self.search, profiles=True)
        require_flags(self, "unit_effects")
        if self.group_slopes is False:
            object.__setattr__(self, "group_slopes", ())
        if self.group_slopes is not True:
            keep_names(self, "group_slopes")
        object.__setattr__(self, "time_basis", as_basis(self.time_basis))
        object.__setattr__(self, "prior", as_prior(self.prior))

    def fit(
        self,
        panel: Panel,
        rng: np.random.Generator,
        start: Fit | None = None,
        weights: np.ndarray | None = None,
    ) -> ProfileFit:
        """Estimate slopes, profiles and groups by searching for the best grouping.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness of the search.
        start : Fit, optional
            A fit with as many slopes, groups and periods, whose slopes and profiles the search
            starts from besides its own starts: one of a similar panel, say.
        weights : (N,) array, optional
            How often each unit counts, such as in a resampled panel; once if left out.

        Returns
        -------
        ProfileFit
            With `theta` (K,), `alpha` (G, T), and `groups` (N,) numbered by first appearance, or
            as prior probabilities name them. With unit effects also `mu` (N,); with slopes by
            group `beta` (G, K) and `unit_slopes` (N, K), and `theta` is their mean over units.

        Raises
        ------
        InputError
            The panel has fewer units than groups, a unit or period without observations, or a
            regressor that does not vary within periods once the others are accounted for;
            `start` does not fit it; or an option does not.
        """
        require_generator(rng)
        if (
            not panel.balanced
            or self.group_slopes
            or self.time_basis is not None
            or self.prior is not None
        ):
            return fit_linear(self, panel, rng, start, weights)
        n_units, n_periods, n_regressors = panel.x.shape
        require(
            self.groups <= n_units,
            "There must be no more groups than units",
            f"{self.groups} groups for {n_units} units",
            f"Give `groups` from 1 to {n_units}",
        )
        seen = panel.within_units() if self.unit_effects else panel
        data, means = stack(seen, weights)
        shape = (n_units, n_periods, n_regressors, self.groups)
        now, scratch = empty_grouping(*shape), empty_scratch(*shape)
        spread = self.search.theta_spread
        starting = starting_slopes(seen, data, spread, unit_effects=self.unit_effects)
        if start is not None:
            _place_start(start, means, now)
        found = self.search.run(Problem(data, starting, now, scratch, start is not None), rng)
        room = now, scratch.factor
        return fit_of_labels(self, panel, data, means, *room, found, unit_effects=self.unit_effects)


def fit_of_labels(
    estimator: object,
    panel: Panel,
    data: Data,
    means: np.ndarray,
    now: Grouping,
    factor: np.ndarray,
    found: Found,
    *,
    unit_effects: bool,
) -> ProfileFit:
    """Estimate slopes and profiles of the grouping in `now`, and say how it was found.

    Parameters
    ----------
    estimator : object
        What makes the fit.
    panel : Panel
        The panel, balanced and not in deviations.
    data, means : Data and (D, T) array
        What `stack` says of it, in deviations where there are unit effects.
    now : Grouping
        The grouping, and room for what follows from it.
    factor : (D, D) array
        Room for the factor of the cross-products.
    found : Found
        What the search says.
    unit_effects : bool
        Whether units have effects.
    """
    n_units, _, n_regressors = panel.shape
    # Numbered by first appearance, and computed again so: a grouping gives the same bits
    # whichever search met it, under whichever numbers.
    labels, _ = by_first_appearance(now.groups, len(now.counts))
    regroup(data, labels, now)
    objective = update(data, now, factor)
    theta = now.theta.copy()
    status = Status.SUCCESS if found.converged else Status.ITERATION_LIMIT
    if (np.diag(factor)[:n_regressors] == 0.0).any():
        theta[:] = np.nan
        status = Status.COLLINEAR
    alpha = now.alpha + centre(means, theta)
    own_effects = None
    if unit_effects:
        own_effects = unit_effects_of(panel, np.tile(theta, (n_units, 1)), alpha[labels])
    return ProfileFit(
        theta=theta,
        alpha=alpha,
        groups=labels,
        objective=objective,
        status=status,
        n_best=found.n_best,
        n_tries=found.n_tries,
        mu=own_effects,
        model=Model(unit_effects=unit_effects, profiles=True),
        estimator=estimator,
    )


def centre(means: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Compute what the profiles (G, T) lost when period means (D, T) were taken out: (T,)."""
    lost: np.ndarray = means[len(theta)].copy()
    for k, slope in enumerate(theta):
        lost -= slope * means[k]
    return lost


def _place_start(start: Fit, means: np.ndarray, now: Grouping) -> None:
    """Put the slopes and profiles of a fit where the search finds them."""
    shape = None if start.alpha is None else start.alpha.shape
    if start.theta.shape != now.theta.shape or start.alpha is None or shape != now.alpha.shape:
        raise InputError(
            "`start` must have the slopes, groups and periods of this estimator and panel",
            f"theta {start.theta.shape} and alpha {shape}",
            f"Give a fit with theta {now.theta.shape} and alpha {now.alpha.shape}",
        )
    require(
        bool(np.isfinite(start.theta).all() and np.isfinite(start.alpha).all()),
        "`start` must be finite",
        start.status.message,
        "Give a fit that succeeded",
    )
    now.theta[:] = start.theta
    now.alpha[:] = start.alpha - centre(means, start.theta)


def starting_slopes(
    panel: Panel, data: Data, spread: float, *, unit_effects: bool = False
) -> np.ndarray:
    """Compute means and standard deviations (2, K) of starting slopes: pooled OLS, and its scale.

    Refuses a panel in which pooled OLS with period effects is not identified.
    """
    n_series = data.total.shape[0]
    factor = np.zeros((n_series, n_series))
    residual = profile_out(data.total, data.floor, factor)
    starting = np.zeros((2, n_series - 1))
    slopes(factor, starting[0])
    pivots = np.diag(factor)[:-1]
    if (pivots == 0.0).any():
        _refuse_collinear(panel, pivots == 0.0, np.diag(data.total)[:-1] == 0.0, unit_effects)
    starting[1] = spread * np.sqrt(residual) / pivots
    return starting


def _refuse_collinear(
    panel: Panel, lost: np.ndarray, absorbed: np.ndarray, unit_effects: bool
) -> None:
    """Refuse regressors (K,) without variation of their own, and say what takes it."""
    names = [str(name) for name in panel.regressors]
    alone = [name for name, gone in zip(names, absorbed, strict=True) if gone]
    within = "or constant in every unit, or a sum of both" if unit_effects else ""
    if alone:
        raise InputError(
            "Every regressor must vary between the units of a period, given the others",
            f"no such variation in {', '.join(alone)}",
            "Leave it out: the effects absorb what is common to a period"
            + (f", {within}" if within else ""),
        )
    raise InputError(
        "Every regressor must vary between the units of a period, given the others",
        f"no such variation in {', '.join(n for n, gone in zip(names, lost, strict=True) if gone)}"
        ", which the regressors before it explain",
        "Leave one of them out: beside the effects they are collinear",
    )
