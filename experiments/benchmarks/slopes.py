"""What a start of CK-means costs as T grows, and what searches for groups by slopes find.

    python experiments/benchmarks/slopes.py [--panel growth_pwt62.csv] [--output slopes.md]

A start of CK-means is from cross-products, and from the series themselves. Errors grow with T, so
that groups are as hard to tell apart at every T and starts take as many passes. The reference goes
through the same moves from the same starts, and compares units with groups by the sums of squared
residuals of their series; it is compiled too.

Searches are compared from many seeds: how often each meets the least objective that any of them
found, how far above it is on average, and its time. Panels are simulated, and that of Lin and
Ng's Table 4 where it is given.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numba import njit

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.slope_groups import StaticSlopes, assigned_groups
from gfe_mc.estimators.slopes.ck_means import CKMeans, UnitMoves
from gfe_mc.estimators.slopes.grouped_slopes import GroupedSlopes
from gfe_mc.estimators.slopes.products import MinimumSize, room, unit_cross_products
from gfe_mc.kernels.slopes.products import regroup_slopes
from gfe_mc.kernels.slopes.pull import no_pull
from gfe_mc.kernels.slopes.search import conditional_kmeans, random_groups
from gfe_mc.papers.growth import COLUMNS, growth_panel
from gfe_mc.report.render import Table, render

BETA = ((0.3, -0.3), (0.5, 0.0), (0.7, 0.3))
UNITS, MINIMUM, LIMIT = 200, 20, 1000
PERIODS = (20, 100, 500, 2000)


@njit(cache=True)
def kmeans_on_series(y, x, groups, n_groups, minimum, limit):  # type: ignore[no-untyped-def]
    """CK-means on series in deviations: the final groups, in place."""
    n_units, n_periods, n_slopes = x.shape
    xx, xy = np.zeros((n_groups, n_slopes, n_slopes)), np.zeros((n_groups, n_slopes))
    counts = np.zeros(n_groups, np.int64)
    for i in range(n_units):
        xx[groups[i]] += x[i].T @ x[i]
        xy[groups[i]] += x[i].T @ y[i]
        counts[groups[i]] += 1
    beta = np.empty((n_groups, n_slopes))
    for g in range(n_groups):
        beta[g] = np.linalg.solve(xx[g], xy[g])
    for _ in range(limit):
        moved = False
        for i in range(n_units):
            old = groups[i]
            if counts[old] <= minimum:
                continue
            best, lowest = 0, np.inf
            for g in range(n_groups):
                ssr = 0.0
                for t in range(n_periods):
                    residual = y[i, t]
                    for k in range(n_slopes):
                        residual -= x[i, t, k] * beta[g, k]
                    ssr += residual * residual
                if ssr < lowest:
                    best, lowest = g, ssr
            if best != old:
                moved = True
                groups[i] = best
                counts[old] -= 1
                counts[best] += 1
                xx_i, xy_i = x[i].T @ x[i], x[i].T @ y[i]
                xx[old] -= xx_i
                xy[old] -= xy_i
                xx[best] += xx_i
                xy[best] += xy_i
                beta[old] = np.linalg.solve(xx[old], xy[old])
                beta[best] = np.linalg.solve(xx[best], xy[best])
        if not moved:
            break


def measure(n_periods: int, starts: int) -> tuple[float, float, float, bool]:
    """CPU seconds of the pass over the data, of a start of each kind, and if they end alike."""
    n_groups = len(BETA)
    dgp = StaticSlopes(
        n_periods, BETA, assigned_groups(UNITS, n_groups), error_variance=n_periods / 20
    )
    panel = dgp.draw(np.random.default_rng(n_periods)).panel
    deviations = panel.within_units()
    passes, ours, theirs, alike = [], [], [], True
    for _ in range(5):
        began = time.thread_time()
        data = unit_cross_products(replace(panel), "benchmark")  # One that nobody has seen.
        passes.append(time.thread_time() - began)
    rng, units = np.random.default_rng(0), np.arange(UNITS)
    for number in range(starts + 1):
        groups = np.empty(UNITS, np.int64)
        random_groups(rng, MINIMUM, n_groups, units, groups)
        now = room(data, n_groups)
        began = time.thread_time()
        regroup_slopes(data.products, groups, data.own, now)
        conditional_kmeans(data.products, data.own, MINIMUM, LIMIT, no_pull(), now)
        middle = time.thread_time()
        kmeans_on_series(deviations.y, deviations.x, groups, n_groups, MINIMUM, LIMIT)
        ended = time.thread_time()
        alike &= bool(np.array_equal(groups, now.groups))
        if number:  # The first one compiles.
            ours.append(middle - began)
            theirs.append(ended - middle)
    return float(np.median(passes)), float(np.mean(ours)), float(np.mean(theirs)), alike


Search = CKMeans | UnitMoves | GroupedSlopes


def searches(n_groups: int, minimum: MinimumSize) -> dict[str, Search]:
    """Searches for the same groups, by their names in the table."""
    return {
        "CKMeans, 100 starts": CKMeans(n_groups, 100, minimum),
        "CKMeans, 1000 starts": CKMeans(n_groups, 1000, minimum),
        "UnitMoves, 100 starts": UnitMoves(n_groups, 100, minimum),
        "UnitMoves, 500 starts": UnitMoves(n_groups, 500, minimum),
        "GroupedSlopes": GroupedSlopes(n_groups, minimum),
    }


def problems(growth: Path | None) -> Iterator[tuple[str, Panel, int, MinimumSize]]:
    """Panels, numbers of groups and their fewest units; each with a name."""
    any_size = MinimumSize(1, 0.0)
    if growth is not None:
        levels = COLUMNS.read(growth)
        for model in ("A", "B"):
            for n_groups, minimum in ((4, any_size), (8, any_size), (8, MinimumSize(5, 0.0))):
                name = f"growth {model}, G={n_groups}, at least {minimum.units}"
                yield name, growth_panel(levels, model), n_groups, minimum
    for n_groups in (2, 3, 4, 6):
        rng = np.random.default_rng(n_groups)
        beta = 0.4 * rng.standard_normal((n_groups, 2)).round(2)
        slopes = tuple(tuple(row) for row in beta.tolist())
        dgp = StaticSlopes(20, slopes, assigned_groups(100, n_groups), error_variance=4.0)
        yield f"simulated, N=100, T=20, G={n_groups}", dgp.draw(rng).panel, n_groups, MinimumSize()


def compare(panel: Panel, kinds: Mapping[str, Search], seeds: int) -> list[tuple[str, ...]]:
    """Rows of the searches on one panel: name, hits, mean excess, CPU time."""
    found: dict[str, list[float]] = {name: [] for name in kinds}
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for kind in kinds.values():
        kind.fit(panel, np.random.default_rng(0))  # The first one compiles.
    for seed in range(seeds):
        for name, kind in kinds.items():
            began = time.thread_time()
            found[name].append(kind.fit(panel, np.random.default_rng(seed)).objective)
            seconds[name].append(time.thread_time() - began)
    least = min(min(values) for values in found.values())
    return [
        (
            name,
            f"{min(found[name]):.6g}",
            str(sum(value <= least * (1 + 1e-9) for value in found[name])),
            f"{100 * max(float(np.mean(found[name])) / least - 1, 0.0):.4f}",
            f"{1e3 * np.median(seconds[name]):.1f}",
        )
        for name in kinds
    ]


def compared(growth: Path | None, seeds: int) -> Table:
    """The table of searches."""
    rows = [
        (problem, *row)
        for problem, panel, n_groups, minimum in problems(growth)
        for row in compare(panel, searches(n_groups, minimum), seeds)
    ]
    return Table(
        "Searches for groups by slopes",
        ("panel", "search", "least SSR", "seeds that meet the least", "mean excess, %", "CPU ms"),
        tuple(rows),
        (
            f"{seeds} seeds; the least SSR is that of all searches on a panel, and a seed meets it "
            "within 1e-9. Medians of CPU time of one thread.",
        ),
    )


def main(
    starts: Annotated[int, typer.Option(help="Random starts of each.")] = 200,
    seeds: Annotated[int, typer.Option(help="Seeds of each search.")] = 50,
    panel: Annotated[Path | None, typer.Option(help="Income per head: growth_pwt62.csv.")] = None,
    output: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
) -> None:
    """Measure, print, and write."""
    rows = []
    for n_periods in PERIODS:
        once, ours, theirs, alike = measure(n_periods, starts)
        numbers = (f"{1e6 * once:.0f}", f"{1e6 * ours:.0f}", f"{1e6 * theirs:.0f}")
        rows.append((str(n_periods), *numbers, f"{theirs / ours:.1f}", "yes" if alike else "no"))
    made = Table(
        "CK-means from cross-products and from series: CPU time of one thread",
        (
            "T",
            "pass over the data, µs",
            "a start from cross-products, µs",
            "a start from series, µs",
            "ratio",
            "same final groups",
        ),
        tuple(rows),
        (
            f"N={UNITS}, K=2, three groups; means over {starts} starts. The pass is made once "
            "for all starts.",
        ),
    )
    text = "\n".join(render(table, "markdown") for table in (made, compared(panel, seeds)))
    print(text)
    if output is not None:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
