"""Assignment, and what a move of a unit is predicted to change, against NumPy."""

from __future__ import annotations

import numpy as np

from gfe_mc import Logit
from gfe_mc.kernels.losses.cells import assign, every_index, own_index, predicted_moves, unit_sums


def test_units_go_where_they_fit_best_and_stay_on_ties() -> None:
    losses = np.array([[1.0, 5.0, 2.0, 2.0], [3.0, 4.0, 2.0, 2.0]])
    groups = np.array([1, 1, 0, 1])
    assert assign(losses, groups) == 1
    np.testing.assert_array_equal(groups, [0, 1, 0, 1])
    assert assign(losses, groups) == 0


def test_a_group_without_units_gets_the_one_that_fits_worst() -> None:
    losses = np.array([[1.0, 9.0, 2.0], [9.0, 9.5, 9.0], [9.0, 9.9, 9.0]])
    groups = np.array([0, 1, 2])
    assert assign(losses, groups) == 4
    # All prefer group 0; unit 1 fits it worst, then unit 2.
    np.testing.assert_array_equal(groups, [0, 1, 2])


def test_indices_and_losses_are_sums() -> None:
    rng = np.random.default_rng(0)
    x, cell = rng.standard_normal((5, 4, 2)), np.array([0, 0, 1, 1])
    theta, alpha, groups = rng.standard_normal(2), rng.standard_normal((3, 2)), np.arange(5) % 3
    every, own = np.empty((3, 5, 4)), np.empty((5, 4))
    every_index(x, cell, theta, alpha, every)
    own_index(x, cell, groups, theta, alpha, own)
    expected = x @ theta + alpha[:, None, cell]
    np.testing.assert_allclose(every, expected, rtol=1e-12)
    np.testing.assert_allclose(own, expected[groups, np.arange(5)], rtol=1e-12)
    seen, sums = rng.random((5, 4)) < 0.5, np.empty((3, 5))
    unit_sums(every, seen, sums)
    np.testing.assert_allclose(sums, (every * seen).sum(axis=2), rtol=1e-12)


def test_predicted_moves() -> None:
    rng = np.random.default_rng(1)
    n_groups, n_units, n_periods = 3, 12, 4
    y = (rng.random((n_units, n_periods)) < 0.5).astype(float)
    groups, cell = np.arange(n_units) % n_groups, np.array([0, 1, 1, 2])
    index = np.tile(rng.standard_normal((n_groups, 1, n_periods)), (1, n_units, 1))
    values, first, second = Logit().terms(np.tile(y, (n_groups, 1, 1)), index)
    seen = rng.random((n_units, n_periods)) < 0.9
    change = np.empty((n_groups, n_units))
    predicted_moves(values, first, second, seen, cell, groups, 3, change)
    by_cell = np.zeros((3, n_groups, n_units, 3))
    for t, c in enumerate(cell):
        for place, terms in enumerate((values, first, second)):
            by_cell[place, :, :, c] += terms[:, :, t] * seen[:, t]
    loss, push, own = by_cell
    bend = np.array([own[g, groups == g].sum(axis=0) for g in range(n_groups)])
    for i, g in enumerate(groups):
        rest = np.maximum(bend[g] - own[g, i], own[g, i])
        left = (
            loss[g, i] + np.divide(push[g, i] ** 2, 2 * rest, where=rest > 0, out=0 * rest)
        ).sum()
        for h in range(n_groups):
            rest = bend[h] + own[h, i]
            gain = np.divide(push[h, i] ** 2, 2 * rest, where=rest > 0, out=loss[h, i].copy())
            expected = (loss[h, i] - np.minimum(gain, loss[h, i] / 2)).sum() - left
            np.testing.assert_allclose(change[h, i], 0.0 if h == g else expected, atol=1e-12)


def test_a_unit_alone_does_not_leave() -> None:
    terms = np.ones((3, 2, 3, 1))
    change = np.empty((2, 3))
    groups, seen = np.array([0, 1, 1]), np.ones((3, 1), bool)
    predicted_moves(terms[0], terms[1], terms[2], seen, np.zeros(1, np.int64), groups, 1, change)
    assert change[1, 0] == np.inf
    assert np.isfinite(change[0, 1:]).all()
