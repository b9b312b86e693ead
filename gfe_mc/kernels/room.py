"""Room that a thread writes to often, on cache lines that no other thread writes to."""

from math import prod
from typing import Any

import numpy as np

LINES = 128
"""Bytes that processors fetch together: two cache lines, of which the second may be a guess."""


def zeros_apart(shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    """Return zeros that share no cache line with anything else.

    NumPy keeps small arrays that were let go of and hands them to whoever asks next. So small
    arrays of fits that run on two threads come to lie side by side; each write of one thread then
    takes the line from the other's cache, although neither reads what the other writes.

    Parameters
    ----------
    shape : tuple of int
        Its shape.
    dtype : dtype, default float64
        Its type.
    """
    kind = np.dtype(dtype)
    block = np.zeros(prod(shape) * kind.itemsize + 2 * LINES, np.uint8)
    start = -int(block.__array_interface__["data"][0]) % LINES
    return np.ndarray(shape, kind, block.data, start)
