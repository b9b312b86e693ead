"""Time of a fit by every estimator in every cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts, moments
from gfe_mc.report.figures.forest import Look, forest
from gfe_mc.report.figures.labels import common
from gfe_mc.report.figures.marks import Mark, Row, Z, tried
from gfe_mc.report.figures.time_by_size import RESOLUTION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 10.0
"""Most logarithms of a bound: one far wider says no more, and cannot be drawn."""


def fit_time(study: xr.Dataset) -> Figure:
    """Draw median CPU seconds of a fit, on a logarithmic scale: a row a cell and estimator.

    Bounds are those of the logarithm, -/+ 1.96 Monte Carlo standard errors of the median over
    itself, of the replications that are used.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study.

    Raises
    ------
    InputError
        No replication can be used, or there are more rows than can be looked at.
    """
    study = counts.loaded(study)
    seconds, used = counts.array(study, "seconds"), counts.used(study)
    require(
        bool(used.any()), "Time must be of a fit", "a study without any that can be used", "Run it"
    )
    rows = [
        Row(title, name, (_mark(seconds[i, j, used[i, j]]),)) for i, j, title, name in tried(study)
    ]
    says = ("Time of a fit and 95% Monte Carlo bounds", common(study))
    return forest(rows, [""], Look(tuple(filter(None, says)), "CPU seconds, median", log=True))


def _mark(seconds: np.ndarray) -> Mark:
    """The median, and bounds of its logarithm by the delta method: no time is below zero."""
    number = moments.median(seconds)
    # What is no time to a clock has no place on a logarithmic scale.
    value = max(number.value, RESOLUTION) if math.isfinite(number.value) else math.nan
    factor = math.exp(min(Z * number.error / value, MOST)) if number.used > 1 else math.nan
    return Mark(value, value / factor, value * factor)
