"""What a study would cost, and how many replications its target needs: by pilot replications."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gfe_mc.canonical import fingerprint
from gfe_mc.clusters.connect import Threads
from gfe_mc.errors import require_whole
from gfe_mc.seeds import generator
from gfe_mc.study import sizing
from gfe_mc.study.block import Block
from gfe_mc.study.check import try_out
from gfe_mc.study.dataset import make_dataset
from gfe_mc.study.folder import PROVENANCE, read_provenance, require_own
from gfe_mc.study.plan import Plan
from gfe_mc.study.precision import Precision, precisions, require_target
from gfe_mc.study.remaining import Remaining
from gfe_mc.study.replicate import Work
from gfe_mc.study.runner import Progress, queues_of
from gfe_mc.study.simulation import Costs, Simulated, simulate
from gfe_mc.study.size import require_room
from gfe_mc.study.store import Store

PILOTS = 5
"""Replications of each method that are timed, unless told otherwise."""
_MOST_BLOCKS = 100_000
"""Blocks that are simulated, at most."""


@dataclass(frozen=True)
class Costed:
    """What a method would cost.

    Attributes
    ----------
    factors : mapping of str to object
        Factors of its cell.
    estimator : str
        Its name.
    planned : int
        Replications of it that the study would have.
    missing : int
        Those of them that are not finished.
    seconds : float or None
        Median over pilots, of what is missing of a replication; None if nothing is.
    total : float
        Seconds of all that is missing.
    faults : tuple of str
        What was raised in pilots.
    """

    factors: Mapping[str, Any]
    estimator: str
    planned: int
    missing: int
    seconds: float | None
    total: float
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Cost:
    """What a study would cost.

    Attributes
    ----------
    methods : tuple of Costed
        By method, in the order of the grid.
    needs : tuple of Precision
        By cell and goal: how many replications the target needs; none without a target.
    factors : tuple of mapping of str to object
        Factors of each cell.
    pilots : int
        Replications of each method that were timed, at most.
    queues : tuple of (int, float)
        Of methods that are run together, how many replications are missing, and seconds of one.
    """

    methods: tuple[Costed, ...]
    needs: tuple[Precision, ...]
    factors: tuple[Mapping[str, Any], ...]
    pilots: int
    queues: tuple[tuple[int, float], ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds inside replications that are still to come."""
        return sum(one.total for one in self.methods)

    def on(self, workers: int) -> Simulated:
        """Return what all that is missing would take on so many workers like this one."""
        # A long run is as a shorter one is, for longer.
        blocks = self.seconds / max(sizing.block_seconds(workers, self.seconds), 1e-9)
        share = max(1.0, blocks / _MOST_BLOCKS)
        parts = [np.full(math.ceil(n / share), seconds) for n, seconds in self.queues]
        found = simulate(parts, workers, Costs())
        return replace(found, wall=found.wall * share, blocks=round(found.blocks * share))

    @property
    def failed(self) -> bool:
        """Whether anything was raised."""
        return any(one.faults for one in self.methods)


def cost_of(
    plan: Plan,
    folder: Path,
    *,
    pilots: int = PILOTS,
    begin: Callable[[str], object] = id,
    report: Callable[[Progress], object] = id,
    say: Callable[[str], object] = id,
) -> Cost:
    """Tell what is missing of a study, and what it would cost.

    Pilot replications are drawn from those that are missing, by an address of the study's seed, and
    run in a random order of the grid, one at a time on one thread; nothing is stored. The first of
    each method is not timed: what is compiled is compiled in it.

    Parameters
    ----------
    plan : Plan
        From `Experiment.plan`.
    folder : Path
        Where results are, or would be; what is finished there costs nothing.
    pilots : int, default 5
        Replications of each method that are timed.
    begin, report, say : callable, optional
        As in `run_study`.

    Raises
    ------
    InputError
        The folder is of another study, or from `try_out`.
    """
    require_whole("pilots", pilots, 1)
    require_room(plan)
    if (folder / PROVENANCE).exists():
        require_own(folder, read_provenance(folder)["study"], plan)
    store = Store(folder, plan)
    remaining = store.remaining()
    chosen = _chosen(plan, remaining, pilots + 1)
    blocks: dict[str, list[Block]] = {}
    if any(chosen.values()):
        blocks, _ = try_out(chosen, backend=Threads(1), begin=begin, report=report, say=say)
    needs = _needs(store, blocks) if plan.target is not None else []
    if needs:
        store = replace(store, plan=plan.sized(_sizes(plan, needs)))
        remaining = store.remaining()
    paces = _paces(chosen, blocks)
    return Cost(
        tuple(_costed(store.plan, remaining, paces, blocks)),
        tuple(needs),
        tuple(cell.factors for cell in plan.cells),
        pilots,
        tuple(_together(remaining, paces)),
    )


def _chosen(plan: Plan, remaining: Remaining, n: int) -> Remaining:
    """At random, n replications of all that is missing together, and methods in a random order."""
    chosen: Remaining = {}
    order = generator(plan.seed, fingerprint("order of pilots"), 0, "pilots")
    keys = [key for key in plan.methods if remaining[key]]
    for key in order.permutation(keys).tolist():
        chosen[key] = []
        for work, numbers in remaining[key]:
            # The same of methods that share their samples.
            rng = generator(plan.seed, work.keyed.dgp_key, 0, "pilots")
            picked = rng.choice(len(numbers), size=min(n, len(numbers)), replace=False)
            chosen[key].append((work, [numbers[i] for i in picked.tolist()]))
    return chosen


_Paces = dict[tuple[str, Any], list[float]]
"""Seconds of each timed pilot, by key of the method and parts that were computed."""


def _paces(chosen: Remaining, blocks: Mapping[str, Sequence[Block]]) -> _Paces:
    paces: _Paces = {}
    for key, works in chosen.items():
        seconds = {int(block.replications[0]): block.wall for block in blocks[key]}
        for work, numbers in works:
            timed = numbers[1:] or numbers
            paces[key, work.parts] = [seconds[number] for number in timed]
    return paces


def _needs(store: Store, blocks: Mapping[str, Sequence[Block]]) -> list[Precision]:
    """How precise the target's figures are by what is finished and by pilots."""
    pool = store.pool()
    for own in blocks.values():
        for block in own:
            pool.add(store.entries(block))
    study = make_dataset(store.layout, pool, {})
    whole = study.sizes["replication"]
    return [
        one
        for cell in store.plan.cells
        for one in precisions(store.plan, study, cell, whole, cautious=True)
    ]


def _sizes(plan: Plan, needs: Sequence[Precision]) -> dict[int, int]:
    """Replications that the target needs in each cell; the most where that cannot be told."""
    target = require_target(plan)
    needed: dict[int, float] = {cell.number: 0 for cell in plan.cells}
    for one in needs:
        own = math.inf if one.needed is None else one.needed
        needed[one.cell] = max(needed[one.cell], own)
    return {cell: target.size_for(number) for cell, number in needed.items()}


def _together(remaining: Remaining, paces: _Paces) -> Iterator[tuple[int, float]]:
    """Replications of methods that are run together, and mean seconds of one of all of them."""
    for queue in queues_of(remaining):
        own = [paces[work.keyed.key, work.parts] for work in queue.works]
        yield len(queue.left), sum(map(statistics.fmean, own))


def _costed(
    plan: Plan, remaining: Remaining, paces: _Paces, blocks: Mapping[str, Sequence[Block]]
) -> list[Costed]:
    made = []
    for cell in plan.cells:
        for name, keyed in cell.methods.items():
            works: list[tuple[Work, list[int]]] = remaining[keyed.key]
            own = [paces[keyed.key, work.parts] for work, _ in works]
            numbers = {number for _, some in works for number in some}
            totals = [
                statistics.fmean(seconds) * len(some)
                for seconds, (_, some) in zip(own, works, strict=True)
            ]
            timed = [one for seconds in own for one in seconds]
            said = [fault for block in blocks.get(keyed.key, ()) for fault in block.faults()]
            made.append(
                Costed(
                    cell.factors,
                    name,
                    cell.replications[name],
                    len(numbers),
                    statistics.median(timed) if timed else None,
                    sum(totals),
                    tuple(said),
                )
            )
    return made
