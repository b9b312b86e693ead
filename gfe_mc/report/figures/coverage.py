"""Coverage of confidence intervals in every cell, with its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import counts, intervals
from gfe_mc.report.figures.forest import Look, forest
from gfe_mc.report.figures.labels import common, name_of, symbol
from gfe_mc.report.figures.marks import Mark, Row, tried, with_truth

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def coverage(study: xr.Dataset) -> Figure:
    """Draw the share of 95% intervals that hold the truth: a row a cell, estimator and method.

    There is a panel for each parameter with a true value. Bounds are Wilson's, of 95%.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study with inference.

    Raises
    ------
    InputError
        The study has no standard errors or no true values, or there are more rows than can be
        looked at.
    """
    study = counts.loaded(study)
    require(
        "standard_error" in study and "inference_status" in study,
        "Coverage must have standard errors",
        "a study without inference methods",
        "Declare the experiment with `inference`",
    )
    truths, used = counts.array(study, "truth"), counts.used(study)
    known = with_truth(study, "Coverage")
    estimates, errors = counts.array(study, "estimate"), counts.array(study, "standard_error")
    run = (counts.array(study, "inference_status") != InferenceStatus.NOT_RUN).any(axis=2)
    methods = [name_of(name) for name in study["inference"].to_numpy()]
    alone = int(run.any(axis=(0, 2)).sum()) == 1
    rows = []
    for i, j, title, name in tried(study):
        which = used[i, j]
        for m in np.flatnonzero(run[i, j]):
            shares = [
                intervals.coverage(
                    estimates[i, j, which, k], errors[i, j, which, m, k], truths[i, which, k]
                )
                for k in known
            ]
            method = methods[m] if alone else f"{name}, {methods[m]}"
            rows.append(Row(title, method, tuple(_percent(Mark.of(one)) for one in shares)))
    names = [symbol(str(study["parameter"].to_numpy()[k])) for k in known]
    says = ("Coverage of 95% intervals, percent, with 95% bounds", common(study))
    nominal = 100 * intervals.LEVEL
    look = Look(
        tuple(filter(None, says)), "intervals that hold the truth, %", nominal, "nominal level"
    )
    return forest(rows, names, look)


def _percent(mark: Mark) -> Mark:
    return Mark(*(100 * number for number in mark))
