"""A fit of another panel of the same shape is refused; a panel's own fit never is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    FCR,
    GFE,
    Annealing,
    Bootstrap,
    CKMeans,
    Fit,
    FixedT,
    FuzzySandwich,
    LargeT,
    MinimumSize,
    MultiStart,
    Panel,
    PaperProgram,
    Pooled,
    SlopeErrors,
    TwoWay,
)
from gfe_mc.inference.objective import require_objective
from tests.helpers import refused
from tests.inference.panels import grouped

PAIRS: dict[str, tuple[Any, Any]] = {
    "large t": (GFE(3, MultiStart(20)), LargeT()),
    "fixed t": (GFE(3, MultiStart(20)), FixedT()),
    "unit effects": (GFE(2, MultiStart(20), unit_effects=True), LargeT()),
    "two-way": (TwoWay(), FixedT()),
    "soft": (FCR(3, 1.5, Annealing(5)), FuzzySandwich()),
    "soft slopes": (FCR(2, 1.5, Annealing(5), ("x1",)), FuzzySandwich()),
    "slopes": (CKMeans(2, minimum=MinimumSize(2, 0.0)), SlopeErrors()),
    "own slopes": (Pooled(("x1",)), SlopeErrors("clustered")),
    "bootstrap": (FCR(2, 1.5, Annealing(2)), Bootstrap(2)),
}
OTHER: dict[str, Callable[[Panel], Panel]] = {
    "units in another order": lambda p: Panel.from_arrays(p.y[::-1], p.x[::-1]),
    "regressors in another order": lambda p: Panel.from_arrays(p.y, p.x[:, :, ::-1] * 2),
    "another draw": lambda _: grouped(77),
    "another unit of measurement": lambda p: Panel.from_arrays(100 * p.y, p.x),
}


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("other", OTHER)
def test_a_fit_of_another_panel_of_the_shape_is_refused(name: str, other: str) -> None:
    estimator, method = PAIRS[name]
    panel = grouped(5)
    fit = estimator.fit(panel, rng())
    if type(estimator) is TwoWay and other == "units in another order":
        return  # It has no groups: the fit is one of that panel as well.
    with refused("The fit must be one of this panel"):
        method.covariance(OTHER[other](panel), fit, rng())


ESTIMATORS = [estimator for estimator, _ in PAIRS.values()] + [FCR(2, 1.5, PaperProgram(2, 60))]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("scale", [1e-100, 1.0, 1e100])
@pytest.mark.parametrize("level", [0.0, 1e3, 1e9])
def test_a_fit_of_the_panel_is_never_refused(estimator: Any, scale: float, level: float) -> None:
    made = grouped(6)
    x = made.x.copy()
    x[:, :, 1] = x[:, :, 0] + 1e-4 * x[:, :, 1]
    panel = Panel.from_arrays(scale * (made.y + level), scale * (x + level))
    fit = estimator.fit(panel, rng())
    require_objective(fit.seen(panel), fit)


def test_fits_with_another_objective_are_not_looked_at() -> None:
    """An estimator of one's own may minimise anything, and a fit may not say what it minimised."""
    panel = grouped(7)
    fit = GFE(2, MultiStart(5)).fit(panel, rng())
    own = Fit(fit.theta, fit.alpha, fit.groups, objective=-1.0)
    for one in (own, replace(fit, objective=float("nan"))):
        require_objective(panel, one)
        assert LargeT().covariance(panel, one, rng()).status == 0
