"""How fast grouped fixed effects are: CPU seconds on one thread, medians over repeats.

    python experiments/benchmarks/gfe_speed.py [--panel income_democracy_balanced.csv]
                                               [--output gfe_speed.md]

First Algorithm 1 of Bonhomme and Manresa (2012), by the kernel and by plain array code that Numba
compiles as it stands: from the same starting values, to the same objectives (which is checked).
Then, given the panel, whole fits with ten groups by Algorithm 2 and by the default search.
"""

# ruff: noqa: E402

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple

# Before NumPy is loaded: both sides run on one thread.
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"

import numba
import numpy as np
import typer

from gfe_mc import GFE, VNS, Genetic, Panel
from gfe_mc.estimators.profiles.search import Search
from gfe_mc.estimators.profiles.stack import stack
from gfe_mc.kernels.profiles.arrays import empty_grouping, empty_scratch
from gfe_mc.kernels.profiles.starts import search_starts
from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.report.render import Table, render

LIMIT = 10_000


@numba.njit(error_model="numpy")
def algorithm_1(y: np.ndarray, x: np.ndarray, theta: np.ndarray, alpha: np.ndarray) -> float:
    """Algorithm 1 from starting values, as one writes it with arrays; return the objective."""
    n_units, _, n_regressors = x.shape
    n_groups = alpha.shape[0]
    groups = np.full(n_units, -1)
    squares = np.empty((n_units, n_groups))
    objective = np.inf
    for _ in range(LIMIT):
        # Assignment step (9).
        residuals = y.copy()
        for k in range(n_regressors):
            residuals -= theta[k] * x[:, :, k]
        for g in range(n_groups):
            squares[:, g] = ((residuals - alpha[g]) ** 2).sum(axis=1)
        assigned = np.argmin(squares, axis=1)
        # Footnote 11: an empty group gets the unit that is farthest from its own profile.
        counts = np.bincount(assigned, minlength=n_groups)
        for g in range(n_groups):
            if counts[g] == 0:
                nearest = np.array([squares[i, assigned[i]] for i in range(n_units)])
                farthest = np.argmax(np.where(counts[assigned] > 1, nearest, -1.0))
                counts[assigned[farthest]] -= 1
                counts[g] = 1
                assigned[farthest] = g
                squares[farthest, g] = 0.0
        if (assigned == groups).all():
            return float(objective)
        groups = assigned
        # Update step (10): least squares in deviations from group-period means.
        y_within, x_within = y.copy(), x.copy()
        for g in range(n_groups):
            members = groups == g
            y_within[members] -= y[members].sum(axis=0) / counts[g]
            x_within[members] -= x[members].sum(axis=0) / counts[g]
        flat_x, flat_y = x_within.reshape(-1, n_regressors), y_within.reshape(-1)
        theta = np.linalg.solve(flat_x.T @ flat_x, flat_x.T @ flat_y)
        residuals = y.copy()
        for k in range(n_regressors):
            residuals -= theta[k] * x[:, :, k]
        for g in range(n_groups):
            alpha[g] = residuals[groups == g].sum(axis=0) / counts[g]
        value = ((flat_y - flat_x @ theta) ** 2).sum()
        if not value < objective:
            return float(value)
        objective = value
    return float(objective)


@numba.njit(error_model="numpy")
def algorithm_1_from(
    y: np.ndarray, x: np.ndarray, thetas: np.ndarray, alphas: np.ndarray
) -> np.ndarray:
    """Algorithm 1 from each of S starting values; return the objectives (S,)."""
    objectives = np.empty(thetas.shape[0])
    for s in range(thetas.shape[0]):
        objectives[s] = algorithm_1(y, x, thetas[s], alphas[s].copy())
    return objectives


class Row(NamedTuple):
    """One line of the table of Algorithm 1: microseconds of CPU per start."""

    panel: str
    n_units: int
    n_periods: int
    n_regressors: int
    n_groups: int
    starts: int
    plain: float
    kernel: float


def simulated(n_units: int, n_periods: int, n_regressors: int, n_groups: int) -> Panel:
    """A panel with groups in it, the regressors correlated with their effects."""
    rng = np.random.default_rng(0)
    effects = rng.standard_normal((n_groups, n_periods))
    groups = np.arange(n_units) % n_groups
    x = rng.standard_normal((n_units, n_periods, n_regressors)) + 0.5 * effects[groups][:, :, None]
    noise = rng.standard_normal((n_units, n_periods))
    return Panel.from_arrays(0.5 * x.sum(axis=2) + effects[groups] + noise, x)


def starting_values(
    panel: Panel, slopes: np.ndarray, n_groups: int, starts: int
) -> tuple[np.ndarray, np.ndarray]:
    """The starting values that the kernel draws from the generator with seed 0."""
    rng = np.random.default_rng(0)
    pool = np.arange(panel.shape[0])
    thetas, alphas = [], []
    for _ in range(starts):
        theta = np.array([mean + sd * rng.standard_normal() for mean, sd in slopes.T])
        for j in range(n_groups):
            chosen = j + int(rng.random() * (len(pool) - j))
            pool[[j, chosen]] = pool[[chosen, j]]
        units = pool[:n_groups]
        thetas.append(theta)
        alphas.append(panel.y[units] - panel.x[units] @ theta)
    return np.array(thetas), np.array(alphas)


def cpu_seconds(*functions: Callable[[], object], repeats: int) -> list[float]:
    """Median CPU seconds of each function over repeats that take turns."""
    times = np.empty((repeats, len(functions)))
    for r in range(repeats):
        for f, function in enumerate(functions):
            before = time.process_time()
            function()
            times[r, f] = time.process_time() - before
    return [float(median) for median in np.median(times, axis=0)]


def compare(name: str, panel: Panel, n_groups: int, starts: int, repeats: int) -> Row:
    """Time Algorithm 1 by both from the same starting values; check that the results agree."""
    n_units, n_periods, n_regressors = panel.shape
    data, _ = stack(panel)
    # Period means out for both: they change no estimate.
    y = panel.y - panel.y.mean(axis=0)
    x = panel.x - panel.x.mean(axis=0)
    centred = Panel.from_arrays(y, x)
    slopes = np.array([[0.5] * n_regressors, [0.3] * n_regressors])
    thetas, alphas = starting_values(centred, slopes, n_groups, starts)
    now = empty_grouping(*panel.shape, n_groups)

    def plain() -> np.ndarray:
        objectives: np.ndarray = algorithm_1_from(y, x, thetas, alphas)
        return objectives

    def kernel() -> float:
        # Drawing the starting values is part of the kernel's time, and not of the other's.
        scratch = empty_scratch(*panel.shape, n_groups)
        rng = np.random.default_rng(0)
        return search_starts(data, rng, slopes, starts, LIMIT, 0, False, now, scratch)[0]

    scratch, rng = empty_scratch(*panel.shape, n_groups), np.random.default_rng(0)
    one_by_one = [
        search_starts(data, rng, slopes, 1, LIMIT, 0, False, now, scratch)[0] for _ in range(starts)
    ]
    np.testing.assert_allclose(plain(), one_by_one, rtol=1e-9)
    np.testing.assert_allclose(plain().min(), kernel(), rtol=1e-9)
    seconds = cpu_seconds(plain, kernel, repeats=repeats)
    per_start = [1e6 * value / starts for value in seconds]
    return Row(name, n_units, n_periods, n_regressors, n_groups, starts, *per_start)


def fits(panel: Panel, n_groups: int, repeats: int) -> list[tuple[str, float, float, int]]:
    """Of each search: its name, median CPU seconds of a fit, best objective, and fits that hit it.

    Every fit has a seed of its own; compilation and the first fit are not timed.
    """
    searches: list[tuple[str, Search]] = [
        ("Algorithm 2 (10;10;10)", VNS(10, 10, 10)),
        ("default search", Genetic()),
    ]
    lines = []
    for name, search in searches:
        GFE(n_groups, search).fit(panel, np.random.default_rng(0))
        times, objectives = [], []
        for seed in range(1, repeats + 1):
            rng = np.random.default_rng(seed)
            before = time.process_time()
            fit = GFE(n_groups, search).fit(panel, rng)
            times.append(time.process_time() - before)
            objectives.append(fit.objective)
        best = min(objectives)
        hits = sum(value <= best * (1.0 + 1e-9) for value in objectives)
        lines.append((name, float(np.median(times)), best, hits))
    return lines


def speed_of_algorithm_1(panel: Panel | None, repeats: int) -> Table:
    """Time Algorithm 1 on small panels and a large one."""
    small = ("simulated", simulated(90, 7, 2, 3))
    if panel is not None:
        small = ("income and democracy", panel)
    rows = [
        compare(*small, n_groups=3, starts=200, repeats=repeats),
        compare(*small, n_groups=10, starts=200, repeats=repeats),
        compare("simulated", simulated(1000, 20, 2, 5), 5, 20, repeats),
    ]
    return Table(
        "Algorithm 1 from the same starting values to the same objectives: CPU time per start",
        ("panel", "N", "T", "K", "G", "starts", "compiled NumPy, µs", "kernel, µs", "ratio"),
        tuple(
            (
                row.panel,
                *map(str, row[1:6]),
                f"{row.plain:.1f}",
                f"{row.kernel:.1f}",
                f"{row.plain / row.kernel:.1f}",
            )
            for row in rows
        ),
        (f"One thread; medians of {repeats} runs that take turns.",),
    )


def speed_of_fits(panel: Panel, repeats: int) -> Table:
    """Time whole fits of the panel with ten groups."""
    return Table(
        "Whole fits of the panel with ten groups: CPU time per fit",
        ("search", "seconds", "best objective", f"seeds of {repeats} that met it"),
        tuple(
            (name, f"{seconds:.3f}", f"{best:.6f}", str(hits))
            for name, seconds, best, hits in fits(panel, 10, repeats)
        ),
        (f"One thread; medians over {repeats} seeds.",),
    )


def main(
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write the tables to.")] = None,
    repeats: Annotated[int, typer.Option(help="Repeats behind every median.")] = 20,
) -> None:
    """Time, print, and write."""
    read = COLUMNS.read(panel) if panel else None
    made = [speed_of_algorithm_1(read, repeats)]
    if read is not None:
        made.append(speed_of_fits(read, repeats))
    text = "\n".join(render(table, "markdown") for table in made)
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
