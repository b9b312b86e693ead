"""Accuracy of FCR beside Table 1: its figures tested together, and theta2 with five groups.

    python experiments/_accuracy_of_fcr.py

Errors and misclassification without standard errors and coverage, which differ for a reason of
their own; and what the printed error of theta2 with five groups would be with other variances of
the errors, by GFE, whose minimum is FCR's. From the replications of `fcr_table1` and
`bm_table3_variants`; nothing is fitted. Written beside the results of `fcr_table1`.
"""

import pandas as pd

from gfe_mc.metrics.summary import summarize_study
from gfe_mc.published.loader import published
from gfe_mc.report.columns import Joint, joint
from gfe_mc.report.compare import compare
from gfe_mc.report.digits import alone, fixed, with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find

STUDY, VARIANTS = "fcr_table1", "bm_table3_variants"
ESTIMATOR = "fcr"
ACCURACY = ("bias", "rmse", "misclassification_percent")
FIVE = 5
FIGURES = (("theta1", "mae"), ("theta1", "rmse"), ("theta2", "mae"), ("theta2", "rmse"))
PRINTED_AS = {"mae": "bias", "rmse": "rmse"}
SHARE = "misclassification_percent"


def said(tested: Joint | None) -> tuple[str, ...]:
    """Mean z^2, how many figures, degrees of freedom and probability."""
    if tested is None:
        raise ValueError("no figure counts")
    p = "below 0.001" if tested.p < 0.001 else alone(tested.p, 2)
    return alone(tested.mean_square, 3), str(tested.figures), f"{tested.freedom:.1f}", p


def together() -> Table:
    """Test the figures of accuracy of each number of groups together."""
    report = find(STUDY).report
    if report is None or report.published is None:
        raise ValueError(f"{STUDY} has no print")
    summary = summarize_study(read_study(RESULTS / STUDY), influences=(ESTIMATOR,))
    beside = compare(summary, report.published, ESTIMATOR)
    of = beside[beside["statistic"].isin(ACCURACY)]
    rows = [(str(groups), "", *said(joint(cell))) for groups, cell in of.groupby("G")]
    income = (of["parameter"] == "theta2") & (of["statistic"] == "rmse")
    left = of[(of["G"].astype(str) == str(FIVE)) & ~income]
    rows.append((str(FIVE), "without the RMSE of theta2", *said(joint(left))))
    rows.append(("all", "", *said(joint(of))))
    return Table(
        "Mean absolute errors, RMSE and misclassification of FCR beside Table 1, together",
        ("G", "", "mean z^2", "figures", "df", "p"),
        tuple(rows),
    )


def variances() -> Table:
    """Errors with five groups by the variance of the errors, beside print."""
    summary = summarize_study(read_study(RESULTS / VARIANTS))
    print_ = published(STUDY)
    print_ = print_[(print_["estimator"] == "fcr") & (print_["G"].astype(str) == str(FIVE))]
    of = summary[
        (summary["G"].astype(str) == str(FIVE))
        & (summary["estimator"] == "genetic")
        & summary["design"].str.startswith("normal")
    ]
    rows = [("printed", *_printed(print_))]
    rows += [(str(design), *_ours(rows_)) for design, rows_ in of.groupby("design", sort=False)]
    return Table(
        "Five groups: errors and misclassification by the variance of the errors",
        ("errors", *(" ".join(figure) for figure in FIGURES), "misclassified %"),
        tuple(rows),
        (
            f"Ours: GFE by its default search in {VARIANTS}, its first 500 samples.",
            "Rescaled: every draw to that variance exactly, in samples of their own.",
        ),
    )


def _printed(print_: pd.DataFrame) -> list[str]:
    """Printed figures as printed."""
    texts = []
    for parameter, statistic in (*FIGURES, ("none", SHARE)):
        name = PRINTED_AS.get(statistic, statistic)
        row = print_[(print_["parameter"] == parameter) & (print_["statistic"] == name)]
        texts.append(fixed(row["value"].item(), row["decimals"].item()))
    return texts


def _ours(rows: pd.DataFrame) -> tuple[str, ...]:
    """Our figures with their Monte Carlo errors."""
    texts = []
    for parameter, statistic in (*FIGURES, ("none", SHARE)):
        row = rows[(rows["parameter"] == parameter) & (rows["statistic"] == statistic)]
        texts.append(with_error(row["value"].item(), row["error"].item()))
    return tuple(texts)


def main() -> None:
    """Compute, print, and write."""
    text = "\n\n".join(render(table, "markdown") for table in (together(), variances()))
    print(text)
    (RESULTS / STUDY / "accuracy.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
