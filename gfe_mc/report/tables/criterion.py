"""Criteria at each number of groups."""

from __future__ import annotations

import pandas as pd

from gfe_mc.metrics.summary import factors
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import BRACKETS, by, entry


def criterion_table(criteria: pd.DataFrame) -> Table:
    """Make a table of criteria at each number of groups: a row a cell and estimator.

    Parameters
    ----------
    criteria : pandas.DataFrame
        Of `gfe_mc.metrics.choice.across_cells`.
    """
    names = factors(criteria)
    statistics = [str(name) for name in criteria["statistic"].unique()]
    figures = by(criteria, "cell", "estimator", "statistic")
    rows = []
    for record in criteria.drop_duplicates(["cell", "estimator"]).to_dict("records"):
        label = [*[str(record[name]) for name in names], str(record["estimator"])]
        where = (record["cell"], record["estimator"])
        rows.append((*label, *[entry(figures[(*where, name)]) for name in statistics]))
    shown = [name.replace("_percent", " chosen %").replace("_", " ") for name in statistics]
    return Table(
        "Criteria for the number of groups",
        (*names, "estimator", *shown),
        tuple(rows),
        (f"{BRACKETS} Chosen: share of the replications in which the criterion is least there.",),
    )
