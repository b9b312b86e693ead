"""Groups weighted by their standard deviations, against all partitions and a search by simplex."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from gfe_mc import (
    GFE,
    Bootstrap,
    FixedT,
    LargeT,
    Panel,
    ProfileFit,
    WeightedGFE,
    calibrate,
)
from gfe_mc.estimators.profiles.weighted import estimates, filled
from gfe_mc.fit import Status
from gfe_mc.summary import standard_inference
from tests.contract.properties import profiles
from tests.estimators.profiles.test_two_step import partitions
from tests.helpers import refused


def fit(estimator: Any, panel: Panel, seed: int = 0) -> ProfileFit:
    found: ProfileFit = estimator.fit(panel, np.random.default_rng(seed))
    return found


def objective(panel: Panel, labels: np.ndarray, theta: np.ndarray) -> float:
    """sum_g (N_g / N) sigma_g, as it is written."""
    left, total = panel.y - panel.x @ theta, 0.0
    for g in range(labels.max() + 1):
        own = left[labels == g]
        total += len(own) / len(left) * np.sqrt(((own - own.mean(axis=0)) ** 2).mean())
    return float(total)


def random_panel(seed: int, n_units: int = 8, k: int = 1) -> Panel:
    """Two groups of the same profile, the second with errors of five times the size."""
    rng = np.random.default_rng(seed)
    size = np.where(np.arange(n_units) % 2 == 1, 5.0, 1.0)[:, None]
    x = rng.standard_normal((n_units, 5, k))
    return Panel.from_arrays(x.sum(axis=2) + size * rng.standard_normal((n_units, 5)), x)


def test_objective_by_hand() -> None:
    """Residuals of 1 in the first group, of 3 in the other, which is as large: 2."""
    panel = Panel.from_arrays([[1.0, 1.0], [3.0, 3.0], [10.0, 10.0], [16.0, 16.0]])
    found = fit(WeightedGFE(2), panel)
    z = panel.y[:, :, None]
    given = estimates(z, np.array([0, 0, 1, 1]), 2, np.zeros(0))
    assert given.objective == pytest.approx(2.0)
    # A unit alone has none: 3 / 4 of the other three's may be less.
    assert found.objective <= 2.0


@pytest.mark.parametrize("seed", range(5))
def test_slopes_of_given_groups_are_the_minimum(seed: int) -> None:
    panel = random_panel(seed, 12, 2)
    labels = np.arange(12) % 3
    z = np.concatenate([panel.x, panel.y[:, :, None]], axis=2)
    found = estimates(z, labels, 3, np.zeros(2))
    assert found.objective == pytest.approx(objective(panel, labels, found.theta))
    best = minimize(  # type: ignore[call-overload]
        lambda theta: objective(panel, labels, theta),
        np.zeros(2),
        method="Nelder-Mead",
        tol=1e-13,
    )
    np.testing.assert_allclose(found.theta, best.x, atol=1e-6)
    # Least squares of deviations weighted by 1 / sigma.
    rows, sides = [], []
    for g in range(3):
        x, y = panel.x[labels == g], panel.y[labels == g]
        x, y = x - x.mean(axis=0), y - y.mean(axis=0)
        weight = 1 / np.sqrt(np.sqrt(((y - x @ found.theta) ** 2).mean()))
        rows.append(weight * x.reshape(-1, 2))
        sides.append(weight * y.ravel())
    weighted = np.linalg.lstsq(np.vstack(rows), np.concatenate(sides), rcond=None)[0]
    np.testing.assert_allclose(found.theta, weighted, rtol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_the_search_finds_the_best_of_all_partitions(seed: int) -> None:
    panel = random_panel(seed)
    z = np.concatenate([panel.x, panel.y[:, :, None]], axis=2)
    every = [estimates(z, labels, 2, np.zeros(1)).objective for labels in partitions(8, 2)]
    found = fit(WeightedGFE(2, starts=40), panel)
    assert found.objective == pytest.approx(min(every), rel=1e-9)
    assert found.objective == pytest.approx(objective(panel, found.groups, found.theta))


def test_variances_tell_groups_apart_where_profiles_do_not() -> None:
    panel = random_panel(0, 40)
    truth = np.arange(40) % 2
    right = (fit(WeightedGFE(2), panel).groups == truth).mean()
    without = (fit(GFE(2), panel).groups == truth).mean()
    assert max(right, 1 - right) >= 0.95
    assert max(without, 1 - without) <= 0.8


def test_the_scale_does_not_matter() -> None:
    panel = random_panel(1, 20)
    one = fit(WeightedGFE(2), panel)
    other = fit(WeightedGFE(2), Panel.from_arrays(1e4 * panel.y, panel.x))
    np.testing.assert_array_equal(one.groups, other.groups)
    np.testing.assert_allclose(1e4 * one.theta, other.theta, rtol=1e-8)


def test_farthest_units_fill_empty_groups() -> None:
    distance = np.array([[1.0, 9.0, 9.0], [4.0, 9.0, 9.0], [2.0, 9.0, 9.0]])
    assert filled(np.array([0, 0, 0]), distance).tolist() == [0, 1, 2]


def test_formulas_of_least_squares_are_refused_and_resampling_is_not() -> None:
    found = fit(WeightedGFE(3, starts=2), profiles())
    assert list(standard_inference(found)) == ["bootstrap"]
    assert found.description == "groups with profiles over time, weights by group"
    for method in (LargeT(), FixedT()):
        with refused("Use Bootstrap"):
            method.covariance(profiles(), found, np.random.default_rng(0))
    errors = Bootstrap(draws=3).covariance(profiles(), found, np.random.default_rng(0))
    assert errors.theta[0, 0] > 0


def test_a_calibration_has_the_variance_of_its_residuals() -> None:
    found = fit(WeightedGFE(3, starts=2), profiles())
    squares = (found.residuals(profiles()) ** 2).mean()
    assert calibrate(profiles(), found, divisor="NT").error_variance == pytest.approx(squares)


def test_how_it_ended_is_said() -> None:
    assert fit(WeightedGFE(2, limit=1), random_panel(2, 30)).status == Status.ITERATION_LIMIT
    alone = fit(WeightedGFE(8, starts=1), random_panel(2))
    assert alone.status == Status.COLLINEAR
    assert np.isnan(alone.theta).all()


def test_bad_input() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"groups": 0}, "`groups` must be"),
        ({"groups": 2, "starts": -1}, "`starts` must be"),
        ({"groups": 2, "limit": 0}, "`limit` must be"),
    )
    for options, said in cases:
        with refused(said):
            WeightedGFE(**options)
    with refused("`search` must be"):
        WeightedGFE(2, search=1)  # type: ignore[arg-type]
    with refused("no more groups than units"):
        fit(WeightedGFE(9), random_panel(0))
