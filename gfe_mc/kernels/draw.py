"""Draws that the searches make from the generator that they are given."""

import numpy as np

from gfe_mc.kernels._jit import bare


@bare
def below(rng: np.random.Generator, n: int) -> int:
    """An integer from 0 to n - 1, each as likely as the next to within 2^-53."""
    return min(int(rng.random() * n), n - 1)


@bare
def distinct(rng: np.random.Generator, n: int, pool: np.ndarray) -> None:
    """Bring `n` entries of `pool` to its front, at random and without replacement."""
    for j in range(n):
        other = j + below(rng, pool.shape[0] - j)
        pool[j], pool[other] = pool[other], pool[j]
