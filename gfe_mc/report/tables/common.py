"""What all tables of studies share: labels, entries, counts and notes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import with_error

Record = Mapping[Hashable, Any]
Figures = dict[tuple[Hashable, ...], Record]

BRACKETS = "In brackets: Monte Carlo standard errors."


def by(frame: pd.DataFrame, *columns: str) -> Figures:
    """Return the rows of a frame by some of their columns."""
    return {tuple(row[name] for name in columns): row for row in frame.to_dict("records")}


def figure_name(record: Record, further: Iterable[str]) -> str:
    """Return the name of a printed figure, such as "theta1 mean"."""
    parts = [str(record[name]) for name in ("parameter", "statistic", "inference", *further)]
    return " ".join(part.replace("_", " ") for part in parts if part not in ("none", ""))


def entry(record: Record) -> str:
    """Write a figure with its error."""
    return with_error(record["value"], record["error"])


def counted(record: Record) -> tuple[int, int, int]:
    """Return the replications attempted, failed and used of a cell and estimator."""
    attempted, failed = int(record["attempted"]), int(record["failed"])
    return attempted, failed, attempted - failed


def fewer_notes(summary: pd.DataFrame) -> list[str]:
    """Say which figures rest on fewer replications than are used, where there are any."""
    short = summary["used"] < summary["attempted"] - summary["failed"]
    # A figure without any replication is seen to be absent.
    fewer = summary[short & (summary["used"] > 0)]
    notes = []
    for record in fewer.to_dict("records"):
        label = " ".join(f"{name}={record[name]}" for name in factors(summary))
        figure = f"{record['estimator']}: {figure_name(record, ())}"
        notes.append(f"{label}, {figure} rests on {record['used']} replications.")
    return notes
