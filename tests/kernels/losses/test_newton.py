"""Newton's step, against the same system written out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels.losses.newton import derivatives, newton_step


class Case(NamedTuple):
    """A small panel, and what `derivatives` makes of it."""

    design: np.ndarray
    """(N T, K + G C) what each unit-period has of each parameter."""
    weights: np.ndarray
    first: np.ndarray
    sums: tuple[np.ndarray, ...]


def case(x: np.ndarray, cell: np.ndarray, seed: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    n_units, n_periods, n_slopes = x.shape
    groups, n_groups, n_cells = np.arange(n_units) % 2, 2, int(cell.max()) + 1
    used = rng.random((n_units, n_periods)) < 0.8
    first, second = rng.standard_normal(used.shape), rng.random(used.shape) + 0.1
    inner, mixed = np.empty((n_slopes, n_slopes)), np.empty((n_groups, n_cells, n_slopes))
    bend = np.empty((n_groups, n_cells))
    slope, profile = np.empty(n_slopes), np.empty((n_groups, n_cells))
    derivatives(x, cell, groups, used, first, second, slope, profile, inner, mixed, bend)
    design = np.zeros((n_units, n_periods, n_slopes + n_groups * n_cells))
    design[:, :, :n_slopes] = x
    for t, c in enumerate(cell):
        design[np.arange(n_units), t, n_slopes + groups * n_cells + c] = 1.0
    sums = (slope, profile, inner, mixed, bend)
    return Case(design[used], second[used], first[used], sums)


def step(one: Case, held: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    slope, profile, inner, mixed, bend = one.sums
    slopes, profiles = np.empty(len(slope)), np.empty(profile.shape)
    lost = np.zeros(len(slope), bool)
    promised = newton_step(slope, profile, inner, mixed, bend, held, slopes, profiles, lost)
    return np.concatenate([slopes, profiles.ravel()]), lost, promised


def test_it_solves_the_whole_system() -> None:
    x = np.random.default_rng(1).standard_normal((9, 4, 2))
    for cell in (np.arange(4), np.zeros(4, np.int64), np.array([0, 0, 1, 1])):
        one = case(x, cell)
        gradient = one.design.T @ one.first
        hessian = one.design.T @ (one.weights[:, None] * one.design)
        found, lost, promised = step(one, np.zeros(one.sums[1].shape, bool))
        expected = np.linalg.solve(hessian, -gradient)
        np.testing.assert_allclose(found, expected, rtol=1e-10)
        assert not lost.any()
        np.testing.assert_allclose(promised, -gradient @ expected, rtol=1e-12)


def test_what_is_held_stays() -> None:
    one = case(np.random.default_rng(2).standard_normal((9, 3, 2)), np.arange(3))
    held = np.zeros((2, 3), bool)
    held[0, 1] = held[1, 2] = True
    found, _, _ = step(one, held)
    free = np.concatenate([[True, True], ~held.ravel()])
    hessian = one.design.T @ (one.weights[:, None] * one.design)
    expected = np.linalg.solve(hessian[np.ix_(free, free)], -(one.design.T @ one.first)[free])
    np.testing.assert_allclose(found[free], expected, rtol=1e-10)
    np.testing.assert_array_equal(found[~free], 0.0)


def test_a_slope_without_information_is_lost() -> None:
    x = np.random.default_rng(3).standard_normal((9, 3, 2))
    x[:, :, 1] = 2.0 * x[:, :, 0] + np.arange(3)
    found, lost, _ = step(case(x, np.arange(3)), np.zeros((2, 3), bool))
    np.testing.assert_array_equal(lost, [False, True])
    alone, _, _ = step(case(x[:, :, :1], np.arange(3)), np.zeros((2, 3), bool))
    np.testing.assert_allclose(found[[0, *range(2, 8)]], alone, rtol=1e-9)
    assert found[1] == 0.0
