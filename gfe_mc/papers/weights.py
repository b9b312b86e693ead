"""The number of groups by a BIC with other weights of slopes than Lin and Ng's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import log, sqrt

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require_generator, require_one_of
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.fit import SlopeFit
from gfe_mc.selection.criterion import VARIANCES, slope_bic

WEIGHTS: Mapping[str, Callable[[int, int], float]] = {
    "one": lambda n_units, n_periods: 1.0,  # noqa: ARG005
    "fourth_root": lambda n_units, n_periods: min(n_units, n_periods) ** 0.25,
    "root": lambda n_units, n_periods: min(n_units, n_periods) ** 0.5,
    "units": lambda n_units, n_periods: n_units / log(n_units * n_periods),
}
"""c_NT by name: equation (7) has the root, and the usual BIC has one."""


@dataclass(frozen=True)
class WeightedBIC:
    """PSEUDO with the number of groups that a BIC chooses, with a weight c_NT of its slopes.

    Parameters
    ----------
    maximum : int
        Largest number of groups.
    weight : str, default "root"
        "one": c_NT = 1. "fourth_root": min(N, T)^(1/4). "root": min(N, T)^(1/2), as printed.
        "units": N / ln(N T), so that a slope costs 1 / T: a group whose units are alike, split in
        two by their own slopes, lowers the logarithm of the error variance by up to 2 / pi / T, the
        share of a normal variable's variance that is between its halves, however many units.
    variance : str, default "pooled"
        As in `ChosenByBIC`.

    References
    ----------
    Lin and Ng (2011), equation (7); "units" is not theirs.
    """

    maximum: int
    weight: str = "root"
    variance: str = "pooled"

    def __post_init__(self) -> None:
        require_one_of("weight", self.weight, WEIGHTS)
        require_one_of("variance", self.variance, VARIANCES)

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate every number of groups, and return the chosen fit; errors are `Pseudo`'s."""
        require_generator(rng)
        fits = Pseudo(self.maximum).path(panel, rng)
        values = [self.criterion(fit, *panel.shape) for fit in fits if fit.status.usable]
        usable = [fit for fit in fits if fit.status.usable] or fits[:1]
        return replace(usable[int(np.argmin(values)) if values else 0], estimator=self)

    def held(self, n_groups: int) -> Pseudo:
        """Return the estimator at a number of groups that was chosen."""
        return Pseudo(n_groups)

    def criterion(self, fit: SlopeFit, n_units: int, n_periods: int, n_slopes: int) -> float:
        """Compute equation (7) with this weight in the place of the root of min(N, T)."""
        assert fit.beta is not None
        size = n_units * n_periods
        weight = WEIGHTS[self.weight](n_units, n_periods)
        each = (weight - sqrt(min(n_units, n_periods))) * log(size) / size
        printed = slope_bic(fit, n_periods, n_slopes, self.variance)
        return printed + len(fit.beta) * n_slopes * each
