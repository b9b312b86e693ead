"""The dispersion test of equal slopes, against its plain form, its moments and its level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from gfe_mc import Panel, dispersion
from tests.helpers import refused
from tests.reference import slopes_numpy as ref


def random_panel(seed: int, n_units: int = 12, n_slopes: int = 2) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 8, n_slopes, 2)


def plain(y: np.ndarray, x: np.ndarray) -> float:
    """Pesaran and Yamagata's statistic of all units, with the projections written out."""
    n_units, n_periods, n_slopes = x.shape
    demean = np.eye(n_periods) - np.full((n_periods, n_periods), 1 / n_periods)
    pooled = np.linalg.solve(
        sum(x[i].T @ demean @ x[i] for i in range(n_units)),
        sum(x[i].T @ demean @ y[i] for i in range(n_units)),
    )
    own, weights = [], []
    for i in range(n_units):
        residuals = y[i] - x[i] @ pooled
        weights.append(x[i].T @ demean @ x[i] / (residuals @ demean @ residuals / (n_periods - 1)))
        design = np.column_stack([np.ones(n_periods), x[i]])
        own.append(np.linalg.lstsq(design, y[i], rcond=None)[0][1:])
    weighted = np.linalg.solve(
        sum(weights), sum(weight @ slopes for weight, slopes in zip(weights, own, strict=True))
    )
    pairs = zip(weights, own, strict=True)
    xi = sum((slopes - weighted) @ weight @ (slopes - weighted) for weight, slopes in pairs)
    return float(np.sqrt(n_units) * (xi / n_units - n_slopes) / np.sqrt(2 * n_slopes))


def test_two_units_by_hand() -> None:
    # Deviations of x are (-1, 0, 1); slopes 0 and 2; what is left is (1, -2, 1). About the common
    # slope 1 each unit has 2 + 6, a variance of 8 / 2, and 2 / 4 of xi: sqrt(2) (1/2 - 1)/sqrt(2).
    left, x = np.array([1.0, -2.0, 1.0]), np.array([-1.0, 0.0, 1.0])
    panel = Panel.from_arrays([left + 5.0, 2 * x + left], np.array([x, x + 7.0])[:, :, None])
    np.testing.assert_allclose(dispersion(panel), [-0.5], rtol=1e-12)


@pytest.mark.parametrize("n_slopes", [1, 2, 3])
def test_it_is_the_plain_form_in_each_group(n_slopes: int) -> None:
    for seed in range(4):
        panel, groups = random_panel(seed, 12, n_slopes), np.arange(12) % 3
        expected = [plain(panel.y[groups == g], panel.x[groups == g]) for g in range(3)]
        np.testing.assert_allclose(dispersion(panel, groups), expected, rtol=1e-7)
        np.testing.assert_allclose(dispersion(panel), [plain(panel.y, panel.x)], rtol=1e-7)
        # Nothing is known of common slopes within a group.
        common = dispersion(panel, groups, common=("x1",))
        np.testing.assert_allclose(common, expected, rtol=1e-7)


def test_slopes_of_units_own_are_taken_out_first() -> None:
    panel = random_panel(1, 10, 3)
    within = panel.within_units()
    z = np.concatenate([within.x[:, :, [0, 2]], within.y[:, :, None]], axis=2)
    for i in range(10):
        own = within.x[i, :, 1]
        z[i] -= np.outer(own, own @ z[i]) / (own @ own)
    found = dispersion(panel, individual=("x2",))
    np.testing.assert_allclose(found, [plain(z[:, :, 2], z[:, :, :2])], rtol=1e-7)


def test_a_group_of_one_unit_has_no_statistic() -> None:
    found = dispersion(random_panel(0), np.array([1] * 5 + [0] + [2] * 6))
    assert np.isnan(found).tolist() == [True, False, False]


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_what_does_not_matter(seed: int, of_y: float, effect: float) -> None:
    rng, panel = np.random.default_rng(seed), random_panel(seed)
    groups, order = rng.permutation(np.arange(12) % 2), rng.permutation(12)
    effects, turn = effect * rng.standard_normal((12, 1)), rng.standard_normal((2, 2))
    turn += 3.0 * np.eye(2)
    # Scales, effects, a slope that all units share, and regressors combined among themselves.
    y = of_y * (panel.y + panel.x.sum(axis=2)) + effects
    x = panel.x @ turn + effects[:, :, None]
    changed = dispersion(Panel.from_arrays(y[order], x[order]), groups[order])
    np.testing.assert_allclose(changed, dispersion(panel, groups), rtol=1e-5, atol=1e-6)
    swapped = dispersion(panel, 1 - groups)
    np.testing.assert_array_equal(swapped[::-1], dispersion(panel, groups))


@pytest.mark.parametrize("n_slopes", [1, 2])
def test_its_level_and_its_power(n_slopes: int) -> None:
    critical, equal, different = norm.isf(0.05), [], []
    for seed in range(600):
        rng = np.random.default_rng([seed, n_slopes])
        x = rng.standard_normal((60, 60, n_slopes))
        errors = rng.uniform(0.5, 2.0, (60, 1)) * rng.standard_normal((60, 60))
        equal.append(dispersion(Panel.from_arrays(x.sum(axis=2) + errors, x))[0])
        if seed < 100:
            slopes = 1.0 + 0.2 * rng.standard_normal((60, 1))
            panel = Panel.from_arrays(slopes * x.sum(axis=2) + errors, x)
            different.append(dispersion(panel)[0])
    # Four Monte Carlo errors of a share of 5%, and of the mean and the variance: the estimated
    # mean takes K from xi, and s_i^2 makes its terms 2 (T - K - 1) / (T + 1) for 2.
    assert np.mean(np.array(equal) > critical) == pytest.approx(0.05, abs=4 * 0.0089)
    assert np.mean(equal) == pytest.approx(-np.sqrt(n_slopes / 120), abs=4 * 0.041)
    assert np.var(equal) == pytest.approx((59 - n_slopes) / 61, abs=4 * 0.075)
    assert np.mean(np.array(different) > critical) > 0.95


def test_bad_input_is_refused() -> None:
    panel = random_panel(0)
    for groups in (np.zeros(3, int), np.zeros(12), np.full(12, -1), np.zeros((12, 1), int)):
        with refused("There must be a group for each unit, from 0"):
            dispersion(panel, groups)
    with refused("from more than K + 1 periods; got 3 periods for 2 regressors"):
        dispersion(Panel.from_arrays(panel.y[:, :3], panel.x[:, :3]))
    with refused("must be different regressors of the panel"):
        dispersion(panel, common=("x3",))
    with refused("dispersion needs regressors"):
        dispersion(Panel.from_arrays(panel.y))
    x, observed = panel.x.copy(), np.ones(panel.y.shape, bool)
    x[3, :, 0], observed[0, 3:] = 1.0, False
    with refused("1 units where x1, x2 do not, the first 3"):
        dispersion(Panel.from_arrays(panel.y, x))
    with refused("dispersion estimates every unit alone", "the first 0 in 3"):
        dispersion(Panel.from_arrays(panel.y, panel.x, observed=observed))


def test_without_slopes_to_compare_there_is_no_test() -> None:
    with refused("There must be slopes to test"):
        dispersion(random_panel(0), individual=("x1", "x2"))
