"""The one way in which this package compiles: serial, cached on disk, without the GIL."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numba

from gfe_mc.paths import private_folder

_CACHE = "NUMBA_CACHE_DIR"

F = TypeVar("F", bound=Callable[..., Any])


def inlined(function: F) -> F:
    """As `bare`, for a part of a kernel that stands in a function of its own for the reader alone.

    Its body takes the place of each call.
    """
    return kernel(function, inline="always", counted=False)


def bare(function: F) -> F:
    """As `kernel`, for one that makes no array, nor assigns one to another.

    The references to arrays are not counted then. A kernel counts them for every array of every
    tuple that it takes apart, which costs more than a few dozen operations each time.
    """
    return kernel(function, counted=False)


def kernel(function: F, inline: Literal["always", "never"] = "never", counted: bool = True) -> F:
    """Compile `function` with Numba.

    Kernels release the GIL, so that threads of one process run them side by side; they use IEEE
    arithmetic in the order that is written (no `fastmath`), so that every machine and every
    schedule gives the same bits; they raise nothing (divisions follow NumPy's error model).
    """
    options: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "fastmath": False,
        "error_model": "numpy",
        "inline": inline,
        "_nrt": counted,
    }
    compile_ = numba.njit(**options)
    try:
        return cast(F, compile_(function))
    except RuntimeError:
        # Numba may write neither beside the source nor at home, as where a package is installed for
        # all and worker processes have no home.
        folder = str(_temporary_folder())
        # For processes that this one starts, and for this one.
        os.environ[_CACHE] = numba.config.CACHE_DIR = folder  # type: ignore[attr-defined]
        return cast(F, compile_(function))


def _temporary_folder() -> Path:
    """Make a folder for compiled code that all processes of this user share, and nobody else.

    What is in it is run: a folder that somebody else may write is not used.
    """
    folder = private_folder("gfe_mc-numba")
    return Path(tempfile.mkdtemp(prefix="gfe_mc-numba-")) if folder is None else folder
