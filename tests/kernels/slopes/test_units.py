"""Least squares in each unit alone, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc.kernels.slopes.units import solve_units, take_out

LEAST = 1e-10


def solved(matrices: np.ndarray, sides: np.ndarray) -> tuple[np.ndarray, list[bool]]:
    solutions, sound = np.full(sides.shape, np.nan), np.zeros(len(sides), np.bool_)
    solve_units(matrices, sides, LEAST, solutions, sound)
    return solutions, sound.tolist()


def test_by_hand() -> None:
    matrices = np.array([[[4.0, 2.0], [2.0, 3.0]], [[1.0, 1.0], [1.0, 1.0]]])
    sides = np.array([[[8.0], [8.0]], [[1.0], [1.0]]])
    solutions, sound = solved(matrices, sides)
    assert solutions[0].tolist() == [[1.0], [2.0]]
    assert sound == [True, False]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_it_is_numpy_s_solution(size: int) -> None:
    rng = np.random.default_rng(size)
    x = rng.standard_normal((20, 9, size)) * 10.0 ** rng.integers(-3, 4, size)
    matrices, sides = x.transpose(0, 2, 1) @ x, rng.standard_normal((20, size, 2))
    solutions, sound = solved(matrices, sides)
    assert all(sound)
    np.testing.assert_allclose(solutions, np.linalg.solve(matrices, sides), rtol=1e-8)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
@pytest.mark.parametrize(("gap", "sound"), [(1e-4, True), (1e-6, False)])
def test_a_share_is_of_what_all_others_leave(order: list[int], gap: float, sound: bool) -> None:
    # The sum of two regressors, and `gap` of its length beside: its share is about gap^2.
    x = np.zeros((4, 3))
    x[:2, :2], x[:, 2] = np.eye(2), [1.0, 1.0, gap * np.sqrt(2.0), 0.0]
    x = (x * [1.0, 1e3, 1e-3])[:, order]
    assert solved((x.T @ x)[None], np.ones((1, 3, 1)))[1] == [sound]


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_what_does_not_vary_is_not_sound(value: float) -> None:
    assert solved(np.full((1, 1, 1), value), np.ones((1, 1, 1)))[1] == [False]


def test_what_is_taken_out() -> None:
    rng = np.random.default_rng(0)
    between, slopes = rng.standard_normal((2, 5, 2, 3))
    kept = rng.standard_normal((5, 3, 3))
    expected = kept - np.einsum("nja,njb->nab", between, slopes)
    take_out(between, slopes, kept)
    np.testing.assert_allclose(kept, expected, rtol=1e-12)
