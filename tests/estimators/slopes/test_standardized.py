"""PSEUDO with standardized thresholds, against units' own regressions one by one."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import ChosenByTest, MinimumSize, Panel, Pseudo, StandardizedPseudo
from gfe_mc.dgp.slope_groups import StaticSlopes, assigned_groups
from gfe_mc.estimators.slopes.products import own_estimates, unit_cross_products
from gfe_mc.estimators.slopes.standardized import standard_errors
from gfe_mc.papers.unequal_errors import UnequalErrors
from tests.helpers import refused

RNG = np.random.default_rng(0)
ANY = MinimumSize(1, 0.0)


def drawn(n_units: int, n_periods: int, seed: int = 1) -> Panel:
    """Two groups by two slopes, unequal errors."""
    design = StaticSlopes(n_periods, ((0.1, 0.3), (0.7, 0.6)), assigned_groups(n_units, 2))
    return UnequalErrors(design).draw(np.random.default_rng(seed)).panel


def reference(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and standard errors of each unit by least squares with a constant."""
    n_units, n_periods, n_slopes = panel.shape
    slopes, errors = np.empty((2, n_units, n_slopes))
    for i in range(n_units):
        z = np.column_stack([panel.x[i], np.ones(n_periods)])
        b, ssr, *_ = np.linalg.lstsq(z, panel.y[i], rcond=None)
        variance = ssr[0] / (n_periods - n_slopes - 1) * np.linalg.inv(z.T @ z)
        slopes[i], errors[i] = b[:-1], np.sqrt(np.diag(variance))[:-1]
    return slopes, errors


def demeaned_ssr(panel: Panel, members: np.ndarray) -> tuple[np.ndarray, float]:
    """Pooled slopes of some units with unit effects, and their sum of squared residuals."""
    y = (panel.y - panel.y.mean(axis=1, keepdims=True))[members].ravel()
    x = (panel.x - panel.x.mean(axis=1, keepdims=True))[members].reshape(-1, panel.shape[2])
    b, *_ = np.linalg.lstsq(x, y, rcond=None)
    return b, float(((y - x @ b) ** 2).sum())


def test_standard_errors_are_those_of_single_regressions() -> None:
    panel = drawn(12, 9)
    data = unit_cross_products(panel, "test")
    slopes = own_estimates(panel, data, "test")
    expected, errors = reference(panel)
    np.testing.assert_allclose(slopes, expected, rtol=1e-9)
    np.testing.assert_allclose(standard_errors(data, slopes), errors, rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_best_threshold_in_t_values(seed: int) -> None:
    panel = drawn(14, 8, seed)
    slopes, errors = reference(panel)
    everyone = np.arange(14)
    t = (slopes - demeaned_ssr(panel, everyone)[0]) / errors
    best = np.inf
    for k in range(2):
        order = np.argsort(t[:, k])
        for n in range(3, 12):
            sides = order[:n], order[n:]
            best = min(best, sum(demeaned_ssr(panel, side)[1] for side in sides))
    fit = StandardizedPseudo(2, MinimumSize(3, 0.0)).fit(panel, RNG)
    assert fit.objective == pytest.approx(best, rel=1e-9)


def test_with_equal_precision_it_is_pseudo() -> None:
    """Units with the same regressors and the same errors, but for their signs."""
    rng = np.random.default_rng(4)
    x = np.broadcast_to(rng.normal(size=(1, 10, 1)), (8, 10, 1)).copy()
    z = np.column_stack([x[0], np.ones(10)])
    e = rng.normal(size=10)
    e -= z @ np.linalg.lstsq(z, e, rcond=None)[0]
    beta = np.array([0.1, 0.2, 0.3, 0.4, 2.0, 2.1, 2.2, 2.3])
    panel = Panel.from_arrays(beta[:, None] * x[:, :, 0] + np.tile([[e], [-e]], (4, 1, 1))[:, 0], x)
    ours, theirs = StandardizedPseudo(3, ANY).fit(panel, RNG), Pseudo(3, ANY).fit(panel, RNG)
    assert ours.groups is not None
    assert theirs.groups is not None
    np.testing.assert_array_equal(ours.groups, theirs.groups)


def test_units_that_are_fitted_exactly_are_far_away() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(6, 5, 1))
    beta = np.array([1.0, 1.0, 1.0, 3.0, 3.0, 3.0])
    fit = StandardizedPseudo(2, ANY).fit(Panel.from_arrays(beta[:, None] * x[:, :, 0], x), RNG)
    assert fit.groups is not None
    assert fit.groups.tolist() == [0, 0, 0, 1, 1, 1]
    assert fit.objective == pytest.approx(0.0, abs=1e-12)


def test_tests_split_by_it_too() -> None:
    groups = assigned_groups(60, 2)
    sample = StaticSlopes(50, ((0.0,), (2.0,)), groups).draw(np.random.default_rng(0))
    fit = ChosenByTest(StandardizedPseudo(4), 0.001).fit(sample.panel, RNG)
    assert fit.beta is not None
    assert len(fit.beta) == 2


def test_thresholds_are_refused() -> None:
    with refused("All group-specific slopes"):
        StandardizedPseudo(2, thresholds=("x1",))
