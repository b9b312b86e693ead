"""Scores and Hessian of fuzzy clustering regression, unit by unit.

Notation. Parameters are alpha (G T), slopes of groups (G, q) and common slopes, P of them. u_itg
are the residuals of unit i in group g, J_ig their derivatives, d_ig = sum_t u_itg^2, mu_ig the
memberships, m their regularization parameter, L_i = sum_g mu_ig^m d_ig.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.linear import mirror
from gfe_mc.kernels.powers import power


@kernel
def scores_and_hessian(
    y: np.ndarray,
    x: np.ndarray,
    alpha: np.ndarray,
    beta: np.ndarray,
    memberships: np.ndarray,
    m: float,
    least: float,
    own: np.ndarray,
    common: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the scores of units (N, P) and the Hessian (P, P).

    The score of a unit is sum_g 2 mu_ig^m J_ig'u_ig, and the Hessian

        sum_i {2 sum_g mu_ig^m J_ig'J_ig - m / (m - 1) L_i sum_g mu_ig (l_ig - l_i) (l_ig - l_i)'},

    l_ig = 2 J_ig'u_ig / d_ig, l_i = sum_g mu_ig l_ig. A membership up to `least` is none. `own`
    (q,) and `common` are the positions of slopes (G, K) that differ between groups, and of those
    that do not.
    """
    n_units, n_periods, _ = x.shape
    n_groups, n_own = alpha.shape[0], own.shape[0]
    first_own = n_groups * n_periods
    first_common = first_own + n_groups * n_own
    size = first_common + common.shape[0]
    n_used = n_periods + n_own + common.shape[0]
    scores, hessian = np.zeros((n_units, size)), np.zeros((size, size))
    logs, mean = np.empty((n_groups, size)), np.empty(size)
    residuals = np.empty(n_periods)
    column, place, product = (
        np.empty(n_used, np.int64),
        np.empty(n_used, np.int64),
        np.empty(n_used),
    )
    for j in range(n_own):
        column[n_periods + j] = own[j]
    for j in range(common.shape[0]):
        column[n_periods + n_own + j] = common[j]
        place[n_periods + n_own + j] = first_common + j
    for i in range(n_units):
        mean[:] = 0.0
        objective = 0.0
        for g in range(n_groups):
            share = memberships[i, g]
            if not share > least:
                continue
            raised = power(share, m)
            distance = 0.0
            for t in range(n_periods):
                value = y[i, t] - alpha[g, t]
                fitted = 0.0
                for k in range(beta.shape[1]):
                    fitted += x[i, t, k] * beta[g, k]
                residuals[t] = value - fitted
                distance += residuals[t] * residuals[t]
                place[t] = g * n_periods + t
                product[t] = -residuals[t]
            for j in range(n_own):
                place[n_periods + j] = first_own + g * n_own + j
            for j in range(n_periods, n_used):
                product[j] = 0.0
                for t in range(n_periods):
                    product[j] -= x[i, t, column[j]] * residuals[t]
            objective += raised * distance
            logs[g] = 0.0
            for j in range(n_used):
                scores[i, place[j]] += 2.0 * raised * product[j]
                # A unit in one group alone has no variance over groups, be it at distance zero.
                if share != 1.0:
                    logs[g, place[j]] = 2.0 * product[j] / distance
                    mean[place[j]] += share * logs[g, place[j]]
            # J'J: the identity, and cross-products of regressors; places ascend.
            for t in range(n_periods):
                hessian[place[t], place[t]] += 2.0 * raised
            for j in range(n_periods, n_used):
                for t in range(n_periods):
                    weight = 2.0 * raised * x[i, t, column[j]]
                    hessian[place[j], place[t]] += weight
                    for k in range(n_periods, j + 1):
                        hessian[place[j], place[k]] += weight * x[i, t, column[k]]
        for g in range(n_groups):
            share = memberships[i, g]
            if not share > least:
                continue
            weight = share * objective * (m / (m - 1.0))
            for j in range(size):
                logs[g, j] -= mean[j]
            for j in range(size):
                value = weight * logs[g, j]
                if value != 0.0:
                    for k in range(j + 1):
                        hessian[j, k] -= value * logs[g, k]
    mirror(hessian)
    return scores, hessian
