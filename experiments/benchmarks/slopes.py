"""What a start of CK-means costs as T grows, from cross-products and from the series themselves.

    python experiments/benchmarks/slopes.py [--output slopes.md]

Errors grow with T, so that groups are as hard to tell apart at every T and starts take as many
passes. The reference goes through the same moves from the same starts, and compares units with
groups by the sums of squared residuals of their series; it is compiled too.
"""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numba import njit

from gfe_mc.dgp.slope_groups import StaticSlopes, assigned_groups
from gfe_mc.estimators.slopes.products import room, unit_cross_products
from gfe_mc.kernels.slopes.products import regroup_slopes
from gfe_mc.kernels.slopes.search import conditional_kmeans, random_groups
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
        data = unit_cross_products(panel, "benchmark")
        passes.append(time.thread_time() - began)
    rng, units = np.random.default_rng(0), np.arange(UNITS)
    for number in range(starts + 1):
        groups = np.empty(UNITS, np.int64)
        random_groups(rng, MINIMUM, n_groups, units, groups)
        now = room(data, n_groups)
        began = time.thread_time()
        regroup_slopes(data.products, groups, data.own, now)
        conditional_kmeans(data.products, data.own, MINIMUM, LIMIT, now)
        middle = time.thread_time()
        kmeans_on_series(deviations.y, deviations.x, groups, n_groups, MINIMUM, LIMIT)
        ended = time.thread_time()
        alike &= bool(np.array_equal(groups, now.groups))
        if number:  # The first one compiles.
            ours.append(middle - began)
            theirs.append(ended - middle)
    return float(np.median(passes)), float(np.mean(ours)), float(np.mean(theirs)), alike


def main(
    starts: Annotated[int, typer.Option(help="Random starts of each.")] = 200,
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
    text = render(made, "markdown")
    print(text)
    if output is not None:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
