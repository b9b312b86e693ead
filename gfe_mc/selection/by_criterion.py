"""Groups by slopes, and their number by ln(s^2) and a penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require, require_generator
from gfe_mc.fit import Fit
from gfe_mc.kernels.powers import logarithm
from gfe_mc.selection.chosen_slopes import SlopePath, held_at, require_path
from gfe_mc.selection.criterion import Penalty, require_counting
from gfe_mc.selection.penalties import SuShiPhillips


@dataclass(frozen=True)
class ChosenByCriterion:
    """Slopes by groups, with the number of groups that minimises ln(SSR / (N T)) + penalty.

    In panels with gaps N T is the number of observations.

    Parameters
    ----------
    estimator : SlopePath
        `CLasso`, `SpectralSlopes`, `CKMeans`, `UnitMoves`, `GroupedSlopes` or `Pseudo`; its
        `groups` is the largest number.
    penalty : Penalty, default SuShiPhillips()
        `SuShiPhillips()`, `Mehrabani()`, or a frozen dataclass that can be called with N, T, G and
        the number of group-specific slopes; where there are gaps it must also take
        `n_observations`.

    References
    ----------
    Su, Shi and Phillips (2016) for post-Lasso estimates; `ChosenByBIC` is of Lin and Ng (2011).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import ChosenByCriterion, CKMeans, Mehrabani, StaticSlopes, assigned_groups
    >>> design = StaticSlopes(50, beta=((0.0,), (2.0,)), groups=assigned_groups(60, 2))
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> chosen = ChosenByCriterion(CKMeans(groups=3), penalty=Mehrabani())
    >>> fit = chosen.fit(panel, np.random.default_rng(0))
    >>> fit.n_groups
    2
    >>> chosen.held(fit.n_groups).groups  # what the bootstrap makes again
    2
    """

    estimator: SlopePath
    penalty: Penalty = field(default_factory=SuShiPhillips)

    def __post_init__(self) -> None:
        require_path(self.estimator)
        require(
            callable(self.penalty) and not isinstance(self.penalty, type),
            "`penalty` must be a function",
            repr(self.penalty),
            "Give SuShiPhillips()",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate every number of groups, and return the chosen fit.

        Numbers of groups that could not be estimated are left out.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps if the estimator takes them.
        rng : numpy.random.Generator
            Source of all randomness.

        Raises
        ------
        InputError
            Gaps, and a penalty that does not take a number of observations; or what the estimator
            refuses.
        """
        require_generator(rng)
        self._counted(panel)
        fits = [replace(fit, estimator=self) for fit in self.estimator.path(panel, rng)]
        values = self.values(fits, panel)
        return fits[int(np.argmin(values))] if np.isfinite(values).any() else fits[0]

    def values(self, fits: Sequence[Fit], panel: Panel) -> np.ndarray:
        """Compute the criterion of fits (any number); infinite where there is no estimate.

        Parameters
        ----------
        fits : sequence of Fit
            Fits with groups.
        panel : Panel
            The panel of which they are.

        Raises
        ------
        InputError
            The panel has gaps, and the penalty does not take a number of observations.
        """
        n_units, n_periods, n_slopes = panel.shape
        given = self._counted(panel)
        size = given.get("n_observations", n_units * n_periods)
        own = n_slopes - len(self.estimator.common) - len(self.estimator.individual)
        found = np.full(len(fits), np.inf)
        for place, fit in enumerate(fits):
            if fit.status.usable:
                # An exact fit is as good as it gets.
                fitness = logarithm(max(fit.objective, 0.0) / size)
                penalty = self.penalty(n_units, n_periods, fit.n_groups or 1, own, **given)
                found[place] = fitness + penalty
        return np.where(found == -np.inf, -np.finfo(float).max, found)

    def _counted(self, panel: Panel) -> dict[str, int]:
        """Return what the penalty is to be told of a panel with gaps: how many observations."""
        if panel.balanced:
            return {}
        require_counting(self.penalty, "SuShiPhillips() or Mehrabani()")
        return {"n_observations": int(np.count_nonzero(panel.observed))}

    def held(self, n_groups: int) -> Any:
        """Return the estimator at a number of groups that was chosen."""
        return held_at(self.estimator, n_groups)
