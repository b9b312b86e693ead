"""Two estimators of a study on the same samples."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.metrics import counts, misclassification, moments, recorded, relabellings
from gfe_mc.metrics.moments import Figure

TOLERANCE = 1e-9
"""Relative difference up to which two objectives count as the same."""


def paired(study: xr.Dataset, first: str, second: str) -> pd.DataFrame:
    """Compute mean differences, second minus first, over replications in which both are used.

    Both estimators saw the same samples, so that the error of a difference is that of the
    differences by replication, and far below what the two errors would suggest.

    Parameters
    ----------
    study : xarray.Dataset
        Dimensions cell, estimator, replication, parameter.
    first, second : str
        Names of two estimators.

    Returns
    -------
    DataFrame
        One row a difference: `cell`, its factors, `first`, `second`, `parameter` ("none" where it
        has none), `statistic` (estimate, absolute_error, misclassification_percent,
        misclassification_permutations_percent, and further scalars that metrics recorded, by
        their names), `difference`, `error`, `attempted` (by both),
        `failed` (by either), `used` (for this figure).

    Raises
    ------
    InputError
        The study lacks a dimension, a variable, or one of the estimators.

    References
    ----------
    Morris, White and Crowther (2019), Statistics in Medicine 38, Table 6, on the differences.

    Examples
    --------
    >>> import tempfile
    >>> from gfe_mc import Experiment, GroupedEffects, PooledOLS, Threads, TwoWay, paired
    >>> experiment = Experiment(
    ...     name="least_squares",
    ...     title="Least squares where units are in groups",
    ...     source="none",
    ...     factors={"N": (20,)},
    ...     dgp=lambda panel, N: GroupedEffects(N, 5, 2, separation=3.0),
    ...     estimators={"pooled": PooledOLS(), "two-way": TwoWay()},
    ...     parameters=("theta1",),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = experiment.run(folder=folder, replications=3, backend=Threads(1))
    >>> paired(study, "pooled", "two-way")[["first", "second", "parameter", "statistic", "used"]]
        first   second parameter                  statistic  used
    0  pooled  two-way    theta1                   estimate     3
    1  pooled  two-way    theta1             absolute_error     3
    2  pooled  two-way      none  misclassification_percent     3
    """
    rows = []
    for label, counted, one, other in _pairs(study, first, second):
        for parameter, statistic, figure in _differences(one, other):
            names = {"first": first, "second": second, "parameter": parameter}
            numbers = {"difference": figure.value, "error": figure.error}
            rows.append(
                label | names | {"statistic": statistic} | numbers | counted | {"used": figure.used}
            )
    return pd.DataFrame(rows)


def missed(study: xr.Dataset, estimator: str, reference: str) -> pd.DataFrame:
    """Compute how often an estimator missed a better grouping that another found.

    A grouping is better if its objective is lower by more than 1e-9 of its absolute value.

    Parameters
    ----------
    study : xarray.Dataset
        Dimensions cell, estimator, replication, parameter.
    estimator, reference : str
        Names of two estimators that minimise the same objective.

    Returns
    -------
    DataFrame
        One row a cell: `cell`, its factors, `estimator`, `reference`, `share_percent` with its
        binomial `error` and Wilson 95% bounds `low` and `high` (all in percent), `count` of
        replications that missed among those `compared`, `attempted` (by both) and `failed` (by
        either).

    Raises
    ------
    InputError
        The study lacks a dimension, a variable, or one of the estimators.
    """
    rows = []
    for label, counted, one, other in _pairs(study, estimator, reference, ("objective",)):
        ours, best = counts.array(one, "objective"), counts.array(other, "objective")
        both = np.isfinite(ours) & np.isfinite(best)
        count = int(np.sum((ours - best)[both] > TOLERANCE * np.abs(best[both])))
        figure = moments.share(count, int(both.sum()))
        low, high = moments.wilson(count, figure.used)
        names = {"estimator": estimator, "reference": reference}
        shares = {"share_percent": figure.value, "error": figure.error, "low": low, "high": high}
        percent = {name: 100 * number for name, number in shares.items()}
        rows.append(label | names | percent | {"count": count, "compared": figure.used} | counted)
    return pd.DataFrame(rows)


def _pairs(
    study: xr.Dataset, first: str, second: str, names: Sequence[str] = ()
) -> Iterator[tuple[dict[str, object], dict[str, int], xr.Dataset, xr.Dataset]]:
    """Label and counts of each cell, and both estimators' replications that both can use.

    They have the variables of the names given, or all.
    """
    study = counts.loaded(study)
    one, other = counts.position(study, first), counts.position(study, second)
    attempted, used = counts.attempted(study), counts.used(study)
    labels, study = counts.labels(study), study[list(names)] if names else study
    for i, label in enumerate(labels):
        asked = attempted[i, one] & attempted[i, other]
        both = used[i, one] & used[i, other]
        counted = {"attempted": int(asked.sum()), "failed": int((asked & ~both).sum())}
        cell = study.isel(cell=i, replication=both)
        yield label, counted, cell.isel(estimator=one), cell.isel(estimator=other)


def _differences(one: xr.Dataset, other: xr.Dataset) -> Iterator[tuple[str, str, Figure]]:
    """Mean differences, other minus one, of one cell."""
    truth = counts.array(one, "truth")
    first, second = counts.array(one, "estimate"), counts.array(other, "estimate")
    absolute = np.abs(second - truth) - np.abs(first - truth)
    for k, parameter in enumerate(one["parameter"].to_numpy()):
        yield str(parameter), "estimate", moments.mean((second - first)[:, k])
        yield str(parameter), "absolute_error", moments.mean(absolute[:, k])
    for name in (misclassification.NAME, relabellings.NAME):
        if name in one:
            difference = counts.array(other, name) - counts.array(one, name)
            yield "none", f"{name}_percent", moments.mean(100 * difference)
    for name in _own_scalars(one):
        values = [counts.array(part, name) for part in (one, other)]
        said = recorded.declared(one, name)
        both = said.has_values(values[0]) & said.has_values(values[1])
        yield "none", name, moments.mean(values[1][both].astype("f8") - values[0][both])


def _own_scalars(one: xr.Dataset) -> list[str]:
    """Scalars of metrics that do not come with a summary of their own."""
    return [
        variable
        for name, variables in recorded.recorded(one).items()
        if not hasattr(recorded.summarised_by(name, variables, {}), "figures")
        for variable in variables
        if not recorded.declared(one, variable).dims and one[variable].dtype.kind in "biuf"
    ]
