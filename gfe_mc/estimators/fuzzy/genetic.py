"""The search for the least fuzzy clustering objective by crossing local minima."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.errors import LARGEST, keep_whole
from gfe_mc.estimators.fuzzy.gaps import GapsProblem
from gfe_mc.estimators.fuzzy.search import (
    FuzzyProblem,
    evolve_gaps,
    require_schedule,
    schedule_to,
)
from gfe_mc.estimators.profiles.search import Found
from gfe_mc.kernels.fuzzy.genetic import evolve_fuzzy


@dataclass(frozen=True)
class FuzzyGenetic:
    """Hybrid genetic search: local minima are crossed, disturbed and improved again.

    The first of a small population of local minima are annealed from random units, as `Annealing`
    does. A child takes the profile of each group, and slopes of its own, from one of two parents
    after matching them, and common slopes between theirs; one of its profiles is moved to a unit,
    which is random or far from all groups; one child in eight starts from random units instead.
    It is improved by weighted least squares and, where
    units belong to one group entirely, by moves of single units, in turn. It replaces the worst
    member unless its objective is there already.

    Parameters
    ----------
    population : int, default 8
        Number of members.
    patience : int, default 100
        The search ends after this many children in a row without a better objective, times the
        number of groups, times one more than that of group-specific slopes: with these there are
        more local minima.
    hits : int, default 100
        The search ends once this many local minima met the best objective; 0 for never.
    schedule : tuple of float, default (1.1, 1.01)
        As in `Annealing`, for the first population; children descend at the m asked for.
    limit : int, default 1000
        Most iterations at each m.

    References
    ----------
    Gribel and Vidal (2019), HG-means, Pattern Recognition 88, for sums of squares without
    regressors; Hartigan (1975), Clustering Algorithms, for the moves. The descent in soft
    memberships and the crossover of slopes are added here.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import FCR, FuzzyGenetic, Panel
    >>> panel = Panel.from_arrays([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9], [2.5, 3.5]])
    >>> search = FuzzyGenetic(population=4, hits=10)
    >>> fit = FCR(groups=2, m=1.5, search=search).fit(panel, np.random.default_rng(0))
    >>> fit.n_best  # local minima that met the best one: the search ends with ten
    10
    """

    population: int = 8
    patience: int = 100
    hits: int = 100
    schedule: tuple[float, ...] = (1.1, 1.01)
    limit: int = 1000

    def __post_init__(self) -> None:
        keep_whole(self, population=2, patience=1, hits=0, limit=1)
        require_schedule(self.schedule)

    def run(self, problem: FuzzyProblem, rng: np.random.Generator) -> Found:
        """Search; a try is a local minimum, of the first population or of a child."""
        data, m, slopes, _, now = problem
        slope, spread = slopes
        found = evolve_fuzzy(
            data,
            schedule_to(m, self.schedule),
            self.population,
            min(self.patience * len(now.alpha) * (1 + data.own), LARGEST),
            self.hits,
            1e-10,
            self.limit,
            rng,
            slope,
            spread,
            now,
        )
        return Found(*found)

    def run_gaps(self, problem: GapsProblem, rng: np.random.Generator) -> Found:
        """Search on cross-products; a try is a local minimum, as in `run`."""
        patience = min(self.patience * len(problem.now.beta) * (1 + problem.specific), LARGEST)
        return evolve_gaps(
            problem, self.schedule, self.population, patience, self.hits, self.limit, rng
        )
