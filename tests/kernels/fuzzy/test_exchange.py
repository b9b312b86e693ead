"""Moves of single units: by hand, and against sums of squares from nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData, empty_fuzzy, fuzzy_data
from gfe_mc.kernels.fuzzy.exchange import exchange_units
from gfe_mc.kernels.fuzzy.weights import measure
from tests.reference.panels import random_panel


def placed(
    z: np.ndarray, own: int, groups: np.ndarray, beta: np.ndarray, n_groups: int
) -> tuple[FuzzyData, Fuzzy]:
    """Units in groups, whose effects are means at the slopes given."""
    n_units, n_series, n_periods = z.shape
    now = empty_fuzzy(n_units, n_series, n_periods, n_groups, own)
    now.beta[:], now.alone[:] = beta, groups
    now.mass[:] = np.bincount(groups, minlength=n_groups)
    for g in np.unique(groups):
        now.alpha[g] = left(z, beta, g)[groups == g].mean(axis=0)
    data = fuzzy_data(z, own)
    measure(data, now)
    return data, now


def left(z: np.ndarray, beta: np.ndarray, g: int) -> np.ndarray:
    """What the slopes of a group leave of each unit's outcome, (N, T)."""
    return np.asarray(z[:, -1] - np.einsum("k,nkt->nt", beta[g], z[:, :-1]))


def within(z: np.ndarray, beta: np.ndarray, groups: np.ndarray) -> float:
    """Sum of squares about the means of groups, from nothing."""
    total = 0.0
    for g in np.unique(groups):
        part = left(z, beta, g)[groups == g]
        total += ((part - part.mean(axis=0)) ** 2).sum()
    return total


def test_a_unit_that_no_descent_moves() -> None:
    y = np.array([-1.0, 1.0, 1.9])
    data, now = placed(y.reshape(3, 1, 1), 0, np.array([0, 0, 1]), np.zeros((2, 0)), 2)
    # 1 is as far as 1 from the mean 0, and 0.9 from 1.9; 2 x 1 is saved, .81 / 2 paid.
    assert exchange_units(data, now)
    assert now.alone.tolist() == [0, 1, 1]
    np.testing.assert_allclose(now.alpha[:, 0], [-1.0, 1.45])
    assert now.mass.tolist() == [1.0, 2.0]
    assert not exchange_units(data, now)


def test_a_group_without_units_gets_one() -> None:
    y = np.array([0.0, 0.1, 5.0])
    data, now = placed(y.reshape(3, 1, 1), 0, np.zeros(3, np.int64), np.zeros((2, 0)), 2)
    assert exchange_units(data, now)
    assert sorted(now.mass.tolist()) == [1.0, 2.0]
    assert within(y.reshape(3, 1, 1), now.beta, now.alone) == pytest.approx(0.005)


def test_units_in_several_groups_stay() -> None:
    y = np.array([-1.0, 1.0, 1.9])
    data, now = placed(y.reshape(3, 1, 1), 0, np.array([0, 0, 1]), np.zeros((2, 0)), 2)
    now.alone[1] = -1
    assert not exchange_units(data, now)


def test_it_ends_where_all_units_are_the_same() -> None:
    data, now = placed(np.ones((6, 1, 2)), 0, np.arange(6) % 2, np.zeros((2, 0)), 2)
    assert not exchange_units(data, now)


@given(st.integers(0, 10**6), st.sampled_from([(0, 0), (2, 0), (2, 1), (2, 2)]), st.integers(2, 5))
def test_sums_of_squares_fall_and_no_single_move_is_left(
    seed: int, model: tuple[int, int], n_groups: int
) -> None:
    n_slopes, own = model
    rng = np.random.default_rng(seed)
    y, x = random_panel(rng, 12, 3, n_slopes)
    z = np.ascontiguousarray(np.concatenate([x, y[:, :, None]], axis=2).transpose(0, 2, 1))
    groups = np.r_[np.arange(n_groups), rng.integers(0, n_groups, 12 - n_groups)]
    beta = np.tile(rng.standard_normal(n_slopes), (n_groups, 1))
    beta[:, :own] = rng.standard_normal((n_groups, own))
    data, now = placed(z, own, groups, beta, n_groups)
    before, moved, calls = within(z, beta, groups), True, 0
    while moved:
        moved, calls = exchange_units(data, now), calls + 1
        after = within(z, beta, now.alone)
        assert after < before if moved else after == before
        before = after
        assert calls < 10
        measure(data, now)
    np.testing.assert_array_equal(now.mass, np.bincount(now.alone, minlength=n_groups))
    for g in range(n_groups):
        mean = left(z, beta, g)[now.alone == g].mean(axis=0)
        np.testing.assert_allclose(now.alpha[g], mean, rtol=1e-9, atol=1e-12)
    for i in range(12):
        if now.mass[now.alone[i]] > 1:
            for g in range(n_groups):
                tried = now.alone.copy()
                tried[i] = g
                assert within(z, beta, tried) >= before * (1 - 1e-7)
