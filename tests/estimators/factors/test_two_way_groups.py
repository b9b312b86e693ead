"""Two-way grouped effects against least squares with dummies of units and periods by block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gfe_mc import FactorErrors, FactorFit, LargeT, Panel, TwoWay, TwoWayGroups
from gfe_mc.estimators.factors.two_way_groups import within_blocks
from gfe_mc.fit import Status
from tests.estimators.profiles.test_two_step import partitions, spread
from tests.helpers import refused


def smooth(seed: int, n_units: int = 20, n_periods: int = 8) -> Panel:
    """Effects that are a smooth function of what a unit and what a period is."""
    rng = np.random.default_rng(seed)
    a, f = rng.uniform(0, 3, (n_units, 1)), rng.uniform(0, 3, n_periods)
    effects = np.tanh(a * f / 2.0)
    x = rng.standard_normal((n_units, n_periods, 2)) + 3.0 * effects[:, :, None]
    y = x @ [1.0, 2.0] + 3.0 * effects + 0.2 * rng.standard_normal((n_units, n_periods))
    return Panel.from_arrays(y, x)


def fit(estimator: Any, panel: Panel) -> FactorFit:
    found: FactorFit = estimator.fit(panel, np.random.default_rng(0))
    return found


def dummies(panel: Panel, units: np.ndarray, periods: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and fitted effects with a dummy a unit and group of periods, and the other way."""
    n_units, n_periods, k = panel.shape
    columns = [panel.x[:, :, j] for j in range(k)]
    i, t = np.arange(n_units), np.arange(n_periods)
    columns += [np.outer(i == j, periods == c) for j in i for c in range(periods.max() + 1)]
    columns += [np.outer(units == g, t == s) for s in t for g in range(units.max() + 1)]
    design = np.stack(columns, axis=2).reshape(panel.y.size, -1).astype(float)
    found = np.linalg.lstsq(design, panel.y.ravel(), rcond=1e-10)[0]
    return found[:k], (design[:, k:] @ found[k:]).reshape(panel.y.shape)


def test_deviations_by_hand() -> None:
    """A block of two by two has one difference of differences, here 4; others have none."""
    z = np.array([[0.0, 1.0, 7.0], [2.0, 7.0, 8.0], [5.0, 5.0, 9.0]])[:, :, None]
    off = within_blocks(z, np.array([0, 0, 1]), np.array([0, 0, 1]))[:, :, 0]
    np.testing.assert_allclose(off, [[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("seed", range(3))
def test_it_is_least_squares_with_dummies(seed: int) -> None:
    panel = smooth(seed)
    found = fit(TwoWayGroups(3, 2), panel)
    assert found.groups is not None
    means = np.column_stack([panel.y.mean(axis=0), panel.x.mean(axis=0)])
    periods = min(partitions(8, 2), key=lambda labels: spread(means, labels))
    theta, effects = dummies(panel, found.groups, periods)
    np.testing.assert_allclose(found.theta, theta, rtol=1e-8)
    np.testing.assert_allclose(found.loadings @ found.factors.T, effects, atol=1e-7)
    np.testing.assert_allclose(
        found.factors.T @ found.factors / 8, np.eye(found.model.factors), atol=1e-10
    )
    assert found.model.factors <= 5
    assert (found.residuals(panel) ** 2).sum() == pytest.approx(found.objective)


def test_one_group_each_way_is_two_way_fixed_effects() -> None:
    panel = smooth(4)
    found, known = fit(TwoWayGroups(1, 1), panel), TwoWay().fit(panel, np.random.default_rng(0))
    np.testing.assert_allclose(found.theta, known.theta, rtol=1e-9)
    assert found.objective == pytest.approx(known.objective, rel=1e-9)


def test_more_groups_come_nearer_to_smooth_effects() -> None:
    gaps = []
    for n_groups in (1, 4):
        fits = [fit(TwoWayGroups(n_groups, n_groups), smooth(s, 60, 30)).theta for s in range(5)]
        gaps.append(np.abs(np.mean(fits, axis=0) - [1.0, 2.0]).max())
    assert gaps[1] < 0.5 * gaps[0]


def test_nothing_is_left_for_slopes_with_every_unit_alone() -> None:
    found = fit(TwoWayGroups(20, 2), smooth(0))
    assert found.status == Status.COLLINEAR
    assert np.isnan(found.theta).all()


def test_formulas_for_other_models_are_refused() -> None:
    found = fit(TwoWayGroups(3, 2), smooth(0))
    for method in (FactorErrors(), LargeT()):
        with refused("Use Bootstrap"):
            method.covariance(smooth(0), found, np.random.default_rng(0))


def test_bad_input() -> None:
    with refused("`period_groups` must be"):
        TwoWayGroups(2, 0)
    with refused("`standardize` must be"):
        TwoWayGroups(2, 2, standardize=1)  # type: ignore[arg-type]
    with refused("no more groups of periods"):
        fit(TwoWayGroups(2, 9), smooth(0))
    with refused("no more groups than units"):
        fit(TwoWayGroups(21, 2), smooth(0))
