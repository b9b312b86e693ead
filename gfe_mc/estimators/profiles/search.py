"""The searches for the grouping that minimises the GFE objective.

A search is a frozen dataclass of options. Each returns its best objective, how many of its tries
met it, how many tries there were, and whether Algorithm 1 converged on the way to it.
"""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from gfe_mc.canonical import LATER
from gfe_mc.errors import LARGEST, is_number, keep_whole, require
from gfe_mc.estimators.profiles.layered import LayeredProblem
from gfe_mc.estimators.profiles.stack import some_of
from gfe_mc.kernels.profiles.arrays import (
    Data,
    Grouping,
    Scratch,
    empty_grouping,
    empty_scratch,
)
from gfe_mc.kernels.profiles.genetic import Population, empty_population, evolve
from gfe_mc.kernels.profiles.starts import search_starts
from gfe_mc.kernels.profiles.two_layer_search import (
    empty_layer_population,
    evolve_layers,
    search_layers,
)
from gfe_mc.kernels.profiles.vns import search_neighborhoods
from gfe_mc.kernels.slopes.genetic import evolve_slopes
from gfe_mc.kernels.slopes.level_search import evolve_levels
from gfe_mc.kernels.slopes.levels import Levels
from gfe_mc.kernels.slopes.products import Slopes
from gfe_mc.kernels.slopes.pull import Pull, no_pull
from gfe_mc.kernels.slopes.search import search_slopes
from gfe_mc.kernels.slopes.vns import search_slope_neighborhoods


class Found(NamedTuple):
    """What a search says of the grouping that it left in place."""

    objective: float
    n_best: int
    n_tries: int
    converged: bool


class Problem(NamedTuple):
    """What a search works on."""

    data: Data
    """The panel, as the kernels read it."""
    slopes: np.ndarray
    """(2, K) means and standard deviations of the starting slopes."""
    now: Grouping
    """Where the best grouping is to be left."""
    scratch: Scratch
    """Room to work in."""
    given: bool = False
    """Whether `now` holds slopes and profiles to start from; a search may leave them unused."""


class LinearProblem(NamedTuple):
    """What a search for groups with linear effects works on."""

    products: np.ndarray
    """(N, D, D) cross-products of units, or of units that are to be together."""
    own: int
    """Number of columns whose coefficients differ by group."""
    pull: Pull
    """What draws units to groups beside the data."""
    given: np.ndarray
    """(any number, N) groupings to start from; a search may leave them unused."""
    now: Slopes
    """Where the best grouping is to be left."""


class LevelProblem(NamedTuple):
    """What a search for groups in two layers works on, where there are gaps."""

    data: Levels
    """Cross-products of units, and which groups there are."""
    given: np.ndarray
    """(any number, N) groupings to start from."""
    now: Slopes
    """Where the best grouping is to be left: secondary groups of units."""


class Search(Protocol):
    """Search for the grouping with the least objective: any object with these two members."""

    @property
    def theta_spread(self) -> float:
        """Spread of the starting slopes."""
        ...

    def run(self, problem: Problem, rng: np.random.Generator) -> Found:
        """Search, and leave the best grouping in `problem.now`."""
        ...


def _check_spread(theta_spread: float) -> None:
    require(
        is_number(theta_spread) and 0 <= theta_spread <= LARGEST,
        "`theta_spread` must be a finite number",
        repr(theta_spread),
        "Give 0 (all searches start from pooled OLS slopes) or more",
    )


@dataclass(frozen=True)
class MultiStart:
    """Multi-start search, Algorithm 1 (N_s): iterate from many random starts, keep the best.

    Parameters
    ----------
    starts : int, default 1000
        Number of starts, N_s.
    theta_spread : float, default 0.5
        Standard deviation of a starting slope around pooled OLS, in units of the slope that
        would by itself explain the pooled residual: sd(residual) / sd(regressor).
    limit : int, default 10000
        Most iterations of Algorithm 1 from one start.
    hits : int, default 0
        The search ends once this many starts met the best objective; 0 for never.

    References
    ----------
    Bonhomme and Manresa (2012), section 3.1, Algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, MultiStart
    >>> panel = GroupedEffects(30, 6, 3, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=3, search=MultiStart(100)).fit(panel, np.random.default_rng(0))
    >>> fit.n_tries, fit.n_best < 100  # not every start ends at the best grouping
    (100, True)
    """

    starts: int = 1000
    theta_spread: float = 0.5
    limit: int = 10_000
    hits: int = field(default=0, metadata=LATER)

    def __post_init__(self) -> None:
        keep_whole(self, starts=1, hits=0, limit=1)
        _check_spread(self.theta_spread)

    def run(self, problem: Problem, rng: np.random.Generator) -> Found:
        """Search; a try is a start."""
        data, slopes, now, scratch, given = problem
        options = self.starts, self.limit, self.hits, given
        return Found(*search_starts(data, rng, slopes, *options, now, scratch))

    def run_linear(self, problem: LinearProblem, rng: np.random.Generator) -> Found:
        """Search on cross-products, from random groupings; a try is a start."""
        return _search_linear(problem, self.starts, self.limit, rng)

    def run_two_layers(self, problem: LayeredProblem, rng: np.random.Generator) -> Found:
        """Search for groups in two layers; a try is a start."""
        data, slopes, now, scratch, given = problem
        options = self.starts, self.limit, self.hits, given
        return Found(*search_layers(data, rng, slopes, *options, now, scratch))

    def run_levels(self, problem: LevelProblem, rng: np.random.Generator) -> Found:
        """Search for groups in two layers with gaps; a try is a start, then single moves."""
        data, given, now = problem
        options = 1, self.starts, 0, self.hits, self.limit
        return Found(*evolve_levels(data, *options, rng, no_pull(), given, now))


@dataclass(frozen=True)
class VNS:
    """Variable neighborhood search: Algorithm 2 (N_s; neigh_max; iter_max).

    Parameters
    ----------
    starts : int, default 10
        Number of starts, N_s.
    neighborhoods : int, default 10
        Largest neighborhood neigh_max: up to this many units are relocated at random.
    iterations : int, default 10
        iter_max, as printed: the neighborhoods are gone through iter_max + 1 times at least.
    theta_spread : float, default 0.5
        As in `MultiStart`.
    limit : int, default 10000
        As in `MultiStart`.

    References
    ----------
    Bonhomme and Manresa (2012), section 3.1, Algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, VNS, GroupedEffects
    >>> panel = GroupedEffects(30, 6, 3, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> search = VNS(starts=5, neighborhoods=10, iterations=5)  # Algorithm 2 (5; 10; 5)
    >>> fit = GFE(groups=3, search=search).fit(panel, np.random.default_rng(0))
    >>> fit.n_tries, np.bincount(fit.groups)
    (5, array([10, 10, 10]))
    """

    starts: int = 10
    neighborhoods: int = 10
    iterations: int = 10
    theta_spread: float = 0.5
    limit: int = 10_000

    def __post_init__(self) -> None:
        keep_whole(self, starts=1, neighborhoods=1, iterations=0, limit=1)
        _check_spread(self.theta_spread)

    def run(self, problem: Problem, rng: np.random.Generator) -> Found:
        """Search; a try is a start."""
        data, slopes, now, scratch, given = problem
        return Found(
            *search_neighborhoods(
                data,
                rng,
                slopes,
                self.starts,
                self.neighborhoods,
                self.iterations,
                self.limit,
                given,
                now,
                scratch,
            )
        )

    def run_linear(self, problem: LinearProblem, rng: np.random.Generator) -> Found:
        """Search on cross-products, from random groupings; a try is a start."""
        products, own, pull, given, now = problem
        options = self.starts, self.neighborhoods, self.iterations, self.limit
        return Found(*search_slope_neighborhoods(products, own, 1, *options, rng, pull, given, now))


@dataclass(frozen=True)
class Genetic:
    """Hybrid genetic search: local optima are crossed, disturbed and improved again.

    A small population of local optima (Algorithm 1, then single-unit moves, until neither
    improves). A child takes each profile from one of two parents after matching them, and slopes
    between theirs; one of its profiles is moved to a unit that is far from its own; improved to a
    local optimum, it replaces the worst member unless it is there already. A child that
    Algorithm 1 leaves far above the worst member is given up.

    Where units are many, the search is made on a sample of them first, and its best members are
    where the search on all units begins.

    Parameters
    ----------
    population : int, default 16
        Number of members.
    patience : int, optional
        The search ends after this many tries in a row without a better objective, and not before
        twice as many as the best took; None for 340 + 20 G.
    theta_spread : float, default 0.5
        As in `MultiStart`.
    limit : int, default 10000
        As in `MultiStart`.
    hits : int, default 50
        The search ends once this many local optima met the best objective; 0 for never.
    sample : int, default 1000
        Units of the first search, at least fifty a group; it is made where there are four times
        as many. 0 for never.

    References
    ----------
    Gribel and Vidal (2019), HG-means, Pattern Recognition 88, for sums of squares without
    regressors; the crossover of slopes and the profiled moves are added here.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, Genetic, GroupedEffects
    >>> panel = GroupedEffects(30, 6, 3, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=3, search=Genetic(hits=10)).fit(panel, np.random.default_rng(0))
    >>> fit.n_best >= 10, np.bincount(fit.groups)  # ten local optima met the best objective
    (True, array([10, 10, 10]))
    >>> Genetic().patience_for(3), Genetic(patience=50).patience_for(3)
    (400, 50)
    """

    population: int = 16
    patience: int | None = None
    theta_spread: float = 0.5
    limit: int = 10_000
    hits: int = 50
    sample: int = 1000

    def __post_init__(self) -> None:
        keep_whole(self, population=2, hits=0, limit=1, sample=0)
        if self.patience is not None:
            keep_whole(self, patience=1)
        _check_spread(self.theta_spread)

    def patience_for(self, n_groups: int) -> int:
        """Return after how many tries without a better objective the search for G groups ends."""
        return 340 + 20 * n_groups if self.patience is None else self.patience

    def run(self, problem: Problem, rng: np.random.Generator) -> Found:
        """Search; a try is a member of the first population, or a child; on all units, if both."""
        n_groups = len(problem.now.alpha)
        members, given = self._members(problem), int(problem.given)
        patience = self.patience_for(n_groups)
        few = max(self.sample, _A_GROUP * n_groups)
        if not self.sample or len(problem.data.z) < _MORE * few:
            return self._evolve(problem, rng, members, given, (patience, self.hits, 0))
        less = max(patience // _LESS, 1), min(self.hits, _HITS_OF_SAMPLE), _MOST_OF_SAMPLE
        self._evolve(sampled(problem, few, rng), rng, members, given, less)
        best = np.argsort(members.objective, kind="stable")[:_BEST]
        best = best[np.isfinite(members.objective[best])]
        start = self._members(problem)
        kept = best[: len(start.objective) - given]
        start.theta[given : given + len(kept)] = members.theta[kept]
        start.alpha[given : given + len(kept)] = members.alpha[kept]
        size = max(given + len(kept), 2)
        start = Population(*(part[:size] for part in start))
        less = min(patience, _PATIENCE_OF_ALL), min(self.hits, _HITS_OF_ALL), _MOST_OF_ALL
        return self._evolve(problem, rng, start, given + len(kept), less)

    def run_linear(self, problem: LinearProblem, rng: np.random.Generator) -> Found:
        """Search on cross-products; a try is a member of the first population, or a child.

        No sample is searched first, and children are not given up half-way.
        """
        products, own, pull, given, now = problem
        n_groups = len(now.counts)
        if n_groups == 1:
            return _search_linear(problem, 1, self.limit, rng)
        patience = self.patience_for(n_groups)
        options = self.population, patience, self.hits, self.limit
        return Found(*evolve_slopes(products, own, 1, *options, rng, pull, given, now))

    def run_two_layers(self, problem: LayeredProblem, rng: np.random.Generator) -> Found:
        """Search for groups in two layers; a try is a member of the first population, or a child.

        No sample is searched first, and children are not given up half-way. Patience counts
        secondary groups.
        """
        data, slopes, now, scratch, given = problem
        members = empty_layer_population(self.population, now)
        options = self.patience_for(len(now.levels)), self.limit, self.hits, given
        return Found(*evolve_layers(data, rng, slopes, members, *options, now, scratch))

    def run_levels(self, problem: LevelProblem, rng: np.random.Generator) -> Found:
        """Search for groups in two layers with gaps; as `run_two_layers`."""
        data, given, now = problem
        patience = self.patience_for(len(data.primary))
        options = self.population, self.population, patience, self.hits, self.limit
        return Found(*evolve_levels(data, *options, rng, no_pull(), given, now))

    def _members(self, problem: Problem) -> Population:
        """Room for the members, of whom the first has the parameters that are given, if any are."""
        n_groups, n_periods = problem.now.alpha.shape
        room = empty_population(self.population, len(problem.now.theta), n_groups, n_periods)
        if problem.given:
            room.theta[0], room.alpha[0] = problem.now.theta, problem.now.alpha
        return room

    def _evolve(
        self,
        problem: Problem,
        rng: np.random.Generator,
        members: Population,
        given: int,
        ends: tuple[int, int, int],
    ) -> Found:
        """Search from members, of whom so many are given; ends are patience, hits, most tries."""
        data, slopes, now, scratch, _ = problem
        patience, hits, most = ends
        options = members, given, patience, self.limit, hits, most
        return Found(*evolve(data, rng, slopes, *options, now, scratch))


def _search_linear(
    problem: LinearProblem, starts: int, limit: int, rng: np.random.Generator
) -> Found:
    """Algorithm 1 on cross-products, units one after another, from random groupings."""
    products, own, pull, _, now = problem
    value, n_best, settled = search_slopes(products, own, 1, starts, limit, False, rng, pull, now)
    return Found(value, n_best, starts, settled)


_A_GROUP = 50
"""Least units a group of the first search on a sample."""
_MORE = 4
"""How many times as many units there must be for it."""
_LESS = 4
"""By how much less patient it is."""
_BEST = 8
"""Members of it that the search on all units begins with."""
_PATIENCE_OF_ALL = 16
"""Most patience of that: so near the best, better ones are better by little."""
_HITS_OF_SAMPLE, _HITS_OF_ALL = 10, 5
"""Most hits of both."""
_MOST_OF_SAMPLE, _MOST_OF_ALL = 400, 32
"""Most tries: where groups overlap, there is always another optimum that is better by little."""


def sampled(problem: Problem, few: int, rng: np.random.Generator) -> Problem:
    """Return the same problem for so many units drawn without replacement, nothing given."""
    units = np.sort(rng.choice(len(problem.data.z), few, replace=False))
    data = some_of(problem.data, units)
    shape = (few, data.z.shape[2], data.z.shape[1] - 1, len(problem.now.alpha))
    return Problem(data, problem.slopes, empty_grouping(*shape), empty_scratch(*shape))
