"""Exact errors of known groups in Tables 1 and 2 of Lin and Ng, and PSEUDO with G known at T = 20.

    python experiments/_known_groups_exact.py

With known groups least squares has the variance of an inverse Wishart matrix, so that the root mean
squared error has a closed form. From the printed tables and the summaries of `ln_table1` and
`ln_table2`; a printed figure's sampling error is ours. Written beside the results of `ln_table1`.
"""

import numpy as np
import pandas as pd
import typer

from gfe_mc.dgp.slope_groups import assigned_groups
from gfe_mc.metrics.unit_slopes import RMSE
from gfe_mc.papers.slope_designs import ROUNDING
from gfe_mc.published.loader import published
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.report.study import SUMMARY

X_VARIANCE = 3.0
STUDIES = ("ln_table1", "ln_table2")
KEYS = ["config", "T", "N"]


def exact(n_units: int, n_periods: int, n_groups: int, n_slopes: int) -> float:
    """Root mean squared error times 100 of units' slopes, groups being known.

    E (X'X)^{-1} = I / (3 (N_g (T - 1) - K - 1)) in each group: normal regressors of variance 3, in
    deviations from unit means, errors of variance one.
    """
    counts = np.bincount(assigned_groups(n_units, n_groups, ROUNDING))
    variances = 1 / (X_VARIANCE * (counts * (n_periods - 1) - n_slopes - 1))
    return float(100 * np.sqrt(counts @ variances / n_units))


def beside(study: str, estimator: str) -> pd.DataFrame:
    """A printed column with our figures, their errors, and z."""
    summary = pd.read_csv(RESULTS / study / SUMMARY)
    own = summary[(summary["estimator"] == estimator) & (summary["statistic"] == RMSE)]
    print_ = published(study)
    print_ = print_[print_["estimator"] == estimator].rename(columns={"value": "printed"})
    both = print_.merge(own[[*KEYS, "value", "error"]], on=KEYS, validate="one_to_one")
    rounding = 10.0 ** -both["decimals"] / np.sqrt(12)
    both["z"] = (both["value"] - both["printed"]) / np.hypot(np.sqrt(2) * both["error"], rounding)
    both["of_exact"] = np.hypot(both["error"], rounding)
    return both


def known_groups() -> Table:
    """What is exact, printed and ours, in every different cell of (G, K)."""
    table = beside(STUDIES[0], "known_groups")
    rows, of_print, of_ours = [], [], []
    for _, row in table.iterrows():
        value = exact(*(int(row[name]) for name in ("N", "T", "G", "K")))
        of_print.append((row["printed"] - value) / row["of_exact"])
        of_ours.append((row["value"] - value) / row["error"])
        rows.append(
            (
                *(str(row[name]) for name in ("G", "K", "T", "N")),
                f"{value:.4f}",
                f"{row['printed']:.2f}",
                f"{of_print[-1]:.2f}",
                f"{row['value']:.4f}",
                f"{of_ours[-1]:.2f}",
            )
        )
    squares = [f"{np.mean(np.square(one)):.2f}" for one in (of_print, of_ours)]
    return Table(
        "Known groups: exact values, the print and ours (RMSE x 100)",
        ("G", "K", "T", "N", "exact", "printed", "printed: z", "ours", "ours: z"),
        tuple(rows),
        (
            f"Mean of z squared over {len(rows)} cells: printed {squares[0]}, ours {squares[1]}.",
            "z of the print: sampling error of 1,000 replications (ours) and rounding.",
            "Table 2 prints the same figures.",
        ),
    )


def pseudo_known_g() -> list[Table]:
    """PSEUDO with G known: where it is off, and how far the columns are as a whole."""
    made = []
    for study in STUDIES:
        table = beside(study, "pseudo_known_g")
        by_period = table.assign(square=table["z"] ** 2).pivot_table(
            index="config", columns="T", values="square", sort=False
        )
        rows = [
            (str(name), *(f"{value:.2f}" for value in row), f"{row.mean():.2f}")
            for name, row in by_period.iterrows()
        ]
        made.append(
            Table(
                f"PSEUDO with G known, {study}: mean of z squared of four N",
                ("part", *(f"T={n}" for n in by_period.columns), "all"),
                tuple(rows),
                (f"All {len(table)} cells: {np.mean(table['z'] ** 2):.2f}.",),
            )
        )
    table = beside(STUDIES[0], "pseudo_known_g")
    rows = [
        (
            row["config"],
            str(row["N"]),
            f"{row['printed']:.2f}",
            f"{row['value']:.3f}",
            f"{100 * (row['value'] / row['printed'] - 1):.1f}",
            f"{row['z']:.1f}",
        )
        for _, row in table[table["T"] == 20].iterrows()
    ]
    heading = ("part", "N", "printed", "ours", "above print, %", "z")
    made.append(Table("PSEUDO with G known, ln_table1, T = 20", heading, tuple(rows), ()))
    return made


def main() -> None:
    """Compute, print, and write."""
    text = "\n\n".join(render(one, "markdown") for one in (known_groups(), *pseudo_known_g()))
    print(text)
    (RESULTS / STUDIES[0] / "known_groups.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
