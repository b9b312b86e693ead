"""A study's figures over replications, each with its Monte Carlo standard error."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.moments import Figure

COLUMNS = (
    "cell",
    "estimator",
    "parameter",
    "statistic",
    "value",
    "error",
    "attempted",
    "failed",
    "used",
)


def summarize(study: xr.Dataset) -> pd.DataFrame:
    """Compute every figure of a study, in long form.

    Parameters
    ----------
    study
        Dimensions cell, estimator, replication, parameter; factors are coordinates along `cell`.

    Returns
    -------
    DataFrame
        One row a figure: `cell`, its factors, `estimator`, `parameter` ("none" where it has
        none), `statistic`, `value`, `error` (Monte Carlo standard error, NaN where there is
        none), and how many replications were `attempted`, `failed`, and `used` for this figure
        (fewer than attempted less failed where its metric is not finite in some of them).

        Per parameter: true (mean of the true values), mean, bias (mean error), mae (mean
        absolute error), rmse and sd (divisor n - 1). Per estimator, as percentages:
        misclassification_percent (optimal assignment of labels),
        misclassification_permutations_percent (best of random relabellings) and
        best_share_percent (tries that met the best objective); and median_seconds (CPU).

    Raises
    ------
    InputError
        The study lacks a dimension or a variable, or a factor has the name of a column.

    References
    ----------
    Morris, White and Crowther (2019), Statistics in Medicine 38, Table 6.
    """
    study = counts.loaded(study)
    cells = counts.labels(study)
    estimators = [str(name) for name in study["estimator"].to_numpy()]
    taken = [name for name in COLUMNS[1:] if cells and name in cells[0]]
    require(not taken, "A factor has the name of a column", taken, "Give it another name")
    attempted, used = counts.attempted(study), counts.used(study)

    rows = []
    for i, label in enumerate(cells):
        for j, estimator in enumerate(estimators):
            tally = {
                "attempted": int(attempted[i, j].sum()),
                "failed": int((attempted[i, j] & ~used[i, j]).sum()),
            }
            one = study.isel(cell=i, estimator=j, replication=used[i, j])
            for parameter, statistic, figure in _figures(one):
                names = {"estimator": estimator, "parameter": parameter, "statistic": statistic}
                numbers = {"value": figure.value, "error": figure.error}
                rows.append(label | names | numbers | tally | {"used": figure.used})
    factors = [name for name in cells[0] if name != "cell"] if cells else []
    return pd.DataFrame(rows, columns=["cell", *factors, *COLUMNS[1:]])


def factors(frame: pd.DataFrame) -> list[str]:
    """Names of the factors of a summary: its columns between `cell` and `estimator`."""
    return list(frame.columns[1 : frame.columns.get_loc("estimator")])


def _figures(one: xr.Dataset) -> Iterator[tuple[str, str, Figure]]:
    """Figures of one cell and estimator, from the replications that are used."""
    estimates, truths = counts.array(one, "estimate"), counts.array(one, "truth")
    for k, parameter in enumerate(one["parameter"].to_numpy()):
        for statistic, figure in _of_parameter(estimates[:, k], truths[:, k]).items():
            yield str(parameter), statistic, figure
    for statistic, figure in _of_estimator(one).items():
        yield "none", statistic, figure


def _of_parameter(estimates: np.ndarray, truths: np.ndarray) -> dict[str, Figure]:
    """Figures of one parameter from its estimates and true values, (n,) each."""
    errors = estimates - truths
    return {
        "true": moments.true(truths),
        "mean": moments.mean(estimates),
        "bias": moments.mean(errors),
        "mae": moments.mean(np.abs(errors)),
        "rmse": moments.rmse(errors),
        "sd": moments.sd(estimates),
    }


def _of_estimator(one: xr.Dataset) -> dict[str, Figure]:
    """Figures of an estimator that belong to no parameter."""
    tries = counts.array(one, "n_tries")
    tried = tries > 0
    return {
        "misclassification_percent": moments.mean(100 * counts.array(one, "misclassification")),
        "misclassification_permutations_percent": moments.mean(
            100 * counts.array(one, "misclassification_permutations")
        ),
        "best_share_percent": moments.mean(100 * counts.array(one, "n_best")[tried] / tries[tried]),
        "median_seconds": moments.median(counts.array(one, "seconds")),
    }
