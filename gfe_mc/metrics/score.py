"""One replication against its truth."""

from math import factorial

import numpy as np
from scipy.optimize import linear_sum_assignment

from gfe_mc.kernels.relabel import best_of_permutations


def agreement(groups: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Count the units of each estimated and each true group, (G, G), G the larger number.

    Parameters
    ----------
    groups, truth : (N,)
        Group of each unit, from 0.
    """
    n_groups = int(max(groups.max(), truth.max())) + 1
    counts = np.zeros((n_groups, n_groups), np.int64)
    np.add.at(counts, (groups, truth), 1)
    return counts


def relabelling(groups: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Which estimated group goes with each true one, (G,), under the best relabelling."""
    return np.asarray(linear_sum_assignment(agreement(groups, truth).T, maximize=True)[1])


def misclassification(groups: np.ndarray, truth: np.ndarray) -> float:
    """Share of units in another group than the true one, under the best relabelling.

    The best of all G! relabellings is found as an optimal assignment.
    """
    counts = agreement(groups, truth)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return 1.0 - float(counts[rows, columns].sum()) / len(groups)


def misclassification_permutations(
    groups: np.ndarray, truth: np.ndarray, permutations: int, rng: np.random.Generator
) -> float:
    """Share of units in another group than the true one, under the best of some relabellings.

    As many relabellings as `permutations` says are drawn at random, with replacement; if there
    are no more than that, all of them are gone through, which is the optimal assignment.

    References
    ----------
    Bonhomme and Manresa (2012), footnote 31.
    """
    counts = agreement(groups, truth)
    if factorial(len(counts)) <= permutations:
        return misclassification(groups, truth)
    return 1.0 - best_of_permutations(counts, rng, permutations) / len(groups)


def slope_mse(slopes: np.ndarray, truth: np.ndarray) -> float:
    """Mean over units and regressors of the squared error of the unit's slope.

    Parameters
    ----------
    slopes, truth : (N, K)
        Slopes of each unit.

    References
    ----------
    Lin and Ng (2011), section 6: what the root mean squared error is the root of.
    """
    return float(np.mean((slopes - truth) ** 2))
