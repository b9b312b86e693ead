"""Three steps for many units: groups of a sample, classification of all, one update."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.errors import InputError, keep_whole, require
from gfe_mc.estimators.profiles.search import (
    Found,
    Genetic,
    LinearProblem,
    Problem,
    Search,
    sampled,
)
from gfe_mc.estimators.protocol import require_search
from gfe_mc.kernels.profiles.iterate import begin
from gfe_mc.kernels.slopes.genetic import assign
from gfe_mc.kernels.slopes.products import empty_slopes, regroup_slopes, total_floor
from gfe_mc.kernels.slopes.pull import pulls


@dataclass(frozen=True)
class ThreeSteps:
    """Three steps for many units, as a search of `GFE`.

    The grouping of a random sample of units is searched for; all units are classified by the
    slopes and profiles that it gives; and slopes and profiles are estimated once, by least
    squares with the groups of all. The objective is near its minimum and not at it: asymptotically
    the estimates are as good as those at the minimum, if groups are told apart as T grows.

    Parameters
    ----------
    sample : int, default 1000
        Units of the sample, n, drawn without replacement; a panel of no more is searched whole.
    search : Search, default Genetic(sample=0)
        How the sample is searched.

    Notes
    -----
    Tries, how many met the best objective and convergence are those of the search of the sample.
    A group that no unit is nearest to takes the one that is farthest from its own (footnote 11).

    References
    ----------
    Bonhomme and Manresa (2012), footnote 18.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, ThreeSteps
    >>> sample = GroupedEffects(500, 8, 2, separation=5.0).draw(np.random.default_rng(0))
    >>> estimator = GFE(groups=2, search=ThreeSteps(sample=50))
    >>> fit = estimator.fit(sample.panel, np.random.default_rng(0))
    >>> np.array_equal(fit.groups, sample.truth.groups)  # of all 500 units
    True
    """

    sample: int = 1000
    search: Search = field(default_factory=lambda: Genetic(sample=0))

    def __post_init__(self) -> None:
        keep_whole(self, sample=1)
        require_search(self.search, profiles=True)

    @property
    def theta_spread(self) -> float:
        """Spread of the starting slopes, as of the search of the sample."""
        return self.search.theta_spread

    def run(self, problem: Problem, rng: np.random.Generator) -> Found:
        """Search a sample, classify all units and update; a try is one of the sample's search.

        Raises
        ------
        InputError
            The sample has fewer units than there are groups.
        """
        data, _, now, scratch, given = problem
        if len(data.z) <= self.sample:
            return self.search.run(problem, rng)
        self._require_sample(len(now.alpha))
        few = sampled(problem, self.sample, rng)
        if given:
            few.now.theta[:], few.now.alpha[:] = now.theta, now.alpha
        found = self.search.run(few._replace(given=given), rng)
        now.theta[:], now.alpha[:] = few.now.theta, few.now.alpha
        return found._replace(objective=begin(data, now, scratch))

    def run_linear(self, problem: LinearProblem, rng: np.random.Generator) -> Found:
        """Do the same on cross-products: gaps, slopes by group, time bases.

        Where prior information draws units to groups, all of them are searched.

        Raises
        ------
        InputError
            The sample has fewer units than there are groups, or its search is none on
            cross-products.
        """
        run = getattr(self.search, "run_linear", None)
        if run is None:
            raise InputError(
                "Gaps, slopes by group and time bases need a search on cross-products",
                type(self.search).__name__,
                "Give ThreeSteps(search=Genetic(sample=0))",
            )
        products, own, pull, given, now = problem
        if len(products) <= self.sample or pulls(pull):
            found: Found = run(problem, rng)
            return found
        n_groups, n_slopes = now.beta.shape
        self._require_sample(n_groups)
        units = np.sort(rng.choice(len(products), self.sample, replace=False))
        few = empty_slopes(self.sample, n_groups, n_slopes, own)
        part = products[units]
        total_floor(part, own, few.floor)
        chosen = np.ascontiguousarray(given[:, units]) if len(given) else given
        found = run(LinearProblem(part, own, pull, chosen, few), rng)
        groups = np.empty(len(products), np.int64)
        assign(products, 1, few.beta, pull, groups)
        return found._replace(objective=regroup_slopes(products, groups, own, now))

    def _require_sample(self, n_groups: int) -> None:
        require(
            self.sample >= n_groups,
            "A sample must have as many units as there are groups",
            f"{self.sample} units for {n_groups} groups",
            f"Give `sample` from {n_groups}",
        )
