"""Agreement of two groupings over random relabellings."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.draw import distinct


@kernel
def best_of_permutations(agreement: np.ndarray, rng: np.random.Generator, permutations: int) -> int:
    """The most units that `permutations` random relabellings bring into agreement.

    `agreement[g, h]` (G, G) counts the units of estimated group g and true group h.
    """
    n_groups = agreement.shape[0]
    label = np.arange(n_groups)
    most = 0
    for _ in range(permutations):
        distinct(rng, n_groups, label)
        agreed = 0
        for g in range(n_groups):
            agreed += agreement[g, label[g]]
        most = max(most, agreed)
    return most
