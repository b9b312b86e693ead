"""How often criteria choose each number of groups."""

from __future__ import annotations

import pandas as pd

from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import ABSENT, with_error
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import BRACKETS, by, counted


def choice_table(choices: pd.DataFrame) -> Table:
    """Make a table of choices by criteria: a row a cell, estimator and criterion.

    Parameters
    ----------
    choices : pandas.DataFrame
        Of `gfe_mc.metrics.choice.along_paths`.
    """
    names = factors(choices)
    numbers = sorted({int(name) for name in choices["parameter"]})
    figures = by(choices, "cell", "estimator", "statistic", "parameter")
    rows = []
    for record in choices.drop_duplicates(["cell", "estimator", "statistic"]).to_dict("records"):
        where = (record["cell"], record["estimator"], record["statistic"])
        label = [*[str(record[name]) for name in names], str(record["estimator"])]
        label.append(str(record["statistic"]).removesuffix("_percent"))
        shares = [
            with_error(figures[(*where, str(n))]["value"], figures[(*where, str(n))]["error"])
            if (*where, str(n)) in figures
            else ABSENT
            for n in numbers
        ]
        rows.append((*label, *shares, *[str(number) for number in counted(record)]))
    header = (*names, "estimator", "criterion", *[f"{n}" for n in numbers])
    return Table(
        "Share of replications that choose each number of groups, percent",
        (*header, "attempted", "failed", "used"),
        tuple(rows),
        (BRACKETS,),
    )
