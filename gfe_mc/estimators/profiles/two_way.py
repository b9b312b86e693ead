"""Least squares with unit and period effects."""

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import MultiStart
from gfe_mc.fit import Fit


@dataclass(frozen=True)
class TwoWay:
    """Fixed effects: y_it = x_it'theta + a_i + d_t + v_it.

    Its fit is that of the panel in deviations from unit means, with one group: `alpha` (1, T) are
    the period effects in deviations. Inference must know of the unit effects:
    `LargeT(unit_effects=True)`.

    References
    ----------
    Bonhomme and Manresa (2012), Table B1 and the last row of Table B2.
    """

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate; nothing is drawn.

        Raises
        ------
        InputError
            As `GFE.fit`: the panel is unbalanced, or a regressor does not vary within units and
            periods.
        """
        panel.require_balanced("TwoWay")
        return GFE(groups=1, search=MultiStart(starts=1)).fit(panel.within_units(), rng)
