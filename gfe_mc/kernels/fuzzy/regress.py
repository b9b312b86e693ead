"""Weighted least squares: all coefficients at given memberships."""

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, FuzzyData
from gfe_mc.kernels.profiles.crossproducts import profile_out, slopes
from gfe_mc.kernels.slopes.products import add_rest, back_substitute, eliminate


@kernel
def regress(data: FuzzyData, now: Fuzzy) -> None:
    """Fill `alpha` and `beta`, the minimum at the weights at hand.

    A group without weight keeps its effects.
    """
    own, beta = data.own, now.beta
    n_groups = beta.shape[0]
    _add_up(data, now)
    _centre(data.series.shape[1], now)
    now.rest[:] = 0.0
    for g in range(n_groups):
        eliminate(now.sums, g, own, now.factors)
        add_rest(now.factors, g, own, 1.0, now.rest)
    profile_out(now.rest, now.floor, now.factor)
    common = beta[0, own:]
    slopes(now.factor, common)
    for g in range(n_groups):
        for k in range(own, beta.shape[1]):
            beta[g, k] = common[k - own]
        back_substitute(now.factors, g, own, beta)
    _effects(now)


@kernel
def _add_up(data: FuzzyData, now: Fuzzy) -> None:
    """Fill `mass` and `moments`, the weighted sums of each group."""
    rows, alone, weights = data.rows, now.alone, now.weights
    mass, moments = now.mass, now.moments
    n_units, size = rows.shape
    mass[:] = 0.0
    moments[:] = 0.0
    for i in range(n_units):
        g = alone[i]
        if g >= 0:
            mass[g] += 1.0
            for j in range(size):
                moments[g, j] += rows[i, j]
            continue
        for g in range(mass.shape[0]):
            weight = weights[i, g]
            if weight > 0.0:
                mass[g] += weight
                for j in range(size):
                    moments[g, j] += weight * rows[i, j]


@kernel
def _centre(n_periods: int, now: Fuzzy) -> None:
    """Fill `sums` with the cross-products about weighted means; of no weight, zeros."""
    mass, moments, sums = now.mass, now.moments, now.sums
    n_groups, n_series = sums.shape[:2]
    for g in range(n_groups):
        if not mass[g] > 0.0:
            sums[g] = 0.0
            continue
        pair = n_series * n_periods
        for d in range(n_series):
            for e in range(d + 1):
                part = 0.0
                for t in range(n_periods):
                    part += moments[g, d * n_periods + t] * moments[g, e * n_periods + t]
                sums[g, d, e] = moments[g, pair] - part / mass[g]
                pair += 1


@kernel
def _effects(now: Fuzzy) -> None:
    """Fill `alpha` with the weighted means of what the slopes leave of the outcome."""
    alpha, beta, mass, moments = now.alpha, now.beta, now.mass, now.moments
    n_groups, n_periods = alpha.shape
    last = beta.shape[1]
    for g in range(n_groups):
        if mass[g] > 0.0:
            for t in range(n_periods):
                value = moments[g, last * n_periods + t]
                for k in range(last):
                    value -= beta[g, k] * moments[g, k * n_periods + t]
                alpha[g, t] = value / mass[g]
