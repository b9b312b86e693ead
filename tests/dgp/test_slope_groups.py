"""Panels whose slopes differ between groups of units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc.dgp.sample import Sample
from gfe_mc.dgp.slope_groups import DynamicSlopes, StaticSlopes, assigned_groups
from gfe_mc.estimators.slopes.given_groups import KnownGroups
from tests.helpers import refused

GROUPS = (0, 1, 0, 1, 1, 0)
STATIC = StaticSlopes(4, ((0.3, -1.0), (0.9, 2.0)), GROUPS)
DYNAMIC = DynamicSlopes(5, ((0.3, 0.0), (-0.8, 0.5)), GROUPS, effect_variance=2.0)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def left(sample: Sample) -> np.ndarray:
    """What the slopes of its group do not explain of each unit, (N, T)."""
    truth, panel = sample.truth, sample.panel
    assert truth.beta is not None
    assert truth.groups is not None
    explained = (panel.x * truth.beta[truth.groups][:, None, :]).sum(axis=2)
    return np.asarray(panel.y - explained)


def assert_moments(values: np.ndarray, mean: float, variance: float) -> None:
    """Mean and variance of independent normal values, within four of their errors."""
    n = values.size
    assert abs(values.mean() - mean) < 4 * np.sqrt(variance / n)
    assert abs(values.var(ddof=1) - variance) < 4 * variance * np.sqrt(2 / n)
    assert abs(((values - mean) ** 4).mean() / variance**2 - 3) < 4 * np.sqrt(96 / n)


# The assignment.


@pytest.mark.parametrize(
    ("n_units", "sizes"),
    [
        (50, [33, 17]),
        (100, [66, 34]),
        (200, [133, 67]),
        (500, [333, 167]),
        (2, [1, 1]),
        (50, [16, 16, 18]),
        (200, [66, 66, 68]),
        (9, [3, 3, 3]),
        (11, [2, 2, 2, 5]),
        (7, [7]),
    ],
)
def test_sizes_of_groups(n_units: int, sizes: list[int]) -> None:
    groups = assigned_groups(n_units, len(sizes))
    assert np.bincount(groups).tolist() == sizes
    assert groups == assigned_groups(n_units, len(sizes))


@pytest.mark.parametrize(
    ("n_units", "sizes"),
    [
        (50, [34, 16]),
        (100, [67, 33]),
        (200, [134, 66]),
        (500, [334, 166]),
        (50, [17, 17, 16]),
        (100, [34, 33, 33]),
        (200, [67, 67, 66]),
        (9, [3, 3, 3]),
        (11, [3, 3, 3, 2]),
        (7, [7]),
    ],
)
def test_sizes_of_groups_rounded_up(n_units: int, sizes: list[int]) -> None:
    assert np.bincount(assigned_groups(n_units, len(sizes), "up")).tolist() == sizes


def test_rounding_up_leaves_a_unit_to_the_second_of_two() -> None:
    assert set(assigned_groups(2, 2, "up")) == {0, 1}


@given(n_units=st.integers(3, 60), rounding=st.sampled_from(["up", "down"]), data=st.data())
def test_every_group_has_units_and_a_design_takes_them(
    n_units: int, rounding: str, data: st.DataObject
) -> None:
    n_groups = data.draw(st.integers(1, n_units))
    groups = assigned_groups(n_units, n_groups, rounding)
    assert len(groups) == n_units
    assert set(groups) == set(range(n_groups))
    StaticSlopes(2, tuple((float(g),) for g in range(n_groups)), groups)


def test_groups_are_assigned_at_random() -> None:
    groups = np.array(assigned_groups(500, 2))
    assert abs(np.corrcoef(groups, np.arange(500))[0, 1]) < 4 / np.sqrt(500)
    assert abs(np.corrcoef(groups[1:], groups[:-1])[0, 1]) < 4 / np.sqrt(500)
    # Others for another number of units or groups.
    assert assigned_groups(501, 2)[:500] != assigned_groups(500, 2)
    halves = np.array(assigned_groups(500, 3)) > 0
    assert abs(np.corrcoef(groups, halves)[0, 1]) < 4 / np.sqrt(500)


def test_numbers_that_cannot_be_assigned_are_refused() -> None:
    with refused("There must be no more groups than units"):
        assigned_groups(2, 3)
    for units, groups in ((0, 1), (5, 0)):
        with refused("must be a whole number"):
            assigned_groups(units, groups)
    with refused("`rounding` must be known"):
        assigned_groups(5, 2, "near")


def test_memberships_are_the_same_in_each_sample_and_for_each_beta() -> None:
    other = replace(STATIC, beta=((1.0, 1.0), (2.0, 2.0)))
    for design in (STATIC, other, DYNAMIC):
        for seed in (0, 1):
            truth = design.draw(rng(seed)).truth
            np.testing.assert_array_equal(truth.groups, GROUPS)
            np.testing.assert_array_equal(truth.beta, design.beta)


# The static design.


def test_static_slopes_without_errors_by_hand() -> None:
    design = StaticSlopes(
        3, ((2.0,), (-1.0,)), (1, 0, 1), effect_mean=5.0, effect_variance=0.0, error_variance=0.0
    )
    sample = design.draw(rng())
    panel, truth = sample.panel, sample.truth
    expected = 5.0 + np.array([-1.0, 2.0, -1.0])[:, None] * panel.x[:, :, 0]
    np.testing.assert_array_equal(panel.y, expected)
    assert panel.shape == (3, 3, 1)
    np.testing.assert_allclose(truth.theta, [0.0], atol=1e-15)
    assert truth.alpha is None


def test_moments_of_the_static_design() -> None:
    """Regressors are N(1, 3), where 3 is the variance; effects N(1, 1), errors N(0, 1)."""
    n_units, n_periods = 3000, 20
    beta = ((0.1, 0.3), (2 / 3, 0.6))
    sample = StaticSlopes(n_periods, beta, assigned_groups(n_units, 2)).draw(rng(1))
    x, rest = sample.panel.x, left(sample)
    for k in range(2):
        assert_moments(x[:, :, k], 1.0, 3.0)
    # Unit means have effects and mean errors; deviations have errors alone.
    assert_moments(rest.mean(axis=1), 1.0, 1.0 + 1.0 / n_periods)
    assert_moments((rest[:, 1::2] - rest[:, ::2]) / np.sqrt(2), 0.0, 1.0)
    means, steps = rest.mean(axis=1), rest[:, 1:] - rest[:, :-1]
    series = [*x[:, 0].T, *x[:, 1].T, means, np.roll(means, 1), steps[:, 0], steps[:, 2]]
    correlations = np.corrcoef(series)
    assert np.abs(correlations - np.eye(len(series))).max() < 4.5 / np.sqrt(n_units)


def test_parameters_move_and_stretch_the_same_draws() -> None:
    other = replace(
        STATIC, x_mean=-2.0, x_variance=0.25, effect_mean=7.0, effect_variance=4.0, error_variance=9
    )
    one, two = STATIC.draw(rng(2)), other.draw(rng(2))
    drawn = (one.panel.x - 1.0) / np.sqrt(3.0)
    np.testing.assert_allclose((two.panel.x + 2.0) / 0.5, drawn, rtol=1e-12, atol=1e-12)
    within = [left(s) - left(s).mean(axis=1, keepdims=True) for s in (one, two)]
    np.testing.assert_allclose(within[1], 3.0 * within[0], rtol=1e-10, atol=1e-12)
    no_errors = [replace(design, error_variance=0.0).draw(rng(2)) for design in (STATIC, other)]
    effects = [left(sample)[:, 0] for sample in no_errors]
    np.testing.assert_allclose((effects[1] - 7.0) / 2.0, effects[0] - 1.0, rtol=1e-10, atol=1e-12)


@settings(max_examples=20)
@given(
    seed=st.integers(0, 10**6),
    beta=st.lists(st.tuples(*[st.floats(-5, 5)] * 2), min_size=2, max_size=2),
)
def test_errors_of_known_groups_do_not_depend_on_beta(
    seed: int, beta: list[tuple[float, float]]
) -> None:
    """With the same draws; in print the columns of Tables 1 and 2 are the same."""
    errors = []
    for design in (STATIC, replace(STATIC, beta=tuple(beta))):
        sample = design.draw(rng(seed))
        fit = KnownGroups(GROUPS).fit(sample.panel, rng())
        assert fit.unit_slopes is not None
        errors.append(fit.unit_slopes - np.array(design.beta)[list(GROUPS)])
    np.testing.assert_allclose(errors[1], errors[0], rtol=1e-8, atol=1e-12)


# The dynamic design.


def test_the_trend_by_hand() -> None:
    """Without errors and effects, y starts at 0: 1, then .5 + 2, then 1.25 + 3."""
    design = DynamicSlopes(3, ((0.5, 1.0), (0.0, -2.0)), (0, 1, 0), error_variance=0.0)
    panel = design.draw(rng()).panel
    np.testing.assert_array_equal(panel.y, [[1.0, 2.5, 4.25], [-2.0, -4.0, -6.0], [1, 2.5, 4.25]])
    np.testing.assert_array_equal(panel.x[:, :, 0], np.c_[np.zeros(3), panel.y[:, :2]])
    np.testing.assert_array_equal(panel.x[:, :, 1], [[1, 2, 3]] * 3)
    assert panel.regressors == ("lag", "trend")


def test_the_recursion_holds() -> None:
    """What slopes do not explain is an effect and errors, which do not depend on beta."""
    sample = DYNAMIC.draw(rng(3))
    panel = sample.panel
    np.testing.assert_array_equal(panel.x[:, 1:, 0], panel.y[:, :-1])
    np.testing.assert_array_equal(panel.x[:, :, 1], np.tile(np.arange(1, 6), (6, 1)))
    np.testing.assert_allclose(sample.truth.theta, [-0.25, 0.25], rtol=1e-15)
    other = replace(DYNAMIC, beta=((0.0, -3.0), (0.5, 1.0)))
    np.testing.assert_allclose(left(other.draw(rng(3))), left(sample), rtol=0, atol=1e-12)
    no_errors = left(replace(DYNAMIC, error_variance=0.0).draw(rng(3)))
    np.testing.assert_allclose(no_errors, np.repeat(no_errors[:, :1], 5, axis=1), atol=1e-12)
    assert (np.abs(left(sample) - no_errors) > 1e-6).all()


@pytest.mark.parametrize("effect_variance", [0.0, 2.0])
def test_the_start_is_stationary(effect_variance: float) -> None:
    """Without trend each y_it, y_i0 too, has variance s / (1 - rho^2) + m / (1 - rho)^2."""
    n, rho, error_variance = 20_000, np.array([0.3, 0.8]), 0.5
    design = DynamicSlopes(
        4, ((0.3, 0.0), (0.8, 0.0)), (0, 1) * n, effect_variance, error_variance=error_variance
    )
    sample = design.draw(rng(4))
    levels = np.concatenate([sample.panel.x[:, :1, 0], sample.panel.y], axis=1)
    for g in range(2):
        own = levels[g::2]
        stationary = error_variance / (1 - rho[g] ** 2)
        fixed = effect_variance / (1 - rho[g]) ** 2
        for t in range(5):
            assert_moments(own[:, t], 0.0, stationary + fixed)
        # The mean product of neighbours, within four of its own errors.
        products = own[:, 0] * own[:, 1]
        gap = products.mean() - rho[g] * stationary - fixed
        assert abs(gap) < 4 * products.std() / np.sqrt(n)
    assert_moments(left(replace(design, effect_variance=0.0).draw(rng(5))), 0.0, error_variance)


def test_the_trend_sets_in_at_one() -> None:
    """Means over units m_t = rho m_t-1 + phi t from m_0 = 0."""
    n = 20_000
    panel = DynamicSlopes(4, ((0.8, 0.5), (0.0, 0.0)), (0,) * n + (1,)).draw(rng(6)).panel
    mean = 0.0
    for t in range(1, 5):
        mean = 0.8 * mean + 0.5 * t
        assert_moments(panel.y[:n, t - 1], mean, 1 / 0.36)
    assert_moments(panel.x[:n, 0, 0], 0.0, 1 / 0.36)


# Refusals.


@pytest.mark.parametrize("rho", [1.0, -1.0, 1.2, -3.0])
def test_no_stationary_start(rho: float) -> None:
    with refused("Every group must have a rho between -1 and 1"):
        replace(DYNAMIC, beta=((0.3, 0.0), (rho, 0.0)))


def test_dynamic_slopes_are_pairs() -> None:
    wrong: list[Any] = [((0.3,), (0.8,)), ((0.3, 0.0, 0.0), (0.8, 0.0, 0.0))]
    for beta in wrong:
        with refused("and a phi"):
            replace(DYNAMIC, beta=beta)


@pytest.mark.parametrize("design", [STATIC, DYNAMIC])
@pytest.mark.parametrize(
    "groups",
    [(0, 0, 0), (0, 1, 2), (0, 2, 0), (-1, 0, 1), (0.0, 1.0), (), ((0, 1), (1, 0)), (True, False)],
)
def test_groups_that_do_not_match_are_refused(design: Any, groups: Any) -> None:
    with refused("`groups` must give each unit one of the groups"):
        replace(design, groups=groups)


@pytest.mark.parametrize("design", [STATIC, DYNAMIC])
@pytest.mark.parametrize(
    "beta", [((0.3, 0.1), (0.9,)), ((), ()), (), ((0.3, np.nan), (0.9, 0.1)), ((0.3, np.inf),) * 2]
)
def test_ragged_or_infinite_beta_is_refused(design: Any, beta: Any) -> None:
    with refused("the same number of finite slopes for each group"):
        replace(design, beta=beta)


@pytest.mark.parametrize("design", [STATIC, DYNAMIC])
def test_one_number_for_each_group_is_refused(design: Any) -> None:
    with refused("`beta` must have"):
        replace(design, beta=(0.3, 0.9))


def test_variances_and_periods_are_checked() -> None:
    for value in (-1.0, np.nan, np.inf):
        for name in ("x_variance", "effect_variance", "error_variance"):
            with refused(f"`{name}` must be a variance"):
                replace(STATIC, **dict[str, Any]({name: value}))
        for name in ("effect_variance", "error_variance"):
            with refused(f"`{name}` must be a variance"):
                replace(DYNAMIC, **dict[str, Any]({name: value}))
    with refused("Regressors must vary"):
        replace(STATIC, x_variance=0.0)
    for design in (STATIC, DYNAMIC):
        with refused("n_periods"):
            replace(design, n_periods=0)
