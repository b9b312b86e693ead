"""A study tried before it is run: a replication or two of everything, and what it would cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gfe_mc.clusters.connect import Backend, Client, Threads, connect, dashboard
from gfe_mc.study.block import Block
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work
from gfe_mc.study.runner import Progress, Remaining, run

TRIED = 2
"""Replications of each method: what is compiled is compiled in the first."""


@dataclass(frozen=True)
class Tried:
    """Trial of one method, and what came of it.

    Attributes
    ----------
    factors : mapping of str to object
        Factors of its cell.
    estimator : str
        Its name.
    planned : int
        Replications of it that the study has.
    seconds : float
        That one of them took, the last that was tried.
    faults : tuple of str
        What was raised.
    """

    factors: Mapping[str, Any]
    estimator: str
    planned: int
    seconds: float
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """Trial of a study, and what came of it.

    Attributes
    ----------
    tried : tuple of Tried
        By method.
    slots : int
        How many replications the workers run at once.
    """

    tried: tuple[Tried, ...]
    slots: int

    @property
    def seconds(self) -> float:
        """Seconds inside replications that the whole study takes."""
        return sum(one.seconds * one.planned for one in self.tried)

    @property
    def failed(self) -> bool:
        """Whether anything was raised."""
        return any(one.faults for one in self.tried)


def check_study(
    plan: Plan,
    *,
    backend: Backend | Client | None = None,
    begin: Callable[[str], object] = id,
    report: Callable[[Progress], object] = id,
    say: Callable[[str], object] = id,
) -> Check:
    """Run the first replications of every method, and store nothing.

    Parameters
    ----------
    plan : Plan
        From `Experiment.plan`.
    backend : Backend or Client, optional
        As in `run_study`.
    begin, report, say : callable, optional
        As in `run_study`.

    Raises
    ------
    InputError
        From `connect` and `run`.
    ClusterLostError
        From `run`.
    """
    planned = plan.planned
    remaining = {
        key: [(Work.whole(keyed), list(range(min(TRIED, planned[key]))))]
        for key, keyed in plan.methods.items()
    }
    blocks, slots = try_out(remaining, backend=backend, begin=begin, report=report, say=say)
    tried = []
    for cell in plan.cells:
        for name, keyed in cell.methods.items():
            own = sorted(blocks[keyed.key], key=lambda block: int(block.replications[0]))
            faults = tuple(fault for block in own for fault in block.faults())
            tried.append(Tried(cell.factors, name, planned[keyed.key], own[-1].wall, faults))
    return Check(tuple(tried), slots)


def try_out(
    remaining: Remaining,
    *,
    backend: Backend | Client | None = None,
    begin: Callable[[str], object] = id,
    report: Callable[[Progress], object] = id,
    say: Callable[[str], object] = id,
) -> tuple[dict[str, list[Block]], int]:
    """Run some replications, each timed alone, and store nothing.

    Parameters
    ----------
    remaining : mapping of str to sequence of (Work, sequence of int)
        By key of the method, what is to be computed of it in which replications.
    backend, begin, report, say
        As in `run_study`.

    Returns
    -------
    dict of str to list of Block, int
        Blocks of one replication each by key of the method, and how many ran at once.
    """
    blocks: dict[str, list[Block]] = {}

    def sink(block: Block) -> None:
        blocks.setdefault(block.method, []).append(block)

    with connect(Threads() if backend is None else backend, say) as client:
        begin(dashboard(client))
        # So short that every replication is a block of its own, and timed alone.
        done = run(remaining, sink, client, block_seconds=1e-9, report=report, say=say)
    return blocks, max(done.slots, 1)
