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
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import Fit, Model, ProfileFit, Status
from gfe_mc.kernels.profiles.arrays import Data, Grouping, empty_grouping, empty_scratch
from gfe_mc.kernels.profiles.crossproducts import profile_out, slopes, total_crossproducts

COLLINEAR = 1e-10
"""A regressor whose remaining share of its own variation is below this counts as collinear."""
LEAST_SQUARES, MOST_SQUARES = 1e-290, 1e300
"""Between these, sums of squares have all their digits, and so have shares and sums of them."""
EXACT = 1e-14
"""An objective below this share of the outcome's own variation counts as an exact fit."""


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
        theta = now.theta.copy()
        status = Status.SUCCESS if found.converged else Status.ITERATION_LIMIT
        if (np.diag(scratch.factor)[:n_regressors] == 0.0).any():
            theta[:] = np.nan
            status = Status.COLLINEAR
        lost = centre(means, theta)
        labels, order = by_first_appearance(now.groups, self.groups)
        return ProfileFit(
            theta=theta,
            alpha=now.alpha[order] + lost,
            groups=labels,
            objective=found.objective,
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


def stack(panel: Panel, weights: np.ndarray | None = None) -> tuple[Data, np.ndarray]:
    """Return the kernels' view of a balanced panel, and the period means (D, T) taken out of it.

    Units count as often as `weights` (N,) says, once if there are none.

    The profiles absorb any function of time, so taking out period means changes no estimate; it
    keeps the cross-products small beside their differences.

    Raises
    ------
    InputError
        Values too large or too small to be squared, or weights that are not whole numbers from 1,
        one a unit.
    """
    z = np.concatenate([panel.x, panel.y[:, :, None]], axis=2).transpose(0, 2, 1)
    counted = np.ones(len(z)) if weights is None else _checked(weights, len(z))
    with np.errstate(over="ignore", invalid="ignore"):  # What is too large is refused below.
        means = z.mean(axis=0) if weights is None else np.average(z, axis=0, weights=counted)
        largest = np.abs(z).max(axis=(0, 2))
        z = np.ascontiguousarray(z - means)
    # A regressor that is common to a period is zero, and not what rounding leaves of it.
    for d in range(z.shape[1] - 1):
        if np.abs(z[:, d]).max() <= 1e-12 * largest[d]:
            z[:, d] = 0.0
    weighted = z * counted[:, None, None]
    n_series = z.shape[1]
    total = np.empty((n_series, n_series))
    total_crossproducts(z, weighted, total)
    _require_squares(panel, z, total)
    floor = np.diag(total) * COLLINEAR
    floor[-1] = total[-1, -1] * EXACT
    return Data(z, counted, np.ascontiguousarray(z.transpose(1, 2, 0)), total, floor), means


def _checked(weights: np.ndarray, n_units: int) -> np.ndarray:
    """Weights as the kernels take them; refuses any but whole numbers from 1, one a unit."""
    given = np.asarray(weights)
    known = given.dtype.kind in "iuf"
    weights = given.astype(np.float64) if known else np.zeros(given.shape)
    most = 2.0**53 / n_units
    whole = (weights >= 1) & (weights <= most) & (weights == np.floor(weights))
    require(
        weights.shape == (n_units,) and bool(whole.all()),
        "There must be a weight for each unit, a whole number from 1",
        f"weights of shape {weights.shape}, the least of them {weights.min(initial=np.inf)}",
        f"Give {n_units}, and leave out units that do not count",
    )
    return weights


def _require_squares(panel: Panel, z: np.ndarray, total: np.ndarray) -> None:
    """Refuse values whose squares overflow or vanish, or nearly do: sums of them lose digits."""
    squares = np.diag(total)
    vanished = (squares < LEAST_SQUARES) & (z != 0.0).any(axis=(0, 2))
    for d in np.flatnonzero(vanished | ~(squares < MOST_SQUARES)):
        name = panel.outcome if d == len(panel.regressors) else panel.regressors[d]
        raise InputError(
            f"The squares of `{name}` must be numbers that the computer can hold",
            f"values of up to {np.abs(z[:, d]).max():.3g} beside their period means",
            "Measure it in another unit",
        )


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
