"""Slopes of each group: a row a cell, estimator and group."""

from __future__ import annotations

import pandas as pd

from gfe_mc.metrics.group_slopes import SIZE
from gfe_mc.metrics.number_of_groups import CHOSEN
from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import ABSENT
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import BRACKETS, by, entry


def groups_table(summary: pd.DataFrame) -> Table:
    """Make a table of slopes of each group: a row a cell, estimator and group."""
    names = factors(summary)
    sizes = summary[summary["statistic"] == SIZE]
    own = summary[summary["parameter"].isin(sizes["parameter"])]
    of_groups = own[~own["statistic"].isin([CHOSEN])]
    statistics = [str(name) for name in of_groups["statistic"].unique()]
    figures = by(of_groups, "cell", "estimator", "parameter", "statistic")
    rows = []
    for record in sizes.to_dict("records"):
        where = (record["cell"], record["estimator"], record["parameter"])
        label = [*[str(record[name]) for name in names], str(record["estimator"])]
        entries = [
            entry(figures[(*where, one)]) if (*where, one) in figures else ABSENT
            for one in statistics
        ]
        rows.append((*label, str(record["parameter"]), *entries))
    return Table(
        "Slopes of groups",
        (*names, "estimator", "group", *[name.replace("_", " ") for name in statistics]),
        tuple(rows),
        (
            f"{BRACKETS} Means over replications; groups in ascending order of their first slope.",
            "t: slope over its standard error by the first inference method. tg test: of equal "
            "slopes within the group, standard normal if they are equal, one-sided.",
        ),
    )
