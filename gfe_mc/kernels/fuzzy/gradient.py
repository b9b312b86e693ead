"""The objective as a function of one vector of parameters, and its gradient."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.fuzzy.weights import measure, weigh


@kernel
def fuzzy_gradient(
    data: FuzzyData, m: float, parameters: np.ndarray, now: Fuzzy, gradient: np.ndarray
) -> float:
    """Objective at `parameters` (P,): alpha, group-specific slopes, common ones; fills gradient.

    The derivative in alpha_gt is -2 sum_i mu_ig^m e_igt, and in a slope likewise with e_igt x_it.
    """
    rows, own, alpha, beta, weights = data.rows, data.own, now.alpha, now.beta, now.weights
    n_groups, n_periods = alpha.shape
    last = beta.shape[1]
    unpack(parameters, own, now)
    measure(data, now)
    objective = weigh(m, now)
    gradient[:] = 0.0
    first_own, first_common = n_groups * n_periods, n_groups * (n_periods + own)
    for i in range(rows.shape[0]):
        for g in range(n_groups):
            weight = 2.0 * weights[i, g]
            if weight > 0.0:
                for t in range(n_periods):
                    residual = rows[i, last * n_periods + t] - alpha[g, t]
                    for k in range(last):
                        residual -= beta[g, k] * rows[i, k * n_periods + t]
                    residual *= weight
                    gradient[g * n_periods + t] -= residual
                    for k in range(own):
                        gradient[first_own + g * own + k] -= residual * rows[i, k * n_periods + t]
                    for k in range(own, last):
                        gradient[first_common + k - own] -= residual * rows[i, k * n_periods + t]
    return objective


@kernel
def unpack(parameters: np.ndarray, own: int, now: Fuzzy) -> None:
    """Fill `alpha` and `beta` from the parameters (P,)."""
    n_groups, n_periods = now.alpha.shape
    first_own, first_common = n_groups * n_periods, n_groups * (n_periods + own)
    for g in range(n_groups):
        for t in range(n_periods):
            now.alpha[g, t] = parameters[g * n_periods + t]
        for k in range(own):
            now.beta[g, k] = parameters[first_own + g * own + k]
        for k in range(own, now.beta.shape[1]):
            now.beta[g, k] = parameters[first_common + k - own]
