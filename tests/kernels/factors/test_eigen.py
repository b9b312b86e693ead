"""Eigenvalues in a fixed order, against NumPy's."""

import numpy as np
import pytest

from gfe_mc.kernels.factors.eigen import eigen


@pytest.mark.parametrize("size", [1, 2, 3, 7, 30])
@pytest.mark.parametrize("rank", ["full", "one", "none"])
def test_values_and_vectors_are_those_of_numpy(size: int, rank: str) -> None:
    rng = np.random.default_rng(size)
    root = rng.standard_normal((size, size))
    root[:, {"full": size, "one": 1, "none": 0}[rank] :] = 0.0
    a = root @ root.T
    values, vectors = np.empty(size), np.empty((size, size))
    eigen(a.copy(), values, vectors)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(a)[::-1], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(size), atol=1e-13)
    np.testing.assert_allclose(a @ vectors, vectors * values, atol=1e-11)


def test_equal_values_by_hand() -> None:
    values, vectors = np.empty(3), np.empty((3, 3))
    eigen(np.array([[0.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 2.0]]), values, vectors)
    np.testing.assert_allclose(values, [2.0, 2.0, -2.0])
