"""How far the slopes of units are from the true ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import Variable

NAME = "slope_mse"
RMSE = "slope_rmse_x100"


def slope_mse(slopes: np.ndarray, truth: np.ndarray) -> float:
    """Compute the mean squared error of units' slopes, over units and regressors.

    Parameters
    ----------
    slopes, truth : (N, K) array
        Slopes of each unit.

    References
    ----------
    Lin and Ng (2011), section 6: what the root mean squared error is the root of.
    """
    return float(np.mean((slopes - truth) ** 2))


@dataclass(frozen=True)
class UnitSlopes:
    """Mean squared error of units' slopes, over units and regressors.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import Pooled, StaticSlopes, UnitSlopes
    >>> design = StaticSlopes(30, beta=((0.0,), (2.0,)), groups=(0,) * 20 + (1,) * 20)
    >>> sample = design.draw(np.random.default_rng(0))
    >>> fit = Pooled().fit(sample.panel, np.random.default_rng(0))
    >>> error = UnitSlopes().record(SimpleNamespace(sample=sample, fit=fit))["slope_mse"]
    >>> round(error, 1)  # every unit is off by about one
    1.0
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        NAME: Variable("mean squared error of units' slopes")
    }
    titles: ClassVar[Mapping[str, str]] = {RMSE: "RMSE x 100 of units' slopes"}

    def record(self, outcome: Outcome) -> dict[str, float]:
        """Compute the error where fit and truth have slopes of units."""
        slopes, truth = outcome.fit.unit_slopes, outcome.sample.truth
        if slopes is None or truth.beta is None or truth.groups is None:
            return {}
        return {NAME: slope_mse(np.asarray(slopes), truth.beta[truth.groups])}

    @staticmethod
    def figures(one: xr.Dataset) -> Figures:
        """Compute the root mean squared error, over replications as well, times 100."""
        errors = 100 * np.sqrt(counts.array(one, NAME))
        if np.isfinite(errors).any():
            yield "none", RMSE, moments.rmse(errors)
