"""How far apart two results of one replication are that should be the same to the last bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gfe_mc.metrics.variable import Variable

TIMES = ("seconds", "inference_seconds")
"""What may differ."""


def gap(variable: Variable, whole: np.ndarray, value: Any) -> float:
    """Return how far a value is from what is stored of it, as a share of that; infinite if apart.

    Parameters
    ----------
    variable : Variable
        What it is.
    whole : array
        What is stored, which may be filled up.
    value : object
        What it is set beside; None is a blank.
    """
    whole = np.asarray(whole)
    if value is None:
        ours = variable.empty(whole.shape)
    else:
        given = np.asarray(value, variable.stored)
        if any(n > m for n, m in zip(given.shape, whole.shape, strict=True)):
            return math.inf
        ours = variable.padded(given, whole.shape)
    if np.array_equal(whole, ours, equal_nan=variable.stored.kind == "f"):
        return 0.0
    if variable.stored.kind != "f" or (np.isnan(whole) != np.isnan(ours)).any():
        return math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.nanmax(np.abs(ours - whole) / np.abs(whole)))


def in_words(differing: Mapping[str, float]) -> str:
    """Say which variables differ, and by how much: by name, what `gap` returned."""
    return ", ".join(
        f"{name} by up to {apart:.2g} of its value" if math.isfinite(apart) else name
        for name, apart in differing.items()
    )
