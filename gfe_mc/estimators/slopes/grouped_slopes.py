"""Groups by slopes, from a hybrid genetic search for the least sum of squared residuals."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_names, keep_whole
from gfe_mc.estimators.slopes.products import MinimumSize, UnitProducts, require_minimum
from gfe_mc.estimators.slopes.searched import fit_searched, path_searched
from gfe_mc.fit import SlopeFit
from gfe_mc.kernels.slopes.genetic import evolve_slopes
from gfe_mc.kernels.slopes.products import Slopes
from gfe_mc.kernels.slopes.pull import no_pull
from gfe_mc.kernels.slopes.search import search_slopes

NONE_GIVEN = np.zeros((0, 0), np.int64)
"""No groupings to start from."""


@dataclass(frozen=True)
class GroupedSlopes:
    """Grouped slopes estimator: y_it = mu_i + x_it'beta_{g_i} + v_it, groups unknown.

    Minimises the sum of squared residuals over groupings and slopes, as `CKMeans` and `UnitMoves`
    do, by a hybrid genetic search. A small population of local optima (conditional K-means, then
    moves of single units) comes from random groupings. A child takes each group's slopes from one
    of two parents after matching them; one group's slopes are moved to the neighbourhood of a
    random unit; improved to a local optimum, it replaces the worst member unless it is there
    already.

    Parameters
    ----------
    groups : int
        Number of groups G.
    minimum : MinimumSize, default MinimumSize()
        Fewest units of a group; a group that has no more keeps them.
    common, individual : tuple of str, default ()
        As in `CKMeans`.
    population : int, default 16
        Number of members.
    patience : int, default 200
        The search ends after this many children in a row without a better objective.
    hits : int, default 20
        The search ends once this many local optima met the best objective; 0 for never.
    limit : int, default 1000
        Most passes over the units from one start or child.

    References
    ----------
    Lin and Ng (2011), section 4, for the objective and Algorithm 3; Gribel and Vidal (2019),
    HG-means, Pattern Recognition 88, for the search among centres of clusters, which are slopes
    here.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedSlopes, MinimumSize, Panel
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [4.0, 1.0, 0.0]])
    >>> y = np.array([1.0, 1.0, 3.0, 3.0])[:, None] * x
    >>> panel = Panel.from_arrays(y, x[:, :, None])
    >>> fit = GroupedSlopes(groups=2, minimum=MinimumSize(1)).fit(panel, np.random.default_rng(0))
    >>> fit.groups
    array([0, 0, 1, 1])
    """

    groups: int
    minimum: MinimumSize = field(default_factory=MinimumSize)
    common: tuple[str, ...] = ()
    individual: tuple[str, ...] = ()
    population: int = 16
    patience: int = 200
    hits: int = 20
    limit: int = 1000

    def __post_init__(self) -> None:
        keep_whole(self, groups=1, population=2, patience=1, hits=0, limit=1)
        keep_names(self, "common", "individual")
        require_minimum(self.minimum)

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate slopes of groups and the groups.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness.

        Returns
        -------
        SlopeFit
            With `beta` (G, K), `unit_slopes` (N, K), and `groups` (N,) numbered by first
            appearance. `n_tries` counts local optima, and `n_best` those that met the best.

        Raises
        ------
        InputError
            As `CKMeans.fit`.
        """
        return fit_searched(self, panel, rng)

    def path(self, panel: Panel, rng: np.random.Generator) -> list[SlopeFit]:
        """Estimate 1, ..., `groups` groups, as many as the minimum size allows.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of all randomness.

        Returns
        -------
        list of SlopeFit
            A fit for each number of groups from 1.

        Raises
        ------
        InputError
            As `fit`, but for the number of units.
        """
        return path_searched(self, panel, rng)

    def find_groups(
        self, data: UnitProducts, fewest: int, now: Slopes, rng: np.random.Generator
    ) -> tuple[int, int, bool]:
        """Leave the best grouping in `now`; return how many optima met it, of how many, if settled.

        Parameters
        ----------
        data : UnitProducts
            Cross-products.
        fewest : int
            Fewest units of a group.
        now : Slopes
            Room for as many groups as are looked for.
        rng : numpy.random.Generator
            Source of all randomness.
        """
        if len(now.counts) == 1:
            one = data.own, fewest, 1, self.limit, False
            _, n_best, settled = search_slopes(data.products, *one, rng, no_pull(), now)
            return n_best, 1, settled
        options = data.own, fewest, self.population, self.patience, self.hits, self.limit
        _, n_best, n_tries, settled = evolve_slopes(
            data.products, *options, rng, no_pull(), NONE_GIVEN, now
        )
        return n_best, n_tries, settled
