"""What is drawn of methods in cells: figures with their Monte Carlo bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts
from gfe_mc.metrics.moments import Figure as Number
from gfe_mc.report.figures.labels import cell_titles, name_of

Z = 1.96


class Mark(NamedTuple):
    """A figure and its bounds; NaN where there is none."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, number: Number) -> Mark:
        """Return a figure with 95% bounds: its own if it is a share, else by its error."""
        if math.isfinite(number.low):
            return cls(number.value, number.low, number.high)
        return cls(number.value, number.value - Z * number.error, number.value + Z * number.error)


@dataclass(frozen=True)
class Row:
    """What is drawn of a method in a cell.

    Attributes
    ----------
    cell, method : str
        What they are called.
    marks : tuple of Mark
        One a panel.
    """

    cell: str
    method: str
    marks: tuple[Mark, ...]


def with_truth(study: xr.Dataset, what: str) -> np.ndarray:
    """Return positions of the parameters that have true values.

    Raises
    ------
    InputError
        None has; `what` must have them.
    """
    known = np.flatnonzero(np.isfinite(counts.array(study, "truth")).any(axis=(0, 1)))
    require(
        known.size > 0,
        f"{what} must have true values",
        "a study without any",
        "Draw a study of simulated designs",
    )
    return known


def tried(study: xr.Dataset) -> Iterator[tuple[int, int, str, str]]:
    """Go through cells and estimators that were asked for: their positions and names."""
    asked = np.asarray(counts.attempted(study).any(axis=2))
    titles = cell_titles(study)
    names = [str(name) for name in study["estimator"].to_numpy()]
    for i, title in enumerate(titles):
        for j, name in enumerate(names):
            if asked[i, j]:
                yield i, j, title, name_of(name)
