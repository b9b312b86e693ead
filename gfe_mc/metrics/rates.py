"""How fast figures fall as N and T grow: slopes of their logarithms, and the price of accuracy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from gfe_mc.errors import is_number, require
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.summary import factors


def rates(
    summary: pd.DataFrame, criterion: Criterion, along: Sequence[str] = ("N", "T")
) -> pd.DataFrame:
    """Fit log figure = constant + sum of rate times log factor, for each estimator.

    Cells that agree in all other factors have a constant of their own. Cells are weighted by the
    Monte Carlo error of the logarithm, error / value.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`.
    criterion : Criterion
        The figure; of those with a target, the distance from it.
    along : sequence of str, default ("N", "T")
        Factors whose values are positive numbers; those that do not vary are left out.

    Returns
    -------
    DataFrame
        One row an estimator and factor: `estimator`, `factor`, `rate`, `error` (from the Monte
        Carlo errors alone), `cells` that were fitted, `left_out` (cells whose figure is zero or
        has no error, which have no logarithm or no weight), and `misfit` and `p`: the mean squared
        residual in Monte Carlo errors, one on average where rates are the same in all cells, and
        the probability of one as large then.

    Raises
    ------
    InputError
        No such figure, or a factor that there is not, or that is not positive numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from gfe_mc import Criterion, rates
    >>> sizes = [(20, 5), (80, 5), (20, 20), (80, 20)]
    >>> summary = pd.DataFrame(
    ...     {
    ...         "cell": range(4),
    ...         "N": [n for n, _ in sizes],
    ...         "T": [t for _, t in sizes],
    ...         "estimator": "gfe",
    ...         "inference": "none",
    ...         "parameter": "theta1",
    ...         "statistic": "rmse",
    ...         "value": [2.0 / (n**0.5 * t) for n, t in sizes],
    ...         "error": 0.001,
    ...         "influence": None,
    ...     }
    ... )
    >>> rates(summary, Criterion("rmse", "theta1"))[["estimator", "factor", "rate"]].round(3)
      estimator factor  rate
    0       gfe      N  -0.5
    1       gfe      T  -1.0
    """
    rows = criterion.of(summary)
    names = factors(summary)
    for name in along:
        require(name in names, "Rates are along factors", name, f"Give some of {', '.join(names)}")
        positive = all(is_number(value) and value > 0 for value in rows[name])
        require(positive, "Rates are along positive numbers", name, "Leave it out")
    others = [name for name in names if name not in along]
    made: list[dict[str, object]] = []
    for estimator, own in rows.groupby("estimator", sort=False):
        made += _of_estimator(str(estimator), own, along, others)
    return pd.DataFrame(made)


def _of_estimator(
    estimator: str, own: pd.DataFrame, along: Sequence[str], others: Sequence[str]
) -> list[dict[str, object]]:
    """Rates of one estimator."""
    loss, error = own["loss"].to_numpy(float), own["error"].to_numpy(float)
    kept = np.isfinite(loss) & (loss > 0) & np.isfinite(error) & (error > 0)
    fitted = own[kept]
    varying = [name for name in along if fitted[name].nunique() > 1]
    logs = [np.log(fitted[name].to_numpy(float)) for name in varying]
    keys = [fitted[name].astype(str) for name in others]
    strata = (
        pd.factorize(pd.Series(list(zip(*keys, strict=True)), dtype=object))[0] if keys else None
    )
    indicators = (
        np.eye(int(strata.max()) + 1)[strata] if strata is not None and len(fitted) else None
    )
    constant = np.ones((len(fitted), 1)) if indicators is None else indicators
    design = np.column_stack([*logs, constant]) if logs else constant
    weight = loss[kept] / error[kept]
    rank = int(np.linalg.matrix_rank(design)) if len(fitted) else 0
    solved = bool(logs) and rank == design.shape[1]
    made: list[dict[str, object]] = []
    for position, name in enumerate(varying):
        numbers = dict.fromkeys(("rate", "error", "misfit", "p"), np.nan)
        if solved:
            numbers = _solved(design, np.log(loss[kept]), weight, position)
        counts: dict[str, object] = {"cells": int(kept.sum()), "left_out": int((~kept).sum())}
        made.append({"estimator": estimator, "factor": name, **numbers, **counts})
    return made


def _solved(
    design: np.ndarray, logs: np.ndarray, weight: np.ndarray, position: int
) -> dict[str, float]:
    """Rate, its error and how well it fits, by weighted least squares."""
    scaled, target = design * weight[:, None], logs * weight
    found = np.linalg.lstsq(scaled, target, rcond=None)[0]
    variance = np.linalg.inv(scaled.T @ scaled)
    squares, freedom = float(((target - scaled @ found) ** 2).sum()), len(logs) - design.shape[1]
    return {
        "rate": float(found[position]),
        "error": float(np.sqrt(variance[position, position])),
        "misfit": squares / freedom if freedom else np.nan,
        "p": float(chi2.sf(squares, freedom)) if freedom else np.nan,
    }


def frontier(
    summary: pd.DataFrame,
    criterion: Criterion,
    price: Criterion | None = None,
    infeasible: Sequence[str] = (),
) -> pd.DataFrame:
    """Tell which estimators are on the frontier of a figure against CPU seconds, cell by cell.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`.
    criterion : Criterion
        The figure.
    price : Criterion, optional
        What it costs; the median of CPU seconds if left out.
    infeasible : sequence of str, default ()
        Names of estimators that are no rivals, such as an oracle's, and not on the frontier.

    Returns
    -------
    DataFrame
        One row a cell and estimator: `cell`, its factors, `estimator`, `value`, `error`, `loss`,
        `seconds`, `seconds_error`, and `efficient`: no other is as good and as cheap, and better
        in one of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from gfe_mc import Criterion, frontier
    >>> figures = {"rmse": (0.2, 0.1, 0.3), "median_seconds": (0.1, 2.0, 0.5)}
    >>> rows = [
    ...     (0, 50, name, "none", "none", statistic, value, 0.01, None)
    ...     for statistic, values in figures.items()
    ...     for name, value in zip(("two_step", "gfe", "tpwd"), values)
    ... ]
    >>> columns = "cell N estimator inference parameter statistic value error influence".split()
    >>> found = frontier(pd.DataFrame(rows, columns=columns), Criterion("rmse"))
    >>> found[["estimator", "value", "seconds", "efficient"]]
      estimator  value  seconds  efficient
    0  two_step    0.2      0.1       True
    1       gfe    0.1      2.0       True
    2      tpwd    0.3      0.5      False
    """
    price = Criterion("median_seconds") if price is None else price
    names = ["cell", *factors(summary), "estimator"]
    ours = criterion.of(summary)[[*names, "value", "error", "loss"]]
    cost = price.of(summary)[["cell", "estimator", "value", "error"]]
    cost = cost.rename(columns={"value": "seconds", "error": "seconds_error"})
    both = ours.merge(cost, on=["cell", "estimator"], how="left")
    efficient = np.zeros(len(both), bool)
    rivals = both[~both["estimator"].isin(infeasible)]
    for _, cell in rivals.groupby("cell", sort=False):
        points = cell[["loss", "seconds"]].to_numpy(float)
        for i, point in zip(cell.index, points, strict=True):
            better = (points <= point).all(axis=1) & (points < point).any(axis=1)
            efficient[i] = bool(np.isfinite(point).all() and not better.any())
    both["efficient"] = efficient
    return both
