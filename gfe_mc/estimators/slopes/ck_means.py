"""Groups by slopes, from many starts: conditional K-means, and moves of single units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_names, keep_whole
from gfe_mc.estimators.slopes.products import MinimumSize, UnitProducts, require_minimum
from gfe_mc.estimators.slopes.searched import fit_searched, path_searched
from gfe_mc.fit import SlopeFit
from gfe_mc.kernels.slopes.products import Slopes
from gfe_mc.kernels.slopes.pull import no_pull
from gfe_mc.kernels.slopes.search import search_slopes


@dataclass(frozen=True)
class CKMeans:
    """Conditional K-means estimator: y_it = mu_i + x_it'beta_{g_i} + v_it, groups unknown.

    From random groups, units in turn go to the group whose slopes explain them best, and slopes
    are estimated again after each move, until no unit moves. The best of several starts is kept.

    Parameters
    ----------
    groups : int
        Number of groups G.
    starts : int, default 10
        Number of random starts; the paper says "several".
    minimum : MinimumSize, default MinimumSize()
        Fewest units of a group; a group that has no more keeps them.
    common, individual : tuple of str, default ()
        Names of the regressors whose slopes are common to all units, and of those whose slopes
        are each unit's own; all others have group-specific slopes.
    limit : int, default 1000
        Most passes over the units from one start.

    References
    ----------
    Lin and Ng (2011), section 4, Algorithm 3. Ties go to the lower group.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import CKMeans, MinimumSize, Panel
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [4.0, 1.0, 0.0]])
    >>> y = np.array([1.0, 1.0, 3.0, 3.0])[:, None] * x
    >>> panel = Panel.from_arrays(y, x[:, :, None])
    >>> fit = CKMeans(groups=2, minimum=MinimumSize(1)).fit(panel, np.random.default_rng(0))
    >>> fit.groups
    array([0, 0, 1, 1])
    >>> fit.beta
    array([[1.],
           [3.]])
    """

    groups: int
    starts: int = 10
    minimum: MinimumSize = field(default_factory=MinimumSize)
    common: tuple[str, ...] = ()
    individual: tuple[str, ...] = ()
    limit: int = 1000

    def __post_init__(self) -> None:
        keep_whole(self, groups=1, starts=1, limit=1)
        keep_names(self, "common", "individual")
        require_minimum(self.minimum)

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate slopes of groups and the groups, from several random starts.

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
            appearance.

        Raises
        ------
        InputError
            The panel has no regressors or one that does not vary over time, too few units for the
            groups, or a unit that is observed once; or no slope is group-specific.
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

    @property
    def _singly(self) -> bool:
        return False

    def find_groups(
        self, data: UnitProducts, fewest: int, now: Slopes, rng: np.random.Generator
    ) -> tuple[int, int, bool]:
        """Leave the best grouping in `now`; return how many starts met it, of how many, if settled.

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
        starts = self.starts if len(now.counts) > 1 else 1
        options = data.own, fewest, starts, self.limit, self._singly
        _, n_best, settled = search_slopes(data.products, *options, rng, no_pull(), now)
        return n_best, starts, settled


@dataclass(frozen=True)
class UnitMoves(CKMeans):
    """Conditional K-means, each start ending where no move of one unit lowers the objective.

    After conditional K-means, single units are moved as long as that lowers the sum of squared
    residuals with the slopes estimated again, which conditional K-means does not look at: it
    compares residuals at the slopes before the move. Parameters are those of `CKMeans`.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import StaticSlopes, UnitMoves, assigned_groups
    >>> design = StaticSlopes(20, beta=((1.0,), (3.0,)), groups=assigned_groups(30, 2))
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> fit = UnitMoves(groups=2, starts=5).fit(panel, np.random.default_rng(0))
    >>> sorted(np.bincount(fit.groups).tolist()), np.sort(fit.beta.ravel()).round(1)
    ([10, 20], array([1., 3.]))
    """

    @property
    def _singly(self) -> bool:
        return True
