"""Slopes of known groups, of all units and of each one, against least squares with dummies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import Fit, KnownGroups, Panel, Pooled, UnitByUnit
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import Status
from tests.helpers import refused
from tests.reference import slopes_numpy as ref


def random_panel(seed: int, n_units: int = 9, n_slopes: int = 2) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 7, n_slopes, 3)


def fit(estimator: Estimator, panel: Panel) -> Fit:
    return estimator.fit(panel, np.random.default_rng(0))


def array(values: np.ndarray | None) -> np.ndarray:
    assert values is not None
    return values


def in_groups(n_units: int, n_groups: int) -> tuple[int, ...]:
    """Units in turn, the last group first."""
    return tuple((n_groups - 1 - np.arange(n_units) % n_groups).tolist())


def agree(found: Fit, panel: Panel) -> None:
    """Residuals, slopes and both kinds of objectives must say the same."""
    residuals, groups = found.residuals(panel), array(found.groups)
    squares = np.bincount(groups, (residuals**2).sum(axis=1))
    np.testing.assert_allclose(array(found.group_objectives), squares, rtol=1e-8, atol=1e-9)
    assert found.objective == pytest.approx(squares.sum(), rel=1e-8, abs=1e-9)
    np.testing.assert_allclose(residuals.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(found.theta, array(found.unit_slopes).mean(axis=0), rtol=1e-12)


def test_slopes_by_hand() -> None:
    # Deviations of x are (-1, 1), twice those for the last unit; y has slopes 1, 3, 2 and 5.
    x = np.array([[0.0, 2.0], [5.0, 7.0], [1.0, 3.0], [0.0, 4.0]])
    panel = Panel.from_arrays(np.array([1.0, 3.0, 2.0, 5.0])[:, None] * x, x[:, :, None])
    found = fit(KnownGroups((1, 1, 0, 0)), panel)
    # 1 and 3 have the mean 2; 2 and 5, the latter with four times the weight, 4.4.
    np.testing.assert_allclose(array(found.beta), [[2.0], [4.4]], rtol=1e-13)
    assert array(found.groups).tolist() == [0, 0, 1, 1]
    assert found.theta == pytest.approx([3.2])
    np.testing.assert_allclose(array(found.group_objectives), [4.0, 2 * 5.76 + 8 * 0.36])
    assert fit(Pooled(), panel).theta == pytest.approx([(1 + 3 + 2 + 20) / 7])


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 3), st.integers(1, 4), st.data())
def test_they_are_least_squares_with_dummies_and_interactions(
    seed: int, n_slopes: int, n_groups: int, data: st.DataObject
) -> None:
    panel = random_panel(seed, 9, n_slopes)
    kinds = data.draw(st.lists(st.integers(0, 2), min_size=n_slopes, max_size=n_slopes))
    common = tuple(k for k in range(n_slopes) if kinds[k] == 1)
    individual = tuple(k for k in range(n_slopes) if kinds[k] == 2)
    names = [tuple(panel.regressors[k] for k in some) for some in (common, individual)]
    found = fit(KnownGroups(in_groups(9, n_groups), *names), panel)
    slopes, objective = ref.ols(panel, np.array(in_groups(9, n_groups)), common, individual)
    np.testing.assert_allclose(array(found.unit_slopes), slopes, rtol=1e-6, atol=1e-8)
    assert found.objective == pytest.approx(objective, rel=1e-8)
    assert found.status == Status.SUCCESS
    agree(found, panel)
    beta = array(found.beta)[array(found.groups)]
    assert (np.isnan(beta) == [kind == 2 for kind in kinds]).all()
    np.testing.assert_array_equal(np.nan_to_num(beta - array(found.unit_slopes)), 0.0)


def test_pooled_is_fixed_effects_and_unit_by_unit_the_mean_group() -> None:
    panel = random_panel(1, 15, 3)
    within = panel.within_units()
    theta = np.linalg.lstsq(within.x.reshape(-1, 3), within.y.ravel(), rcond=None)[0]
    pooled, alone = fit(Pooled(), panel), fit(UnitByUnit(), panel)
    np.testing.assert_allclose(pooled.theta, theta, rtol=1e-10)
    np.testing.assert_allclose(array(pooled.beta), [theta], rtol=1e-10)
    slopes = [np.linalg.lstsq(within.x[i], within.y[i], rcond=None)[0] for i in range(15)]
    np.testing.assert_allclose(array(alone.beta), slopes, rtol=1e-8)
    np.testing.assert_allclose(alone.theta, np.mean(slopes, axis=0), rtol=1e-8)
    assert array(alone.groups).tolist() == list(range(15))
    for found in (pooled, alone):
        agree(found, panel)


def test_known_groups_collapse_to_pooled_and_unit_by_unit() -> None:
    panel = random_panel(2)
    both, every = ("x1", "x2"), tuple(range(9))
    same: list[tuple[Estimator, Estimator]] = [
        (KnownGroups((0,) * 9), Pooled()),
        (KnownGroups(in_groups(9, 3), common=both), Pooled()),
        (KnownGroups((0,) * 9, individual=("x1",)), Pooled(("x1",))),
        (KnownGroups(every), UnitByUnit()),
        (KnownGroups((0,) * 9, individual=both), UnitByUnit()),
        (KnownGroups(every, individual=("x2",)), UnitByUnit()),
    ]
    for one, other in same:
        first, second = fit(one, panel), fit(other, panel)
        np.testing.assert_allclose(array(first.unit_slopes), array(second.unit_slopes), rtol=1e-9)
        assert first.objective == pytest.approx(second.objective, rel=1e-10)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_units_order_scales_and_effects_do_not_matter(
    seed: int, of_y: float, of_x: float, effect: float
) -> None:
    rng, panel = np.random.default_rng(seed), random_panel(seed)
    scales, effects = np.array([of_x, 1.0]), effect * rng.standard_normal((9, 1))
    order, groups = rng.permutation(9), np.array(in_groups(9, 3))
    x = scales * panel.x + effects[:, :, None]
    changed = Panel.from_arrays((of_y * panel.y + effects)[order], x[order])
    pairs: list[tuple[Estimator, Estimator]] = [
        (KnownGroups(tuple(groups.tolist())), KnownGroups(tuple(groups[order].tolist()))),
        (Pooled(), Pooled()),
        (UnitByUnit(), UnitByUnit()),
    ]
    for one, other in pairs:
        before, after = fit(one, panel), fit(other, changed)
        slopes = array(after.unit_slopes) * scales / of_y
        expected = array(before.unit_slopes)[order]
        np.testing.assert_allclose(slopes, expected, rtol=1e-6, atol=1e-8)
        assert after.objective == pytest.approx(of_y**2 * before.objective, rel=1e-7)


def test_what_does_not_vary_in_a_group_is_collinear() -> None:
    panel = random_panel(3)
    x, half = panel.x.copy(), KnownGroups((0, 0, 0, 0, 1, 1, 1, 1, 1))
    x[:4, :, 1] = np.arange(4.0)[:, None]
    found = fit(half, Panel.from_arrays(panel.y, x))
    assert found.status == Status.COLLINEAR
    assert np.isnan([*found.theta, *array(found.beta).ravel()]).all()
    common = KnownGroups(half.groups, common=("x2",))
    assert fit(common, Panel.from_arrays(panel.y, x)).status == Status.SUCCESS
    x[:, :, 1] = x[:, :, 0]
    for estimator in (half, common, Pooled()):
        assert fit(estimator, Panel.from_arrays(panel.y, x)).status == Status.COLLINEAR


@pytest.mark.parametrize("constant", [12.34, 1e6 + 0.1])
def test_a_constant_that_rounding_moves_is_collinear(constant: float) -> None:
    panel = random_panel(3)
    x = panel.x.copy()
    x[:4, :, 1] = constant
    found = fit(KnownGroups((0, 0, 0, 0, 1, 1, 1, 1, 1)), Panel.from_arrays(panel.y, x))
    assert found.status == Status.COLLINEAR


@pytest.mark.parametrize("common", [(), ("x1",)])
def test_what_units_own_slopes_explain_is_collinear(common: tuple[str, ...]) -> None:
    panel = random_panel(3)
    x = panel.x.copy()
    for factor in (0.3, 0.7, 1.1, 2.0, 3.7):
        x[:, :, 0] = factor * x[:, :, 1]
        estimator = KnownGroups((0,) * 9, common, individual=("x2",))
        assert fit(estimator, Panel.from_arrays(panel.y, x)).status == Status.COLLINEAR


def test_bad_input_is_refused() -> None:
    panel = random_panel(4)
    for groups in ((0, 2), (1, 2), (-1, 0), (0.0, 1.0), (), ((0,), (1,)), (False, True)):
        with refused("Groups must be whole numbers from 0, none left out"):
            KnownGroups(groups)  # type: ignore[arg-type]
    with refused("There must be a group for each unit; got 2 for 9 units"):
        fit(KnownGroups((0, 1)), panel)
    with refused("UnitByUnit estimates every unit alone, from more than K + 1 periods"):
        fit(UnitByUnit(), Panel.from_arrays(panel.y[:, :3], panel.x[:, :3]))
    with refused("must be different regressors of the panel"):
        fit(Pooled(individual=("y",)), panel)
    short = Panel.from_arrays(panel.y[:, :2], panel.x[:, :2])
    with refused("more periods than slopes of a unit's own"):
        fit(Pooled(individual=("x1",)), short)
    x = panel.x.copy()
    x[6, :, 0] = 2.0
    for estimator in (UnitByUnit(), Pooled(individual=("x1",))):
        with refused("do not, the first 6"):
            fit(estimator, Panel.from_arrays(panel.y, x))
    x[:, :, 0] = 12.34
    observed = np.ones(panel.y.shape, bool)
    observed[2, 1:] = False
    unbalanced = Panel.from_arrays(panel.y, panel.x, observed=observed)
    estimators: dict[str, Any] = {
        "KnownGroups": KnownGroups((0,) * 9),
        "Pooled": Pooled(),
        "UnitByUnit": UnitByUnit(),
    }
    for name, estimator in estimators.items():
        with refused(f"{name} needs regressors"):
            fit(estimator, Panel.from_arrays(panel.y))
        with refused("Every unit must be observed in 2 periods", "the first 2 in 1"):
            fit(estimator, unbalanced)
        with refused("Every regressor must vary over time; got x1, constant in every unit"):
            fit(estimator, Panel.from_arrays(panel.y, x))
