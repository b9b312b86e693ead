"""Which groups of two fits are the same."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.labels import agreement, matched, relabelling
from tests.helpers import refused
from tests.metrics.outcomes import brute_force, groupings


def distance(profiles: np.ndarray, others: np.ndarray) -> float:
    return float(((profiles - others) ** 2).sum())


def draw(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def test_by_hand() -> None:
    profiles = np.array([[0.0, 0.0], [5.0, 5.0], [0.0, 9.0]])
    others = np.array([[0.5, 8.0], [0.1, -0.2], [4.0, 5.5]])
    assert matched(profiles, others).tolist() == [1, 2, 0]


def test_the_sum_of_distances_counts_and_not_each_nearest_one() -> None:
    # Both are nearest to the first; squares of distances are 1 + 49 against 4 + 16.
    assert matched(np.array([[0.0], [3.0]]), np.array([[1.0], [-4.0]])).tolist() == [1, 0]


@given(seed=st.integers(0, 10_000), n=st.integers(1, 5), more=st.integers(0, 2))
def test_against_all_assignments(seed: int, n: int, more: int) -> None:
    profiles, others = draw(seed, n, 3), draw(seed + 1, n + more, 3)
    found = matched(profiles, others)
    assert len(set(found.tolist())) == n
    least = min(
        distance(profiles, others[list(order)]) for order in permutations(range(n + more), n)
    )
    assert distance(profiles, others[found]) == pytest.approx(least, abs=1e-12)


@given(order=st.permutations(range(6)))
def test_relabelled_groups_are_found_again(order: list[int]) -> None:
    profiles = draw(3, 6, 4)
    relabelled = np.empty_like(profiles)
    relabelled[order] = profiles
    assert matched(profiles, relabelled).tolist() == order


def test_more_groups_than_the_other_cannot_all_be_matched() -> None:
    profiles = np.array([[0.0], [5.0], [9.0]])
    with refused("There must be a profile to match with each; got 2 for 3"):
        matched(profiles, np.array([[5.0], [9.0]]))


# Labels of units.


def test_agreement_by_hand() -> None:
    counts = agreement(np.array([0, 0, 1, 2]), np.array([1, 1, 1, 0]))
    np.testing.assert_array_equal(counts, [[0, 2, 0], [0, 1, 0], [1, 0, 0]])


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
