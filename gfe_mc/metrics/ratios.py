"""Figures of estimators over those of one of them, cell by cell and on average over cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gfe_mc.errors import require
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.summary import factors


def ratios(summary: pd.DataFrame, criterion: Criterion, reference: str) -> pd.DataFrame:
    """Compute the ratio of a figure to that of a reference, in each cell.

    Errors are of the logarithm, by the influences of each replication on both figures: samples that
    both have make them correlated, others do not.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`, with influences of all estimators.
    criterion : Criterion
        The figure; of those with a target, the distance from it.
    reference : str
        Name of the estimator whose figure is one.

    Returns
    -------
    DataFrame
        One row a cell and other estimator with a positive figure, in cells where the reference has
        one: `cell`, its factors, `estimator`, `ratio`, `log` and `log_error`.

    Raises
    ------
    InputError
        No such figure or reference.
    """
    rows = criterion.of(summary)
    names = [str(name) for name in rows["estimator"].unique()]
    require(
        reference in names,
        "Figures are set in relation to those of an estimator of the study",
        repr(reference),
        f"Give one of {', '.join(names)}",
    )
    columns = ["cell", *factors(summary), "estimator"]
    rows = rows[(rows["loss"] > 0) & rows["loss_influence"].notna()]
    made = []
    for _, cell in rows.groupby("cell", sort=False):
        own = cell[cell["estimator"] == reference]
        for record in cell[cell["estimator"] != reference].to_dict("records"):
            if len(own):
                base, of_base = own["loss"].iloc[0], own["loss_influence"].iloc[0]
                log = float(np.log(record["loss"] / base))
                added = record["loss_influence"] / record["loss"] - of_base / base
                error = float(np.sqrt((added**2).sum()))
                row = {name: record[name] for name in columns}
                made.append(row | {"ratio": float(np.exp(log)), "log": log, "log_error": error})
    return pd.DataFrame(made, columns=[*columns, "ratio", "log", "log_error"])


def mean_ratios(made: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Average ratios over cells, which are independent of each other.

    Parameters
    ----------
    made : pandas.DataFrame
        Of `ratios`.
    by : sequence of str
        Factors whose values are kept apart; cells that differ in others are averaged.

    Returns
    -------
    DataFrame
        One row a combination and estimator: the factors, `estimator`, `cells`, `ratio` (the
        geometric mean) and its `error`.
    """
    rows = []
    for keys, own in made.groupby([*by, "estimator"], sort=False):
        n = len(own)
        ratio = float(np.exp(own["log"].mean()))
        error = ratio * float(np.sqrt((own["log_error"] ** 2).sum())) / n
        rows.append((*(keys if isinstance(keys, tuple) else (keys,)), n, ratio, error))
    return pd.DataFrame(rows, columns=[*by, "estimator", "cells", "ratio", "error"])
