"""C-Lasso beside the output of the program that its authors publish, on samples of the same design.

    python experiments/_output_of_c_lasso.py

Also beside K-means of slopes on the same samples.

From the stored replications of `c_lasso_static`, and the twelve figures that the output of Gao and
Shi ends with (C-Lasso/PLS_static/compare_output.out of their repository on convex programming in
econometrics: solver MOSEK, 200 samples, N of 100 and 200 by T of 10, 20 and 40). Written beside
the study's results, as `beside.md`.
"""

import pandas as pd
import typer

from gfe_mc.metrics.misclassification import PERCENT
from gfe_mc.metrics.paired import paired
from gfe_mc.report.difference import Difference, difference
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.report.study import SUMMARY

STUDY = "c_lasso_static"
SAMPLES = 200
FIGURES = {
    "correct": ("mean", 6, (0.805200, 0.940900, 0.992050, 0.808025, 0.945375, 0.991550)),
    "slopes1": (
        "rmse",
        8,
        (0.12700161, 0.04683220, 0.02873100, 0.10988739, 0.03113976, 0.02032322),
    ),
}
"""Statistic, decimals, and values in the order of the output: by N, then T."""
CELLS = [(n_units, n_periods) for n_units in (100, 200) for n_periods in (10, 20, 40)]


def compared(summary: pd.DataFrame, parameter: str, cell: int) -> tuple[Difference, float]:
    """Set our figure beside theirs; return the difference, and our error."""
    statistic, decimals, values = FIGURES[parameter]
    n_units, n_periods = CELLS[cell]
    of = (summary["N"] == n_units) & (summary["T"] == n_periods)
    of &= (summary["estimator"] == "c_lasso") & (summary["parameter"] == parameter)
    one = summary[of & (summary["statistic"] == statistic)]
    error, used = float(one["error"].item()), int(one["used"].item())
    root = statistic == "rmse"
    ours = float(one["value"].item())
    return difference(ours, error, used, values[cell], decimals, SAMPLES, root=root), error


def beside_output(summary: pd.DataFrame) -> Table:
    """Make the table of our figures beside theirs."""
    rows, total = [], 0.0
    for parameter in FIGURES:
        for cell, (n_units, n_periods) in enumerate(CELLS):
            found, error = compared(summary, parameter, cell)
            total += found.score**2
            rows.append(
                (
                    parameter,
                    str(n_units),
                    str(n_periods),
                    f"{found.published:.4f}",
                    with_error(found.ours, error),
                    f"{found.z:.2f}",
                    f"{found.p:.2f}",
                )
            )
    return Table(
        "C-Lasso, beside the output of its authors' program",
        ("figure", "N", "T", "theirs", "ours", "z", "p"),
        tuple(rows),
        (
            "correct: mean share of units in the group of their name. slopes1: RMSE of the first "
            "slope over groups. z: of the errors of both, theirs by our spread and their "
            f"{SAMPLES} samples. Mean z^2 of the {len(rows)}: {total / len(rows):.2f}. In "
            "brackets: Monte Carlo standard errors.",
        ),
    )


def beside_k_means(summary: pd.DataFrame) -> Table:
    """Make the table of what C-Lasso misclassifies more than K-means, and takes longer."""
    differences = paired(read_study(RESULTS / STUDY), "ck_means", "c_lasso")
    rows = []
    for _, row in differences[differences["statistic"] == PERCENT].iterrows():
        of = (summary["cell"] == row["cell"]) & (summary["statistic"] == "median_seconds")
        times = summary[of].set_index("estimator")["value"].astype(float)
        ratio = times["c_lasso"] / times["ck_means"]
        more = with_error(row["difference"], row["error"])
        rows.append((str(row["N"]), str(row["T"]), more, f"{ratio:.0f}"))
    return Table(
        "C-Lasso, beside K-means of slopes",
        ("N", "T", "misclassified, % more", "times as long"),
        tuple(rows),
        ("On the same samples; best relabelling. Times: medians of CPU seconds of a fit.",),
    )


def main() -> None:
    """Compare, print, and write."""
    summary = pd.read_csv(RESULTS / STUDY / SUMMARY, keep_default_na=False)
    tables = (beside_output(summary), beside_k_means(summary))
    text = "\n".join(render(table, "markdown") for table in tables)
    print(text)
    (RESULTS / STUDY / "beside.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
