"""What three steps lose against the full search, and what they save, where units are many.

    python -m experiments.benchmarks.three_steps [--output three_steps.md] [--units 10000 ...]

From the root of the source tree. Groups of simulated panels are told apart easily or hardly; each
panel is searched whole, then in three steps with samples of several sizes. Everything compiled
beforehand; seconds are of the CPU. All of it takes a few minutes.
"""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from experiments.benchmarks.search import simulated
from gfe_mc import GFE, LargeT, Panel, ThreeSteps
from gfe_mc.fit import Fit
from gfe_mc.labels import agreement, relabelling
from gfe_mc.report.render import Table, render

GROUPS, PERIODS = 3, 10
SEPARATED = {"well": 0.3, "badly": 1.5}
"""Standard deviations of errors beside profiles of variance one."""


def timed(estimator: GFE, panel: Panel, seed: int) -> tuple[Fit, float]:
    """Fit, and return CPU seconds beside the fit."""
    started = time.process_time()
    found = estimator.fit(panel, np.random.default_rng(seed))
    return found, time.process_time() - started


def elsewhere(found: Fit, full: Fit) -> float:
    """Return the share of units, in percent, whose group is another one than in the full search."""
    assert found.groups is not None
    assert full.groups is not None
    order = relabelling(found.groups, full.groups)
    counts = agreement(found.groups, full.groups)
    same = sum(int(counts[order[g], g]) for g in range(len(order)))
    return 100.0 * (1.0 - same / len(full.groups))


def shown(values: list[float], decimals: int) -> str:
    """Return the mean and its standard error over draws of the sample."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.{decimals}f} ({error:.{decimals}f})"


def rows_of(
    units: int, told: str, samples: list[int], draws: int, seed: int
) -> list[tuple[str, ...]]:
    """Search one panel whole, and in three steps from several draws of a sample: a row each."""
    panel = simulated(units, PERIODS, 1, GROUPS, SEPARATED[told], seed)
    full, seconds = timed(GFE(GROUPS), panel, seed)
    error = LargeT().covariance(panel, full, np.random.default_rng(seed)).standard_errors[0]
    rows: list[tuple[str, ...]]
    rows = [(f"{units:,}", told, "full search", f"{seconds:.2f}", "", "", "")]
    for sample in samples:
        fits = [timed(GFE(GROUPS, ThreeSteps(sample)), panel, seed + d) for d in range(draws)]
        above = [100 * (found.objective / full.objective - 1) for found, _ in fits]
        apart = [abs(found.theta[0] - full.theta[0]) / error for found, _ in fits]
        rows.append(
            (
                *(f"{units:,}", told, f"three steps, n = {sample:,}"),
                f"{np.mean([took for _, took in fits]):.2f}",
                shown(above, 5),
                shown([elsewhere(found, full) for found, _ in fits], 3),
                shown(apart, 2),
            )
        )
    return rows


def main(
    units: Annotated[list[int] | None, typer.Option(help="Numbers of units.")] = None,
    sample: Annotated[list[int] | None, typer.Option(help="Sizes of the sample.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write the table to.")] = None,
    draws: Annotated[int, typer.Option(help="Of the sample, for a panel.", min=2)] = 5,
    seed: Annotated[int, typer.Option(help="Seed of panels and searches.")] = 1,
) -> None:
    """Search, print, and write."""
    units, samples = units or [10_000, 100_000, 1_000_000], sample or [200, 1000, 5000]
    warm = simulated(5_000, PERIODS, 1, GROUPS, SEPARATED["badly"], seed)
    for estimator in (GFE(GROUPS), GFE(GROUPS, ThreeSteps(samples[0]))):
        timed(estimator, warm, seed)
    rows = [
        row for n in units for told in SEPARATED for row in rows_of(n, told, samples, draws, seed)
    ]
    header = ("N", "separated", "search", "CPU seconds", "objective above, %")
    table = Table(
        "Three steps against the full search",
        (*header, "units elsewhere, %", "slope apart, s.e."),
        tuple(rows),
        (
            f"One panel of each kind: G = {GROUPS}, T = {PERIODS}, one regressor; errors of "
            + " and ".join(f"{value} ({told})" for told, value in SEPARATED.items())
            + " beside profiles of variance one. Three steps: means over "
            f"{draws} draws of the sample, with standard errors over these.",
            "Above, elsewhere, apart: objective, groups after matching, and absolute difference of "
            "the slope beside those of the full search; s.e. is its clustered large-T error.",
            "The full search is Genetic(), which begins on a sample as well, and brings all units "
            "to a local optimum.",
        ),
    )
    text = render(table, "markdown")
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
