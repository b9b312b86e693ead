"""One replication against its truth."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.metrics.score import (
    agreement,
    misclassification,
    misclassification_permutations,
    relabelling,
)

groupings = st.integers(1, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 4), min_size=n, max_size=n).map(np.array)] * 2)
)
"""Two groupings of the same units into up to five groups."""


def brute_force(groups: np.ndarray, truth: np.ndarray) -> float:
    """The smallest share outside their group over all relabellings of five groups."""
    relabelled = (np.array(labels)[groups] for labels in permutations(range(5)))
    return min(float(np.mean(labels != truth)) for labels in relabelled)


def test_agreement_by_hand() -> None:
    counts = agreement(np.array([0, 0, 1, 2]), np.array([1, 1, 1, 0]))
    np.testing.assert_array_equal(counts, [[0, 2, 0], [0, 1, 0], [1, 0, 0]])


@pytest.mark.parametrize(
    ("groups", "truth", "share"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], 0.0),
        ([1, 1, 0, 0], [0, 0, 1, 1], 0.0),
        ([0, 0, 0, 1], [0, 0, 1, 1], 0.25),
        ([0, 1, 0, 1], [0, 0, 1, 1], 0.5),
        ([0, 0, 0, 0], [0, 0, 0, 1], 0.25),  # fewer groups than there are
        ([0, 1, 2, 3], [0, 0, 0, 0], 0.75),  # more groups than there are
        ([0, 0, 1, 1, 2, 2], [2, 2, 0, 1, 0, 1], 2 / 6),  # 2 + 1 + 1 agree
        ([0], [4], 0.0),
    ],
)
def test_misclassification_by_hand(groups: list[int], truth: list[int], share: float) -> None:
    assert misclassification(np.array(groups), np.array(truth)) == pytest.approx(share)


@given(groupings)
def test_misclassification_is_the_best_of_all_relabellings(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    assert misclassification(*pair) == pytest.approx(brute_force(*pair))


@given(groupings, st.permutations(range(5)), st.permutations(range(5)))
def test_misclassification_does_not_depend_on_labels(
    pair: tuple[np.ndarray, np.ndarray], one: list[int], other: list[int]
) -> None:
    relabelled = np.array(one)[pair[0]], np.array(other)[pair[1]]
    assert misclassification(*relabelled) == misclassification(*pair)
    assert misclassification(pair[1], pair[0]) == misclassification(*pair)


@pytest.mark.parametrize(
    ("groups", "truth", "order"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], [0, 1]),
        ([0, 1, 1, 2], [2, 0, 0, 1], [1, 2, 0]),  # a cycle, which is not its own inverse
        ([0, 0, 1, 1, 1, 2], [1, 1, 0, 0, 1, 2], [1, 0, 2]),
    ],
)
def test_relabelling_by_hand(groups: list[int], truth: list[int], order: list[int]) -> None:
    np.testing.assert_array_equal(relabelling(np.array(groups), np.array(truth)), order)


@given(groupings)
def test_relabelling_makes_the_most_units_agree(pair: tuple[np.ndarray, np.ndarray]) -> None:
    groups, truth = pair
    order = relabelling(groups, truth)
    assert sorted(order) == list(range(max(groups.max(), truth.max()) + 1))
    assert np.mean(groups != order[truth]) == pytest.approx(brute_force(groups, truth))


@given(groupings, st.permutations(range(5)))
def test_relabelling_undoes_a_permutation(
    pair: tuple[np.ndarray, np.ndarray], labels: list[int]
) -> None:
    """Profiles that were permuted with their groups come back in the order of the truth."""
    truth = np.concatenate([pair[0], np.arange(5)])
    profiles = np.random.default_rng(0).standard_normal((5, 3))
    permuted = np.empty_like(profiles)
    permuted[labels] = profiles
    order = relabelling(np.array(labels)[truth], truth)
    np.testing.assert_array_equal(permuted[order], profiles)


@given(groupings, st.integers(1, 200), st.integers(0, 100))
def test_some_relabellings_are_no_better_than_all(
    pair: tuple[np.ndarray, np.ndarray], n: int, seed: int
) -> None:
    some = misclassification_permutations(*pair, n, np.random.default_rng(seed))
    assert misclassification(*pair) <= some <= 1.0


@pytest.mark.parametrize(("n_groups", "n_all"), [(2, 2), (3, 6), (4, 24)])
def test_with_as_many_relabellings_as_there_are_all_are_tried(n_groups: int, n_all: int) -> None:
    """One fewer, and they are drawn: then the best is missed in some draws."""
    truth = np.arange(n_groups)
    rng = np.random.default_rng(0)
    assert all(misclassification_permutations(truth, truth, n_all, rng) == 0.0 for _ in range(100))
    drawn = [misclassification_permutations(truth, truth, n_all - 1, rng) for _ in range(100)]
    assert max(drawn) > 0.0


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_best_of_some_relabellings_has_its_expectation(n: int) -> None:
    """Three groups of one unit each, so that the units in agreement are fixed points.

    A relabelling of three has 0, 1 or 3 of them in 2, 3 and 1 of 6 cases; the best of n is the
    maximum of n such numbers.
    """
    points = [sum(g == h for g, h in enumerate(p)) for p in permutations(range(3))]
    best = np.array([max(tried) for tried in product(points, repeat=n)])
    rng, truth = np.random.default_rng(n), np.arange(3)
    draws = [misclassification_permutations(truth, truth, n, rng) for _ in range(4000)]
    error = best.std() / 3 / np.sqrt(len(draws))
    assert np.mean(draws) == pytest.approx(1 - best.mean() / 3, abs=4 * error)
