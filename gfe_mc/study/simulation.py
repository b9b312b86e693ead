"""What a run would take on any number of workers, by what blocks and replications cost.

One process gives blocks out and takes them back, one after the other, and never has more under way
than the runner has; workers take what is there in order. That, and the rule for how long blocks
are, is the runner's; nothing is run.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gfe_mc.study import sizing


@dataclass(frozen=True)
class Costs:
    """What a block costs beside its replications.

    Attributes
    ----------
    giving : float
        Seconds of the process that gives blocks out and takes them back.
    working : float
        Seconds of a worker.
    """

    giving: float = sizing.GIVING
    working: float = sizing.WORKING


@dataclass(frozen=True)
class Simulated:
    """A run that was simulated.

    Attributes
    ----------
    wall : float
        Seconds from its first block to the end of the last.
    blocks : int
        How many there were.
    busy : float
        Share of the workers' time that was spent in replications.
    giving : float
        Share of its time that the process that gives blocks out was at work.
    """

    wall: float
    blocks: int
    busy: float
    giving: float


def simulate(
    queues: Sequence[np.ndarray], slots: int, costs: Costs, block_seconds: float | None = None
) -> Simulated:
    """Simulate a run.

    Parameters
    ----------
    queues : sequence of (n,) array
        Of methods that are run together, seconds of each replication, in their order.
    slots : int
        How many blocks are run at once.
    costs : Costs
        What a block costs.
    block_seconds : float, optional
        How long a block should be; by the rule of `sizing` if None.
    """
    run = _Run([_Queue(np.asarray(own, float)) for own in queues if len(own)], slots, costs)
    run.go(block_seconds)
    inside = sum(float(queue.seconds.sum()) for queue in run.queues)
    wall = max(run.clock, 1e-12)
    return Simulated(run.clock, run.blocks, inside / (slots * wall), run.given / wall)


@dataclass
class _Queue:
    """Replications of methods that are run together."""

    seconds: np.ndarray
    at: int = 0
    back: bool = False
    """Whether one has come back, so that its pace is known."""
    under_way: int = 0
    _sums: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self._sums = np.concatenate([[0.0], np.cumsum(self.seconds)])

    def take(self, target: float | None) -> float:
        """Give out a block; return its seconds."""
        size = 1 if target is None else sizing.block_size(target, self.pace)
        before, self.at = self.at, min(self.at + size, len(self.seconds))
        self.under_way += 1
        return float(self._sums[self.at] - self._sums[before])

    @property
    def pace(self) -> float:
        """Seconds of a replication, by those that were given out."""
        n = max(self.at, 1)
        return float(self._sums[n]) / n

    @property
    def left(self) -> int:
        """Replications that were not given out."""
        return len(self.seconds) - self.at


@dataclass
class _Run:
    """A run, and how far it is.

    Attributes
    ----------
    clock
        When the process that gives blocks out is free again.
    given
        How long it was at work.
    """

    queues: list[_Queue]
    slots: int
    costs: Costs
    clock: float = 0.0
    given: float = 0.0
    blocks: int = 0
    _under_way: int = 0
    _idle: list[float] = field(default_factory=list)
    _ready: deque[tuple[float, _Queue, float]] = field(default_factory=deque)
    _finishing: list[tuple[float, int, _Queue]] = field(default_factory=list)
    _finished: deque[tuple[float, _Queue]] = field(default_factory=deque)

    def go(self, block_seconds: float | None) -> None:
        """Run until nothing is left."""
        self._idle = [0.0] * self.slots
        if self.queues:
            # The first replication warms the machine up, alone.
            self._give(self.queues[0], None)
        while self._under_way:
            soonest = self._finishing[0][0] if self._finishing else np.inf
            ours = max(self.clock, self._finished[0][0]) if self._finished else np.inf
            if soonest <= ours:
                self._finish()
                continue
            self.clock = ours
            self._work(self.costs.giving / 2)
            _, queue = self._finished.popleft()
            queue.back = True
            queue.under_way -= 1
            self._under_way -= 1
            self._submit(block_seconds)

    def _work(self, seconds: float) -> None:
        self.clock += seconds
        self.given += seconds

    def _submit(self, block_seconds: float | None) -> None:
        window = sizing.WINDOW * self.slots
        while self._under_way < window and (queue := self._choose()) is not None:
            target = block_seconds
            if target is None:
                left = sum(one.left * one.pace for one in self.queues)
                target = sizing.block_seconds(self.slots, left, self.costs.giving)
            self._give(queue, target if queue.back else None)

    def _choose(self) -> _Queue | None:
        """Choose as the runner does: pilots first, then in order those whose pace is known."""
        there = [queue for queue in self.queues if queue.left]
        for queue in there:
            if not queue.back and not queue.under_way:
                return queue
        for queue in there:
            if queue.back:
                return queue
        # Others wait for the pace of their methods, unless workers would.
        return there[0] if there and self._under_way < self.slots else None

    def _give(self, queue: _Queue, target: float | None) -> None:
        seconds = queue.take(target) + self.costs.working
        self._work(self.costs.giving / 2)
        self.blocks += 1
        self._under_way += 1
        if self._idle:
            self._start(max(heapq.heappop(self._idle), self.clock), queue, seconds)
        else:
            self._ready.append((self.clock, queue, seconds))

    def _start(self, when: float, queue: _Queue, seconds: float) -> None:
        heapq.heappush(self._finishing, (when + seconds, self.blocks, queue))

    def _finish(self) -> None:
        """A worker ends a block, and takes the next one that is there."""
        when, _, queue = heapq.heappop(self._finishing)
        self._finished.append((when, queue))
        if self._ready:
            there, after, seconds = self._ready.popleft()
            self._start(max(when, there), after, seconds)
        else:
            heapq.heappush(self._idle, when)
