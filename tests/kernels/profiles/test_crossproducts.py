"""Group sums, cross-products, and least squares for a given grouping."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.crossproducts import (
    move_unit,
    move_units,
    profile_out,
    regressor_lengths,
    regroup,
    total_crossproducts,
    update,
    within_crossproducts,
)
from tests.reference import gfe_numpy as twin
from tests.reference.panels import (
    SHAPES,
    counted_panel,
    kernel_arrays,
    put,
    random_groups,
    random_panel,
)


def test_update_by_hand_without_regressors() -> None:
    y = np.array([[0.0], [2.0], [10.0]])
    data, now, scratch = kernel_arrays(y, np.zeros((3, 1, 0)), 2)
    regroup(data, np.array([0, 0, 1]), now)
    assert update(data, now, scratch.factor) == pytest.approx(2.0, rel=1e-14)
    np.testing.assert_allclose(now.alpha + y.mean(), [[1.0], [10.0]], rtol=1e-14)


def test_update_by_hand_with_a_regressor() -> None:
    # Within groups x is -1/2, 1/2 twice and y is -1/2, 1/2, -1, 1: W_xx = 1, W_xy = 3/2,
    # W_yy = 5/2, so theta = 3/2 and the objective is 5/2 - 9/4.
    y = np.array([[0.0], [1.0], [5.0], [7.0]])
    x = np.array([[0.0], [1.0], [0.0], [1.0]])[:, :, None]
    data, now, scratch = kernel_arrays(y, x, 2)
    regroup(data, np.array([0, 0, 1, 1]), now)
    assert update(data, now, scratch.factor) == pytest.approx(0.25, rel=1e-14)
    np.testing.assert_allclose(now.theta, [1.5], rtol=1e-14)
    centre = y.mean() - 1.5 * x.mean()
    np.testing.assert_allclose(now.alpha + centre, [[-0.25], [5.25]], rtol=1e-13)
    np.testing.assert_allclose(np.tril(now.within), [[1.0, 0.0], [1.5, 2.5]], rtol=1e-14)


def test_total_crossproducts_are_sums_over_units_and_periods() -> None:
    z = np.random.default_rng(0).standard_normal((6, 3, 4))
    total = np.full((3, 3), np.nan)
    total_crossproducts(z, np.full(6, 2.0), total)
    np.testing.assert_allclose(total, 2.0 * np.einsum("idt,iet->de", z, z), rtol=1e-13)
    weights = np.arange(1.0, 7.0)
    total_crossproducts(z, weights, total)
    np.testing.assert_allclose(total, np.einsum("i,idt,iet->de", weights, z, z), rtol=1e-13)


def test_lengths_are_those_of_regressors_over_time() -> None:
    z = np.zeros((2, 3, 2))
    z[0, 0], z[0, 1], z[1, 1] = [3.0, -4.0], [5.0, 12.0], [0.0, 1.0]
    z[:, 2] = 9.0  # The outcome, whose length nothing needs.
    lengths = np.full((2, 2), np.nan)
    regressor_lengths(z, lengths)
    np.testing.assert_array_equal(lengths, [[5.0, 0.0], [13.0, 1.0]])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_update_is_least_squares_with_group_period_dummies(
    shape: tuple[int, int, int, int], seed: int
) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng([seed, *shape])
    y, x = random_panel(rng, n_units, n_periods, n_regressors)
    groups = random_groups(rng, n_units, n_groups)
    data, now, scratch = kernel_arrays(y, x, n_groups)
    regroup(data, groups, now)
    objective = update(data, now, scratch.factor)
    by_dummies, theta, alpha = twin.objective_by_dummies(y, x, groups, n_groups)
    assert objective == pytest.approx(by_dummies, rel=1e-10, abs=1e-10)
    solution = twin.update(y, x, groups, n_groups)
    assert objective == pytest.approx(solution.objective, rel=1e-10)
    np.testing.assert_allclose(now.theta, solution.theta, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(now.alpha, solution.alpha, rtol=1e-9, atol=1e-10)
    if n_groups < n_units:  # Else slopes and profiles are not identified.
        np.testing.assert_allclose(now.theta, theta, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(now.alpha, alpha, rtol=1e-9, atol=1e-10)


def test_labels_of_groups_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    y, x = random_panel(rng, 12, 4, 2)
    data, now, scratch = kernel_arrays(y, x, 4)
    groups = random_groups(rng, 12, 4)
    objectives = []
    for _ in range(5):
        regroup(data, rng.permutation(4)[groups], now)
        objectives.append(update(data, now, scratch.factor))
    np.testing.assert_allclose(objectives, objectives[0], rtol=1e-13)


def test_empty_group_contributes_nothing_and_attracts_nobody() -> None:
    rng = np.random.default_rng(2)
    y, x = random_panel(rng, 8, 3, 1)
    groups = random_groups(rng, 8, 2)
    data, now, scratch = kernel_arrays(y, x, 3)
    regroup(data, groups, now)
    objective = update(data, now, scratch.factor)
    assert objective == pytest.approx(twin.update(y, x, groups, 2).objective, rel=1e-12)
    assert (now.alpha[2] == np.inf).all()


def test_move_unit_keeps_counts_and_sums_in_step() -> None:
    rng = np.random.default_rng(3)
    y, x = random_panel(rng, 10, 4, 2)
    data, now, _ = kernel_arrays(y, x, 3)
    _, afresh, _ = kernel_arrays(y, x, 3)
    put(data, random_groups(rng, 10, 3), now)
    for _ in range(500):
        move_unit(data, int(rng.integers(10)), int(rng.integers(3)), now)
    put(data, now.groups, afresh)
    assert (now.counts == afresh.counts).all()
    np.testing.assert_allclose(now.sums, afresh.sums, atol=1e-12)


def test_profile_out_leaves_a_collinear_regressor_out() -> None:
    rng = np.random.default_rng(4)
    y, x = random_panel(rng, 12, 4, 2)
    groups = random_groups(rng, 12, 3)
    # The second regressor is twice the first and a function of the group.
    x[:, :, 1] = 2.0 * x[:, :, 0] + np.array([-1.0, 0.0, 2.0])[groups][:, None]
    x[:, :, 1] -= x[:, :, 1].mean(axis=0)
    data, now, scratch = kernel_arrays(y, x, 3)
    regroup(data, groups, now)
    objective = update(data, now, scratch.factor)
    alone = twin.update(y, x[:, :, :1], groups, 3)
    assert objective == pytest.approx(alone.objective, rel=1e-10)
    np.testing.assert_allclose(now.theta, [alone.theta[0], 0.0], rtol=1e-9)
    assert scratch.factor[0, 0] > 0.0
    assert scratch.factor[1, 1] == 0.0


def test_profile_out_calls_rounding_an_exact_fit() -> None:
    x = np.random.default_rng(5).standard_normal((6, 3, 1))
    data, now, scratch = kernel_arrays(0.1 * x[:, :, 0], x, 1)
    regroup(data, np.zeros(6, np.int64), now)
    assert update(data, now, scratch.factor) == 0.0
    np.testing.assert_allclose(now.theta, [0.1], rtol=1e-12)


def test_profile_out_is_a_schur_complement() -> None:
    rng = np.random.default_rng(6)
    y, x = random_panel(rng, 12, 4, 3)
    data, now, scratch = kernel_arrays(y, x, 2)
    regroup(data, random_groups(rng, 12, 2), now)
    within_crossproducts(data, now)
    within = np.tril(now.within) + np.tril(now.within, -1).T
    schur = within[3, 3] - within[3, :3] @ np.linalg.solve(within[:3, :3], within[:3, 3])
    assert profile_out(now.within, data.floor, scratch.factor) == pytest.approx(schur, rel=1e-12)
    np.testing.assert_allclose(
        np.tril(scratch.factor)[:3, :3], np.linalg.cholesky(within[:3, :3]), rtol=1e-12
    )


# Units that count several times.


def test_weighted_update_by_hand() -> None:
    # 0 three times and 4 once: their mean is 1 and their sum of squares 3 + 9.
    y, weights = np.array([[0.0], [4.0], [10.0]]), np.array([3, 1, 2])
    data, now, scratch = kernel_arrays(y, np.zeros((3, 1, 0)), 2, weights)
    regroup(data, np.array([0, 0, 1]), now)
    assert update(data, now, scratch.factor) == pytest.approx(12.0, rel=1e-14)
    np.testing.assert_array_equal(now.counts, [4.0, 2.0])
    np.testing.assert_allclose(now.alpha + 24 / 6, [[1.0], [10.0]], rtol=1e-14)


def test_weighted_data_are_those_of_repeated_units() -> None:
    y, x, weights = counted_panel(np.random.default_rng(7), 9, 4, 2)
    y, x = y + 3.0, x - 2.0
    data, _, _ = kernel_arrays(y, x, 2, weights)
    copies = np.repeat(y, weights, axis=0), np.repeat(x, weights, axis=0)
    repeated, _, _ = kernel_arrays(*copies, 2)
    np.testing.assert_allclose(data.total, repeated.total, rtol=1e-12)
    np.testing.assert_allclose(data.floor, repeated.floor, rtol=1e-12)
    np.testing.assert_allclose(
        np.repeat(data.z, weights, axis=0), repeated.z, rtol=1e-12, atol=1e-13
    )
    np.testing.assert_array_equal(data.series, data.z.transpose(1, 2, 0))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_weighted_update_is_that_of_repeated_units(
    shape: tuple[int, int, int, int], seed: int
) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    rng = np.random.default_rng([seed, *shape])
    y, x, weights = counted_panel(rng, n_units, n_periods, n_regressors)
    groups = random_groups(rng, n_units, n_groups)
    data, now, scratch = kernel_arrays(y, x, n_groups, weights)
    regroup(data, groups, now)
    objective = update(data, now, scratch.factor)
    expected = twin.update(y, x, groups, n_groups, weights)
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    np.testing.assert_allclose(now.theta, expected.theta, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(now.alpha, expected.alpha, rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(now.counts, np.bincount(groups, weights, n_groups))


def test_weighted_moves_keep_counts_and_sums_in_step() -> None:
    rng = np.random.default_rng(8)
    y, x, weights = counted_panel(rng, 10, 4, 2)
    data, now, _ = kernel_arrays(y, x, 3, weights)
    _, afresh, _ = kernel_arrays(y, x, 3, weights)
    put(data, random_groups(rng, 10, 3), now)
    for _ in range(200):
        move_unit(data, int(rng.integers(10)), int(rng.integers(3)), now)
        before, groups = now.groups.copy(), rng.integers(3, size=10)
        assert move_units(data, groups, now) == (groups != before).sum()
        assert (now.groups == groups).all()
    put(data, now.groups, afresh)
    np.testing.assert_array_equal(now.counts, afresh.counts)
    np.testing.assert_allclose(now.sums, afresh.sums, atol=1e-11)
