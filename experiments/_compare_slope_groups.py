"""Where each estimator of slopes by groups is good, from the stored replications of the study.

    python experiments/_compare_slope_groups.py [FOLDER]

Errors beside those of known groups and of no groups by how far groups are apart, misclassification,
ranks without the estimator that knows the groups, what a fit costs, what fails, how often the
number of groups is found, and what searches miss. Written beside the study's results, as
`where.md`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.paired import missed
from gfe_mc.metrics.ranking import ranked, shares_best
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.metrics.unit_slopes import RMSE
from gfe_mc.report.digits import alone, with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "compare_slope_groups"
KNOWN, FLOOR = "known_groups", ("pooled", "unit_by_unit")
SEARCHES = ("ck_means", "unit_moves", "c_lasso", "c_lasso_eighth", "pseudo", "spectral")
FEW = 100
"""Units up to which every estimator has every cell."""


@dataclass(frozen=True)
class Stored:
    """What is stored, as arrays (cell, estimator, replication), and the labels of cells."""

    labels: pd.DataFrame
    names: list[str]
    mse: np.ndarray
    wrong: np.ndarray
    seconds: np.ndarray
    number: np.ndarray
    asked: np.ndarray
    used: np.ndarray

    def own(self, name: str) -> int:
        """Return the position of an estimator."""
        return self.names.index(name)


def read(folder: Path) -> Stored:
    """Read the study."""
    study = counts.loaded(read_study(folder))
    used = counts.used(study)

    def kept(name: str) -> np.ndarray:
        return np.where(used, counts.array(study, name), np.nan)

    names = [str(name) for name in study["estimator"].to_numpy()]
    labels = pd.DataFrame(counts.labels(study))
    mse, wrong, seconds = (kept(name) for name in ("slope_mse", "misclassification", "seconds"))
    number = kept("correct_number")
    return Stored(labels, names, mse, wrong, seconds, number, counts.attempted(study), used)


def together(figures: Iterable[tuple[float, float]]) -> str:
    """Mean of independent figures, with its error; those that are missing left out."""
    known = [one for one in figures if np.isfinite(one[0])]
    if not known:
        return "-"
    values, errors = np.array(known).T
    return with_error(float(values.mean()), float(np.sqrt((errors**2).sum()) / len(values)))


def log_ratio(stored: Stored, cell: int, one: int, other: int) -> tuple[float, float]:
    """Logarithm of the ratio of two RMSE on the samples of both, and its error."""
    first, second = stored.mse[cell, one], stored.mse[cell, other]
    both = np.isfinite(first) & np.isfinite(second)
    n = int(both.sum())
    if n < 2:
        return np.nan, np.nan
    first, second = first[both], second[both]
    added = (first / first.mean() - second / second.mean()) / 2
    error = np.sqrt((added**2).sum() / (n * (n - 1)))
    return float(np.log(first.mean() / second.mean()) / 2), float(error)


def ratio(stored: Stored, cells: Sequence[int], one: int, other: int) -> str:
    """Geometric mean over cells of the ratio of two RMSE, with its error."""
    known = [log_ratio(stored, cell, one, other) for cell in cells]
    known = [found for found in known if np.isfinite(found[0])]
    if not known:
        return "-"
    logs, errors = np.array(known).T
    value = float(np.exp(logs.mean()))
    return with_error(value, value * float(np.sqrt((errors**2).sum())) / len(logs))


def misclassified(stored: Stored, cells: Sequence[int], one: int) -> str:
    """Mean share of misclassified units over cells, in percent."""
    found = [moments.mean(100 * stored.wrong[cell, one]) for cell in cells]
    return together((figure.value, figure.error) for figure in found)


def by(
    stored: Stored,
    title: str,
    factors: Sequence[str],
    where: pd.Series,
    entry: Callable[[Sequence[int], int], str],
    names: Sequence[str],
    note: str,
) -> Table:
    """Make a table of an entry by the values of factors, a column an estimator."""
    rows = []
    for values, own in stored.labels[where].groupby(list(factors), sort=False):
        cells = own.index.tolist()
        label = [str(value) for value in values]
        if "T" in factors:
            label.append(f"{own['separation'].iloc[0] * np.sqrt(own['T'].iloc[0]):.2f}")
        rows.append((*label, *(entry(cells, stored.own(name)) for name in names)))
    header = (*factors, *(["in errors"] if "T" in factors else []), *names)
    return Table(title, header, tuple(rows), (note,))


def of_slopes(stored: Stored) -> list[Table]:
    """Errors of units' slopes beside known groups, and beside the better floor."""
    few = stored.labels["N"] <= FEW
    names = [name for name in stored.names if name != KNOWN]
    known = stored.own(KNOWN)
    said = "In errors: separation times root T. Geometric means over N of 50 and 100, and over G."
    made = []
    for errors in stored.labels["errors"].unique():
        where = few & (stored.labels["errors"] == errors)
        made.append(
            by(
                stored,
                f"RMSE of units' slopes over that of known groups, {errors} errors",
                ("separation", "T"),
                where,
                lambda cells, one: ratio(stored, cells, one, known),
                names,
                said,
            )
        )
    where = few & (stored.labels["errors"] == "normal")
    made.append(
        by(
            stored,
            "RMSE of units' slopes over that of known groups by the number of groups",
            ("G", "separation"),
            where,
            lambda cells, one: ratio(stored, cells, one, known),
            names,
            "Geometric means over N of 50 and 100, and over T; normal errors.",
        )
    )
    groups = [name for name in names if name not in FLOOR]
    made.append(
        by(
            stored,
            "Misclassified units, %, normal errors",
            ("separation", "T"),
            where,
            lambda cells, one: misclassified(stored, cells, one),
            groups,
            said.replace("Geometric means", "Means"),
        )
    )
    return made


def of_floor(stored: Stored) -> Table:
    """Cells in which estimators beat both floors, by separation in errors."""
    groups = [name for name in stored.names if name not in (KNOWN, *FLOOR)]

    def beats(cells: Sequence[int], one: int) -> str:
        figures = []
        for cell in cells:
            pairs = [log_ratio(stored, cell, one, stored.own(floor)) for floor in FLOOR]
            if all(np.isfinite(value) for value, _ in pairs):
                figures.append(all(value + 1.645 * error < 0 for value, error in pairs))
        return f"{sum(figures)} of {len(figures)}"

    return by(
        stored,
        "Cells in which an estimator beats pooled slopes and units alone",
        ("errors", "separation", "T"),
        stored.labels["N"] > 0,
        beats,
        groups,
        "By one-sided paired tests at 5 % each, of RMSE of units' slopes on the samples of both.",
    )


def of_ranks(folder: Path) -> list[Table]:
    """Cells in which each is best, or not told apart from the best, of those that can be used."""
    study = read_study(folder)
    names = [str(name) for name in study["estimator"].to_numpy() if str(name) != KNOWN]
    summary = summarize_study(study, influences=names)
    summary = summary[(summary["estimator"] != KNOWN) & (summary["N"] <= FEW)]
    separations = sorted(summary["separation"].unique())
    tables = []
    for criterion in (Criterion(RMSE), Criterion("misclassification_percent")):
        entries = {}
        for separation in separations:
            own = summary[summary["separation"] == separation]
            for record in shares_best(ranked(own, criterion)).to_dict("records"):
                said = f"{record['best']}, {record['not_beaten']} of {record['cells']}"
                entries[record["estimator"], separation] = said
        rows = [(name, *(entries[name, one] for one in separations)) for name in names]
        tables.append(
            Table(
                f"Cells in which each is best, and not beaten, by {criterion.title}",
                ("estimator", *(f"separation {one}" for one in separations)),
                tuple(rows),
                (
                    "Of those that do not know the groups; N of 50 and 100. Beaten: by one-sided "
                    "paired tests at 5 %, Holm's correction over all pairs of a cell.",
                ),
            )
        )
    return tables


def of_cost(stored: Stored) -> list[Table]:
    """Median seconds of a fit by N, and what fails."""
    normal = (stored.labels["errors"] == "normal") & (stored.labels["G"] == 3)

    def median(cells: Sequence[int], one: int) -> str:
        values = moments.finite(stored.seconds[list(cells), one].ravel())
        return alone(1000 * float(np.median(values)), 3) if len(values) else "-"

    def failed(cells: Sequence[int], one: int) -> str:
        asked = int(stored.asked[list(cells), one].sum())
        if not asked:
            return "-"
        bad = int((stored.asked & ~stored.used)[list(cells), one].sum())
        found = moments.percent(bad, asked)
        return with_error(found.value, found.error)

    cost = by(
        stored,
        "Median milliseconds of a fit, three groups, normal errors",
        ("N",),
        normal,
        median,
        stored.names,
        "CPU time on one core of a machine with other load.",
    )
    fails = by(
        stored,
        "Fits that fail, % (a group without units)",
        ("G", "separation"),
        stored.labels["N"] > 0,
        failed,
        ("c_lasso", "c_lasso_eighth", "pseudo", "spectral", "pagfl"),
        "Over all N, T and errors that were run.",
    )
    return [cost, fails]


def of_number(stored: Stored) -> Table:
    """How often PAGFL finds the number of groups."""

    def share(cells: Sequence[int], one: int) -> str:
        known = stored.number[list(cells), one]
        known = known[np.isfinite(known)]
        found = moments.percent(int(known.sum()), len(known))
        return with_error(found.value, found.error)

    return by(
        stored,
        "Samples in which the number of groups is found, %, N of 50 and 100",
        ("G", "separation", "T"),
        (stored.labels["N"] <= FEW) & (stored.labels["errors"] == "normal"),
        share,
        ("pagfl",),
        "Normal errors.",
    )


def of_searches(folder: Path) -> Table:
    """How often an estimator has a worse sum of squares than the genetic search."""
    study, rows = read_study(folder), []
    for name in SEARCHES:
        found = missed(study, name, "genetic")
        for groups, own in found.groupby("G"):
            figure = moments.percent(int(own["count"].sum()), int(own["compared"].sum()))
            rows.append((name, str(groups), str(figure.used), with_error(*figure[:2])))
    return Table(
        "Samples in which the genetic search has a smaller sum of squares, %",
        ("estimator", "G", "compared", "missed"),
        tuple(rows),
        ("Only the first two minimise that sum; over all N, T, separations and errors.",),
    )


def main(folder: Annotated[Path, typer.Argument()] = RESULTS / STUDY) -> None:
    """Compute, print, and write."""
    stored = read(folder)
    tables = [*of_slopes(stored), of_floor(stored), *of_ranks(folder), *of_cost(stored)]
    tables += [of_number(stored), of_searches(folder)]
    text = "\n".join(render(table, "markdown") for table in tables)
    print(text)
    (folder / "where.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
