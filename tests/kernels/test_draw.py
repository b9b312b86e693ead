"""Draws from the generator."""

import numpy as np

from gfe_mc.kernels.draw import below, distinct
from tests.reference import gfe_numpy as twin


def test_below_is_uniform_and_takes_one_uniform_draw() -> None:
    kernel_rng, twin_rng = np.random.default_rng(0), np.random.default_rng(0)
    drawn = [below(kernel_rng, 5) for _ in range(5000)]
    assert drawn == [twin.below(twin_rng, 5) for _ in range(5000)]
    # Each share has a standard deviation of .0057: five of them either way.
    np.testing.assert_allclose(np.bincount(drawn, minlength=5) / 5000, 0.2, atol=0.029)


def test_distinct_shuffles_the_pool_and_agrees_with_twin() -> None:
    kernel_rng, twin_rng = np.random.default_rng(1), np.random.default_rng(1)
    pool, twin_pool = np.arange(7), np.arange(7)
    first = np.zeros(7)
    for _ in range(3000):
        distinct(kernel_rng, 3, pool)
        assert (pool[:3] == twin.distinct(twin_rng, 3, twin_pool)).all()
        assert sorted(pool) == list(range(7))
        first[pool[0]] += 1
    np.testing.assert_allclose(first / 3000, 1 / 7, atol=0.032)
