"""Units that are to be apart: groups that can hold them, against all groupings."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from gfe_mc.estimators.profiles import links
from gfe_mc.estimators.profiles.links import all_apart, crowded, holding


def held(pairs: np.ndarray, allowed: np.ndarray) -> bool:
    """Whether any of all groupings keeps the units of pairs apart."""
    choices = [np.flatnonzero(row).tolist() for row in allowed]
    return any(all(one[i] != one[j] for i, j in pairs.tolist()) for one in product(*choices))


@pytest.mark.parametrize("zeros", [0.0, 0.3])
@pytest.mark.parametrize("n_groups", [1, 2, 3])
def test_it_agrees_with_all_groupings(n_groups: int, zeros: float) -> None:
    rng, found = np.random.default_rng(7), {True: 0, False: 0}
    every = np.array(list(combinations(range(6), 2)))
    for _ in range(60):
        pairs = every[rng.random(len(every)) < rng.choice([0.03, 0.2, 0.5, 0.8])]
        allowed = rng.random((6, n_groups)) >= zeros
        allowed[~allowed.any(axis=1), 0] = True
        full = crowded(pairs, allowed)
        found[not full] += 1
        assert (not full) == held(pairs, allowed)
        for left in ([], *([i] for i in full)):  # All of them cannot be held, but any of the rest.
            there = np.isin(pairs, [i for i in full if i not in left]).all(axis=1)
            assert held(pairs[there], allowed) == (bool(left) or not full)
        assert held(pairs, np.ones((6, holding(pairs)), np.bool_))
    assert found[False] > 5
    assert found[True] > 0


def test_by_hand() -> None:
    triangle = np.array([[0, 1], [1, 2], [2, 0], [2, 3]])
    assert crowded(triangle, np.ones((5, 2), np.bool_)) == [0, 1, 2]
    assert crowded(triangle, np.ones((5, 3), np.bool_)) == []
    assert holding(triangle) == 3
    assert all_apart([0, 1, 2], triangle)
    assert not all_apart([1, 2, 3], triangle)
    ring = np.array([[i, (i + 1) % 7] for i in range(7)])
    assert crowded(ring, np.ones((7, 2), np.bool_)) == list(range(7))
    assert holding(ring[:-1]) == 2


def test_thousands_of_units_are_quick_and_hard_ones_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n = 20_000
    chain = np.column_stack([np.arange(n - 1), np.arange(1, n)])
    assert crowded(chain, np.ones((n, 2), np.bool_)) == []
    squares = 4 * np.arange(n // 4)[:, None, None] + np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
    assert crowded(squares.reshape(-1, 2), np.ones((n, 2), np.bool_)) == []
    ring = np.vstack([chain, [[n - 1, 0]]])
    assert crowded(ring, np.ones((n, 2), np.bool_)) == []  # More than are placed together.
    monkeypatch.setattr(links, "STEPS", 3)
    assert crowded(np.array(list(combinations(range(9), 2))), np.ones((9, 8), np.bool_)) == []
