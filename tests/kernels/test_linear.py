"""Linear algebra in a fixed order, against NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.kernels import linear

SIZES = [1, 2, 3, 7, 40, 150]


def definite(size: int, seed: int = 0) -> np.ndarray:
    """A well-conditioned symmetric positive definite matrix."""
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((3 * size + 2, size))
    return np.asarray(root.T @ root / len(root))


def sparse(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """A matrix of which half is zero."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.standard_normal(shape) * (rng.random(shape) < 0.5))


def test_by_hand() -> None:
    a = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 5.0]])
    assert linear.gram(a).tolist() == [[10.0, 14.0], [14.0, 45.0]]
    assert linear.cross(a, a[:, :1].copy()).tolist() == [[10.0], [14.0]]
    assert linear.multiply(a, np.array([[1.0], [-1.0]])).tolist() == [[-1.0], [-1.0], [-5.0]]
    assert linear.inverse(np.array([[4.0, 0.0], [0.0, 0.25]])).tolist() == [[0.25, 0.0], [0.0, 4.0]]
    assert linear.covariance_of(np.array([[1.0, 0.0], [3.0, 4.0]])).tolist() == [[2, 4], [4, 8]]


@pytest.mark.parametrize("size", SIZES)
def test_products_are_those_of_numpy(size: int) -> None:
    a, b = sparse((30, size)), sparse((30, 5), 1)
    np.testing.assert_allclose(linear.gram(a), a.T @ a, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(linear.gram(a), linear.gram(a).T)
    np.testing.assert_allclose(linear.cross(a, b), a.T @ b, rtol=0, atol=1e-12)
    c = sparse((size, 9), 2)
    np.testing.assert_allclose(linear.multiply(a, c), a @ c, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_factor_solution_and_inverse_are_those_of_numpy(size: int) -> None:
    a = definite(size)
    factor = np.empty_like(a)
    assert linear.factorize(a, 0.0, factor)
    np.testing.assert_allclose(factor, np.linalg.cholesky(a).T, rtol=0, atol=1e-12)
    sides = sparse((size, 11), 3)
    solution = sides.copy()
    linear.solve_factorized(factor, solution)
    np.testing.assert_allclose(solution, np.linalg.solve(a, sides), rtol=0, atol=1e-10)
    found = linear.inverse(a)
    np.testing.assert_allclose(found, np.linalg.inv(a), rtol=0, atol=1e-10)
    np.testing.assert_array_equal(found, found.T)


@given(seed=st.integers(0, 1000), size=st.integers(1, 12), share=st.floats(-0.5, 0.5))
def test_definiteness_is_that_of_eigenvalues(seed: int, size: int, share: float) -> None:
    root = np.random.default_rng(seed).standard_normal((size, size))
    a = (root + root.T) / 2
    least = float(np.linalg.eigvalsh(a)[0])
    floor = least + share
    if abs(share) > 1e-10:
        assert linear.exceeds(a, floor) == (share < 0)


def test_singular_indefinite_and_infinite_matrices_have_no_factor() -> None:
    for a in (
        np.ones((2, 2)),
        np.array([[1.0, 2.0], [2.0, 1.0]]),
        np.array([[np.inf, 0.0], [0.0, 1.0]]),
        np.array([[1.0, np.nan], [np.nan, 1.0]]),
        np.zeros((1, 1)),
    ):
        assert not linear.exceeds(a, 0.0)
        assert np.isnan(linear.inverse(a)).all()
    assert linear.exceeds(np.zeros((0, 0)), 1.0)


@pytest.mark.parametrize("n_rows", [2, 3, 50])
def test_covariance_is_that_of_numpy(n_rows: int) -> None:
    draws = 5.0 + sparse((n_rows, 4))
    expected = np.cov(draws, rowvar=False)
    np.testing.assert_allclose(linear.covariance_of(draws), expected, rtol=0, atol=1e-13)


def test_what_is_not_a_number_stays_seen() -> None:
    a = np.array([[np.nan, 0.0], [1.0, 2.0]])
    assert np.isnan(linear.gram(a)[0, 0])
    assert np.isnan(linear.multiply(a, np.eye(2))[0, 0])
