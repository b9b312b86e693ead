"""The tables of a study: ours beside the print, all figures, inference, and missed optima."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from gfe_mc.metrics.groups import CHOSEN, SIZE
from gfe_mc.metrics.summary import factors
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.digits import ABSENT, ROUNDING, alone, fixed, with_error
from gfe_mc.report.render import Table
from gfe_mc.report.verdicts import Verdict, overall

Record = Mapping[Hashable, Any]
Figures = dict[tuple[Hashable, ...], Record]

BRACKETS = "In brackets: Monte Carlo standard errors."

# The paired difference that belongs to a figure: means and biases differ alike.
_PAIRED = {
    "mean": "estimate",
    "bias": "estimate",
    "mae": "absolute_error",
    "misclassification_percent": "misclassification_percent",
    "misclassification_permutations_percent": "misclassification_permutations_percent",
}
_PER_PARAMETER = ("true", "mean", "bias", "sd", "rmse", "mae")
_PER_METHOD = ("median_se", "se_ratio_mean", "coverage", "bias_eliminated_coverage", "power")
_PER_ESTIMATOR = {
    "misclassification_percent": "misclassified %",
    "misclassification_permutations_percent": "misclassified % (random relabellings)",
    "slope_rmse_x100": "RMSE x 100 of units' slopes",
}


def comparison_table(
    comparisons: Mapping[str, pd.DataFrame],
    print_: PublishedTable,
    summary: pd.DataFrame,
    paired: pd.DataFrame | None = None,
) -> Table:
    """Ours beside the print: a row a printed figure.

    Parameters
    ----------
    comparisons
        Of `gfe_mc.report.compare.compare` with the same print, by the estimator's name; at
        least one.
    print_
        The printed table.
    summary
        Of `gfe_mc.metrics.summary.summarize`: the counts in the notes are from it.
    paired
        Of `gfe_mc.metrics.paired.paired`, of two estimators; None for no such column.
    """
    records = {name: frame.to_dict("records") for name, frame in comparisons.items()}
    differences = {} if paired is None else _by(paired, "cell", "parameter", "statistic")
    keys = [name for name in factors(summary) if name in set(print_.keys.values())]
    further = _further_keys(next(iter(comparisons.values())), keys)
    rows = []
    for alike in zip(*records.values(), strict=True):
        first = alike[0]
        row = [*[str(first[key]) for key in keys], _figure_name(first, further)]
        row.append(fixed(first["published"], first["decimals"]))
        for record in alike:
            row += _ours(record)
        if differences:
            row.append(_difference(first, differences))
        rows.append(tuple(row))

    cells = next(iter(comparisons.values()))["cell"].dropna().tolist()
    shown = summary[summary["estimator"].isin(list(comparisons)) & summary["cell"].isin(cells)]
    header = [*keys, "figure", "printed"]
    for name in comparisons:
        header += [name, f"{name}: z"]
    if paired is not None and differences:
        header.append(f"{paired['second'].iloc[0]} - {paired['first'].iloc[0]}")
    whose = print_.name_of(next(iter(comparisons)))
    return Table(
        f"{print_.table}{f', {whose}' if whose else ''}: ours beside the print",
        tuple(header),
        tuple(rows),
        (
            *_comparison_notes(print_, bool(differences)),
            *[f"{name}: {overall(frame)}" for name, frame in comparisons.items()],
            *_count_notes(shown),
        ),
    )


def figures_table(summary: pd.DataFrame) -> Table:
    """All figures of a summary: a row a cell, estimator and parameter.

    What belongs to the estimator rather than to a parameter stands in each of its rows.
    """
    names = factors(summary)
    own = summary[summary["inference"] == "none"]
    figures = _by(own, "cell", "estimator", "parameter", "statistic")
    parameters = own.loc[own["statistic"] == "mean", "parameter"].unique()
    there = set(own.loc[own["used"] > 0, "statistic"])
    shown = {statistic: name for statistic, name in _PER_ESTIMATOR.items() if statistic in there}
    rows = []
    for pair in own.drop_duplicates(["cell", "estimator"]).to_dict("records"):
        where = (pair["cell"], pair["estimator"])
        label = [*[str(pair[name]) for name in names], str(pair["estimator"])]
        common = [
            _entry(figures[key]) if (key := (*where, "none", statistic)) in figures else ABSENT
            for statistic in shown
        ]
        tally = [str(number) for number in _tally(pair)]
        seconds = alone(figures[(*where, "none", "median_seconds")]["value"], 3)
        for parameter in parameters:
            if (*where, parameter, "mean") in figures:
                entries = [_entry(figures[(*where, parameter, one)]) for one in _PER_PARAMETER]
                rows.append((*label, str(parameter), *entries, *common, *tally, seconds))
    header = (*names, "estimator", "parameter", *_PER_PARAMETER, *shown.values())
    return Table(
        "All figures",
        (*header, "attempted", "failed", "used", "median seconds"),
        tuple(rows),
        (
            f"{BRACKETS} Bias is the mean error, mae the mean absolute error.",
            *(["Misclassified: under the best relabelling of the groups."] if shown else []),
            "Median seconds: CPU time of one fit.",
            *_fewer_notes(summary),
        ),
    )


def inference_table(summary: pd.DataFrame) -> Table:
    """Standard errors, coverage and power: a row a cell, estimator, method and parameter."""
    names = factors(summary)
    own = summary[summary["inference"] != "none"]
    figures = _by(own, "cell", "estimator", "inference", "parameter", "statistic")
    sds = _by(summary[summary["statistic"] == "sd"], "cell", "estimator", "parameter")
    rows = []
    chosen = own[own["parameter"] != "none"]
    for record in chosen.drop_duplicates(["cell", "estimator", "inference", "parameter"]).to_dict(
        "records"
    ):
        where = tuple(record[name] for name in ("cell", "estimator", "inference", "parameter"))
        label = [str(record[name]) for name in (*names, "estimator", "inference", "parameter")]
        sd = sds[(record["cell"], record["estimator"], record["parameter"])]
        covered = figures[(*where, "coverage")]
        entries = [_entry(sd)]
        entries += [_entry(figures[(*where, statistic)]) for statistic in _PER_METHOD]
        entries.insert(4, f"{fixed(covered['low'], 3)} to {fixed(covered['high'], 3)}")
        tally = [str(number) for number in _tally(record)]
        seconds = alone(figures[(*where[:3], "none", "median_seconds")]["value"], 3)
        rows.append((*label, *entries, *tally, seconds))
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
            *_fewer_notes(own),
        ),
    )


def groups_table(summary: pd.DataFrame) -> Table:
    """Slopes of each group: a row a cell, estimator and group, of `gfe_mc.metrics.groups`."""
    names = factors(summary)
    sizes = summary[summary["statistic"] == SIZE]
    own = summary[summary["parameter"].isin(sizes["parameter"])]
    of_groups = own[~own["statistic"].isin([CHOSEN])]
    statistics = [str(name) for name in of_groups["statistic"].unique()]
    figures = _by(of_groups, "cell", "estimator", "parameter", "statistic")
    rows = []
    for record in sizes.to_dict("records"):
        where = (record["cell"], record["estimator"], record["parameter"])
        label = [*[str(record[name]) for name in names], str(record["estimator"])]
        entries = [
            _entry(figures[(*where, one)]) if (*where, one) in figures else ABSENT
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


def choice_table(choices: pd.DataFrame) -> Table:
    """How often criteria choose each number of groups: a row a cell, estimator and criterion.

    Parameters
    ----------
    choices
        Of `gfe_mc.metrics.choice.along_paths`.
    """
    names = factors(choices)
    numbers = sorted({int(name) for name in choices["parameter"]})
    figures = _by(choices, "cell", "estimator", "statistic", "parameter")
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
        rows.append((*label, *shares, *[str(number) for number in _tally(record)]))
    header = (*names, "estimator", "criterion", *[f"{n}" for n in numbers])
    return Table(
        "Share of replications that choose each number of groups, percent",
        (*header, "attempted", "failed", "used"),
        tuple(rows),
        (BRACKETS,),
    )


def criterion_table(criteria: pd.DataFrame) -> Table:
    """Criteria at each number of groups: a row a cell and estimator.

    Parameters
    ----------
    criteria
        Of `gfe_mc.metrics.choice.across_cells`.
    """
    names = factors(criteria)
    statistics = [str(name) for name in criteria["statistic"].unique()]
    figures = _by(criteria, "cell", "estimator", "statistic")
    rows = []
    for record in criteria.drop_duplicates(["cell", "estimator"]).to_dict("records"):
        label = [*[str(record[name]) for name in names], str(record["estimator"])]
        where = (record["cell"], record["estimator"])
        rows.append((*label, *[_entry(figures[(*where, name)]) for name in statistics]))
    shown = [name.replace("_percent", " chosen %").replace("_", " ") for name in statistics]
    return Table(
        "Criteria for the number of groups",
        (*names, "estimator", *shown),
        tuple(rows),
        (f"{BRACKETS} Chosen: share of the replications in which the criterion is least there.",),
    )


def misses_table(missed: pd.DataFrame) -> Table:
    """How often an estimator missed a better grouping: a row a cell.

    Parameters
    ----------
    missed
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


def failures_table(failures: pd.DataFrame) -> Table:
    """What did not end well: a row for each way, of `gfe_mc.metrics.failures.failures`."""
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


def _by(frame: pd.DataFrame, *columns: str) -> Figures:
    """Rows of a frame by some of their columns."""
    return {tuple(row[name] for name in columns): row for row in frame.to_dict("records")}


def _further_keys(comparison: pd.DataFrame, keys: Iterable[str]) -> list[str]:
    """Columns of a comparison that the print has for keys and our cells do not."""
    columns = list(comparison.columns)
    between = columns[columns.index("parameter") + 1 : columns.index("statistic")]
    return [str(name) for name in between if name not in keys]


def _figure_name(record: Record, further: Iterable[str]) -> str:
    """Name of a printed figure, such as "theta1 mean"."""
    parts = [str(record[name]) for name in ("parameter", "statistic", "inference", *further)]
    return " ".join(part.replace("_", " ") for part in parts if part not in ("none", ""))


def _entry(record: Record) -> str:
    return with_error(record["value"], record["error"])


def _ours(record: Record) -> list[str]:
    """Our figure with its error, and its z; a word in its place says why there is none."""
    if record["verdict"] in (Verdict.NOT_RUN, Verdict.NOT_COMPUTED):
        return [str(record["verdict"]), ABSENT]
    mark = " differs" if record["verdict"] == Verdict.DIFFERS else ""
    return [with_error(record["ours"], record["error"]), f"{record['z']:z.2f}{mark}"]


def _difference(record: Record, differences: Figures) -> str:
    """Paired difference that belongs to a printed figure, if there is one."""
    statistic = _PAIRED.get(record["computed_as"])
    found = differences.get((record["cell"], record["parameter"], statistic))
    if found and abs(found["difference"]) <= ROUNDING * abs(record["ours"]):
        return "0"
    return with_error(found["difference"], found["error"]) if found else ABSENT


def _comparison_notes(print_: PublishedTable, differences: bool) -> list[str]:
    """What the columns of a comparison are."""
    notes = [
        BRACKETS,
        "z: ours less printed, over the root of our squared error, theirs (ours, scaled to "
        f"{print_.replications} replications) and the variance of rounding.",
    ]
    notes += [
        f"The printed {printed} is set beside our {ours}."
        for printed, ours in print_.statistics.items()
        if printed != ours
    ]
    if differences:
        notes.append("Last column: mean difference over the same samples, its error paired.")
    return notes


def _tally(record: Record) -> tuple[int, int, int]:
    """Replications attempted, failed and used of a cell and estimator."""
    attempted, failed = int(record["attempted"]), int(record["failed"])
    return attempted, failed, attempted - failed


def _count_notes(summary: pd.DataFrame) -> list[str]:
    """Replications attempted, failed and used: a note an estimator and set of counts."""
    cells: dict[tuple[str, tuple[int, int, int]], list[str]] = {}
    own = summary[summary["inference"] == "none"]
    for record in own.drop_duplicates(["cell", "estimator"]).to_dict("records"):
        label = " ".join(f"{name}={record[name]}" for name in factors(summary))
        cells.setdefault((str(record["estimator"]), _tally(record)), []).append(label)
    counted = [
        f"{estimator}, replications attempted {tally[0]}, failed {tally[1]}, used {tally[2]}: "
        f"{'; '.join(where)}."
        for (estimator, tally), where in cells.items()
    ]
    return [*counted, *_fewer_notes(summary)]


def _fewer_notes(summary: pd.DataFrame) -> list[str]:
    """Figures that rest on fewer replications than are used, where there are any."""
    short = summary["used"] < summary["attempted"] - summary["failed"]
    # A figure without any replication is seen to be absent.
    fewer = summary[short & (summary["used"] > 0)]
    notes = []
    for record in fewer.to_dict("records"):
        label = " ".join(f"{name}={record[name]}" for name in factors(summary))
        figure = f"{record['estimator']}: {_figure_name(record, ())}"
        notes.append(f"{label}, {figure} rests on {record['used']} replications.")
    return notes
