"""The one way in which this package compiles: serial, cached on disk, without the GIL."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` with Numba.

    Kernels release the GIL, so that threads of one process run them side by side; they use IEEE
    arithmetic in the order that is written (no `fastmath`), so that every machine and every
    schedule gives the same bits; they raise nothing (divisions follow NumPy's error model).
    """
    compile_ = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
    return cast(F, compile_(function))
