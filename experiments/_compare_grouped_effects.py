"""Where each estimator of group effects over time is good, from the stored replications.

    python experiments/_compare_grouped_effects.py [FOLDER]

Errors of the slope beside those of known groups, misclassification, coverage, ranks without the
estimator that knows the groups, what the search adds, what a fit costs and what fails. Written
beside the study's results, as `where.md`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from gfe_mc.metrics import counts
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.failures import failures
from gfe_mc.metrics.moments import percent
from gfe_mc.metrics.paired import missed
from gfe_mc.metrics.ranking import ranked, shares_best
from gfe_mc.metrics.ratios import mean_ratios, ratios
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.report.digits import ABSENT, alone, with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "compare_grouped_effects"
RMSE, BIAS = Criterion("rmse", "theta1"), Criterion("bias", "theta1")
WRONG = Criterion("misclassification_percent")
COVERAGE = Criterion("coverage", "theta1", "clustered")
EVERYWHERE = (
    *("pooled", "two_way", "random", "gfe", "gfe_ten_starts", "tpwd", "two_step"),
    *("two_way_groups", "nuclear", "interactive"),
)
GROUPED = ("gfe", "gfe_ten_starts", "tpwd", "two_step")
DEAR = ("post_nuclear", "weighted", "fcr", "mixture", "post_spectral")
MOST = 300
"""N G up to which those that take long are there."""
Entry = Callable[[pd.DataFrame], str]


def pivoted(
    title: str, rows: pd.DataFrame, by: Sequence[str], names: Sequence[str], entry: Entry, note: str
) -> Table:
    """Make a table of an entry by values of factors, a column an estimator."""
    made = []
    for keys, own in rows.groupby(list(by), sort=True):
        label = [str(key) for key in keys]
        if tuple(by) == ("separation", "T"):
            label.append(f"{own['separation'].iloc[0] * np.sqrt(own['T'].iloc[0]):.2f}")
        parts = {str(name): part for name, part in own.groupby("estimator")}
        made.append((*label, *(entry(parts[n]) if n in parts else ABSENT for n in names)))
    further = ("in errors",) if tuple(by) == ("separation", "T") else ()
    return Table(title, (*by, *further, *names), tuple(made), (note,))


def mean(part: pd.DataFrame) -> str:
    """Mean of independent figures, with its error."""
    known = part[part["value"].notna()]
    if known.empty:
        return ABSENT
    error = float(np.sqrt((known["error"].fillna(0.0) ** 2).sum())) / len(known)
    return with_error(float(known["value"].mean()), error)


def geometric(part: pd.DataFrame) -> str:
    """Geometric mean of ratios, with its error."""
    found = mean_ratios(part, ()).iloc[0]
    return with_error(float(found["ratio"]), float(found["error"]))


def of_errors(summary: pd.DataFrame) -> list[Table]:
    """RMSE of the slope beside that of known groups, by all factors."""
    made = ratios(summary, RMSE, "oracle")
    said = "Geometric means over all other factors. Those that fail in a cell are left out there."
    title = "RMSE of the slope over that of known groups"
    ways = (("separation", "T"), ("G", "separation"), ("errors", "separation"), ("separation", "N"))
    tables = [pivoted(title, made, by, EVERYWHERE, geometric, said) for by in ways]
    few = summary[summary["N"] * summary["G"] <= MOST]
    beside = ratios(few, RMSE, "gfe")
    names = ("oracle", "gfe_ten_starts", "interactive", *DEAR)
    note = f"Cells with N G of at most {MOST}; {', '.join(DEAR)} on the first replications."
    return tables + [
        pivoted("RMSE of the slope over that of gfe", beside, by, names, geometric, note)
        for by in (("separation", "T"), ("errors", "separation"))
    ]


def of_figures(summary: pd.DataFrame) -> list[Table]:
    """Misclassification, bias and coverage."""
    said = "Means over all other factors."
    wrong, bias, coverage = (one.of(summary) for one in (WRONG, BIAS, COVERAGE))
    few = wrong[wrong["N"] * wrong["G"] <= MOST]
    dear = ("gfe", "weighted", "fcr", "mixture", "post_spectral")
    covered = ("oracle", "pooled", "two_way", *GROUPED, "interactive")
    feasible = ("oracle", *EVERYWHERE)
    return [
        pivoted("Misclassified units, %", wrong, ("separation", "T"), GROUPED, mean, said),
        pivoted("Misclassified units, %", wrong, ("G", "separation"), GROUPED, mean, said),
        pivoted("Misclassified units, %", wrong, ("errors", "separation"), GROUPED, mean, said),
        pivoted(
            f"Misclassified units, %, N G up to {MOST}", few, ("separation", "T"), dear, mean, said
        ),
        pivoted("Bias of the slope", bias, ("separation", "T"), feasible, mean, said),
        pivoted("Coverage of 95 % intervals", coverage, ("separation", "T"), covered, mean, said),
        pivoted(
            "Coverage of 95 % intervals", coverage, ("errors", "separation"), covered, mean, said
        ),
    ]


def of_ranks(summary: pd.DataFrame) -> list[Table]:
    """Cells in which each is best, or not told apart from the best, by separation."""
    tables = []
    for criterion in (RMSE, WRONG):
        entries = {}
        for separation, own in summary.groupby("separation"):
            for errors, part in own.groupby("errors"):
                ranking = ranked(part, criterion, infeasible=("oracle",))
                counted = shares_best(ranking[ranking["estimator"] != "oracle"])
                for record in counted.to_dict("records"):
                    said = f"{record['best']}, {record['not_beaten']} of {record['cells']}"
                    entries[str(record["estimator"]), f"{separation}, {errors}"] = said
        columns = list(dict.fromkeys(column for _, column in entries))
        names = list(dict.fromkeys(name for name, _ in entries))
        tables.append(
            Table(
                f"Cells in which each is best, and not beaten, by {criterion.title}",
                ("estimator", *columns),
                tuple(
                    (name, *(entries.get((name, column), ABSENT) for column in columns))
                    for name in names
                ),
                (
                    "Of those that do not know the groups. Beaten: by one-sided paired tests at 5 "
                    "%, Holm's correction over all pairs of a cell.",
                ),
            )
        )
    return tables


def of_search(folder: Path) -> Table:
    """How often ten starts of Algorithm 1 miss a smaller objective that `gfe` finds."""
    found, rows = missed(read_study(folder), "gfe_ten_starts", "gfe"), []
    for by in ("G", "N", "T", "separation"):
        for value, own in found.groupby(by):
            figure = percent(int(own["count"].sum()), int(own["compared"].sum()))
            rows.append((by, str(value), str(figure.used), with_error(*figure[:2])))
    return Table(
        "Samples in which ten starts of Algorithm 1 miss a smaller objective, %",
        ("factor", "value", "compared", "missed"),
        tuple(rows),
        ("Over all other factors.",),
    )


def of_cost(summary: pd.DataFrame) -> list[Table]:
    """Median milliseconds of a fit."""
    seconds = Criterion("median_seconds").of(summary)
    names = [str(name) for name in seconds["estimator"].unique()]

    def entry(part: pd.DataFrame) -> str:
        return alone(1000 * float(part["value"].median()), 3)

    note = "Medians over cells of the cells' medians; CPU time, on a machine with other load."
    few = seconds[seconds["N"] * seconds["G"] <= MOST]
    title = "Milliseconds of a fit"
    return [
        pivoted(title, seconds, ("N", "G"), [n for n in names if n not in DEAR], entry, note),
        pivoted(title, seconds, ("T", "G"), [n for n in names if n not in DEAR], entry, note),
        pivoted(f"{title}, N G up to {MOST}", few, ("T", "G"), ("gfe", *DEAR), entry, note),
    ]


def of_failures(folder: Path) -> Table:
    """What fails, and why."""
    found = failures(counts.loaded(read_study(folder)))
    found = found[found["inference"] == "none"]
    counted = found.groupby(["estimator", "status"], sort=False)["count"].sum().reset_index()
    rows = [tuple(map(str, record.values())) for record in counted.to_dict("records")]
    return Table("Replications without a fit", ("estimator", "status", "replications"), tuple(rows))


def main(folder: Annotated[Path, typer.Argument()] = RESULTS / STUDY) -> None:
    """Compute, print, and write."""
    study = counts.loaded(read_study(folder))
    summary = summarize_study(
        study, influences=[str(name) for name in study["estimator"].to_numpy()]
    )
    tables = [*of_errors(summary), *of_figures(summary), *of_ranks(summary), of_search(folder)]
    tables += [*of_cost(summary), of_failures(folder)]
    text = "\n".join(render(table, "markdown") for table in tables)
    print(text)
    (folder / "where.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
