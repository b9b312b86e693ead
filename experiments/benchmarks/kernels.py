"""Multiply-adds a second of the kernels, beside what a simple loop reaches on the same machine.

    python -m experiments.benchmarks.kernels [--output kernels.md] [--largest 100000]

From the root of the source tree. What a step costs is the difference of fits that take more and
fewer of them, from the same starts: users' calls alone, whatever the kernels are called. Counts are
of the plain algorithm; a kernel that skips what cannot matter does more of them a second than any
machine could. What binds: the memory that the data are in, the arithmetic, or sums taken in order,
each term waiting for the one before.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple

import numba
import numpy as np
import typer

from gfe_mc import FCR, GFE, Annealing, CKMeans, MinimumSize, MultiStart, Panel
from gfe_mc.report.render import Table, render

PERIODS, REGRESSORS, SERIES = 10, 2, 3
FEW, MANY = 5, 25
"""Numbers of groups: what grows with them is the assignment, what does not is the rest."""
SIZES = (90, 1000, 10_000, 100_000)
CHAIN = 16
BYTES = 8

compiled = numba.njit(nogil=True, error_model="numpy")


@compiled
def arithmetic(values: np.ndarray, sweeps: int) -> None:
    """Many multiply-adds for each number that is read, independent of its neighbours'."""
    for _ in range(sweeps):
        for i in range(values.shape[0]):
            value = values[i]
            for _ in range(CHAIN):
                value = value * 0.999999 + 0.5
            values[i] = value


@compiled
def stream(values: np.ndarray, others: np.ndarray, sweeps: int) -> None:
    """One multiply-add for two numbers that are read and one that is written."""
    for _ in range(sweeps):
        for i in range(values.shape[0]):
            values[i] = values[i] * 0.999999 + others[i]


@compiled
def in_order(values: np.ndarray, others: np.ndarray, sweeps: int) -> float:
    """One sum of products, whose terms are added in the order that is written."""
    total = 0.0
    for _ in range(sweeps):
        for i in range(values.shape[0]):
            total += values[i] * others[i]
    return total


class Peak(NamedTuple):
    """What simple loops reach: multiply-adds or bytes a second."""

    arithmetic: float
    in_order: float
    levels: tuple[tuple[str, int, float], ...]
    """By level of memory: name, bytes that it is taken to hold, bytes a second."""

    def level(self, size: int) -> tuple[str, float]:
        """Return the level that so many bytes fit, and its bytes a second."""
        for name, most, rate in self.levels:
            if size <= most:
                return name, rate
        return self.levels[-1][0], self.levels[-1][2]


class Step(NamedTuple):
    """One step of a kernel at a size: how long it took, and what it does at least."""

    name: str
    units: int
    seconds: float
    multiply_adds: float
    read: float
    """Bytes that it has to read."""
    held: int
    """Bytes that it works on."""


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of a call on this thread."""
    found = []
    for _ in range(repeats):
        before = time.thread_time()
        call()
        found.append(time.thread_time() - before)
    return median(found)


def peaks(repeats: int) -> Peak:
    """Measure the loops."""
    values, others = np.ones(1024), np.ones(1024)
    arithmetic(values, 1)
    stream(values, others, 1)
    in_order(values, others, 1)
    sweeps = 5000
    most = values.size * sweeps / seconds(lambda: arithmetic(values, sweeps), repeats) * CHAIN
    ordered = values.size * sweeps / seconds(lambda: in_order(values, others, sweeps), repeats)
    levels = []
    # What the loop is run on fills a good part of the level, and no more.
    for name, size, holds in (
        ("L1", 2**14, 2**15),
        ("L2", 2**19, 2**20),
        ("L3", 2**22, 2**24),
        ("memory", 2**28, 2**62),
    ):
        one, two = np.ones(size // 2 // BYTES), np.ones(size // 2 // BYTES)
        sweeps = max(2**27 // size, 1)
        took = seconds(lambda a=one, b=two, n=sweeps: stream(a, b, n), repeats)  # type: ignore[misc]
        levels.append((name, holds, 3 * BYTES * one.size * sweeps / took))
    # The best that any of them did, which memory does not bind.
    most = max(most, levels[0][2] / 3 / BYTES)
    return Peak(most, ordered, tuple(levels))


def noise(units: int) -> Panel:
    """A panel without groups, in which searches take their time."""
    rng = np.random.default_rng(units)
    shape = (units, PERIODS)
    return Panel.from_arrays(rng.standard_normal(shape), rng.standard_normal((*shape, REGRESSORS)))


def difference(
    panel: Panel, made: Callable[[int], Any], few: int, more: int, starts: int, repeats: int
) -> float:
    """CPU seconds of a step: what fits of `more` steps from each start take beyond `few`, a step.

    Both take turns.
    """
    took: tuple[list[float], list[float]] = ([], [])
    for which in (few, more):
        made(which).fit(panel, np.random.default_rng(0))
    for _ in range(repeats):
        for steps, into in zip((few, more), took, strict=True):
            into.append(seconds(lambda n=steps: made(n).fit(panel, np.random.default_rng(0)), 1))  # type: ignore[misc]
    return (median(took[1]) - median(took[0])) / ((more - few) * starts)


def of_profiles(panel: Panel, repeats: int) -> list[Step]:
    """Algorithm 1: the assignment to groups, and what else an iteration takes."""
    n = panel.shape[0]
    starts, more = max(2000 // n, 1) * 4, 3 if n < 1000 else 5
    took = [
        difference(
            panel,
            lambda limit, g=groups: GFE(g, MultiStart(starts=starts, limit=limit)),  # type: ignore[misc]
            *(1, more, starts, repeats),
        )
        for groups in (FEW, MANY)
    ]
    cell = n * PERIODS
    per_group = (took[1] - took[0]) / (MANY - FEW)
    rest = took[0] - FEW * per_group
    held = cell * (2 * SERIES + 1) * BYTES
    return [
        # Residuals are read again for each group, unless a tile of them stays in the cache.
        Step("GFE: assignment, a group", n, per_group, cell, cell * BYTES, cell * BYTES),
        Step(
            "GFE: residuals, sums and update",
            *(n, rest, cell * (REGRESSORS + SERIES), 2 * cell * SERIES * BYTES, held),
        ),
        Step(
            f"GFE: an iteration, {MANY} groups",
            *(n, took[1], cell * (MANY + REGRESSORS + SERIES), cell * SERIES * BYTES, held),
        ),
    ]


def of_soft_groups(panel: Panel, repeats: int) -> list[Step]:
    """FCR: distances, memberships and weighted regressions."""
    n, groups = panel.shape[0], FEW
    starts = max(500 // n, 1)

    def made(limit: int) -> FCR:
        search = Annealing(starts=starts, schedule=(), hits=0, limit=limit)
        return FCR(groups, m=1.5, search=search)

    took = difference(panel, made, 1, 4, starts, repeats)
    products = SERIES * (SERIES + 1) // 2
    each = PERIODS * (REGRESSORS + 1) + PERIODS * SERIES + products
    read = n * BYTES * SERIES * PERIODS * (1 + groups)
    held = n * BYTES * (SERIES * PERIODS + SERIES**2 + 2 * groups)
    return [Step("FCR: an iteration, 5 groups", n, took, n * groups * each, read, held)]


def of_slopes(panel: Panel, repeats: int) -> list[Step]:
    """CK-means: a pass over the units; and the cross-products of units, with the fit's checks."""
    n, groups = panel.shape[0], FEW
    starts = max(4000 // n, 1)

    def made(limit: int, starts: int = starts) -> CKMeans:
        return CKMeans(groups, starts=starts, minimum=MinimumSize(1), limit=limit)

    took = difference(panel, made, 1, 3, starts, repeats)
    once = seconds(lambda: made(1, 1).fit(panel, np.random.default_rng(0)), repeats)
    products = SERIES * (SERIES + 1) // 2
    held = n * SERIES**2 * BYTES
    raw = n * PERIODS * SERIES * BYTES
    return [
        Step(
            "CK-means: a pass, 5 groups",
            *(n, took, n * groups * products, n * SERIES**2 * BYTES, held),
        ),
        Step(
            "CK-means: products of units, and the rest of a fit",
            *(n, once - took, n * PERIODS * products, raw, raw + held),
        ),
    ]


def binding(step: Step, peak: Peak) -> tuple[str, str, float]:
    """Say what binds a step, the level of its data, and the multiply-adds that could be had."""
    name, rate = peak.level(step.held)
    by_memory = step.multiply_adds / step.read * rate
    possible = min(peak.arithmetic, by_memory)
    reached = step.multiply_adds / step.seconds
    if reached >= 0.5 * possible:
        return (name if by_memory < peak.arithmetic else "arithmetic"), name, possible
    # What goes through the level for every group or period gets no more than the loop that does.
    if name not in ("L1", "L2") and reached >= 0.5 * rate / (3 * BYTES):
        return name, name, possible
    if reached <= 2.0 * peak.in_order:
        return "order, calls and branches", name, possible
    return "in between", name, possible


def of_loops(peak: Peak) -> Table:
    """What the loops reached."""
    rows = [
        ("arithmetic, 16 for each number read", f"{peak.arithmetic / 1e9:.2f}", ""),
        ("one sum, in order", f"{peak.in_order / 1e9:.2f}", ""),
    ]
    rows += [
        (f"one for three numbers, in {name}", f"{rate / 3 / BYTES / 1e9:.2f}", f"{rate / 1e9:.1f}")
        for name, _, rate in peak.levels
    ]
    header = ("loop", "10^9 multiply-adds a second", "GB a second")
    return Table("Simple loops, compiled as the kernels are", header, tuple(rows))


def of_steps(steps: list[Step], peak: Peak, repeats: int) -> Table:
    """What the kernels reached."""
    rows = []
    for step in steps:
        if step.seconds <= 0.0:
            # The difference drowned in what else the machine did.
            rows.append((step.name, f"{step.units:,}", "not measurable", "", "", "", ""))
            continue
        binds, level, possible = binding(step, peak)
        reached = step.multiply_adds / step.seconds
        rows.append(
            (
                *(step.name, f"{step.units:,}", f"{1e6 * step.seconds:,.1f}"),
                *(f"{reached / 1e9:.3f}", f"{100 * reached / possible:.0f}", level, binds),
            )
        )
    return Table(
        f"Steps of the kernels: T = {PERIODS}, K = {REGRESSORS}",
        ("step", "N", "µs", "10^9 multiply-adds a second", "% of possible", "data in", "binds"),
        tuple(rows),
        (
            f"CPU seconds on one thread; medians of {repeats} that take turns.",
            "Possible: the lower of the arithmetic, and of what the level that holds the data can "
            "deliver to a step that reads them once.",
        ),
    )


def main(
    output: Annotated[Path | None, typer.Option(help="File to write the tables to.")] = None,
    largest: Annotated[int, typer.Option(help="Largest number of units.")] = SIZES[-1],
    repeats: Annotated[int, typer.Option(help="Repeats behind every median.")] = 5,
) -> None:
    """Time, print, and write."""
    peak = peaks(repeats)
    steps = []
    for units in [size for size in SIZES if size <= largest]:
        panel = noise(units)
        for family in (of_profiles, of_soft_groups, of_slopes):
            steps += family(panel, repeats)
    steps.sort(key=lambda step: (step.name, step.units))
    made = [of_loops(peak), of_steps(steps, peak, repeats)]
    text = "\n".join(render(table, "markdown") for table in made)
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
