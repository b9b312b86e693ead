"""Dask, and nothing but Dask: blocks of replications out to the workers, and back to a sink."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from distributed import CancelledError, Client, Future, KilledWorker, get_worker
from distributed.comm.core import CommClosedError

from gfe_mc.clusters import program
from gfe_mc.clusters.watch import PULSE, Watch
from gfe_mc.fit import Status
from gfe_mc.study import sizing
from gfe_mc.study.block import Block
from gfe_mc.study.bounds import Bounds, OutOfTimeError, TooManyFailuresError
from gfe_mc.study.limit import GRACE
from gfe_mc.study.method import same_sample
from gfe_mc.study.packing import pack
from gfe_mc.study.replicate import Work, lost_block, run_packed

_FETCH = 20.0
"""Seconds to wait for a finished block: its worker may be dead, and no other there to run it."""
_LOST = "The scheduler is gone, or was closed"


Remaining = Mapping[str, Sequence[tuple[Work, Sequence[int]]]]
"""By key of the method: what is to be computed together, and in which replications."""


class ClusterLostError(RuntimeError):
    """The scheduler, or the way to it, is gone; finished blocks are in the store."""


@dataclass
class Progress:
    """How far a run has come.

    Attributes
    ----------
    planned : int
        Replications to run.
    done, failed : int, default 0
        Replications finished, and finished without an estimate.
    inside : float, default 0.0
        Seconds that passed inside replications, over all workers.
    first_block : float, optional
        Seconds from the start of the run to its first finished block.
    slots : int, default 0
        How many blocks the workers ran at once, at most.
    workers : int, default 0
        How many workers there were at the last look.
    faults : int, default 0
        How often something was raised.
    """

    planned: int
    done: int = 0
    failed: int = 0
    inside: float = 0.0
    first_block: float | None = None
    slots: int = 0
    workers: int = 0
    faults: int = 0


@dataclass(frozen=True)
class _Task:
    """Replications that are under way.

    Attributes
    ----------
    alone
        Nothing else is under way, so that its death is its own.
    pilot
        It warms a machine up.
    started
        When it was submitted.
    """

    queue: _Queue
    numbers: list[int]
    alone: bool = False
    pilot: bool = False
    started: float = 0.0


@dataclass
class _Queue:
    """What is left of methods that share their samples, and how long one replication takes."""

    works: tuple[Work, ...]
    packed: bytes
    left: list[int]
    under_way: int = 0
    seconds: float | None = None

    def take(self, target: float) -> list[int]:
        """Take the next block: one replication as a pilot, then as many as fill the target."""
        size = 1
        if self.seconds is not None:
            size = sizing.block_size(target, self.seconds)
        block, self.left = self.left[:size], self.left[size:]
        return block


def run(
    remaining: Remaining,
    sink: Callable[[Block], None],
    client: Client,
    *,
    block_seconds: float | None = None,
    report: Callable[[Progress], object] = id,
    say: Callable[[str], object] = id,
    bounds: Bounds | None = None,
) -> Progress:
    """Run replications on the client's workers, and wait for some where there are none.

    The first replication runs alone, on one worker of each machine, so that kernels are compiled
    once and not by all workers at the same time.

    Parameters
    ----------
    remaining : mapping of str to sequence of (Work, sequence of int)
        By key of the method, what is to be computed of it in which replications.
    sink : callable
        Takes each finished block, in this process, one at a time.
    client : Client
        Of the cluster.
    block_seconds : float, optional
        How long a block should take; by the rule of `gfe_mc.study.sizing` if None. What comes out
        does not depend on it.
    report : callable, optional
        Is told how far the run has come: at the start, after each block, and every few seconds.
    say : callable, optional
        Is told in words that there are no workers, and that there are some again.
    bounds : Bounds, optional
        What the run may take; none if left out.

    Raises
    ------
    InputError
        A worker is another program than this process, or lacks what the study imports.
    ClusterLostError
        The scheduler died or was closed in mid-run.
    TooManyFailuresError
        More failures than `bounds.failures`.
    OutOfTimeError
        Something is left after `bounds.seconds`.
    """
    started = time.perf_counter()
    bounds = bounds or Bounds()
    last = float("inf") if bounds.seconds is None else started + bounds.seconds
    queues = queues_of(remaining)
    progress = Progress(sum(len(queue.left) * len(queue.works) for queue in queues))
    flight = _Flight(client, bounds.replication_seconds)
    suspects: list[_Task] = []
    watch = Watch(client, say)
    faults: list[str] = []
    giving = sizing.Giving()

    def target() -> float:
        if block_seconds is not None:
            return block_seconds
        return sizing.block_seconds(max(watch.slots, 1), _seconds_left(queues), giving.mean)

    def submit() -> None:
        window = sizing.WINDOW * max(watch.slots, 1)
        while (
            len(flight.tasks) < window
            and (queue := _choose(queues, len(flight.tasks) < max(watch.slots, 1))) is not None
        ):
            flight.start(_Task(queue, queue.take(target())))
        if not flight.tasks and suspects:
            flight.start(suspects.pop(0))

    def finish(task: _Task, blocks: list[Block]) -> None:
        for block in blocks:
            sink(block)
            progress.done += len(block.replications)
            progress.failed += block.n_failed
            progress.inside += block.wall
            faults.extend(block.faults())
        progress.faults = len(faults)
        task.queue.seconds = sum(block.wall for block in blocks) / len(task.numbers)
        if progress.first_block is None:
            progress.first_block = time.perf_counter() - started
        if bounds.failures is not None and len(faults) > bounds.failures:
            raise TooManyFailuresError(faults[0])

    def settle(future: Future) -> None:
        task = flight.tasks[str(future.key)]
        try:
            blocks = _outcome(future, task, client, bounds.replication_seconds)
        except TimeoutError:
            flight.again(future)
            return
        flight.end(future)
        if blocks is not None:
            finish(task, blocks)
            return
        # One of them kills its worker, or another block of that worker did: try each alone.
        for queue in _apart(task.queue):
            suspects.extend(_Task(queue, [number], alone=True) for number in task.numbers)

    try:
        with _telling_loss():
            watch.wait(last)
        _warm_up(queues, watch, flight)
        while flight.tasks and time.perf_counter() < last:
            progress.slots = max(progress.slots, watch.slots)
            progress.workers = len(watch.addresses)
            report(progress)
            future = flight.next(min(PULSE, max(last - time.perf_counter(), 0.0)))
            back = time.perf_counter()
            if future is not None:
                settle(future)
            with _telling_loss():
                watch.look()
            flight.free(watch.addresses)
            ends = time.perf_counter() + sizing.WINDOW * target() > last
            if not ends and not any(task.pilot for task in flight.tasks.values()):
                submit()
            if future is not None:
                giving.add(time.perf_counter() - back)
        report(progress)
        left = bool(flight.tasks or suspects or any(queue.left for queue in queues))
    finally:
        flight.release()
    if left and bounds.seconds is not None:
        raise OutOfTimeError(
            f"{progress.planned - progress.done} replications are left after {bounds.seconds:.6g} s"
        )
    if progress.done != progress.planned:
        raise ClusterLostError(f"{progress.planned - progress.done} replications did not come back")
    return progress


class _Flight:
    """Tasks that are under way, and those of them that have come back."""

    def __init__(self, client: Client, seconds: float | None) -> None:
        self.tasks: dict[str, _Task] = {}
        self._client = client
        self._seconds = seconds
        self._futures: dict[str, Future] = {}
        self._sent_to: dict[str, str] = {}
        self._number = 0
        self._back: SimpleQueue[Future] = SimpleQueue()
        # Two runs at one scheduler, perhaps of different programs, must not share a task.
        self._run = uuid.uuid4().hex[:8]

    def start(self, task: _Task, worker: str | None = None) -> None:
        """Submit a task, to that worker if one is named."""
        task = replace(task, started=time.monotonic())
        queue, numbers = task.queue, task.numbers
        first = queue.works[0].keyed.key
        span = f"{len(queue.works)}-{numbers[0]}-{numbers[-1]}-{len(numbers)}-{task.alone}"
        key = f"{first}-{span}-{self._run}-{self._number}"
        self._number += 1
        queue.under_way += 1
        future = self._client.submit(
            *program.task(run_within, queue.packed, numbers, self._seconds),
            key=key,
            pure=False,
            workers=worker,
            allow_other_workers=worker is not None,
        )
        self.tasks[key], self._futures[key] = task, future
        if worker is not None:
            self._sent_to[key] = worker
        future.add_done_callback(self._back.put)

    def free(self, workers: Sequence[str]) -> None:
        """Submit anew, to any worker, tasks whose own one is no longer there.

        Dask does so itself only where another worker is there at that moment.
        """
        for key, worker in list(self._sent_to.items()):
            if worker not in workers:
                task = self.tasks[key]
                self.end(self._futures[key])
                self.start(task)

    def next(self, patience: float) -> Future | None:
        """Return a future that came back; None if there is none for so many seconds."""
        try:
            future = self._back.get(timeout=patience)
        except Empty:
            return None
        # What was let go of comes back as well.
        return future if future.key in self.tasks else None

    def again(self, future: Future) -> None:
        """Wait for a future again, which seemed to be back."""
        future.add_done_callback(self._back.put)

    def end(self, future: Future) -> None:
        """Let go of a future that is back."""
        key = str(future.key)
        self.tasks.pop(key).queue.under_way -= 1
        self._sent_to.pop(key, None)
        self._futures.pop(key).release()

    def release(self) -> None:
        """Let go of all that is under way: a scheduler that stays should not run it."""
        for future in self._futures.values():
            future.release()
        self._futures.clear()


@contextmanager
def _telling_loss() -> Iterator[None]:
    """Call a scheduler that does not answer what it is."""
    try:
        yield
    except OSError as error:
        raise ClusterLostError(_LOST) from error


def _warm_up(queues: Sequence[_Queue], watch: Watch, flight: _Flight) -> None:
    """Start one replication on each machine: the first of the queue that has most methods.

    It fills the machine's cache of compiled kernels; no other task starts until it is back.
    """
    fullest = max(queues, key=lambda queue: len(queue.works), default=None)
    workers = watch.one_per_machine()
    for worker in workers:
        if fullest is not None and fullest.left:
            pilot = _Task(fullest, [fullest.left.pop(0)], pilot=True)
            flight.start(pilot, worker if len(workers) > 1 else None)


def queues_of(remaining: Remaining) -> Sequence[_Queue]:
    """Put methods that have the same samples to fit together, so that each is drawn once."""
    together: dict[tuple[tuple[int, str], tuple[int, ...]], list[Work]] = {}
    for works in remaining.values():
        for work, left in works:
            if len(left):
                together.setdefault((same_sample(work.keyed), tuple(left)), []).append(work)
    return [_Queue(tuple(group), pack(group), list(left)) for (_, left), group in together.items()]


def _seconds_left(queues: Sequence[_Queue]) -> float:
    """Seconds of all that is not given out; of what has not come back yet, as of the others."""
    paces = [queue.seconds for queue in queues if queue.seconds is not None]
    mean = sum(paces) / len(paces) if paces else 0.0
    return sum(len(one.left) * (mean if one.seconds is None else one.seconds) for one in queues)


def _apart(queue: _Queue) -> Sequence[_Queue]:
    """A queue for each method, with nothing left in it."""
    return [_Queue((work,), pack([work]), []) for work in queue.works]


def _choose(queues: Sequence[_Queue], idle: bool) -> _Queue | None:
    """The methods whose turn it is: pilots first, then in order those whose pace is known.

    Others wait until it is, unless workers are idle.
    """
    open_queues = [queue for queue in queues if queue.left]
    for queue in open_queues:
        if queue.seconds is None and queue.under_way == 0:
            return queue
    for queue in open_queues:
        if queue.seconds is not None:
            return queue
    return open_queues[0] if open_queues and idle else None


def run_within(packed: bytes, replications: Sequence[int], seconds: float | None) -> list[Block]:
    """Run replications on a worker, each of a method within so many seconds if any are given."""
    fatal = seconds is not None and bool(get_worker().nanny)
    return run_packed(packed, replications, seconds=seconds, fatal=fatal)


def _outcome(
    future: Future, task: _Task, client: Client, seconds: float | None
) -> list[Block] | None:
    """What a future brought: its blocks, the record of a loss, or nothing that can be told yet.

    Raises
    ------
    TimeoutError
        Its worker died with the block in its hands, and it is still to be run again.
    """
    try:
        if future.status == "error":
            return _after_error(future.exception(), task, client, seconds)
        result = None if future.status == "cancelled" else future.result(timeout=_FETCH)
    except KilledWorker as error:
        return _after_error(error, task, client, seconds)
    except TimeoutError:
        raise
    except (CommClosedError, CancelledError, OSError) as error:
        raise ClusterLostError(_LOST) from error
    if isinstance(result, dict):
        raise program.refuse(result)
    # What a cancelled future brings can look like a result: an exception as a value.
    if not isinstance(result, list):
        raise ClusterLostError(_LOST)
    return result


def _after_error(
    error: BaseException, task: _Task, client: Client, seconds: float | None
) -> list[Block] | None:
    if not isinstance(error, KilledWorker):
        raise program.explain(error, client) from error
    if not task.alone:
        return None
    status = Status.WORKER_LOST
    if seconds is not None:
        # Each worker that it was tried on was ended after so long, at the soonest.
        tries = error.allowed_failures + 1
        if time.monotonic() - task.started >= tries * (seconds + GRACE):
            status = Status.TIME_LIMIT
    return [lost_block(work, task.numbers[0], status) for work in task.queue.works]
