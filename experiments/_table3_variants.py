"""Variants of Lin and Ng's Table 3 beside the print, where they were chosen and elsewhere.

    python experiments/_table3_variants.py

From the results of `ln_table3` and `ln_table3_variants`, and of `ln_table3_groups`, which says how
much figures at N = 500 and T = 50 vary with the assignment to groups. Written beside the results of
`ln_table3_variants`.
"""

from itertools import product

import numpy as np
import pandas as pd
import typer
from scipy.stats import chi2

from gfe_mc.metrics.unit_slopes import RMSE
from gfe_mc.published.loader import published
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render
from gfe_mc.report.study import SUMMARY

STUDY, BEFORE, ASSIGNED = "ln_table3_variants", "ln_table3", "ln_table3_groups"
CHOSEN_ON, OTHERS = (20, 50), (100,)
REPLICATIONS = 1000
"""Of the print."""
KEYS = ["T", "N"]
PRINTED = ("known_groups", "pseudo_known_g", "pseudo", "ck_means")
NAMES = {"pseudo": "pseudo_pooled", "ck_means": "ck_means_pooled"}
"""Ours that the printed figures are of: the error variance of all observations."""


def figures(study: str) -> pd.DataFrame:
    """Root mean squared errors of a study."""
    summary = pd.read_csv(RESULTS / study / SUMMARY)
    if "printed_T" in summary:
        summary["T"] = summary["printed_T"]
    return summary[(summary["statistic"] == RMSE) & (summary["used"] > 0)]


def z_of(ours: pd.DataFrame, name: str, order: str) -> pd.Series:
    """Return z of a printed column, by T and N."""
    own = NAMES.get(name, name) + (f"_{order}" if order and name.startswith("pseudo") else "")
    found = ours[ours["estimator"] == own].set_index(KEYS)
    print_ = published(BEFORE)
    print_ = print_[print_["estimator"] == name].set_index(KEYS).loc[found.index]
    rounding = 10.0 ** -print_["decimals"] / np.sqrt(12)
    # Every variant by the same errors, those of the study with fewer replications.
    same = figures(STUDY)
    same = same[(same["design"] == "stationary") & (same["estimator"] == NAMES.get(name, name))]
    same = same.set_index(KEYS)
    found = found.loc[same.index]
    print_, rounding = print_.loc[same.index], rounding.loc[same.index]
    theirs = same["error"] * np.sqrt(same["used"] / REPLICATIONS)
    spread = np.sqrt(same["error"] ** 2 + theirs**2 + rounding**2)
    z: pd.Series = (found["value"] - print_["value"]) / spread
    return z


def rows_of(label: str, ours: pd.DataFrame, order: str) -> list[tuple[str, ...]]:
    """Mean z squared by printed column and of all, where chosen and elsewhere."""
    rows = []
    for where, periods in (("chosen on", CHOSEN_ON), ("others", OTHERS)):
        z = {name: z_of(ours, name, order) for name in PRINTED}
        squares = {
            name: one[one.index.get_level_values("T").isin(periods)].drop(
                [(100, 500)] if name == "ck_means" and 100 in periods else []
            )
            ** 2
            for name, one in z.items()
        }
        every = pd.concat(list(squares.values()))
        means = [f"{one.mean():.1f}" for one in squares.values()]
        p = chi2.sf(every.sum(), len(every))
        rows.append(
            (
                label,
                order or "all",
                where,
                str(len(every)),
                *means,
                f"{every.mean():.1f}",
                f"{p:.2g}",
            )
        )
    return rows


def columns() -> Table:
    """Mean z squared of every variant."""
    ours = figures(STUDY)
    rows = rows_of("T transitions", figures(BEFORE), "")
    titles = {"stationary": "T + 1", "second_start": "T + 1, 1 + rho^2"}
    for (design, title), order in product(titles.items(), ("", "first")):
        rows += rows_of(title, ours[ours["design"] == design], order)
    return Table(
        "Variants of Table 3: mean of z squared",
        ("panel", "PSEUDO's order without", "T", "cells", *PRINTED, "all", "p"),
        tuple(rows),
        (
            f"Chosen on: T of {', '.join(map(str, CHOSEN_ON))}; others: "
            f"{', '.join(map(str, OTHERS))}. All: of all four printed columns.",
            "CK-means at T = 100, N = 500, which no variant explains, is left out.",
            "z: rounding and errors, for all variants those of the panels with T + 1 transitions: "
            "theirs of 1,000 replications, ours of 500 to 1,000, or 200 where the number of groups "
            "is chosen. The assignment to groups is not in it. p: of chi squared with "
            "as many degrees of freedom as cells, as if cells were independent; estimators of one "
            "cell have the same samples, so that it is a rough one.",
        ),
    )


def cells() -> Table:
    """Every cell with T + 1 transitions beside the print."""
    both = {"T": figures(BEFORE), "T + 1": figures(STUDY)}
    both["T + 1"] = both["T + 1"][both["T + 1"]["design"] == "stationary"]
    z = {(label, name): z_of(ours, name, "") for label, ours in both.items() for name in PRINTED}
    rows = [
        (str(T), str(N), *(f"{z[key][T, N]:.1f}" for key in z))
        for T in (*CHOSEN_ON, *OTHERS)
        for N in sorted(both["T"]["N"].unique())
    ]
    heading = ("T", "N", *(f"{name}, {label}" for label, name in z))
    return Table("T and T + 1 transitions: z of every cell", heading, tuple(rows), ())


def assignments() -> Table:
    """Figures under several assignments, and how far they differ by more than chance."""
    summary = figures(ASSIGNED)
    rows = []
    for name, one in summary.groupby("estimator"):
        drawn = one[one["assignment"] != "in_order"]
        error = float(np.sqrt((drawn["error"] ** 2).mean()))
        q = float((((drawn["value"] - drawn["value"].mean()) / error) ** 2).sum())
        between = max(float(drawn["value"].var()) - error**2, 0.0)
        rows.append(
            (
                str(name),
                *(f"{a:.3f} ({b:.3f})" for a, b in zip(one["value"], one["error"], strict=True)),
                f"{np.sqrt(between):.3f}",
                f"{chi2.sf(q, len(drawn) - 1):.2g}",
            )
        )
    names = summary["assignment"].unique()
    return Table(
        "RMSE x 100 under several fixed assignments, N = 500, 51 transitions",
        ("estimator", *map(str, names), "s.d. beyond chance", "p"),
        tuple(rows),
        ("In brackets: Monte Carlo standard errors. p: that all drawn assignments are the same.",),
    )


def main() -> None:
    """Compare, print, and write."""
    text = "\n\n".join(render(one, "markdown") for one in (columns(), cells(), assignments()))
    print(text)
    (RESULTS / STUDY / "variants.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
