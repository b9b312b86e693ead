"""Bias and variance of the group profiles: Figure S1, footnotes 8 and 9.

    python experiments/_profile_variances.py

From the replications of `bm_profiles`; nothing is fitted. Written beside its results.
"""

import pandas as pd

from gfe_mc.metrics.profile_errors import profile_error_figures
from gfe_mc.metrics.profiles import profile_figures
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

STUDY = "bm_profiles"
CELL = ["G", "errors", "group"]


def between(values: pd.Series, decimals: int) -> str:
    """The range of values."""
    return f"{values.min():.{decimals}f} to {values.max():.{decimals}f}"


def biases(figures: pd.DataFrame) -> Table:
    """Bias by group, over periods."""
    rows = []
    for where, of in figures.groupby(CELL):
        mean = of["bias"].mean()
        rows.append(
            (
                *[str(value) for value in where],
                f"{mean:.4f}",
                between(of["bias"], 4),
                f"{of['error'].max():.4f}",
            )
        )
    return Table(
        "Bias of the profiles",
        (*CELL, "mean over periods", "over periods", "largest error"),
        tuple(rows),
        ("Errors are Monte Carlo standard errors.",),
    )


def variances(figures: pd.DataFrame) -> Table:
    """Estimated against actual variance by group, over periods."""
    rows = []
    for where, of in figures.groupby([*CELL, "inference"], sort=True):
        rows.append(
            (
                *[str(value) for value in where],
                between(of["sd"], 4),
                between(of["mean_se"], 4),
                f"{of['variance_ratio'].mean():.2f}",
                between(of["variance_ratio"], 2),
                f"{100 * of['coverage'].mean():.1f}",
                between(100 * of["coverage"], 1),
                str(int(of["used"].min())),
            )
        )
    return Table(
        "Estimated and actual variance of the profiles",
        (
            *(*CELL, "inference", "sd over samples", "mean error"),
            *("variance ratio", "over periods", "coverage %", "over periods", "used"),
        ),
        tuple(rows),
        (
            "Variance ratio: mean of the estimated variances over the variance over samples; its "
            "mean over periods, and its range.",
            "Coverage: of the true value by 95% intervals. Used: least replications with an error.",
        ),
    )


def main() -> None:
    """Compute, print, and write."""
    study = read_study(RESULTS / STUDY)
    tables = (biases(profile_figures(study)), variances(profile_error_figures(study)))
    text = "\n\n".join(render(table, "markdown") for table in tables)
    print(text)
    (RESULTS / STUDY / "variances.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
