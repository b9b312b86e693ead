"""Which estimator is best in each cell, and which are not told apart from the best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from gfe_mc.errors import is_number, require
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.summary import factors


def ranked(
    summary: pd.DataFrame,
    criterion: Criterion,
    *,
    level: float = 0.05,
    infeasible: Sequence[str] = (),
) -> pd.DataFrame:
    """Rank the estimators of each cell by a figure, on the samples that they share.

    A difference of two estimators has the error of the differences by replication. An estimator
    is beaten if another is better, by one-sided tests of all ordered pairs of the cell with
    Holm's correction: the probability that one that is as good as the best is said to be beaten,
    in a cell, is no more than `level`, whatever the correlations. Differences that have no error,
    because both figures are the same in every replication, are as they are.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`, with influences of all estimators.
    criterion : Criterion
        The figure.
    level : float, default 0.05
        Level of the tests, for all pairs of a cell together.
    infeasible : sequence of str, default ()
        Names of estimators that are no rivals, such as an oracle's: they have no rank, and no test
        is of them.

    Returns
    -------
    DataFrame
        One row a cell and estimator that has the figure: `cell`, its factors, `estimator`,
        `value`, `error`, `rank` (1 for the best; NaN without a value or its error, and of what is
        infeasible), `best` (the first), `worse` (how much worse than the best, by the distance from
        the target where there is one), `worse_error`, `p` (the least adjusted p-value of the tests
        that it is beaten in), `beaten`, `attempted`, `failed`, `used`.

    Raises
    ------
    InputError
        No such figure, no influences of it, or a level that is none.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6. Of all procedures for sets that have the
    best (Hsu 1984; Hansen, Lunde and Nason 2011) it asks least of the figures' distribution.

    Examples
    --------
    >>> import tempfile
    >>> from gfe_mc import Criterion, Experiment, GroupedEffects, OracleGFE, PooledOLS, Threads
    >>> from gfe_mc import ranked, summarize_study
    >>> design = GroupedEffects(40, 5, 2, separation=5.0, correlation=0.8)
    >>> groups = tuple(design.groups.tolist())
    >>> experiment = Experiment(
    ...     name="known",
    ...     title="Known groups and none",
    ...     source="none",
    ...     factors={"N": (40,)},
    ...     dgp=lambda panel, N: design,
    ...     estimators={"pooled": PooledOLS(), "known": OracleGFE(groups)},
    ...     parameters=("theta1",),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = experiment.run(folder=folder, replications=5, backend=Threads(1))
    >>> summary = summarize_study(study, influences=("pooled", "known"))
    >>> ranked(summary, Criterion("rmse", "theta1"))[["estimator", "rank", "best", "beaten"]]
      estimator  rank   best  beaten
    0    pooled   2.0  known    True
    1     known   1.0  known   False
    """
    require(
        is_number(level) and 0 < level < 1,
        "`level` must be between 0 and 1",
        repr(level),
        "Give such as 0.05",
    )
    rows = criterion.of(summary)
    names = factors(summary)
    made = []
    for _, cell in rows.groupby("cell", sort=False):
        made += _ranked(cell, names, level, ~cell["estimator"].isin(infeasible).to_numpy())
    return pd.DataFrame(made)


def _ranked(
    cell: pd.DataFrame, names: Sequence[str], level: float, feasible: np.ndarray
) -> list[dict[str, object]]:
    """Rows of one cell."""
    loss = cell["loss"].to_numpy(float)
    # A single replication has no error, and is not compared.
    known = np.isfinite(loss) & np.isfinite(cell["error"].to_numpy(float))
    require(
        all(one is not None for one in cell["loss_influence"][known]),
        "The figures that are compared must say what each replication adds to them",
        f"{cell['statistic'].iloc[0]}, which does not",
        "Summarise with `influences` of all estimators, and compare by rmse, bias, "
        "misclassification_percent, coverage or seconds",
    )
    rivals = known & feasible
    order = np.argsort(np.where(rivals, loss, np.inf), kind="stable")
    ranks = np.full(len(loss), np.nan)
    ranks[order[: rivals.sum()]] = 1 + np.arange(rivals.sum())
    gaps, errors, p = _pairs(loss, list(cell["loss_influence"]), known)
    least = _beaten(p, rivals)
    best = int(order[0])
    made = []
    for k, record in enumerate(cell.to_dict("records")):
        made.append(
            {name: record[name] for name in ("cell", *names, "estimator", "value", "error")}
            | {"rank": ranks[k], "best": cell["estimator"].iloc[best]}
            | {"worse": gaps[k, best], "worse_error": errors[k, best]}
            | {"p": least[k], "beaten": bool(least[k] <= level)}
            | {name: record[name] for name in ("attempted", "failed", "used")}
        )
    return made


def _pairs(
    loss: np.ndarray, influences: list[np.ndarray | None], known: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loss of k less that of j, its error, and p of the test that j is no better: (E, E) each."""
    n = len(loss)
    gaps, errors = np.full((n, n), np.nan), np.full((n, n), np.nan)
    p = np.ones((n, n))
    for k in np.flatnonzero(known):
        for j in np.flatnonzero(known):
            one, other = influences[k], influences[j]
            assert one is not None
            assert other is not None
            gaps[k, j] = loss[k] - loss[j]
            errors[k, j] = np.sqrt(((one - other) ** 2).sum())
            if errors[k, j] > 0:
                p[k, j] = norm.sf(gaps[k, j] / errors[k, j])
            elif gaps[k, j] > 0:
                p[k, j] = 0.0
    return gaps, errors, p


def _beaten(p: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Least of each estimator's p-values (E,), adjusted for all ordered pairs by Holm's rule."""
    pairs = known[:, None] & known & ~np.eye(len(p), dtype=bool)
    given = p[pairs]
    order = np.argsort(given, kind="stable")
    steps = given[order] * np.arange(len(given), 0, -1)
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    whole = np.ones(p.shape)
    whole[pairs] = adjusted
    least: np.ndarray = whole.min(axis=1, initial=1.0)
    return np.where(known, least, np.nan)


def shares_best(ranking: pd.DataFrame) -> pd.DataFrame:
    """Count in how many cells each estimator is best, not told apart from the best, and beaten.

    Parameters
    ----------
    ranking : pandas.DataFrame
        Of `ranked`.

    Returns
    -------
    DataFrame
        One row an estimator: `estimator`, `cells` that have its figure, `best`, `not_beaten`,
        `beaten`, `without` (cells in which no replication could be used).
    """
    rows = []
    for name, own in ranking.groupby("estimator", sort=False):
        known = own["rank"].notna()
        rows.append(
            {
                "estimator": name,
                "cells": int(known.sum()),
                "best": int((own["rank"] == 1).sum()),
                "not_beaten": int((known & ~own["beaten"]).sum()),
                "beaten": int((known & own["beaten"]).sum()),
                "without": int((~known).sum()),
            }
        )
    return pd.DataFrame(rows)
