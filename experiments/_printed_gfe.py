"""Where the figures come from that Table 1 of the paper on fuzzy clustering prints for GFE.

    python experiments/_printed_gfe.py

They were not computed there, but taken from the tables of another paper. Each stands beside what
that paper prints, and what is found here, for normal and for resampled errors. From the results of
`bm_table3`, `bm_table4` and `bm_table_s2`. Written beside the results of the study.
"""

import pandas as pd
import typer

from gfe_mc.published.loader import published
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.report.study import SUMMARY

STUDY = "fcr_table1"
OURS = {"bias": "mae"}
"""What the print calls bias is the mean absolute error."""
DESIGNS = {"normal": ("bm_table4", "bm_table3"), "resampled": ("bm_table_s2", "bm_table_s1")}
"""Tables that print standard errors and coverage, and misclassification."""


def printed(row: pd.Series, errors: str) -> str:
    """The other paper's figure, by the same name; empty where it prints none."""
    for name in DESIGNS[errors]:
        table = published(name)
        of = (table["G"] == row["G"]) & (table["statistic"] == row["statistic"])
        of &= table["parameter"] == row["parameter"]
        if "variance" in table:
            of &= table["variance"] == "fixed_t"
        if of.any():
            return f"{table[of]['value'].item():.{table[of]['decimals'].item()}f}"
    return ""


def found(row: pd.Series, errors: str) -> str:
    """Our figure with its error, by the default search."""
    summary = pd.read_csv(RESULTS / DESIGNS[errors][0] / SUMMARY, keep_default_na=False)
    fixed = row["statistic"] in ("median_se", "coverage")
    of = (summary["G"] == row["G"]) & (summary["estimator"] == "genetic")
    of &= summary["statistic"] == OURS.get(row["statistic"], row["statistic"])
    of &= summary["parameter"] == row["parameter"]
    of &= summary["inference"] == ("fixed_t" if fixed else "none")
    one = summary[of]
    return with_error(float(one["value"].item()), float(one["error"].item()))


def main() -> None:
    """Compare, print, and write."""
    table = published(STUDY)
    of_gfe = table[(table["estimator"] == "gfe") & (table["statistic"] != "seconds")]
    rows = []
    for _, row in of_gfe.iterrows():
        said = f"{row['value']:.{row['decimals']}f}"
        beside = [make(row, errors) for errors in DESIGNS for make in (printed, found)]
        name = "" if row["parameter"] == "none" else row["parameter"]
        rows.append((str(row["G"]), name, row["statistic"], said, *beside))
    columns = [f"{errors} errors, {whose}" for errors in DESIGNS for whose in ("printed", "ours")]
    made = Table(
        "What the table prints for GFE, beside where it may come from",
        ("G", "parameter", "figure", "printed for GFE", *columns),
        tuple(rows),
        (
            "Printed: Bonhomme and Manresa (2012), Tables 3, 4, S1 and S2, which print no absolute "
            "and no squared errors. Standard errors and coverage are for fixed T.",
            "Ours: the default search; misclassification by optimal assignment. In brackets: Monte "
            "Carlo standard errors.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    (RESULTS / STUDY / "printed_gfe.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
