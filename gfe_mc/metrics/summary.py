"""A study's figures over replications, each with its Monte Carlo standard error."""

from collections.abc import Container, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import counts, moments, recorded, standard_errors
from gfe_mc.metrics.moments import Figure
from gfe_mc.metrics.statistic import Function, Statistic, as_statistic

COLUMNS = (
    "cell",
    "estimator",
    "inference",
    "parameter",
    "statistic",
    "value",
    "error",
    "low",
    "high",
    "attempted",
    "failed",
    "used",
)


INFLUENCES = ("influence", "common_samples")
"""What figures also come with, where it is asked for."""
SECONDS = "inference_seconds"


def summarize_study(
    study: xr.Dataset,
    metrics: Mapping[str, Any] | None = None,
    statistics: Mapping[str, Statistic | Function] | None = None,
    *,
    influences: Container[str] = (),
) -> pd.DataFrame:
    """Compute every figure of a study, in long form.

    Parameters
    ----------
    study : xarray.Dataset
        Dimensions cell, estimator, replication, parameter; factors are coordinates along `cell`.
    metrics : mapping of str to object, optional
        A user's own metrics by name, where they say how they are summarised.
    statistics : mapping of str to Statistic or callable, optional
        Further summaries of each parameter by name.
    influences : container of str, optional
        Names of estimators whose figures come with what each replication adds to their errors.

    Returns
    -------
    DataFrame
        One row a figure: `cell`, its factors, `estimator`, `inference` and `parameter` ("none"
        where it has none), `statistic`, `value`, `error` (Monte Carlo standard error, NaN where
        there is none), `low` and `high` (Wilson's 95% bounds of a share), and how many
        replications were `attempted`, `failed`, and `used` for this figure (fewer than attempted
        less failed where its metric is not finite in some of them). With an inference method,
        `failed` counts the replications without standard errors by it.

        Per parameter: true (mean of the true values), mean, bias (mean error), mae (mean
        absolute error), rmse and sd (divisor n - 1), and `statistics`. Per estimator:
        best_share_percent (tries that met the best objective), objective (its mean) and
        median_seconds (CPU), and what its metrics say of what they recorded: see their `figures`;
        a scalar of any other metric has its mean, and under its name with "_sd" its standard
        deviation. Per inference method and parameter: median_se, mean_se, se_ratio_median and
        se_ratio_mean (over sd), coverage and bias_eliminated_coverage of 95% intervals, size and
        power (of the 5% test of zero); and per method median_seconds.

        With `influences` two further columns: `influence`, (replication,) arrays, zero where a
        replication does not count (see `gfe_mc.metrics.moments.Sampled`), None for other
        estimators and where a metric does not say; and `common_samples`: cells of one name have
        the same samples.

    Raises
    ------
    InputError
        The study lacks a dimension or a variable, or a factor has the name of a column.

    References
    ----------
    Morris, White and Crowther (2019), Statistics in Medicine 38, Table 6.

    Examples
    --------
    >>> import tempfile
    >>> from gfe_mc import Experiment, GroupedEffects, PooledOLS, Threads, summarize_study
    >>> experiment = Experiment(
    ...     name="pooled",
    ...     title="Pooled least squares where units are in groups",
    ...     source="none",
    ...     factors={"N": (20,)},
    ...     dgp=lambda panel, N: GroupedEffects(N, 5, 2, separation=3.0),
    ...     estimators={"pooled": PooledOLS()},
    ...     parameters=("theta1",),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = experiment.run(folder=folder, replications=3, backend=Threads(1))
    >>> summary = summarize_study(study)
    >>> bias = summary[(summary["statistic"] == "bias") & (summary["parameter"] == "theta1")]
    >>> bias[["estimator", "parameter", "statistic", "attempted", "failed", "used"]]
      estimator parameter statistic  attempted  failed  used
    2    pooled    theta1      bias          3       0     3
    >>> (bias["value"] > 0).all().item()  # regressors go with groups
    True
    """
    study = counts.loaded(study)
    cells = counts.labels(study)
    estimators = [str(name) for name in study["estimator"].to_numpy()]
    reserved = (*COLUMNS[1:], *(INFLUENCES if influences else ()))
    taken = [name for name in reserved if cells and name in cells[0]]
    require(not taken, "A factor has the name of a column", taken, "Give it another name")
    attempted, used = counts.attempted(study), counts.used(study)
    own = {} if metrics is None else dict(metrics)
    further = {name: as_statistic(one) for name, one in (statistics or {}).items()}
    designs = counts.designs(study) if influences else []

    rows = []
    for i, label in enumerate(cells):
        for j, estimator in enumerate(estimators):
            asked = int(attempted[i, j].sum())
            one = study.isel(cell=i, estimator=j, replication=used[i, j])
            failed = {"none": int((attempted[i, j] & ~used[i, j]).sum())}
            failed |= {method: asked - n for method, n in _inferred(one).items()}
            for method, parameter, statistic, figure in _figures(one, own, further):
                names = {"estimator": estimator, "inference": method, "parameter": parameter}
                numbers = {
                    name: getattr(figure, name) for name in ("value", "error", "low", "high")
                }
                counted = {"attempted": asked, "failed": failed[method], "used": figure.used}
                row = label | names | {"statistic": statistic} | numbers | counted
                if influences:
                    wanted = estimator in influences
                    row["influence"] = influence_of(figure, used[i, j]) if wanted else None
                    row["common_samples"] = designs[i]
                rows.append(row)
    factors = [name for name in cells[0] if name != "cell"] if cells else []
    further_columns = INFLUENCES if influences else ()
    return pd.DataFrame(rows, columns=["cell", *factors, *COLUMNS[1:], *further_columns])


def influence_of(figure: Figure, used: np.ndarray) -> np.ndarray | None:
    """Return the influence of all replications of a study on a figure of those used, (R,) of bool.

    None where the figure does not say, or has other values than one a replication.
    """
    influence = getattr(figure, "influence", None)
    if influence is None or len(influence) != int(used.sum()):
        return None
    whole = np.zeros(len(used))
    whole[used] = influence
    return whole


def factors(frame: pd.DataFrame) -> list[str]:
    """Return the factors of a summary: its columns between `cell` and `estimator`."""
    return list(frame.columns[1 : frame.columns.get_loc("estimator")])


def _inferred(one: xr.Dataset) -> dict[str, int]:
    """Replications with standard errors, by inference method; of those that were asked for."""
    if "inference_status" not in one:
        return {}
    status = counts.array(one, "inference_status")
    return {
        str(method): int((status[:, m] == InferenceStatus.SUCCESS).sum())
        for m, method in enumerate(one["inference"].to_numpy())
        if (status[:, m] != InferenceStatus.NOT_RUN).any()
    }


def _figures(
    one: xr.Dataset, own: Mapping[str, Any], further: Mapping[str, Statistic]
) -> Iterator[tuple[str, str, str, Figure]]:
    """Figures of one cell and estimator, from the replications that are used."""
    estimates, truths = counts.array(one, "estimate"), counts.array(one, "truth")
    names = [str(parameter) for parameter in one["parameter"].to_numpy()]
    # A cell may have fewer slopes than others.
    parameters = {
        k: name
        for k, name in enumerate(names)
        if not len(estimates) or (np.isfinite(estimates[:, k]) | np.isfinite(truths[:, k])).any()
    }
    for k, parameter in parameters.items():
        for statistic, figure in of_parameter(estimates[:, k], truths[:, k]).items():
            yield "none", parameter, statistic, figure
        for name, asked in further.items():
            yield "none", parameter, name, asked.figure(estimates[:, k], truths[:, k])
    for parameter, statistic, figure in recorded.figures(one, own):
        yield "none", parameter, statistic, figure
    for method in _inferred(one):
        part = one.sel(inference=method)
        errors = counts.array(part, standard_errors.NAME)
        for k, parameter in parameters.items():
            of = standard_errors.of_method(estimates[:, k], truths[:, k], errors[:, k])
            for statistic, figure in of:
                yield method, parameter, statistic, figure
        yield method, "none", "median_seconds", moments.median(counts.array(part, SECONDS))


def of_parameter(estimates: np.ndarray, truths: np.ndarray) -> dict[str, Figure]:
    """Compute figures of one parameter from its estimates and true values, (n,) each."""
    errors = estimates - truths
    return {
        "true": moments.true(truths),
        "mean": moments.mean(estimates),
        "bias": moments.mean(errors),
        "mae": moments.mean(np.abs(errors)),
        "rmse": moments.rmse(errors),
        "sd": moments.sd(estimates),
    }
