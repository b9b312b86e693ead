"""GFE whose groups are weighted by the standard deviations of their errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_whole, require_generator
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.profiles.oracle import require_enough_units
from gfe_mc.estimators.profiles.search import Genetic, Search
from gfe_mc.estimators.protocol import require_search
from gfe_mc.fit import Model, ProfileFit, Status
from gfe_mc.kernels.linear import exceeds, factorize, solve_factorized

SETTLED = 1e-12
"""Change of the slopes, as a share of the largest, at which reweighting ends."""
REWEIGHTINGS = 200
COLLINEAR = 1e-10
"""A regressor whose remaining share of its own variation is below this counts as collinear."""
LOWER = 1e-12
"""Share of the objective that a move must lower it by."""
SAME = 1e-9
"""Objectives that differ by less than this share are of one optimum."""


class Groups(NamedTuple):
    """A grouping and what follows from it."""

    labels: np.ndarray
    """(N,) group of each unit."""
    theta: np.ndarray
    """(K,) slopes."""
    alpha: np.ndarray
    """(G, T) profiles."""
    squares: np.ndarray
    """(G,) sums of squared residuals."""
    cells: np.ndarray
    """(G, T) units that are observed in each period."""
    sizes: np.ndarray
    """(G,) observations over T: units, where there are no gaps."""
    objective: float
    """sum_g (n_g / n) sigma_g."""
    sound: bool
    """Whether the slopes are identified."""


@dataclass(frozen=True)
class WeightedGFE:
    """Weighted grouped fixed effects estimator: errors whose standard deviation differs by group.

    Minimises sum_g (N_g / N) sigma_g over theta, alpha and groups, sigma_g^2 the mean squared
    residual of group g. At the minimum theta is least squares with weights 1 / sigma_g, and a
    unit is in the group with the least sigma_g + d_ig^2 / sigma_g, d_ig^2 its mean squared
    residual there: variances tell groups apart as well as profiles do.

    In a panel with gaps groups count by their observations: sum_g (n_g / n) sigma_g, n_g of n
    observations in group g, sigma_g^2 and d_ig^2 means over observed periods. Of complete panels
    that is the same.

    Parameters
    ----------
    groups : int
        Number of groups G.
    starts : int, default 20
        Random starts beside that from the grouping of `GFE`.
    search : Search, default Genetic()
        How that one is looked for.
    limit : int, default 1000
        Most iterations from a start.

    Notes
    -----
    Source and choices: the objective and the weights are those of the program that Rivero
    published with his paper, whose text was not at hand; Aguilar and Boot's objective for the
    same model is known to us by its abstract alone, so that this is not said to be theirs. The
    search is ours: from each start, units move to their best group and estimates are made again
    in turn; then single units move while that lowers the objective. A group of one unit has no
    residuals: the objective is not unbounded there, but with few units such groups can be best.
    With gaps the weights by observations are ours: they leave the conditions of the minimum as
    they are. Units that share no period have no residuals either, which makes groups of short
    series good ones. Where nothing of a group is observed in a period its profile is NaN there,
    and units are judged by the mean residual of all units in the period while they move together.

    References
    ----------
    Rivero (2023), Unobserved grouped heteroskedasticity and fixed effects, arXiv 2310.14068.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, WeightedGFE
    >>> sample = GroupedEffects(20, 8, 2, separation=5.0).draw(np.random.default_rng(0))
    >>> fit = WeightedGFE(groups=2, starts=5).fit(sample.panel, np.random.default_rng(0))
    >>> np.array_equal(fit.groups, sample.truth.groups)
    True
    >>> fit.model.criterion
    'weights by group'
    """

    groups: int
    starts: int = 20
    search: Search = field(default_factory=Genetic)
    limit: int = 1000

    def __post_init__(self) -> None:
        keep_whole(self, groups=1, starts=0, limit=1)
        require_search(self.search, profiles=True)

    def fit(self, panel: Panel, rng: np.random.Generator) -> ProfileFit:
        """Estimate slopes, profiles and groups by searching for the best grouping.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness of the search.

        Returns
        -------
        ProfileFit
            Whose `objective` is the weighted one; its model says so, as inference for least
            squares does not hold.

        Raises
        ------
        InputError
            As `GFE.fit`.
        """
        require_generator(rng)
        n_units, n_periods, k = panel.shape
        require_enough_units(self.groups, n_units)
        first = GFE(self.groups, self.search).fit(panel, rng)
        z = np.concatenate([panel.x, panel.y[:, :, None]], axis=2)
        seen = panel.observed.astype(np.float64)
        pooled = estimates(z, seen, np.zeros(n_units, np.int64), 1, np.zeros(k)).theta
        left = z[:, :, k] - np.einsum("itk,k->it", z[:, :, :k], pooled)
        ends = [self._descend(z, seen, first.groups)]
        for _ in range(self.starts):
            centres = rng.choice(n_units, self.groups, replace=False)
            both = seen[:, None] * seen[centres]
            distance = ((left[:, None] - left[centres]) ** 2 * both).sum(axis=2)
            # Means over periods in common; units that have none are far.
            common = both.sum(axis=2)
            distance *= n_periods / np.maximum(common, 1)
            distance[common == 0] = np.inf
            ends.append(self._descend(z, seen, filled(distance.argmin(axis=1), distance)))
        objectives = np.array([found.objective for found, _ in ends])
        best, converged = ends[int(objectives.argmin())]
        return self._fit(best, converged, int((objectives <= best.objective * (1 + SAME)).sum()))

    def _descend(self, z: np.ndarray, seen: np.ndarray, labels: np.ndarray) -> tuple[Groups, bool]:
        """Iterate from a grouping to one that neither all units nor a single one would leave."""
        now = estimates(z, seen, labels, self.groups, np.zeros(z.shape[2] - 1))
        for _ in range(self.limit):
            if not now.sound or now.objective == 0.0:
                return now, True
            apart = _apart(z, seen, now)
            distance, lengths = apart.sum(axis=2), seen.sum(axis=1) / seen.shape[1]
            wished = _nearest(distance, lengths, now)
            after = now
            if (wished != now.labels).any():
                after = estimates(z, seen, wished, self.groups, now.theta)
            if not after.objective < now.objective * (1 - LOWER):
                moved = _one_move(*_changes(apart, distance, seen, now), lengths, now)
                if moved is None:
                    return now, True
                after = estimates(z, seen, moved, self.groups, now.theta)
            now = after
        return now, False

    def _fit(self, best: Groups, converged: bool, n_best: int) -> ProfileFit:
        labels, order = by_first_appearance(best.labels, self.groups)
        status = Status.SUCCESS if converged else Status.ITERATION_LIMIT
        alpha = np.where((best.cells > 0) & best.sound, best.alpha, np.nan)
        return ProfileFit(
            theta=best.theta if best.sound else np.full(len(best.theta), np.nan),
            alpha=alpha[order],
            groups=labels,
            objective=best.objective,
            status=status if best.sound else Status.COLLINEAR,
            n_best=n_best,
            n_tries=self.starts + 1,
            model=Model(profiles=True, criterion="weights by group"),
            estimator=self,
        )


def estimates(
    z: np.ndarray, seen: np.ndarray, labels: np.ndarray, n_groups: int, theta: np.ndarray
) -> Groups:
    """Estimate slopes and profiles of a grouping by reweighted least squares.

    Parameters
    ----------
    z : (N, T, K + 1) array
        Regressors, then the outcome; zero where they are not observed.
    seen : (N, T) array
        One where a cell is observed, else zero.
    labels : (N,) array
        Group of each unit; each group must have one.
    n_groups : int
        Number of groups.
    theta : (K,) array
        Slopes to start from. The objective is convex in them: where they start matters little.
    """
    _, n_periods, size = z.shape
    k = size - 1
    cells = np.zeros((n_groups, n_periods))
    np.add.at(cells, labels, seen)
    sizes = cells.sum(axis=1) / n_periods
    means = np.zeros((n_groups, n_periods, size))
    np.add.at(means, labels, z)
    empty = cells == 0
    means /= np.where(empty, 1.0, cells)[:, :, None]
    within = np.zeros((n_groups, size, size))
    deviations = (z - means[labels]) * seen[:, :, None]
    np.add.at(within, labels, np.einsum("ita,itb->iab", deviations, deviations))
    total = np.einsum("gab->ab", within)
    scale = np.sqrt(np.diag(total)[:k])
    known = np.einsum("ita,ita->a", z, z)[:k]
    sound = bool((scale**2 > COLLINEAR * known).all())
    sound = sound and exceeds(total[:k, :k] / np.outer(scale, scale), COLLINEAR)
    least = SETTLED * np.diag(total)[k]
    for _ in range(REWEIGHTINGS if sound else 0):
        squares = _squares(within, theta)
        weights = np.sqrt(sizes / np.maximum(squares, least)) if least > 0 else np.ones(n_groups)
        normal = np.einsum("g,gab->ab", weights, within)
        before = theta
        side, factor = normal[:k, k:].copy(), np.empty((k, k))
        factorize(normal[:k, :k].copy(), 0.0, factor)
        solve_factorized(factor, side)
        theta = side[:, 0].copy()
        if np.abs(theta - before).max(initial=0.0) <= SETTLED * np.abs(theta).max(initial=0.0):
            break
    squares = np.maximum(_squares(within, theta), 0.0)
    if empty.any():
        # Any profile is as good there: that of all units.
        means = np.where(empty[:, :, None], z.sum(axis=0) / cells.sum(axis=0)[:, None], means)
    alpha = means[:, :, k] - np.einsum("gtk,k->gt", means[:, :, :k], theta)
    objective = float(np.sqrt(sizes * squares).sum() / (sizes.sum() * np.sqrt(n_periods)))
    return Groups(labels, theta, alpha, squares, cells, sizes, objective, sound)


def filled(labels: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return groups (N,) none of which is empty: farthest units go where there is none.

    They leave groups of several units, by `distance` (N, G) from their own.
    """
    labels = labels.astype(np.int64)
    for g in range(distance.shape[1]):
        if (labels == g).any():
            continue
        several = np.bincount(labels, minlength=distance.shape[1])[labels] > 1
        own = np.where(several, distance[np.arange(len(labels)), labels], -np.inf)
        labels[int(own.argmax())] = g
    return labels


def _squares(within: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Sums of squared residuals of groups (G,)."""
    side = np.append(-theta, 1.0)
    return np.asarray(np.einsum("a,gab,b->g", side, within, side))


def _apart(z: np.ndarray, seen: np.ndarray, now: Groups) -> np.ndarray:
    """Squared residuals (N, G, T) of each unit in each group; zero where it is not observed."""
    k = len(now.theta)
    left = z[:, :, k] - np.einsum("itk,k->it", z[:, :, :k], now.theta)
    found: np.ndarray = (left[:, None] - now.alpha) ** 2
    found *= seen[:, None]
    return found


def _nearest(distance: np.ndarray, lengths: np.ndarray, now: Groups) -> np.ndarray:
    """Groups (N,) with the least sigma_g + d_ig^2 / sigma_g, none of them empty."""
    # All in units of sqrt(T), and times observed periods: the comparison stays the same.
    sigma = np.sqrt(now.squares / now.sizes)
    sigma = np.maximum(sigma, SETTLED * max(float(sigma.max()), np.finfo(np.float64).tiny))
    return filled((lengths[:, None] * sigma + distance / sigma).argmin(axis=1), distance)


def _changes(
    apart: np.ndarray, distance: np.ndarray, seen: np.ndarray, now: Groups
) -> tuple[np.ndarray, np.ndarray]:
    """What squares of a unit's own group lose without it (N,), and what others gain by it (N, G).

    Of a period the group has n observations, and loses n / (n - 1) of the squared residual, or
    gains n / (n + 1) of it: nothing where it has one or none.
    """
    units, labels, cells = np.arange(len(apart)), now.labels, now.cells
    if seen.all():
        # The same share in every period.
        n = now.sizes[labels]
        with np.errstate(divide="ignore", invalid="ignore"):
            lost = n / (n - 1) * distance[units, labels]
        return lost, now.sizes / (now.sizes + 1) * distance
    own = cells[labels]
    share = np.where(own > 1, own / np.maximum(own - 1, 1), 0.0)
    lost = (share * apart[units, labels]).sum(axis=1)
    return lost, np.einsum("gt,igt->ig", cells / (cells + 1), apart)


def _one_move(
    lost: np.ndarray, gained: np.ndarray, lengths: np.ndarray, now: Groups
) -> np.ndarray | None:
    """Groups (N,) after the single move that lowers the objective most, at slopes as they are."""
    labels, sizes, squares = now.labels, now.sizes, now.squares
    units = np.arange(len(labels))
    own = np.sqrt(sizes * squares)
    with np.errstate(invalid="ignore"):
        without = squares[labels] - lost
        leave = np.sqrt((sizes[labels] - lengths) * np.maximum(without, 0.0)) - own[labels]
    leave[np.bincount(labels)[labels] == 1] = np.inf
    joined = squares + gained
    change = leave[:, None] + np.sqrt((sizes + lengths[:, None]) * joined) - own
    change[units, labels] = np.inf
    i, g = np.unravel_index(int(change.argmin()), change.shape)
    if not change[i, g] < -LOWER * own.sum():
        return None
    moved = labels.copy()
    moved[i] = g
    return moved
