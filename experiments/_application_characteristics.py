"""Tables B5 and 5 of Bonhomme and Manresa: characteristics of countries by group, and logits.

    python experiments/_application_characteristics.py PANEL COVARIATES

Groups are those of four groups on the panel. Means and standard deviations of characteristics by
group; multinomial logits of the group, with statsmodels (extra `application`). Written into the
folder of the application.
"""

from collections import Counter
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import statsmodels.api as sm
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.papers.application import FOLDER, GROUP_NAMES, estimate, said
from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.published.loader import published
from gfe_mc.report.digits import ABSENT
from gfe_mc.report.folders import RESULTS
from gfe_mc.report.render import Table, render

NAMES = {
    "log_gdp_pc_1500": "log_gdppc_1500",
    "independence_year": "independence_year",
    "constraints": "constraints_independence",
    "democracy_1965": "democracy_1965",
    "log_gdp_pc_1965": "income_1965",
    "education_1970": "education_1970",
    "share_catholic_1980": "catholic_1980",
    "share_protestant_1980": "protestant_1980",
}
"""Columns of the file by their names in print."""
HISTORY = ("log_gdp_pc_1500", "independence_year", "constraints")
RELIGION = ("share_catholic_1980", "share_protestant_1980")
LOGITS: tuple[tuple[str, ...], ...] = (
    HISTORY[:1],
    HISTORY,
    (*HISTORY, *RELIGION),
    ("democracy_1965", "log_gdp_pc_1965"),
    ("democracy_1965", "education_1970"),
    ("democracy_1965", "log_gdp_pc_1965", "education_1970"),
    (*HISTORY, "education_1970"),
    (*HISTORY, "democracy_1965", "education_1970"),
    (*HISTORY, "democracy_1965", "log_gdp_pc_1965", "education_1970"),
    (*HISTORY, "democracy_1965", "log_gdp_pc_1965", "education_1970", *RELIGION),
)
"""Regressors of each column of Table 5."""
BASE = 2
"""The group that the others are compared with."""
CENTURY = 100
"""Table 5 has the year of independence in centuries."""
TINY = 1e-9


def averages(frame: pd.DataFrame) -> Table:
    """Table B5: means and standard deviations by group."""
    print_ = published("bm_table_b5")
    rows, verdicts = [], Counter[str]()
    for variable, statistic in ((name, one) for name in NAMES for one in ("mean", "sd")):
        entries = [variable, statistic]
        for group in range(1, 5):
            values = frame.loc[frame["group"] == group, variable]
            ours = float(values.mean() if statistic == "mean" else values.std())
            entry, verdict = beside(
                ours, print_, group=group, variable=variable, statistic=statistic
            )
            entries.append(entry)
            verdicts[verdict] += 1
        counted = frame.groupby("group")[variable].count()
        entries.append(", ".join(str(counted[group]) for group in range(1, 5)))
        rows.append(tuple(entries))
    return Table(
        "Table B5: characteristics by group",
        ("variable", "", *GROUP_NAMES, "countries with it, by group"),
        tuple(rows),
        (MARK, counts(verdicts)),
    )


def logits(frame: pd.DataFrame) -> Table:
    """Table 5: a multinomial logit a column."""
    print_ = published("bm_table5")
    rows, verdicts = [], Counter[str]()
    for column, regressors in enumerate(LOGITS, 1):
        own = frame.dropna(subset=list(regressors))
        # The base is the first category.
        outcome = own["group"].map({BASE: 0, 1: 1, 3: 2, 4: 3})
        scaled = own[list(regressors)].copy()
        if "independence_year" in scaled:
            scaled["independence_year"] /= CENTURY
        fit = sm.MNLogit(outcome, sm.add_constant(scaled)).fit(
            method="newton", maxiter=200, tol=TINY, disp=False
        )
        if not fit.mle_retvals["converged"]:
            raise ValueError(f"the logit of column {column} did not converge")
        for k, variable in enumerate(regressors, 1):
            entries = [f"({column})", str(len(own)), variable]
            for position, group in enumerate((1, 3, 4)):
                where = {"column": column, "group": str(group), "variable": variable}
                for statistic, values in (("estimate", fit.params), ("se", fit.bse)):
                    ours = float(np.asarray(values)[k, position])
                    entry, verdict = beside(ours, print_, **where, statistic=statistic)
                    entries.append(entry)
                    verdicts[verdict] += 1
            rows.append(tuple(entries))
    last = int(frame.dropna(subset=list(LOGITS[-1])).shape[0])
    printed = int(print_.loc[print_["statistic"] == "observations", "value"].item())
    return Table(
        f"Table 5: multinomial logits of the group, against group {BASE}",
        (
            *("column", "N", "regressor"),
            *(f"group {g}{kind}" for g in (1, 3, 4) for kind in ("", ", se")),
        ),
        tuple(rows),
        (
            MARK,
            counts(verdicts),
            f"Observations in column (10): {last}, printed {printed}.",
            f"{int((print_['note'] != '').sum())} printed coefficients have lost their minus sign "
            f"in the copy at hand, and it is inferred; {verdicts[ABSENT]} figures cannot be read.",
        ),
    )


MARK = "In brackets: printed, where ours is not so; an asterisk: as printed by rounding twice; " + (
    "a dash: cannot be read."
)


def beside(ours: float, print_: pd.DataFrame, **where: object) -> tuple[str, str]:
    """Write a number to the digits of the print, and say what became of it."""
    own = print_
    for name, value in where.items():
        own = own[own[name] == value]
    if own.empty:
        return f"{ours:.3f} ({ABSENT})", ABSENT
    printed, decimals = float(own["value"].item()), int(own["decimals"].item())
    verdict = said(ours, printed, decimals)
    if verdict == "as printed":
        return f"{ours:.{decimals}f}", verdict
    if verdict == "rounded twice":
        return f"{ours:.{decimals + 2}f}*", verdict
    return f"{ours:.{decimals + 1}f} ({printed:.{decimals}f})", verdict


def counts(verdicts: Counter[str]) -> str:
    """Count verdicts, in words."""
    named = {word: "cannot be read" if word == ABSENT else word for word in verdicts}
    return ", ".join(f"{number} {named[word]}" for word, number in verdicts.most_common()) + "."


def characteristics(panel: Panel, covariates: str) -> pd.DataFrame:
    """Read characteristics of countries by their names in print, with their group of four."""
    groups = pd.Series(estimate(panel, "G4").groups + 1, index=list(panel.units), name="group")
    read = pd.read_csv(covariates).set_index("country")
    return read[list(NAMES.values())].set_axis(list(NAMES), axis=1).join(groups, how="right")


def main(
    panel: Annotated[str, typer.Argument(help="Income and democracy panel.")],
    covariates: Annotated[str, typer.Argument(help="Characteristics of its countries (CSV).")],
) -> None:
    """Fit, print, and write."""
    frame = characteristics(COLUMNS.read(panel), covariates)
    tables = (averages(frame), logits(frame))
    text = "\n\n".join(render(table, "markdown") for table in tables)
    print(text)
    folder = RESULTS / FOLDER
    folder.mkdir(exist_ok=True)
    Path(folder, "characteristics.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
