"""Matching of groups: which groups of two fits, or of a fit and the truth, are the same."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from gfe_mc.errors import require


def matched(profiles: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Match other profiles to profiles (G, T): the number of the one that goes with each, (G,).

    It is the assignment with the least sum of squared distances.

    Parameters
    ----------
    profiles : (G, T) array
        Profiles, or slopes (G, K).
    others : (H, T) array
        Others, at least as many.

    Raises
    ------
    InputError
        There are fewer other profiles.
    """
    require(
        len(others) >= len(profiles),
        "There must be a profile to match with each",
        f"{len(others)} for {len(profiles)}",
        "Match the fewer profiles to the more",
    )
    distances = ((profiles[:, None, :] - others[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(linear_sum_assignment(distances)[1])


def agreement(groups: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Count the units of each estimated and each true group, (G, G), G the larger number.

    Parameters
    ----------
    groups, truth : (N,) array
        Group of each unit, from 0.
    """
    n_groups = int(max(groups.max(), truth.max())) + 1
    counts = np.zeros((n_groups, n_groups), np.int64)
    np.add.at(counts, (groups, truth), 1)
    return counts


def relabelling(groups: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Match groups: the estimated group that goes with each true one, (G,), best relabelling.

    Parameters
    ----------
    groups, truth : (N,) array
        Group of each unit, from 0.
    """
    return np.asarray(linear_sum_assignment(agreement(groups, truth).T, maximize=True)[1])
