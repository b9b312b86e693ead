"""Standard errors, coverage and power: a row a cell, estimator, method and parameter."""

from __future__ import annotations

import pandas as pd

from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import alone, fixed
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import BRACKETS, by, counted, entry, fewer_notes

_PER_METHOD = ("median_se", "se_ratio_mean", "coverage", "bias_eliminated_coverage", "power")


def inference_table(summary: pd.DataFrame) -> Table:
    """Make a table of standard errors, coverage and power: a row a parameter and method."""
    names = factors(summary)
    own = summary[summary["inference"] != "none"]
    figures = by(own, "cell", "estimator", "inference", "parameter", "statistic")
    sds = by(summary[summary["statistic"] == "sd"], "cell", "estimator", "parameter")
    rows = []
    chosen = own[own["parameter"] != "none"]
    for record in chosen.drop_duplicates(["cell", "estimator", "inference", "parameter"]).to_dict(
        "records"
    ):
        where = tuple(record[name] for name in ("cell", "estimator", "inference", "parameter"))
        label = [str(record[name]) for name in (*names, "estimator", "inference", "parameter")]
        sd = sds[(record["cell"], record["estimator"], record["parameter"])]
        covered = figures[(*where, "coverage")]
        entries = [entry(sd)]
        entries += [entry(figures[(*where, statistic)]) for statistic in _PER_METHOD]
        entries.insert(4, f"{fixed(covered['low'], 3)} to {fixed(covered['high'], 3)}")
        numbers = [str(number) for number in counted(record)]
        seconds = alone(figures[(*where[:3], "none", "median_seconds")]["value"], 3)
        rows.append((*label, *entries, *numbers, seconds))
    header = (*names, "estimator", "inference", "parameter", "Monte Carlo sd", "median se")
    return Table(
        "Standard errors, intervals and tests",
        (
            *header,
            "mean se / sd",
            "coverage",
            "95% bounds",
            "bias-eliminated coverage",
            "power at zero",
            "attempted",
            "failed",
            "used",
            "median seconds",
        ),
        tuple(rows),
        (
            f"{BRACKETS} Bounds: Wilson's.",
            "Coverage of nominal 95% intervals; the size of the test is one less it. "
            "Bias-eliminated: of the mean of the estimates rather than of the truth.",
            "Power at zero: share of 5% tests that reject the value zero.",
            "Failed: replications without standard errors by the method. Median seconds: its CPU.",
            *fewer_notes(own),
        ),
    )
