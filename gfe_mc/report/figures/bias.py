"""Bias of every estimator in every cell, with its Monte Carlo bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from gfe_mc.metrics import counts, moments
from gfe_mc.report.figures.forest import Look, forest
from gfe_mc.report.figures.labels import common, replications, symbol
from gfe_mc.report.figures.marks import Mark, Row, tried, with_truth

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bias(study: xr.Dataset) -> Figure:
    """Draw the mean error with its 95% Monte Carlo bounds: a row a cell and estimator.

    There is a panel for each parameter with a true value. Errors are estimates less true values,
    of the replications that are used.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study.

    Raises
    ------
    InputError
        No parameter has a true value, or there are more rows than can be looked at.
    """
    study = counts.loaded(study)
    truths, used = counts.array(study, "truth"), counts.used(study)
    known = with_truth(study, "Bias")
    errors = counts.array(study, "estimate") - truths[:, None]
    names = [symbol(str(study["parameter"].to_numpy()[k])) for k in known]
    rows = [
        Row(title, name, tuple(Mark.of(moments.mean(errors[i, j, used[i, j], k])) for k in known))
        for i, j, title, name in tried(study)
    ]
    every = list(range(study.sizes["estimator"]))
    parts = [replications(study, every), common(study)]
    says = (
        "Bias: mean of estimate - truth, with 95% Monte Carlo bounds",
        "; ".join(filter(None, parts)),
    )
    return forest(rows, names, Look(says, "mean of estimate - truth", at=0.0, at_name="no bias"))
