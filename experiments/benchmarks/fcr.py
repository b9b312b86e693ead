"""Objective against time of the searches for fuzzy clustering regression.

    python experiments/benchmarks/fcr.py [--panel FILE.csv] [--output fcr.md] [--seeds 100]

Every search starts one hundred, then one thousand times, on the panel with 3, 5 and 10 groups; the
GFE objective of the same panel stands beside, which is the least that any of them can reach but
for the share that soft memberships take. A second table counts the seeds from which the genetic
search meets the best objective of all of them.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from gfe_mc.data.panel import Panel
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.fuzzy.genetic import FuzzyGenetic
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
GENETIC_GROUPS = (3, 5, 8, 10, 15)
SAME = 1e-7
"""Objectives that differ by less, relative to the lower, count as the same."""


def searches() -> dict[str, FuzzySearch]:
    """Return the searches by name."""
    return {
        "genetic": FuzzyGenetic(),
        "annealing, 100": Annealing(100, hits=0),
        "annealing, 1,000": Annealing(1000, hits=0),
        "annealing, up to 1,000, 20 hits": Annealing(),
        "direct minimisation, 100": DirectMinimization(100),
        "direct minimisation, 1,000": DirectMinimization(1000),
        "the authors' program, 100": PaperProgram(100),
    }


def brief(search: FuzzySearch) -> FuzzySearch:
    """Return a short search of the same kind."""
    shorter: Any = {"patience": 2} if isinstance(search, FuzzyGenetic) else {"starts": 2}
    made: FuzzySearch = replace(search, **shorter)  # type: ignore[type-var]
    return made


def fit(panel: Panel, estimator: FCR | GFE, seed: int = 0) -> tuple[float, float]:
    """Objective and CPU seconds."""
    started = time.thread_time()
    objective = estimator.fit(panel, np.random.default_rng(seed)).objective
    return objective, time.thread_time() - started


def hits(panel: Panel, seeds: int) -> Iterator[tuple[str, ...]]:
    """Yield how many seeds meet the best objective, and how long a seed takes."""
    for groups in GENETIC_GROUPS:
        objectives, seconds = np.array([fit(panel, FCR(groups), seed) for seed in range(seeds)]).T
        best = objectives.min()
        met = int((objectives <= best * (1 + SAME)).sum())
        times = f"{np.median(seconds):.3f}", f"{seconds.max():.3f}"
        yield str(groups), f"{best:.6f}", f"{met} of {seeds}", *times


def main(
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds of the genetic search.")] = 100,
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
            fit(read, FCR(groups, search=brief(search)))
            objective, seconds = fit(read, FCR(groups, search=search))
            above = f"{100 * (objective / best - 1):.2f}"
            rows.append((str(groups), name, f"{objective:.6f}", above, f"{seconds:.3f}"))
    made = Table(
        "One estimate by each search, m = 1.001",
        ("G", "search, starts", "objective", "% above GFE", "CPU seconds"),
        tuple(rows),
        ("One thread. Starts are random; one seed.",),
    )
    counted = Table(
        "The genetic search, seed by seed, m = 1.001",
        ("G", "best objective", "seeds that met it", "median CPU seconds", "most"),
        tuple(hits(read, seeds)),
        ("One thread.",),
    )
    text = render(made, "markdown") + "\n" + render(counted, "markdown")
    print(text)
    if output is not None:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
