"""Expectation and maximisation in turn, which never lower the likelihood."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.mixtures.arrays import Mixture, MixtureData
from gfe_mc.kernels.mixtures.membership import fit_membership
from gfe_mc.kernels.powers import exponential, logarithm
from gfe_mc.kernels.slopes.products import eliminate, solve, unit_ssr

SETTLED, LIMIT, COLLAPSED, EXACT = 0, 1, 2, 3
"""How an ascent ends."""
LEAST_MASS = 0.01
"""A component whose probabilities add up to less than this part of a unit has collapsed."""
LEAST_RATIO = 1e-6
"""So has one whose variance is below this share of the largest."""
LEAST_SHARE = 1e-12
"""Residuals that are less than this share of the outcome's variation are of rounding."""
_LOG_2PI = 1.8378770664093453


@kernel
def ascend(
    data: MixtureData,
    by_group: bool,
    tolerance: float,
    limit: int,
    now: Mixture,
    path: np.ndarray,
) -> tuple[float, int, int]:
    """Start from `shares` and rise until an iteration gains no more than `tolerance`.

    Fills `path` (limit,) with the log-likelihood after each iteration. Returns the last one, how
    many iterations there were, and how it ended. At the end `shares` are those of the parameters
    that are in place.
    """
    floor = 0.0
    for i in range(data.products.shape[0]):
        floor += LEAST_SHARE * data.products[i, -1, -1]
    now.variances[:] = 1.0
    now.gamma[:] = 0.0
    before = -np.inf
    for iteration in range(limit):
        _add_up(now)
        for g in range(now.mass.shape[0]):
            if not now.mass[g] >= LEAST_MASS:
                return before, iteration, COLLAPSED
        fit_membership(data.w, now)
        regress_mixture(data, now)
        ended = _fit_variances(data, by_group, floor, now)
        if ended != SETTLED:
            return before, iteration, ended
        value = expect(data, now)
        path[iteration] = value
        if not value > before + tolerance:
            return value, iteration + 1, SETTLED
        before = value
    return before, limit, LIMIT


@kernel
def _add_up(now: Mixture) -> None:
    """Fill `mass` from the shares."""
    now.mass[:] = 0.0
    for i in range(now.shares.shape[0]):
        for g in range(now.mass.shape[0]):
            now.mass[g] += now.shares[i, g]


@kernel
def regress_mixture(data: MixtureData, now: Mixture) -> None:
    """Fill coefficients by least squares, weights r_ig / sigma_g^2, and then the distances."""
    products, slopes, weights = data.products, now.slopes, now.weights
    sums, beta = slopes.sums, slopes.beta
    n_units, n_groups = now.shares.shape
    # Weights near one in all: what counts as collinear is a share of the whole variation.
    total = 0.0
    for g in range(n_groups):
        total += now.mass[g] / now.variances[g]
    sums[:] = 0.0
    for g in range(n_groups):
        scale = n_units / total / now.variances[g]
        for i in range(n_units):
            weight = now.shares[i, g] * scale
            weights[i, g] = weight
            if weight > 0.0:
                for d in range(products.shape[1]):
                    for e in range(d + 1):
                        sums[g, d, e] += weight * products[i, d, e]
        eliminate(sums, g, data.own, slopes.factors)
    solve(data.own, slopes)
    for i in range(n_units):
        for g in range(n_groups):
            now.distances[i, g] = max(unit_ssr(products, i, beta, g), 0.0)


@kernel
def _fit_variances(data: MixtureData, by_group: bool, floor: float, now: Mixture) -> int:
    """Fill `variances`, the maximum at the distances in place; say if they are of no use."""
    n_units, n_groups = now.shares.shape
    left, cells, largest = 0.0, 0.0, 0.0
    for g in range(n_groups):
        own, count = 0.0, 0.0
        for i in range(n_units):
            own += now.shares[i, g] * now.distances[i, g]
            count += now.shares[i, g] * data.cells[i]
        left += own
        cells += count
        now.variances[g] = own / count
        largest = max(largest, now.variances[g])
    if not left > floor:
        return EXACT
    for g in range(n_groups):
        if not by_group:
            now.variances[g] = left / cells
        elif not now.variances[g] > LEAST_RATIO * largest:
            return COLLAPSED
    return SETTLED


@kernel
def expect(data: MixtureData, now: Mixture) -> float:
    """Fill `shares` with r_ig at the parameters in place; return the log-likelihood."""
    shares, distances, variances = now.shares, now.distances, now.variances
    n_units, n_groups = shares.shape
    total = 0.0
    for i in range(n_units):
        largest = -np.inf
        for g in range(n_groups):
            spread = _LOG_2PI + logarithm(variances[g])
            value = now.log_prior[i, g] - 0.5 * (
                data.cells[i] * spread + distances[i, g] / variances[g]
            )
            shares[i, g] = value
            largest = max(largest, value)
        summed = 0.0
        for g in range(n_groups):
            shares[i, g] = exponential(shares[i, g] - largest)
            summed += shares[i, g]
        for g in range(n_groups):
            shares[i, g] /= summed
        total += largest + logarithm(summed)
    return total
