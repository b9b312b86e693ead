"""Three steps for many units: groups of a sample, classification of all, one update."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.errors import keep_whole, require
from gfe_mc.estimators.profiles.search import Found, Genetic, Problem, Search, sampled
from gfe_mc.estimators.protocol import require_search
from gfe_mc.kernels.profiles.iterate import begin


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
        require(
            self.sample >= len(now.alpha),
            "A sample must have as many units as there are groups",
            f"{self.sample} units for {len(now.alpha)} groups",
            f"Give `sample` from {len(now.alpha)}",
        )
        few = sampled(problem, self.sample, rng)
        if given:
            few.now.theta[:], few.now.alpha[:] = now.theta, now.alpha
        found = self.search.run(few._replace(given=given), rng)
        now.theta[:], now.alpha[:] = few.now.theta, few.now.alpha
        return found._replace(objective=begin(data, now, scratch))
