"""Zeros on cache lines of their own."""

import numpy as np
import pytest

from gfe_mc.kernels.room import LINES, zeros_apart


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 5), (3, 0, 2), (4, 3, 7), (100, 200)])
@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.bool_])
def test_it_is_zeros(shape: tuple[int, ...], dtype: type) -> None:
    made = zeros_apart(shape, dtype)
    assert (made.shape, made.dtype) == (shape, np.dtype(dtype))
    assert made.flags.c_contiguous
    assert made.flags.aligned
    assert made.flags.writeable
    assert not made.any()


def test_no_two_share_a_line() -> None:
    rooms = [zeros_apart((n % 7 + 1,)) for n in range(200)]
    taken: set[int] = set()
    for one in rooms:
        start = one.__array_interface__["data"][0]
        lines = set(range(start // LINES, (start + one.nbytes - 1) // LINES + 1))
        assert start % LINES == 0
        assert not lines & taken
        taken |= lines
