"""All figures: a row a cell, estimator and parameter."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gfe_mc.metrics.misclassification import PERCENT, Misclassification
from gfe_mc.metrics.summary import factors
from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import BRACKETS, by, counted, entry, fewer_notes

_PER_PARAMETER = ("true", "mean", "bias", "sd", "rmse", "mae")
_OF_SEARCH = ("best_share_percent", "objective", "median_seconds")


def figures_table(
    summary: pd.DataFrame,
    titles: Mapping[str, str],
    statistics: Mapping[str, str] | None = None,
) -> Table:
    """Make a table of all figures of a summary: a row a cell, estimator and parameter.

    What belongs to the estimator rather than to a parameter stands in each of its rows.

    Parameters
    ----------
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`.
    titles : mapping of str to str
        Headings of what belongs to an estimator, by statistic: of
        `gfe_mc.metrics.recorded.titles`.
    statistics : mapping of str to str, optional
        Headings of further statistics of parameters, by name.
    """
    further = statistics or {}
    names = factors(summary)
    own = summary[summary["inference"] == "none"]
    figures = by(own, "cell", "estimator", "parameter", "statistic")
    parameters = own.loc[own["statistic"] == "true", "parameter"].unique()
    common_to_all = own[own["parameter"] == "none"]
    there = [str(name) for name in common_to_all.loc[common_to_all["used"] > 0, "statistic"]]
    shown = {statistic: name for statistic, name in titles.items() if statistic in there}
    # A user's own metric may say more than it has titles for.
    untitled = [name for name in there if name not in shown and name not in _OF_SEARCH]
    shown |= {name: name.replace("_", " ") for name in untitled}
    per_parameter = (*_PER_PARAMETER, *further)
    rows = []
    for pair in own.drop_duplicates(["cell", "estimator"]).to_dict("records"):
        where = (pair["cell"], pair["estimator"])
        label = [*[str(pair[name]) for name in names], str(pair["estimator"])]
        common = [
            entry(figures[key]) if (key := (*where, "none", statistic)) in figures else ABSENT
            for statistic in shown
        ]
        numbers = [str(number) for number in counted(pair)]
        seconds = alone(figures[(*where, "none", "median_seconds")]["value"], 3)
        for parameter in parameters:
            if parameter != "none" and (*where, parameter, "mean") in figures:
                entries = [entry(figures[(*where, parameter, one)]) for one in per_parameter]
                rows.append((*label, str(parameter), *entries, *common, *numbers, seconds))
    header = (*names, "estimator", "parameter", *_PER_PARAMETER, *further.values())
    header += tuple(shown.values())
    return Table(
        "All figures",
        (*header, "attempted", "failed", "used", "median seconds"),
        tuple(rows),
        (
            f"{BRACKETS} Bias is the mean error, mae the mean absolute error.",
            *([Misclassification.note] if shown and PERCENT in titles else []),
            "Median seconds: CPU time of one fit.",
            *fewer_notes(summary),
        ),
    )
