"""Ours beside the print: a row a printed figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from gfe_mc.metrics.summary import factors
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.columns import Joint, by_cell, joint
from gfe_mc.report.digits import ABSENT, ROUNDING, alone, fixed, with_error
from gfe_mc.report.render import Table
from gfe_mc.report.tables.common import (
    BRACKETS,
    Figures,
    Record,
    by,
    counted,
    fewer_notes,
    figure_name,
)
from gfe_mc.report.verdicts import ABSENT as NO_FIGURE
from gfe_mc.report.verdicts import CHECKED, FEWEST, Family, Verdict, overall

# The paired difference that belongs to a figure: means and biases differ alike.
_PAIRED = {
    "mean": "estimate",
    "bias": "estimate",
    "mae": "absolute_error",
    "misclassification_percent": "misclassification_percent",
    "misclassification_permutations_percent": "misclassification_permutations_percent",
}


def comparison_table(
    comparisons: Mapping[str, pd.DataFrame],
    print_: PublishedTable,
    summary: pd.DataFrame,
    paired: pd.DataFrame | None = None,
) -> Table:
    """Make a table of ours beside the print: a row a printed figure.

    Parameters
    ----------
    comparisons : mapping of str to pandas.DataFrame
        Of `gfe_mc.report.compare.compare_all`, by the estimator's name; at least one.
    print_ : PublishedTable
        The printed table.
    summary : pandas.DataFrame
        Of `gfe_mc.metrics.summary.summarize_study`: the counts in the notes are from it.
    paired : pandas.DataFrame, optional
        Of `gfe_mc.metrics.paired.paired`, of two estimators; None for no such column.
    """
    records = {name: frame.to_dict("records") for name, frame in comparisons.items()}
    differences = {} if paired is None else by(paired, "cell", "parameter", "statistic")
    keys = [name for name in factors(summary) if name in set(print_.keys.values())]
    further = _further_keys(next(iter(comparisons.values())), keys)
    rows: list[tuple[str, ...]] = []
    marks = []
    for alike in zip(*records.values(), strict=True):
        first = alike[0]
        row = [*[str(first[key]) for key in keys], figure_name(first, further)]
        row.append(fixed(first["published"], first["decimals"]))
        for record in alike:
            row += _ours(record)
            marks.append((len(rows), len(row) - 1, str(record["verdict"])))
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
    family = Family.of([frame["p"] for frame in comparisons.values()])
    labels = _labels(summary, keys)
    return Table(
        f"{print_.table}{f', {whose}' if whose else ''}: ours beside the print",
        tuple(header),
        tuple(rows),
        (
            *_comparison_notes(print_, bool(differences)),
            *[f"{name}: {overall(frame, family)}" for name, frame in comparisons.items()],
            *_joint_notes(comparisons, labels),
            *count_notes(shown),
        ),
        tuple(marks),
    )


def _further_keys(comparison: pd.DataFrame, keys: Iterable[str]) -> list[str]:
    """Columns of a comparison that the print has for keys and our cells do not."""
    columns = list(comparison.columns)
    between = columns[columns.index("parameter") + 1 : columns.index("statistic")]
    return [str(name) for name in between if name not in keys]


def _ours(record: Record) -> list[str]:
    """Our figure with its error, and its z; a word in its place says why there is none."""
    if record["verdict"] in NO_FIGURE:
        return [str(record["verdict"]), ABSENT]
    if record["verdict"] in CHECKED:
        # Two digits more than the print, by which it can be told whether it was rounded so.
        return [fixed(record["ours"], record["decimals"] + 2), str(record["verdict"])]
    if record["verdict"] == Verdict.TOO_FEW:
        return [with_error(record["ours"], record["error"]), str(record["verdict"])]
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


def _labels(summary: pd.DataFrame, keys: Iterable[str]) -> dict[int, str]:
    """Name of each cell by the keys of the print."""
    return {
        int(record["cell"]): " ".join(f"{key}={record[key]}" for key in keys)
        for record in summary.drop_duplicates("cell").to_dict("records")
    }


def _joint_notes(
    comparisons: Mapping[str, pd.DataFrame], labels: Mapping[int, str]
) -> Iterable[str]:
    """Say what the figures of each estimator, and of each of its cells, are worth together."""
    tested = {name: joint(frame) for name, frame in comparisons.items()}
    if not any(tested.values()):
        return
    yield (
        "Mean z^2 is 1 on average where print and ours have the same expectation; p: of one as "
        "large, by chi^2 with the degrees of freedom (df) that correlations over the samples leave."
        " Figures that are the same in all replications, or of fewer than "
        f"{FEWEST} samples, do not count."
    )
    for name, whole in tested.items():
        if whole is None:
            continue
        left = f"; {whole.left_out} left out, of unknown correlation" if whole.left_out else ""
        yield f"{name}: {_said(whole, 'figures ')}{left}."
        cells = by_cell(comparisons[name])
        if len(cells) > 1:
            said = "; ".join(f"{labels[cell]} {_said(one)}" for cell, one in cells.items())
            yield f"{name}, mean z^2 by cell: {said}."


def _said(tested: Joint, figures: str = "") -> str:
    """Write a test: its mean, of how many figures, degrees of freedom and probability."""
    p = "below 0.001" if tested.p < 0.001 else alone(tested.p, 2)
    mean = alone(tested.mean_square, 3)
    if figures:
        return f"mean z^2 {mean} of {tested.figures} {figures}(df {tested.freedom:.1f}), p {p}"
    return f"{mean} of {tested.figures} (df {tested.freedom:.1f}), p {p}"


def count_notes(summary: pd.DataFrame) -> list[str]:
    """Say how many replications were attempted, failed and used: a note a set of counts."""
    cells: dict[tuple[str, tuple[int, int, int]], list[str]] = {}
    own = summary[summary["inference"] == "none"]
    for record in own.drop_duplicates(["cell", "estimator"]).to_dict("records"):
        label = " ".join(f"{name}={record[name]}" for name in factors(summary))
        cells.setdefault((str(record["estimator"]), counted(record)), []).append(label)
    said = [
        f"{estimator}, replications attempted {numbers[0]}, failed {numbers[1]}, "
        f"used {numbers[2]}: {'; '.join(where)}."
        for (estimator, numbers), where in cells.items()
    ]
    return [*said, *fewer_notes(summary)]
