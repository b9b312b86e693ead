"""Misclassification of every estimator in every cell, with its Monte Carlo bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.misclassification import NAME
from gfe_mc.report.figures.forest import Look, forest
from gfe_mc.report.figures.labels import common, replications
from gfe_mc.report.figures.marks import Mark, Row, tried

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def misclassification(study: xr.Dataset) -> Figure:
    """Draw the mean share of units in a wrong group, best relabelling: a row a cell and estimator.

    Bounds are the mean -/+ 1.96 Monte Carlo standard errors. Estimators without groups have no
    row.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study with the metric `Misclassification`.

    Raises
    ------
    InputError
        The study did not record it, or there are more rows than can be looked at.
    """
    study = counts.loaded(study)
    values = counts.array(study, NAME) if NAME in study else np.array([])
    require(
        bool(np.isfinite(values).any()),
        "Misclassification must be recorded",
        "a study without it",
        "Declare the experiment with the metric Misclassification",
    )
    used = counts.used(study)
    grouped = np.isfinite(values).any(axis=(0, 2))
    rows = [
        Row(title, name, (Mark.of(moments.mean(100 * values[i, j, used[i, j]])),))
        for i, j, title, name in tried(study)
        if grouped[j]
    ]
    parts = [replications(study, np.flatnonzero(grouped).tolist()), common(study)]
    says = ("Misclassified units and 95% Monte Carlo bounds", "; ".join(filter(None, parts)))
    return forest(rows, [""], Look(says, "units in a wrong group, %"))
