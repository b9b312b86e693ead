"""Dask, and nothing but Dask: blocks of replications out to the workers, and back to a sink."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from distributed import CancelledError, Client, Future, KilledWorker, as_completed
from distributed.comm.core import CommClosedError

from gfe_mc.block import Block
from gfe_mc.clusters import n_slots
from gfe_mc.errors import InputError
from gfe_mc.replicate import Addressed, lost_block, pack, run_packed

WINDOW = 3
"""Blocks under way for each slot: enough that no worker waits, and few enough to lose."""
LARGEST_BLOCK = 10_000
_LOST = "The scheduler is gone, or was closed"


class ClusterLostError(RuntimeError):
    """The scheduler, or the way to it, is gone; finished blocks are in the store."""


@dataclass
class Tally:
    """How far a run has come.

    Attributes
    ----------
    planned, done, failed
        Replications to run, finished, and finished without an estimate.
    inside
        Seconds that passed inside replications, over all workers.
    first_block
        Seconds from the start of the run to its first finished block.
    """

    planned: int
    done: int = 0
    failed: int = 0
    inside: float = 0.0
    first_block: float | None = None


@dataclass
class _Queue:
    """What is left of an arm, and how long one of its replications takes."""

    arm: Addressed
    packed: bytes
    left: list[int]
    under_way: int = 0
    seconds: float | None = None
    retries: list[list[int]] = field(default_factory=list)

    def take(self, target: float) -> list[int]:
        """Take the next block: one replication as a pilot, then as many as fill the target."""
        if self.retries:
            return self.retries.pop()
        size = 1
        if self.seconds is not None:
            size = int(min(max(target / max(self.seconds, 1e-9), 1), LARGEST_BLOCK))
        block, self.left = self.left[:size], self.left[size:]
        return block


def run(
    arms: Mapping[str, Addressed],
    remaining: Mapping[str, list[int]],
    sink: Callable[[Block], None],
    client: Client,
    *,
    block_seconds: float = 1.5,
    report: Callable[[Tally], object] = id,
) -> Tally:
    """Run replications on the client's workers.

    Parameters
    ----------
    arms
        The arms by key.
    remaining
        Numbers of the replications to run, by key of the arm.
    sink
        Takes each finished block, in this process, one at a time.
    client
        Of the cluster.
    block_seconds
        How long a block should take. What comes out does not depend on it.
    report
        Is told how far the run has come after each block.

    Raises
    ------
    ClusterLostError
        The scheduler died or was closed in mid-run.
    """
    started = time.perf_counter()
    queues = {
        key: _Queue(arms[key], pack(arms[key]), list(left))
        for key, left in remaining.items()
        if left
    }
    tally = Tally(sum(len(queue.left) for queue in queues.values()))
    under_way: dict[str, tuple[_Queue, list[int]]] = {}
    completed = as_completed()
    window = WINDOW * max(n_slots(client), 1)

    def submit() -> None:
        while len(under_way) < window and (queue := _choose(queues)) is not None:
            block = queue.take(block_seconds)
            key = f"{queue.arm.key}-{block[0]}-{block[-1]}-{len(block)}"
            future = client.submit(run_packed, queue.packed, block, key=key, pure=False)
            queue.under_way += 1
            under_way[key] = (queue, block)
            completed.add(future)

    submit()
    for future in completed:
        queue, numbers = under_way.pop(future.key)
        queue.under_way -= 1
        for block in _blocks(future, queue, numbers):
            sink(block)
            tally.done += len(block.replications)
            tally.failed += block.n_failed
            tally.inside += block.wall
            queue.seconds = block.wall / len(block.replications)
        if tally.first_block is None and tally.done:
            tally.first_block = time.perf_counter() - started
        future.release()
        submit()
        report(tally)
    if tally.done != tally.planned:
        raise ClusterLostError(f"{tally.planned - tally.done} replications did not come back")
    return tally


def _choose(queues: Mapping[str, _Queue]) -> _Queue | None:
    """The arm whose turn it is: pilots first, then in order those whose pace is known."""
    open_queues = [queue for queue in queues.values() if queue.left or queue.retries]
    for queue in open_queues:
        if queue.seconds is None and queue.under_way == 0:
            return queue
    for queue in open_queues:
        if queue.seconds is not None:
            return queue
    return open_queues[0] if open_queues else None


def _blocks(future: Future, queue: _Queue, numbers: list[int]) -> list[Block]:
    """What a future brought: its block, or the record of a loss, or more to do."""
    try:
        if future.status == "error":
            return _after_error(future.exception(), queue, numbers)
        # Where the worker died with the block in its hands, this waits for it to be run again.
        result = None if future.status == "cancelled" else future.result()
    except (CommClosedError, CancelledError, OSError) as error:
        raise ClusterLostError(_LOST) from error
    # What a cancelled future brings can look like a result: an exception as a value.
    if not isinstance(result, Block):
        raise ClusterLostError(_LOST)
    return [result]


def _after_error(error: BaseException, queue: _Queue, numbers: list[int]) -> list[Block]:
    if not isinstance(error, KilledWorker):
        raise InputError(
            "The workers must be able to run the study",
            f"{type(error).__name__}: {error}",
            "Give them the packages and versions of this process",
        ) from error
    if len(numbers) == 1:
        return [lost_block(queue.arm, numbers[0])]
    # One of them kills its worker: find out which.
    queue.retries += [[number] for number in numbers]
    return []
