"""Dask, and nothing but Dask: blocks of replications out to the workers, and back to a sink."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from distributed import CancelledError, Client, Future, KilledWorker, as_completed
from distributed.comm.core import CommClosedError

from gfe_mc.clusters.connect import n_slots
from gfe_mc.errors import InputError
from gfe_mc.study.block import Block
from gfe_mc.study.replicate import Addressed, lost_block, pack, run_packed, same_sample

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


@dataclass(frozen=True)
class _Task:
    """Replications that are under way; `alone` if nothing else is, so that its death is its own."""

    queue: _Queue
    numbers: list[int]
    alone: bool = False


@dataclass
class _Queue:
    """What is left of arms that share their samples, and how long one replication of all takes."""

    arms: tuple[Addressed, ...]
    packed: bytes
    left: list[int]
    under_way: int = 0
    seconds: float | None = None

    def take(self, target: float) -> list[int]:
        """Take the next block: one replication as a pilot, then as many as fill the target."""
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
    queues = _queues(arms, remaining)
    tally = Tally(sum(len(queue.left) * len(queue.arms) for queue in queues))
    under_way: dict[str, _Task] = {}
    suspects: list[_Task] = []
    completed = as_completed(loop=client.loop)
    window = WINDOW * max(n_slots(client), 1)

    def start(task: _Task) -> None:
        queue, numbers = task.queue, task.numbers
        first = queue.arms[0].key
        key = f"{first}-{len(queue.arms)}-{numbers[0]}-{numbers[-1]}-{len(numbers)}-{task.alone}"
        queue.under_way += 1
        under_way[key] = task
        completed.add(client.submit(run_packed, queue.packed, numbers, key=key, pure=False))

    def submit() -> None:
        while len(under_way) < window and (queue := _choose(queues)) is not None:
            start(_Task(queue, queue.take(block_seconds)))
        if not under_way and suspects:
            start(suspects.pop(0))

    submit()
    for future in completed:
        task = under_way.pop(future.key)
        task.queue.under_way -= 1
        blocks = _outcome(future, task)
        if blocks is None:
            # One of them kills its worker, or another block of that worker did: try each alone.
            for queue in _apart(task.queue):
                suspects += [_Task(queue, [number], alone=True) for number in task.numbers]
        else:
            for block in blocks:
                sink(block)
                tally.done += len(block.replications)
                tally.failed += block.n_failed
                tally.inside += block.wall
            task.queue.seconds = sum(block.wall for block in blocks) / len(task.numbers)
        if tally.first_block is None and tally.done:
            tally.first_block = time.perf_counter() - started
        future.release()
        submit()
        report(tally)
    if tally.done != tally.planned:
        raise ClusterLostError(f"{tally.planned - tally.done} replications did not come back")
    return tally


def _queues(arms: Mapping[str, Addressed], remaining: Mapping[str, list[int]]) -> Sequence[_Queue]:
    """Put arms that have the same samples to fit together, so that each is drawn once."""
    together: dict[tuple[tuple[int, str], tuple[int, ...]], list[Addressed]] = {}
    for key, left in remaining.items():
        if left:
            together.setdefault((same_sample(arms[key]), tuple(left)), []).append(arms[key])
    return [_Queue(tuple(group), pack(group), list(left)) for (_, left), group in together.items()]


def _apart(queue: _Queue) -> Sequence[_Queue]:
    """A queue for each arm, with nothing left in it."""
    return [_Queue((arm,), pack([arm]), []) for arm in queue.arms]


def _choose(queues: Sequence[_Queue]) -> _Queue | None:
    """The arms whose turn it is: pilots first, then in order those whose pace is known."""
    open_queues = [queue for queue in queues if queue.left]
    for queue in open_queues:
        if queue.seconds is None and queue.under_way == 0:
            return queue
    for queue in open_queues:
        if queue.seconds is not None:
            return queue
    return open_queues[0] if open_queues else None


def _outcome(future: Future, task: _Task) -> list[Block] | None:
    """What a future brought: its blocks, the record of a loss, or nothing that can be told yet."""
    try:
        if future.status == "error":
            return _after_error(future.exception(), task)
        # Where the worker died with the block in its hands, this waits for it to be run again.
        result = None if future.status == "cancelled" else future.result()
    except KilledWorker as error:
        return _after_error(error, task)
    except (CommClosedError, CancelledError, OSError) as error:
        raise ClusterLostError(_LOST) from error
    # What a cancelled future brings can look like a result: an exception as a value.
    if not isinstance(result, list):
        raise ClusterLostError(_LOST)
    return result


def _after_error(error: BaseException, task: _Task) -> list[Block] | None:
    if not isinstance(error, KilledWorker):
        raise InputError(
            "The workers must be able to run the study",
            f"{type(error).__name__}: {error}",
            "Give them the packages and versions of this process",
        ) from error
    if not task.alone:
        return None
    return [lost_block(arm, task.numbers[0]) for arm in task.queue.arms]
