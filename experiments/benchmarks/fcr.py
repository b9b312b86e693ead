"""Objective against time of the searches for fuzzy clustering regression.

    python experiments/benchmarks/fcr.py [--panel income_democracy_balanced.csv] [--output fcr.md]

Every search starts one hundred, then one thousand times, on the panel with 3, 5 and 10 groups; the
GFE objective of the same panel stands beside, which is the least that any of them can reach but
for the share that soft memberships take.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.search import (
    Annealing,
    DirectMinimization,
    FuzzySearch,
    PaperProgram,
)
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.papers.income_democracy import COLUMNS, calibrated_dgp
from gfe_mc.report.render import Table, render

GROUPS = (3, 5, 10)


def searches() -> dict[str, FuzzySearch]:
    """Return the searches by name."""
    return {
        "annealing, 100": Annealing(100, hits=0),
        "annealing, 1,000": Annealing(1000, hits=0),
        "annealing, up to 1,000, 20 hits": Annealing(),
        "direct minimisation, 100": DirectMinimization(100),
        "direct minimisation, 1,000": DirectMinimization(1000),
        "the authors' program, 100": PaperProgram(100),
    }


def fit(panel: Panel, estimator: FCR | GFE) -> tuple[float, float]:
    """Objective and CPU seconds."""
    started = time.thread_time()
    objective = estimator.fit(panel, np.random.default_rng(0)).objective
    return objective, time.thread_time() - started


def main(
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
) -> None:
    """Measure, print, and write."""
    threadpool_limits(1)
    if panel is None:
        read = calibrated_dgp(None, 3, "normal").draw(np.random.default_rng(0)).panel
    else:
        read = COLUMNS.read(panel)
    rows = []
    for groups in GROUPS:
        fit(read, GFE(groups))  # Compiles.
        best, seconds = fit(read, GFE(groups))
        rows.append((str(groups), "GFE, default search", f"{best:.6f}", "0", f"{seconds:.3f}"))
        for name, search in searches().items():
            brief: Any = replace(search, starts=2)  # type: ignore[type-var]
            fit(read, FCR(groups, search=brief))
            objective, seconds = fit(read, FCR(groups, search=search))
            above = f"{100 * (objective / best - 1):.2f}"
            rows.append((str(groups), name, f"{objective:.6f}", above, f"{seconds:.3f}"))
    made = Table(
        "One estimate by each search, m = 1.001",
        ("G", "search, starts", "objective", "% above GFE", "CPU seconds"),
        tuple(rows),
        ("One thread. Starts are random; one seed.",),
    )
    text = render(made, "markdown")
    print(text)
    if output is not None:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
