"""Which estimator is best in each cell, how often each is, and how fast figures fall."""

from __future__ import annotations

import pandas as pd

from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.ranking import shares_best
from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import ABSENT, alone, with_error
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import BRACKETS

BEST, TIED = "*", "="


def ranking_table(ranking: pd.DataFrame, criterion: Criterion, level: float = 0.05) -> Table:
    """Make a table of a figure, a row a cell and a column an estimator, that says which is best.

    Parameters
    ----------
    ranking : pandas.DataFrame
        Of `gfe_mc.metrics.ranking.ranked`.
    criterion : Criterion
        The figure.
    level : float, default 0.05
        Level of the tests.
    """
    names = factors(ranking)
    estimators = list(dict.fromkeys(ranking["estimator"]))
    rows, marks = [], []
    for number, (_, cell) in enumerate(ranking.groupby("cell", sort=False)):
        label = [str(cell[name].iloc[0]) for name in names]
        own = {str(record["estimator"]): record for record in cell.to_dict("records")}
        entries = []
        for column, name in enumerate(estimators):
            text, mark = _entry(own.get(name))
            entries.append(text)
            if mark:
                marks.append((number, len(names) + column, mark))
        rows.append((*label, *entries))
    return Table(
        f"Which estimator is best: {criterion.title}",
        (*names, *estimators),
        tuple(rows),
        (
            f"{BEST} best of those that are ranked; {TIED} not told apart from the best: no other "
            f"is better by one-sided paired tests at {100 * level:g} %, Holm's correction over all "
            "pairs of the cell.",
            BRACKETS,
        ),
        tuple(marks),
    )


def _entry(record: dict[object, object] | None) -> tuple[str, str]:
    """Figure of an estimator with its sign, and what it is marked as."""
    if record is None or record["value"] != record["value"]:
        return ABSENT, ""
    text = with_error(float(record["value"]), float(record["error"]))  # type: ignore[arg-type]
    if record["rank"] != record["rank"]:
        return text, ""
    if record["rank"] == 1:
        return f"{text} {BEST}", "best"
    return (text, "") if record["beaten"] else (f"{text} {TIED}", "tied")


def shares_table(ranking: pd.DataFrame, criterion: Criterion) -> Table:
    """Make a table of how many cells each estimator is best in, or not told apart from the best.

    Parameters are those of `ranking_table`.
    """
    counts = shares_best(ranking)
    columns = ("estimator", "cells", "best", "not_beaten", "beaten", "without")
    rows = [tuple(str(record[name]) for name in columns) for record in counts.to_dict("records")]
    return Table(
        f"Cells in which each is best: {criterion.title}",
        ("estimator", "cells", "best", "not told apart from the best", "beaten", "no figure"),
        tuple(rows),
    )


def rates_table(rates: pd.DataFrame, criterion: Criterion) -> Table:
    """Make a table of rates, a row an estimator and factor.

    Parameters
    ----------
    rates : pandas.DataFrame
        Of `gfe_mc.metrics.rates.rates`.
    criterion : Criterion
        The figure.
    """
    rows = []
    for record in rates.to_dict("records"):
        misfit = alone(float(record["misfit"]), 3)
        p = float(record["p"])
        said = "below 0.001" if p < 0.001 else alone(p, 2)
        rate = with_error(float(record["rate"]), float(record["error"]))
        counts = (str(record["cells"]), str(record["left_out"]))
        rows.append((str(record["estimator"]), str(record["factor"]), rate, *counts, misfit, said))
    return Table(
        f"Rates: slopes of log {criterion.title} in logs of factors",
        ("estimator", "factor", "rate", "cells", "left out", "misfit", "p"),
        tuple(rows),
        (
            "Cells that agree in all other factors have a constant of their own. Left out: zero, "
            "or without an error. Misfit: mean squared residual in Monte Carlo errors; p: of one "
            "as large if the rate were the same in all cells.",
            BRACKETS,
        ),
    )
