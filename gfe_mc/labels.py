"""Which groups of two fits are the same."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from gfe_mc.errors import require


def matched(profiles: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of the other profiles (G, T) goes with each profile (G, T): (G,).

    The assignment with the least sum of squared distances.

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
