"""What did not end well: a row for each way."""

from __future__ import annotations

import pandas as pd

from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import ABSENT
from gfe_mc.report.render import Table


def failures_table(failures: pd.DataFrame) -> Table:
    """Make a table of what did not end well: a row for each way.

    Parameters
    ----------
    failures : pandas.DataFrame
        Of `gfe_mc.metrics.failures.failures`.
    """
    names = [*factors(failures), "estimator", "inference", "status", "message", "count", "first"]
    return Table(
        "What did not end well",
        tuple("first replication" if name == "first" else name for name in names),
        tuple(
            tuple(
                ABSENT if record[name] == "none" else " ".join(str(record[name]).split())
                for name in names
            )
            for record in failures.to_dict("records")
        ),
        ("Nothing is drawn again. The first replication of each kind can be replayed.",),
    )
