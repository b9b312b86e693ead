"""How long blocks are, and what a run takes on any number of workers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc.study import sizing
from gfe_mc.study.simulation import Costs, simulate

FREE = Costs(giving=0.0, working=0.0)


def test_one_worker_without_costs_takes_what_replications_take() -> None:
    found = simulate([np.full(10, 0.5), np.full(4, 0.25)], 1, FREE)
    assert found.wall == pytest.approx(6.0)
    assert found.busy == pytest.approx(1.0)
    assert found.giving == 0.0


def test_by_hand() -> None:
    """Five replications of a second on two workers, a block each, half a second to give and take.

    The first goes out at .25 and is back at 1.25; it is taken at 1.5. Then four go out at 1.75, 2,
    2.25 and 2.5: two begin at once and end at 2.75 and 3, when the others begin, to end at 3.75
    and 4. The last is taken by 4.25.
    """
    found = simulate([np.ones(5)], 2, Costs(giving=0.5, working=0.0), 1e-9)
    assert found.wall == pytest.approx(4.25)
    assert found.blocks == 5
    assert found.busy == pytest.approx(5 / 8.5)
    assert found.giving == pytest.approx(2.5 / 4.25)


def test_blocks_by_their_length() -> None:
    # A pilot, and then blocks of two.
    assert simulate([np.ones(9)], 1, FREE, 2.0).blocks == 5
    assert simulate([np.ones(9)], 1, FREE, 1e-9).blocks == 9
    assert simulate([], 3, FREE) == simulate([np.ones(0)], 3, FREE)


def test_a_worker_pays_for_each_block() -> None:
    found = simulate([np.ones(9)], 1, Costs(giving=0.0, working=0.5), 2.0)
    assert found.wall == pytest.approx(9 + 5 * 0.5)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.integers(1, 12),
    st.floats(0.0, 0.05),
    st.one_of(st.none(), st.floats(1e-3, 3.0)),
    st.integers(0, 2**31),
)
def test_bounds(
    numbers: list[int], slots: int, giving: float, block_seconds: float | None, seed: int
) -> None:
    """No run is shorter than its work shared out, its longest replication, or its giving out."""
    rng = np.random.default_rng(seed)
    queues = [rng.exponential(0.1, n) for n in numbers]
    work = sum(own.sum() for own in queues)
    found = simulate(queues, slots, Costs(giving, 0.01), block_seconds)
    assert found.wall >= (work + 0.01 * found.blocks) / slots - 1e-9
    assert found.wall >= giving * found.blocks - 1e-9
    assert found.wall >= max(own.max() for own in queues)
    assert found.busy == pytest.approx(work / (slots * found.wall))
    assert 0.0 <= found.giving <= 1.0 + 1e-9
    assert len(queues) <= found.blocks <= sum(numbers)
    # Not longer than all of it, one after the other.
    assert found.wall <= work + found.blocks * (giving + 0.01) + 1e-9


def test_workers_help_until_the_one_that_gives_out_is_busy() -> None:
    queues = [np.full(20_000, 0.1)]
    walls = [simulate(queues, slots, Costs()).wall for slots in (1, 2, 10, 100, 1000)]
    assert walls == sorted(walls, reverse=True)
    assert walls[0] == pytest.approx(2000.0, rel=0.01)
    assert walls[1] == pytest.approx(1000.0, rel=0.01)
    # Short blocks are where it is busy all the time.
    short = simulate([np.full(200_000, 0.1)], 1000, Costs(), 1.5)
    assert short.giving > 0.95
    assert short.wall > 2 * simulate([np.full(200_000, 0.1)], 1000, Costs()).wall


def test_giving_is_measured() -> None:
    giving = sizing.Giving()
    assert giving.mean == sizing.GIVING
    for _ in range(3):
        giving.add(0.1)
    assert giving.mean == pytest.approx((0.3 + sizing.GIVING) / 4)
    assert sizing.block_seconds(1000, 1e9, 0.1) == pytest.approx(1000 * 0.1 / sizing.BUSY)


def test_rule_of_sizes() -> None:
    # Few workers: as ever, and shorter in the end.
    assert sizing.block_seconds(2, 1000.0) == sizing.BLOCK_SECONDS
    assert sizing.block_seconds(2, 4.0) == pytest.approx(1.0)
    # Many: so long that giving out takes no more than its share.
    long = sizing.block_seconds(10_000, 1e9)
    assert long * sizing.BUSY == pytest.approx(10_000 * sizing.GIVING)
    # Little for many: as long as they are given out.
    least = sizing.block_seconds(10_000, 1000.0)
    assert least == pytest.approx(math.sqrt(1000.0 * sizing.GIVING))
    assert sizing.block_seconds(4, 0.0) == 0.0
    assert sizing.block_size(1.5, 0.1) == 15
    assert sizing.block_size(1.5, 10.0) == 1
    assert sizing.block_size(1.5, 0.0) == sizing.LARGEST
    assert sizing.block_size(0.0, 0.1) == 1
