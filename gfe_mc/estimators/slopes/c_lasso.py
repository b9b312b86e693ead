"""Groups by slopes, from a penalty on how far each unit's slopes are from the nearest centre."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import is_number, keep_names, keep_whole, require, require_generator
from gfe_mc.estimators.slopes.products import (
    MinimumSize,
    UnitProducts,
    fit_groups,
    own_estimates,
    require_group_specific,
    require_room,
    unit_cross_products,
)
from gfe_mc.fit import SlopeFit, Status
from gfe_mc.kernels.powers import power
from gfe_mc.kernels.slopes.classifier import pull_units

NEWTON = 200
"""Most iterations of Newton's method for one centre."""
ANY_SIZE = MinimumSize(1, 0.0)


@dataclass(frozen=True)
class CLasso:
    """Classifier-Lasso (C-Lasso): y_it = mu_i + x_it'beta_{g_i} + v_it, penalised least squares.

    Slopes of units and centres alpha_g are looked for that minimise

        1/(N T) sum_i sum_t (y_it - x_it'beta_i)^2 + lambda/N sum_i prod_g ||beta_i - alpha_g||

    in deviations from unit means. It is not convex: in each round the centres take turns, and the
    one whose turn it is and all slopes solve the convex problem in which the distances from the
    other centres are held as each of their turns left them. A unit is of the group whose centre
    is nearest to its slopes of that centre's turn; slopes of groups are then estimated by least
    squares (post-Lasso).

    In a panel with gaps sums and unit means are of the periods in which a unit is observed, the
    number of observations n stands for N T, and n / N, their mean over units, for T. So each
    observation weighs the same, as in post-Lasso estimates, and a unit of few is drawn to a
    centre more than one of many.

    The penalty is no multiple of the same power of y for every G: `constant` is for data in
    standard units.

    Parameters
    ----------
    groups : int
        Number of groups G; the largest one for `path`.
    constant : float, default 0.5
        c in lambda = c s^2 T^(-1/3), s^2 the variance of y about unit means.
    individual : tuple of str, default ()
        As in `CKMeans`; s^2 is then of what they leave. All other slopes are group-specific.
    tolerance : float, default 1e-4
        Rounds end where centres, in the sum of absolute values, change by less than this share.
    limit : int, default 80
        Most rounds.

    References
    ----------
    Su, Shi and Phillips (2016), Econometrica 84, 2215-2264: the objective, the iterative algorithm,
    lambda and post-Lasso estimates. The start (least squares in each unit alone, centres at zero),
    c = 0.5, the tolerance, the limit and the distances that are held are as in the authors'
    programs for their simulations of static panels. That the nearest is meant where slopes are at
    no centre is theirs as well; the solver of the convex problem is ours, and so is what is done
    about gaps.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import CLasso, Panel
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [4.0, 1.0, 0.0]])
    >>> left = np.array([0.1, -0.2, 0.1])
    >>> y = np.array([1.0, 1.0, 3.0, 3.0])[:, None] * x + left
    >>> fit = CLasso(2).fit(Panel.from_arrays(y, x[:, :, None]), np.random.default_rng(0))
    >>> fit.groups
    array([0, 0, 1, 1])
    """

    groups: int
    constant: float = 0.5
    individual: tuple[str, ...] = ()
    tolerance: float = 1e-4
    limit: int = 80

    def __post_init__(self) -> None:
        keep_whole(self, groups=1, limit=1)
        keep_names(self, "individual")
        require(
            is_number(self.constant) and self.constant >= 0,
            "`constant` must be a number from 0",
            repr(self.constant),
            "Give 0.5, say",
        )
        require(
            is_number(self.tolerance) and 0 < self.tolerance < 1,
            "`tolerance` must be a share between 0 and 1",
            repr(self.tolerance),
            "Give 0.0001, say",
        )

    @property
    def common(self) -> tuple[str, ...]:
        """Regressors with common slopes: none."""
        return ()

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate groups and their slopes; nothing is drawn.

        Its status is ITERATION_LIMIT where rounds did not end by themselves, and GROUP_TOO_SMALL
        where no unit is nearest to one of the centres: the estimates are then of fewer groups.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        SlopeFit
            With post-Lasso `beta` (G, K), and `groups` (N,) numbered by first appearance.

        Raises
        ------
        InputError
            As `Pseudo.fit`, or the panel has fewer units than groups, or no slope is
            group-specific.
        """
        require_generator(rng)
        return self._fitted(panel, self._read(panel), self.groups)

    def path(self, panel: Panel, rng: np.random.Generator) -> list[SlopeFit]:
        """Estimate 1, ..., `groups` groups, as many as there are units.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Required of every estimator; nothing is drawn from it.

        Returns
        -------
        list of SlopeFit
            A fit for each number of groups from 1.

        Raises
        ------
        InputError
            As `fit`, but for the number of units.
        """
        require_generator(rng)
        data = self._read(panel)
        numbers = range(1, min(self.groups, panel.shape[0]) + 1)
        return [self._fitted(panel, data, n_groups) for n_groups in numbers]

    def shrink(self, panel: Panel) -> Centred:
        """Compute the centres and slopes of units that rounds end at, before any grouping.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.

        Raises
        ------
        InputError
            As `fit`.
        """
        return self._centred(self._read(panel), own_estimates(panel, self._read(panel), "CLasso"))

    def _read(self, panel: Panel) -> UnitProducts:
        data = unit_cross_products(panel, "CLasso", (), self.individual)
        require_group_specific(panel, data, "CLasso")
        return data

    def _fitted(self, panel: Panel, data: UnitProducts, n_groups: int) -> SlopeFit:
        before = own_estimates(panel, data, "CLasso")
        require_room(panel.shape[0], n_groups, ANY_SIZE)
        if n_groups == 1:
            return fit_groups(panel, data, np.zeros(panel.shape[0], np.int64), 1, self)
        found = replace(self, groups=n_groups)._centred(data, before)
        nearest = np.argmin(found.distances(), axis=1)
        present, groups = np.unique(nearest, return_inverse=True)
        fit = fit_groups(panel, data, groups.astype(np.int64), len(present), self)
        if fit.status != Status.SUCCESS:
            return fit
        if len(present) < n_groups:
            return replace(fit, status=Status.GROUP_TOO_SMALL)
        return fit if found.converged else replace(fit, status=Status.ITERATION_LIMIT)

    def _centred(self, data: UnitProducts, before: np.ndarray) -> Centred:
        """Take rounds from slopes of units alone (N, K), and centres at zero."""
        n_units, n_slopes = before.shape
        variance = float(data.products[:, -1, -1].sum()) / (data.size - 1)
        # Of lambda / N to the objective of the kernel, which is N T / 2 times as large.
        mean = data.mean_periods
        weight = self.constant * variance * power(mean, -1 / 3) * mean / 2
        centres = np.zeros((self.groups, n_slopes))
        now = Centred(centres, np.repeat(before[None], self.groups, axis=0), converged=False)
        for _ in range(self.limit):
            old = centres.copy()
            for g in range(self.groups):
                others = np.delete(now.distances(), g, axis=1)
                thresholds = np.full(n_units, weight)
                for column in others.T:
                    thresholds *= column
                pull_units(data.products, thresholds, NEWTON, centres[g], now.slopes[g])
            # The small number is the authors': centres may be at zero.
            if np.abs(centres - old).sum() < self.tolerance * (np.abs(old).sum() + 0.001):
                return now._replace(converged=True)
        return now


class Centred(NamedTuple):
    """Centres, and slopes of units as the turn of each centre left them."""

    centres: np.ndarray
    """(G, K) alpha_g."""
    slopes: np.ndarray
    """(G, N, K) beta_i of each centre's turn."""
    converged: bool
    """Whether rounds ended by their own rule."""

    def distances(self) -> np.ndarray:
        """Compute the distance of each unit's slopes of a centre's turn from it, (N, G)."""
        total = np.zeros(self.slopes.shape[:2])
        for k in range(self.slopes.shape[2]):
            away = self.slopes[:, :, k] - self.centres[:, None, k]
            total += away * away
        return np.ascontiguousarray(np.sqrt(total).T)
