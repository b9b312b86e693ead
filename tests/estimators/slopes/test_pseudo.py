"""The pseudo-threshold estimator, against least squares over all thresholds and brute force."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import Fit, MinimumSize, Panel, Pooled, Pseudo, StaticSlopes
from gfe_mc.fit import Status
from tests.helpers import refused
from tests.reference import slopes_numpy as ref

ANY = MinimumSize(1, 0.0)


def random_panel(seed: int, n_units: int = 12, n_slopes: int = 2, n_groups: int = 3) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 7, n_slopes, n_groups)


def fit(estimator: Pseudo, panel: Panel) -> Fit:
    return estimator.fit(panel, np.random.default_rng(0))


def groups_of(found: Fit) -> np.ndarray:
    assert found.groups is not None
    return found.groups


def together(groups: np.ndarray) -> np.ndarray:
    """Which units share a group: what is left of groups without their numbers."""
    return np.asarray(groups[:, None] == groups)


def lines(*slopes: float) -> Panel:
    """Units y_it = i + b_i x_t on the same x_t."""
    x = np.tile([0.0, 1.0, 5.0], (len(slopes), 1))
    y = np.array(slopes)[:, None] * x + np.arange(len(slopes))[:, None]
    return Panel.from_arrays(y, x[:, :, None])


def split_once(panel: Panel, groups: np.ndarray, size: MinimumSize) -> np.ndarray:
    """The best split of any one group, by the reference."""
    candidates = []
    for g in np.unique(groups):
        members = np.flatnonzero(groups == g)
        parted = ref.threshold(panel, members, groups, size.of(len(members)))
        if parted.max() > groups.max():
            candidates.append(parted)
    return min(candidates, key=lambda parted: ref.ols(panel, parted)[1])


def test_thresholds_by_hand() -> None:
    # The sum of squares of x is 14. Slopes 0, 1, 5 leave 14 * 14 about 2; 13, 14 leave 14 / 2.
    panel = lines(1.0, 14.0, 0.0, 5.0, 13.0)
    two, three = fit(Pseudo(2, ANY), panel), fit(Pseudo(3, ANY), panel)
    assert groups_of(two).tolist() == [0, 1, 0, 0, 1]
    assert two.objective == pytest.approx(14 * 14.5)
    assert np.ravel(np.asarray(two.beta)) == pytest.approx([2.0, 13.5])
    assert groups_of(three).tolist() == [0, 1, 0, 2, 1]
    assert three.objective == pytest.approx(14 * 1.0)
    assert (three.status, three.n_tries) == (Status.SUCCESS, 1)
    # Three on each side of six: 0, 1, 2 | 3, 3, 30, although 30 alone would leave far less.
    held = fit(Pseudo(2, MinimumSize(1, 0.5)), lines(3.0, 1.0, 30.0, 2.0, 0.0, 3.0))
    assert groups_of(held).tolist() == [0, 1, 0, 1, 1, 0]


@pytest.mark.parametrize("n_slopes", [1, 2, 3])
@pytest.mark.parametrize("size", [ANY, MinimumSize(3, 0.0), MinimumSize(1, 0.3)])
def test_groups_are_those_of_the_best_thresholds_one_after_another(
    n_slopes: int, size: MinimumSize
) -> None:
    for seed in range(4):
        panel = random_panel(seed, 16, n_slopes)
        two = split_once(panel, np.zeros(16, np.int64), size)
        three = split_once(panel, two, size)
        for n_groups, expected in ((2, two), (3, three)):
            found = fit(Pseudo(n_groups, size), panel)
            np.testing.assert_array_equal(together(groups_of(found)), together(expected))
            assert found.objective == pytest.approx(ref.ols(panel, expected)[1], rel=1e-9)


@pytest.mark.parametrize(("common", "individual"), [((1,), ()), ((0, 2), ()), ((0,), (2,))])
def test_slopes_that_are_not_group_specific(
    common: tuple[int, ...], individual: tuple[int, ...]
) -> None:
    for seed in range(4):
        panel = random_panel(seed, 12, 3)
        names: dict[str, Any] = {
            "common": tuple(f"x{k + 1}" for k in common),
            "individual": tuple(f"x{k + 1}" for k in individual),
        }
        found = fit(Pseudo(2, MinimumSize(2, 0.0), **names), panel)
        slopes, objective = ref.ols(panel, groups_of(found), common, individual)
        assert found.objective == pytest.approx(objective, rel=1e-9)
        np.testing.assert_allclose(np.asarray(found.unit_slopes), slopes, rtol=1e-7, atol=1e-9)
        if not individual:
            expected = ref.threshold(panel, np.arange(12), np.zeros(12, np.int64), 2, common)
            np.testing.assert_array_equal(together(groups_of(found)), together(expected))


@pytest.mark.slow
def test_one_regressor_and_two_groups_are_the_best_of_all_groupings() -> None:
    # Slopes are then those of weighted K-means of one variable, whose groups are intervals. A
    # minimum that binds keeps them so only where all units weigh the same.
    for seed in range(20):
        panel = random_panel(seed, 8, 1)
        found = fit(Pseudo(2, ANY), panel)
        assert found.objective == pytest.approx(ref.brute_force(panel, 2, 1), rel=1e-9)
        x = panel.within_units().x / panel.x.std(axis=1, keepdims=True)
        for size in (2, 3, 4):
            alike = Panel.from_arrays(panel.y, x)
            found = fit(Pseudo(2, MinimumSize(size, 0.0)), alike)
            assert found.objective == pytest.approx(ref.brute_force(alike, 2, size), rel=1e-9)


def test_threshold_variables_can_be_named() -> None:
    for seed in range(5):
        panel = random_panel(seed)
        each = [fit(Pseudo(2, ANY, thresholds=(name,)), panel) for name in panel.regressors]
        every = fit(Pseudo(2, ANY), panel)
        assert every.objective == min(found.objective for found in each)
        own = np.array([ref.ols(panel, np.arange(12))[0][:, k] for k in range(2)])
        for k, found in enumerate(each):  # Its groups are intervals of that slope.
            assert np.abs(np.diff(groups_of(found)[np.argsort(own[k])])).sum() == 1
    with refused("`thresholds` must be regressors with group-specific slopes; got x3"):
        fit(Pseudo(2, ANY, thresholds=("x3",)), panel)
    with refused("`thresholds` must be regressors with group-specific slopes; got x1"):
        fit(Pseudo(2, ANY, common=("x1",), thresholds=("x1",)), panel)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_units_order_scales_and_effects_do_not_matter(
    seed: int, of_y: float, of_x: float, effect: float
) -> None:
    rng, panel = np.random.default_rng(seed), random_panel(seed, 15)
    scales, effects = np.array([of_x, 1.0]), effect * rng.standard_normal((15, 1))
    order = rng.permutation(15)
    x = scales * panel.x + effects[:, :, None]
    same = fit(Pseudo(3, MinimumSize(2, 0.0)), panel)
    changed = fit(
        Pseudo(3, MinimumSize(2, 0.0)),
        Panel.from_arrays((of_y * panel.y + effects)[order], x[order]),
    )
    assert changed.objective == pytest.approx(of_y**2 * same.objective, rel=1e-7)
    turned = together(groups_of(same))[np.ix_(order, order)]
    np.testing.assert_array_equal(together(groups_of(changed)), turned)
    np.testing.assert_allclose(changed.theta * scales / of_y, same.theta, rtol=1e-6, atol=1e-8)


def test_a_path_splits_group_by_group() -> None:
    panel = random_panel(1, 30)
    path = Pseudo(5, MinimumSize(2, 0.0)).path(panel, np.random.default_rng(0))
    pooled = Pooled().fit(panel, np.random.default_rng(0))
    np.testing.assert_array_equal(path[0].theta, pooled.theta)
    assert path[0].objective == pooled.objective == fit(Pseudo(1), panel).objective
    for n_groups, (before, after) in enumerate(pairwise(path), start=2):
        assert len(np.unique(groups_of(after))) == n_groups
        assert not (together(groups_of(after)) & ~together(groups_of(before))).any()
        assert after.objective < before.objective
        squares = (after.residuals(panel) ** 2).sum(axis=1)
        assert after.group_objectives is not None
        parts = np.bincount(groups_of(after), squares)
        np.testing.assert_allclose(after.group_objectives, parts, rtol=1e-9)
        assert after.objective == pytest.approx(parts.sum(), rel=1e-9)


def test_the_fewest_units_are_of_the_group_that_is_split() -> None:
    panel = random_panel(2, 25)
    found = fit(Pseudo(3), panel)  # Ten and fifteen units: neither has room for two of ten.
    assert found.status == Status.GROUP_TOO_SMALL
    assert len(np.bincount(groups_of(found))) == 2
    assert np.bincount(groups_of(found)).min() >= 10
    assert len(Pseudo(3).path(panel, np.random.default_rng(0))) == 2
    # Three tenths of 30 are nine, which six groups could not have, but three tenths of each part.
    path = Pseudo(6, MinimumSize(1, 0.3)).path(random_panel(3, 30), np.random.default_rng(0))
    assert [len(np.bincount(groups_of(found))) for found in path] == [1, 2, 3, 4, 5, 6]
    assert np.bincount(groups_of(path[1])).min() >= 9


def test_groups_that_a_sum_of_slopes_would_not_tell_apart() -> None:
    truth = np.arange(40) % 2
    design = StaticSlopes(40, ((0.8, 1.0), (1.0, 0.8)), tuple(truth.tolist()), error_variance=0.1)
    found = fit(Pseudo(2), design.draw(np.random.default_rng(0)).panel)
    assert groups_of(found).tolist() == truth.tolist()
    assert found.status == Status.SUCCESS


def test_bad_input_is_refused() -> None:
    panel = random_panel(0)
    with refused("Pseudo estimates every unit alone, from more than K + 1 periods"):
        fit(Pseudo(2, ANY), Panel.from_arrays(panel.y[:, :3], panel.x[:, :3]))
    with refused("`groups` must be a whole number"):
        Pseudo(0)
    with refused("must be different regressors of the panel"):
        fit(Pseudo(2, ANY, individual=("x9",)), panel)
    for constant in (0.0, 1.0):
        x = panel.x.copy()
        x[4, :, 1] = constant
        with refused("1 units where x1, x2 do not, the first 4"):
            fit(Pseudo(2, ANY), Panel.from_arrays(panel.y, x))
    x = panel.x.copy()
    x[:, :, 1] = 3.0
    with refused("Every regressor must vary over time; got x2, constant in every unit"):
        fit(Pseudo(2, ANY), Panel.from_arrays(panel.y, x))
    observed = np.ones(panel.y.shape, bool)
    observed[1, 3:] = False
    with refused("Pseudo estimates every unit alone", "the first 1 in 3"):
        fit(Pseudo(2, ANY), Panel.from_arrays(panel.y, panel.x, observed=observed))


@pytest.mark.parametrize("constant", [12.34, 1e6 + 0.1])
def test_a_constant_that_rounding_moves_is_refused(constant: float) -> None:
    panel = random_panel(0)
    x = panel.x.copy()
    x[4, :, 1] = constant
    with refused("1 units where x1, x2 do not, the first 4"):
        fit(Pseudo(2, ANY), Panel.from_arrays(panel.y, x))


def test_a_regressor_that_a_units_own_slopes_explain_is_refused() -> None:
    for factor in (0.3, 0.7, 2.0, 3.7):
        panel = random_panel(0)
        x = panel.x.copy()
        x[4, :, 0] = factor * x[4, :, 1]
        with refused("1 units where x1 do not, the first 4"):
            fit(Pseudo(2, ANY, individual=("x2",)), Panel.from_arrays(panel.y, x))


@pytest.mark.parametrize("kind", ["common", "individual"])
def test_without_group_specific_slopes_there_is_nothing_to_split_by(kind: str) -> None:
    names: dict[str, Any] = {kind: ("x1", "x2")}
    with refused("Pseudo needs a regressor with group-specific slopes"):
        fit(Pseudo(2, ANY, **names), random_panel(0))
