"""What two workers gain over one, as threads and as processes, and what the cores themselves give.

    python experiments/benchmarks/workers.py [--panel income_democracy_balanced.csv]
                                             [--output workers.md] [--replications 150]

First the cores: compiled loops that wait for one result after the other, and that keep a core's
arithmetic busy; and whole replications of Table 3 without any engine around them; each alone, in
two processes, and on two threads. What two processes lose is the machine's: cores that are halves
of one lose it where arithmetic is what binds. What threads lose beyond it is theirs: the
interpreter's lock, memory that is handed out, cache lines that both write to. Then Table 3 by the
engine.
"""

import multiprocessing
import os
import queue
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple

import numba
import numpy as np
import typer

from gfe_mc.clusters.connect import Backend, Processes, Threads
from gfe_mc.data.panel import Panel
from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find
from gfe_mc.study.folder import read_provenance
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, run_blocks
from gfe_mc.study.run import run_study

TURNS = 100_000_000
"""Of the loop that waits: some tenths of a second."""
SWEEPS, LENGTH = 5_000_000, 256
"""Of the loop that keeps a core busy: as long, over numbers that fit the first cache."""
CORES = 2


@numba.njit(nogil=True, error_model="numpy")
def waiting(turns: int) -> float:
    """Multiply and add in one register: each step waits for the one before."""
    value = 1.0
    for _ in range(turns):
        value = value * 0.999999 + 1.0
    return value


@numba.njit(nogil=True, error_model="numpy")
def busy(sweeps: int) -> float:
    """Multiply and add along a vector that fits the first cache: no step waits for another."""
    values, others = np.ones(LENGTH), np.ones(LENGTH)
    for _ in range(sweeps):
        for i in range(LENGTH):
            values[i] = values[i] * 0.999999 + others[i]
    return float(values[0])


class Cost(NamedTuple):
    """What one worker of an arm took, the slower one of two."""

    wall: float
    cpu: float


def worker(work: Callable[[int], object], number: int, gate: Any, out: Any) -> None:
    """Do a share of work as soon as all workers are there, and say what it took."""
    gate.wait()
    wall, cpu = time.perf_counter(), time.thread_time()
    work(number)
    out.put(Cost(time.perf_counter() - wall, time.thread_time() - cpu))


def alone(work: Callable[[int], object]) -> Cost:
    """One worker on one thread."""
    return _together(work, 1, threading.Barrier(1), queue.Queue(), threading.Thread)


def on_threads(work: Callable[[int], object]) -> Cost:
    """Two threads of this process, each with the same share."""
    return _together(work, CORES, threading.Barrier(CORES), queue.Queue(), threading.Thread)


def in_processes(work: Callable[[int], object]) -> Cost:
    """Two copies of this process, each with the same share."""
    apart = multiprocessing.get_context("fork")
    return _together(work, CORES, apart.Barrier(CORES), apart.Queue(), apart.Process)


def _together(
    work: Callable[[int], object], number: int, gate: Any, out: Any, kind: Callable[..., Any]
) -> Cost:
    """Start so many workers, and return the longest wall-clock and the mean CPU seconds."""
    workers = [kind(target=worker, args=(work, n, gate, out)) for n in range(number)]
    for one in workers:
        one.start()
    costs = [out.get() for _ in workers]
    for one in workers:
        one.join()
    return Cost(max(cost.wall for cost in costs), sum(cost.cpu for cost in costs) / number)


def of_cores(plan: Plan, replications: int, repeats: int) -> Table:
    """Time the same share of work for one worker and for each of two."""
    works = [
        [Work.whole(keyed) for name, keyed in cell.methods.items() if name != "genetic_long"]
        for cell in plan.cells
    ]

    def fits(number: int) -> None:
        del number  # Each worker has the same share.
        for together in works:
            run_blocks(together, range(replications))

    waiting(1)
    busy(1)
    fits(0)
    loads: dict[str, Callable[[int], object]] = {
        "loop that waits": lambda _: waiting(TURNS),
        "loop that is busy": lambda _: busy(SWEEPS),
        "replications": fits,
    }
    arms = {"alone": alone, "2 processes": in_processes, "2 threads": on_threads}
    rows = []
    for name, work in loads.items():
        # In turns, so that what else the machine does is in all of them.
        costs: dict[str, list[Cost]] = {arm: [] for arm in arms}
        for _ in range(repeats):
            for arm, run in arms.items():
                costs[arm].append(run(work))
        first = median(cost.cpu for cost in costs["alone"])
        before = median(cost.wall for cost in costs["alone"])
        for arm, found in costs.items():
            wall, cpu = median(c.wall for c in found), median(c.cpu for c in found)
            share = 1 if arm == "alone" else CORES
            rows.append(
                (
                    *(name, arm, f"{wall:.2f}", f"{cpu:.2f}", f"{cpu / first:.3f}"),
                    f"{share * before / wall:.2f}",
                )
            )
    return Table(
        "The same work for each worker, without the engine",
        ("work", "workers", "wall s", "CPU s each", "CPU, alone = 1", "speed-up"),
        tuple(rows),
        (
            f"Medians of {repeats} that take turns. Replications: {replications} of each cell of "
            "Table 3 by both searches. Speed-up: work done a second, alone = 1.",
            f"Load of the machine at the end: {os.getloadavg()[0]:.2f}; with {CORES} cores, wall "
            "clocks mean something where nothing else runs.",
        ),
    )


def used() -> float:
    """CPU seconds of this process and of those that it started and that have ended."""
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(use.ru_utime + use.ru_stime for use in map(resource.getrusage, kinds))


def of_engine(plan: Plan) -> Table:
    """Run the plan by one thread, two threads and two processes."""
    ways: list[tuple[str, Backend]] = [
        ("1 thread", Threads(1)),
        ("2 threads", Threads(2)),
        ("2 processes", Processes(2)),
    ]
    rows, first = [], 0.0
    with tempfile.TemporaryDirectory() as place:
        for number, (name, backend) in enumerate(ways):
            before = used()
            folder = Path(place) / str(number)
            run_study(plan, folder, backend=backend)
            cpu = used() - before
            record = read_provenance(folder)["runs"][-1]
            wall, inside = record["wall_seconds"], record["seconds_inside_replications"]
            first = first or wall
            rows.append(
                (
                    *(name, str(record["replications"]), f"{wall:.1f}", f"{inside:.1f}"),
                    *(f"{cpu:.1f}", f"{first / wall:.2f}"),
                )
            )
    return Table(
        f"{plan.experiment.title}: {plan.replications} replications of each cell, by the engine",
        ("workers", "fits", "wall s", "s inside", "CPU s in all", "speed-up"),
        tuple(rows),
        (
            "Inside: wall-clock seconds inside replications, over all workers. CPU: of all "
            "processes, start-up and the writing of the dataset included.",
            f"Load of the machine at the end: {os.getloadavg()[0]:.2f}.",
        ),
    )


def main(
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write the tables to.")] = None,
    replications: Annotated[int, typer.Option(help="Of each cell, by the engine.")] = 150,
    share: Annotated[int, typer.Option(help="Replications of each cell, without it.")] = 8,
    repeats: Annotated[int, typer.Option(help="Repeats behind every median.")] = 5,
    engine: Annotated[bool, typer.Option(help="Whether the engine runs as well.")] = True,
) -> None:
    """Run, print, and write."""
    read: Panel | None = COLUMNS.read(panel) if panel else None
    plan = find("bm_table3").plan(read, replications=replications)
    made = [of_cores(plan, share, repeats)]
    if engine:
        made.append(of_engine(plan))
    text = "\n".join(render(table, "markdown") for table in made)
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
