"""Interactive fixed effects on the panel of income and democracy: factors, starts, optima.

    python experiments/_interactive_panel.py PANEL

Written beside the results of `bm_interactive`.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.factors.interactive import InteractiveFixedEffects
from gfe_mc.estimators.factors.search import BaiIteration, FactorSearch, ProfileNewton
from gfe_mc.estimators.factors.starts import STARTS
from gfe_mc.inference.factors import FactorErrors
from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.report.render import Table, render

STUDY = "bm_interactive"
FACTORS = 3
LIMITS = (100, 1000, 10_000, 100_000)


def by_factors(data: Panel) -> Table:
    """Estimates by the number of factors."""
    rows = []
    for factors in range(6):
        rng = np.random.default_rng(0)
        fit = InteractiveFixedEffects(factors).fit(data, rng)
        errors = FactorErrors(small_sample="freedom").covariance(data, fit, rng)
        slopes = [
            f"{value:.4f} ({error:.4f})"
            for value, error in zip(fit.theta, errors.standard_errors, strict=True)
        ]
        share = f"{fit.n_best} of {fit.n_tries}"
        rows.append((str(factors), *slopes, f"{fit.objective:.6f}", share))
    return Table(
        "By number of factors",
        ("factors", "theta1", "theta2", "objective", "starts that met it"),
        tuple(rows),
        ("In brackets: standard errors clustered by country, with degrees of freedom.",),
    )


def by_start(data: Panel) -> Table:
    """Where each start leads, by Newton's method and by Bai's iteration after so many steps."""
    rows = []
    for start in STARTS:
        searches: dict[str, FactorSearch] = {"Newton": ProfileNewton((start,), random=0)}
        searches |= {
            f"iteration, {limit} at most": BaiIteration((start,), limit=limit) for limit in LIMITS
        }
        for name, search in searches.items():
            rng = np.random.default_rng(0)
            fit = InteractiveFixedEffects(FACTORS, search).fit(data, rng)
            slopes = [f"{value:.4f}" for value in fit.theta]
            rows.append((start, name, *slopes, f"{fit.objective:.6f}", fit.status.name))
    return Table(
        f"By start, {FACTORS} factors",
        ("start", "search", "theta1", "theta2", "objective", "status"),
        tuple(rows),
    )


def main(panel: Annotated[str, typer.Argument(help="Income and democracy panel.")]) -> None:
    """Estimate, print, and write."""
    data = COLUMNS.read(panel)
    text = "\n".join(render(table, "markdown") for table in (by_factors(data), by_start(data)))
    print(text)
    Path("results", STUDY, "panel.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
