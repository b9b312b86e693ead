"""What the dynamic panels behind Lin and Ng's Table 3 could have been, and their PSEUDO."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample
from gfe_mc.dgp.slope_groups import DynamicSlopes
from gfe_mc.errors import require, require_one_of
from gfe_mc.estimators.slopes.products import UnitProducts, unit_cross_products
from gfe_mc.estimators.slopes.pseudo import Pseudo


@dataclass(frozen=True)
class SecondStart:
    """The dynamic design with y_i0 = e_i0 + rho_g e_i,-1: an initial variance of 1 + rho_g^2.

    Parameters
    ----------
    design : DynamicSlopes
        The design with a stationary start, without unit effects.

    Raises
    ------
    InputError
        The design has unit effects.
    """

    design: DynamicSlopes

    def __post_init__(self) -> None:
        require(
            self.design.effect_variance == 0,
            "The initial level must be an error alone",
            f"unit effects with variance {self.design.effect_variance}",
            "Give a design without unit effects",
        )

    @property
    def groups(self) -> tuple[int, ...]:
        """Group of each unit."""
        return self.design.groups

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a sample, and take from every level what the larger initial error would leave."""
        sample = self.design.draw(rng)
        rho = np.array([row[0] for row in self.design.beta])[list(self.design.groups)]
        start = np.sqrt((1 + rho**2) * (1 - rho**2))
        excess = sample.panel.x[:, 0, 0] * (1 - start)
        x, y = sample.panel.x.copy(), sample.panel.y.copy()
        for t in range(y.shape[1]):
            x[:, t, 0] -= excess
            excess = excess * rho
            y[:, t] -= excess
        return Sample(Panel.from_arrays(y, x, regressors=sample.panel.regressors), sample.truth)


@dataclass(frozen=True)
class OrderedByFewer(Pseudo):
    """PSEUDO whose units are ordered by slopes of all but one transition.

    Groups' slopes and sums of squared residuals are of all transitions.

    Parameters
    ----------
    left_out : str, default "last"
        Transition that units' own slopes are estimated without: "first" or "last". All others
        are those of `Pseudo`.
    """

    left_out: str = "last"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_one_of("left_out", self.left_out, ("first", "last"))

    def candidates(self, panel: Panel, data: UnitProducts) -> np.ndarray:
        """Estimate each unit's slopes without one transition: (N, any)."""
        kept = slice(1, None) if self.left_out == "first" else slice(None, -1)
        fewer = Panel.from_arrays(
            panel.y[:, kept], panel.x[:, kept], regressors=list(panel.regressors)
        )
        products = unit_cross_products(fewer, "Pseudo", self.common, self.individual)
        assert products.own == data.own
        return super().candidates(fewer, products)
