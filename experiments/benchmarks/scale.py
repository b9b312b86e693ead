"""What a block costs beside its replications, and what a run would take on many workers.

    python -m experiments.benchmarks.scale [--panel income_democracy_balanced.csv]
                                           [--output scale.md] [--replications 150]

From the root of the source tree. Table 3 is run by one worker process, once with blocks of one
replication and once with blocks as they are: the difference, over that in the number of blocks, is
what a block costs the process that gives it out and the worker. What cores lose beside each other
is measured without the engine. From these and from the seconds of replications on one worker the
simulation tells what two workers take, and two workers are run; then what many would.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, NamedTuple

import numpy as np
import typer

from experiments.benchmarks.workers import alone, in_processes
from gfe_mc.clusters.connect import Processes
from gfe_mc.data.panel import Panel
from gfe_mc.papers.income_democracy import COLUMNS
from gfe_mc.report.render import Table, render
from gfe_mc.study import sizing
from gfe_mc.study.catalogue import find
from gfe_mc.study.folder import read_provenance
from gfe_mc.study.log import read_log
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, run_blocks
from gfe_mc.study.run import run_study
from gfe_mc.study.runner import queues_of
from gfe_mc.study.simulation import Costs, simulate
from gfe_mc.study.store import open_store

SINGLE = 1e-9
"""Seconds of a block that make it one replication."""
MANY = (2, 10, 100, 1_000, 10_000)
SIZES = (1_000, 100_000, 1_000_000)


class Run(NamedTuple):
    """What a run took: seconds of its clock, of this process's CPU, of its workers', and blocks."""

    wall: float
    ours: float
    theirs: float
    blocks: int


def measured(plan: Plan, folder: Path, workers: int, block_seconds: float | None = None) -> Run:
    """Run a study, and return what it took."""
    before = os.times()
    run_study(plan, folder, backend=Processes(workers), block_seconds=block_seconds)
    after = os.times()
    record = read_provenance(folder)["runs"][-1]
    blocks = len({_of(event) for event in read_log(folder) if event["kind"] == "block"})
    return Run(
        record["wall_seconds"],
        after.user + after.system - before.user - before.system,
        after.children_user + after.children_system - before.children_user - before.children_system,
        blocks,
    )


def _of(event: object) -> tuple[object, ...]:
    """What blocks of methods that were run together have in common."""
    assert isinstance(event, dict)
    return event["cell"], event["first"], event["last"], event["replications"]


def seconds_of(plan: Plan, folder: Path) -> list[np.ndarray]:
    """Return seconds of each replication of methods that are run together, by a run's log."""
    places = {
        (cell.number, name): keyed.key
        for cell in plan.cells
        for name, keyed in cell.methods.items()
    }
    each = {key: np.zeros(n) for key, n in plan.planned.items()}
    for event in read_log(folder):
        if event["kind"] == "block":
            own = each[places[event["cell"], event["estimator"]]]
            own[event["first"] : event["last"] + 1] = event["seconds"] / event["replications"]
    everything = open_store(folder.parent / "nothing", plan).remaining()
    return [
        np.sum([each[work.keyed.key][queue.left] for work in queue.works], axis=0)
        for queue in queues_of(everything)
    ]


def contention(plan: Plan, repeats: int) -> float:
    """Return how much longer the same replications take beside a copy of themselves."""
    works = [[Work.whole(keyed) for keyed in cell.methods.values()] for cell in plan.cells]

    def fits(number: int) -> None:
        del number  # Each worker has the same share.
        for together in works:
            run_blocks(together, range(8))

    fits(0)
    walls = [(alone(fits).wall, in_processes(fits).wall) for _ in range(repeats)]
    return median(two for _, two in walls) / median(one for one, _ in walls)


def predicted(
    plan: Plan, place: Path, own: Sequence[np.ndarray], costs: Costs, factor: float, repeats: int
) -> Table:
    """Set what two workers took beside what was predicted of them."""
    rows = []
    for block_seconds in (None, 0.3):
        expected = simulate([factor * one for one in own], 2, costs, block_seconds)
        walls = [
            measured(plan, place / f"two-{block_seconds}-{n}", 2, block_seconds).wall
            for n in range(repeats)
        ]
        found = median(walls)
        name = "as they are" if block_seconds is None else f"{block_seconds:g}"
        apart = f"{100 * (expected.wall / found - 1):+.1f}"
        rows.append((name, str(expected.blocks), f"{expected.wall:.1f}", f"{found:.1f}", apart))
    return Table(
        "Two workers: predicted from one, and run",
        ("seconds of a block", "blocks", "predicted, s", "run, s", "apart, %"),
        tuple(rows),
        (
            f"Table 3, {plan.replications} replications of each cell; run: median of {repeats}.",
            f"Replications take {factor:.3f} times as long beside a copy of themselves, without "
            "the engine: the machine's part, which is in the prediction.",
        ),
    )


def many(own: Sequence[np.ndarray], costs: Costs) -> Table:
    """Tell what many workers would take, by blocks of the rule and by those of always."""
    rows = []
    for size in SIZES:
        share = [np.full(size, float(one.mean())) for one in own if len(one) > 1]
        work = sum(float(one.sum()) for one in share)
        for workers in MANY:
            if workers * 10.0 > work:
                continue
            rule = simulate(share, workers, costs)
            fixed = simulate(share, workers, costs, sizing.BLOCK_SECONDS)
            rows.append(
                (
                    *(f"{size:,}", f"{workers:,}", f"{work / workers:,.0f}", f"{rule.wall:,.0f}"),
                    *(f"{100 * rule.busy:.1f}", f"{100 * rule.giving:.1f}"),
                    *(f"{fixed.wall:,.0f}", f"{100 * fixed.busy:.1f}"),
                )
            )
    return Table(
        "Many workers like one of these, by simulation",
        (
            *("replications", "workers", "work each, s", "time, s", "busy, %", "giving, %"),
            *("time with 1.5-s blocks, s", "busy, %"),
        ),
        tuple(rows),
        (
            "Table 3 with so many replications of each cell. Busy: share of the workers' time in "
            "replications. Giving: share of its time that the one process that gives blocks out "
            "and stores them is at work.",
            "Network and disk are those of this machine; workers are there from the start.",
        ),
    )


def main(
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write the tables to.")] = None,
    replications: Annotated[int, typer.Option(help="Of each cell.")] = 150,
    repeats: Annotated[int, typer.Option(help="Runs behind a median.")] = 3,
) -> None:
    """Measure, predict, print, and write."""
    read: Panel | None = COLUMNS.read(panel) if panel else None
    plan = find("bm_table3").plan(read, replications=replications)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        measured(plan, place / "warm", 1)
        single = measured(plan, place / "single", 1, SINGLE)
        usual = measured(plan, place / "usual", 1)
        more = single.blocks - usual.blocks
        costs = Costs((single.ours - usual.ours) / more, (single.theirs - usual.theirs) / more)
        own = seconds_of(plan, place / "usual")
        of_blocks = Table(
            "What a block costs beside its replications",
            ("process", "ms of CPU a block"),
            (
                ("gives out, takes back, stores", f"{1e3 * costs.giving:.2f}"),
                ("worker", f"{1e3 * costs.working:.2f}"),
            ),
            (
                f"Table 3 by one worker process, {replications} replications of each cell: "
                f"{single.blocks} blocks and {usual.blocks}.",
            ),
        )
        factor = contention(plan, 5)
        tables = (of_blocks, predicted(plan, place, own, costs, factor, repeats), many(own, costs))
    text = "\n".join(render(table, "markdown") for table in tables)
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
