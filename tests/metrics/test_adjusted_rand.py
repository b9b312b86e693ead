"""The adjusted Rand index, against pairs of units counted one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import AdjustedRand
from gfe_mc.metrics.adjusted_rand import NAME, adjusted_rand
from tests.metrics.outcomes import grouped, groupings


def by_pairs(groups: np.ndarray, truth: np.ndarray) -> float:
    """Hubert and Arabie's index, in the form of the four kinds of pairs."""
    kinds = {(one, other): 0 for one in (True, False) for other in (True, False)}
    for i, j in combinations(range(len(groups)), 2):
        kinds[bool(groups[i] == groups[j]), bool(truth[i] == truth[j])] += 1
    a, b, c, d = kinds[True, True], kinds[True, False], kinds[False, True], kinds[False, False]
    below = (a + b) * (b + d) + (a + c) * (c + d)
    return 1.0 if below == 0 else 2 * (a * d - b * c) / below


@pytest.mark.parametrize(
    ("groups", "truth", "index"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], 1.0),
        ([1, 1, 0, 0], [0, 0, 1, 1], 1.0),
        ([0, 1, 0, 1], [0, 0, 1, 1], -0.5),  # no pair together in both
        ([0, 0, 1, 2], [0, 0, 1, 1], 4 / 7),  # (1 - 1/3) / (3/2 - 1/3)
        ([0, 0, 0, 0], [0, 0, 1, 1], 0.0),
        ([0, 0, 0], [1, 1, 1], 1.0),
        ([0, 1, 2], [2, 0, 1], 1.0),
        ([0], [3], 1.0),
    ],
)
def test_by_hand(groups: list[int], truth: list[int], index: float) -> None:
    assert adjusted_rand(np.array(groups), np.array(truth)) == pytest.approx(index)
    assert AdjustedRand().record(grouped(groups, truth))[NAME] == pytest.approx(index)


@given(groupings)
def test_against_pairs_counted_one_by_one(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert adjusted_rand(*pair) == pytest.approx(by_pairs(*pair), abs=1e-12)


@given(groupings, st.permutations(range(5)), st.permutations(range(5)))
def test_it_does_not_depend_on_labels(
    pair: tuple[np.ndarray, np.ndarray], one: list[int], other: list[int]
) -> None:
    relabelled = np.array(one)[pair[0]], np.array(other)[pair[1]]
    assert adjusted_rand(*relabelled) == adjusted_rand(*pair)
    assert adjusted_rand(pair[1], pair[0]) == pytest.approx(adjusted_rand(*pair), abs=1e-12)


@given(groupings, st.permutations(range(5)))
def test_it_is_one_for_the_same_groups_and_for_no_others(
    pair: tuple[np.ndarray, np.ndarray], labels: list[int]
) -> None:
    groups, truth = pair
    assert adjusted_rand(groups, np.array(labels)[groups]) == pytest.approx(1.0)
    together = groups[:, None] == groups[None, :]
    same = bool((together == (truth[:, None] == truth[None, :])).all())
    assert (adjusted_rand(groups, truth) > 1 - 1e-9) == same


def test_it_is_zero_by_chance_on_average() -> None:
    rng = np.random.default_rng(1)
    truth = np.repeat(np.arange(3), [6, 4, 5])
    drawn = np.array([adjusted_rand(rng.permutation(truth), truth) for _ in range(4000)])
    assert drawn.mean() == pytest.approx(0.0, abs=4 * drawn.std() / np.sqrt(len(drawn)))


def test_without_groups_there_is_none() -> None:
    assert AdjustedRand().record(grouped(None, [0, 1])) == {}
    assert AdjustedRand().record(grouped([0, 1], None)) == {}
