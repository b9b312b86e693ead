"""Agreement of two groupings over random relabellings."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from gfe_mc.kernels.relabel import best_of_permutations
from tests.reference import gfe_numpy as twin


def test_by_hand() -> None:
    agreement = np.array([[0, 4], [3, 1]])
    assert best_of_permutations(agreement, np.random.default_rng(0), 50) == 7


@pytest.mark.parametrize("n_groups", [1, 2, 3, 5, 10])
def test_agrees_with_twin(n_groups: int) -> None:
    agreement = np.random.default_rng(n_groups).integers(20, size=(n_groups, n_groups))
    kernel_rng, twin_rng = np.random.default_rng(2), np.random.default_rng(2)
    for permutations in (1, 2, 10, 100):
        assert best_of_permutations(
            agreement, kernel_rng, permutations
        ) == twin.best_of_permutations(agreement, twin_rng, permutations)


def test_many_permutations_find_the_optimal_assignment_and_few_do_not() -> None:
    agreement = np.random.default_rng(3).integers(100, size=(4, 4))
    optimal = int(agreement[linear_sum_assignment(agreement, maximize=True)].sum())
    assert best_of_permutations(agreement, np.random.default_rng(4), 1000) == optimal
    assert best_of_permutations(agreement, np.random.default_rng(4), 1) < optimal
