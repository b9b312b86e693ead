"""How often an estimator missed a better grouping."""

from __future__ import annotations

import pandas as pd

from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import fixed, with_error
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import BRACKETS


def misses_table(missed: pd.DataFrame) -> Table:
    """Make a table of how often an estimator missed a better grouping: a row a cell.

    Parameters
    ----------
    missed : pandas.DataFrame
        Of `gfe_mc.metrics.paired.missed`; frames of several estimators may be concatenated.
    """
    names = factors(missed)
    rows = []
    for record in missed.to_dict("records"):
        label = [str(record[name]) for name in (*names, "estimator", "reference")]
        numbers = [str(record[name]) for name in ("attempted", "failed", "compared", "count")]
        bounds = f"{fixed(record['low'], 1)} to {fixed(record['high'], 1)}"
        share = with_error(record["share_percent"], record["error"])
        rows.append((*label, *numbers, share, bounds))
    header = (*names, "estimator", "reference", "attempted", "failed", "compared", "missed")
    return Table(
        "Better groupings missed",
        (*header, "missed %", "95% bounds"),
        tuple(rows),
        (
            "Missed: the reference's objective is lower by more than 1e-9 of its value.",
            f"{BRACKETS} Bounds: Wilson's.",
        ),
    )
