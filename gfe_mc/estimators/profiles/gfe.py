"""The grouped fixed-effects estimator."""

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.canonical import LATER
from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    InputError,
    keep_whole,
    require,
    require_flags,
    require_generator,
)
from gfe_mc.estimators.profiles.search import Genetic, Problem, Search
from gfe_mc.estimators.profiles.stack import stack
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import Fit, Model, ProfileFit, Status
from gfe_mc.kernels.profiles.arrays import Data, Grouping, empty_grouping, empty_scratch
from gfe_mc.kernels.profiles.crossproducts import profile_out, regroup, slopes, update


@dataclass(frozen=True)
class GFE:
    """Grouped fixed effects estimator: y_it = x_it'theta + alpha_{g_i t} + v_it, groups unknown.

    Minimises sum_it (y_it - x_it'theta - alpha_{g_i t})^2 over theta, alpha and groups.

    Parameters
    ----------
    groups : int
        Number of groups G.
    search : Search, default Genetic()
        How the minimum is looked for: `Genetic`, `VNS`, `MultiStart`.
    unit_effects : bool, default False
        Whether each unit has a fixed effect: the panel is then taken in deviations from unit
        means, and so are the profiles.

    References
    ----------
    Bonhomme and Manresa (2012), equation (2).

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

    def __post_init__(self) -> None:
        keep_whole(self, groups=1)
        require_search(self.search, profiles=True)
        require_flags(self, "unit_effects")

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
            A balanced panel.
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
            With `theta` (K,), `alpha` (G, T), and `groups` (N,) numbered by first appearance.

        Raises
        ------
        InputError
            The panel is unbalanced, has fewer units than groups, or a regressor that does not
            vary within periods once the others are accounted for; or `start` does not fit it.
        """
        require_generator(rng)
        panel.require_balanced("GFE")
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
        # Numbered by first appearance, and computed again so: a grouping gives the same bits
        # whichever search met it, under whichever numbers.
        labels, _ = by_first_appearance(now.groups, self.groups)
        regroup(data, labels, now)
        objective = update(data, now, scratch.factor)
        theta = now.theta.copy()
        status = Status.SUCCESS if found.converged else Status.ITERATION_LIMIT
        if (np.diag(scratch.factor)[:n_regressors] == 0.0).any():
            theta[:] = np.nan
            status = Status.COLLINEAR
        lost = centre(means, theta)
        return ProfileFit(
            theta=theta,
            alpha=now.alpha + lost,
            groups=labels,
            objective=objective,
            status=status,
            n_best=found.n_best,
            n_tries=found.n_tries,
            model=Model(unit_effects=self.unit_effects, profiles=True),
            estimator=self,
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


def by_first_appearance(groups: np.ndarray, n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Number groups by first appearance: labels (N,), and the old number of each new one."""
    _, first = np.unique(groups, return_index=True)
    order = groups[np.sort(first)]
    new = np.empty(n_groups, np.int64)
    new[order] = np.arange(n_groups)
    return new[groups], order
