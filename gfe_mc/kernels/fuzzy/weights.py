"""Fuzzy clustering regression: the objective, its gradient, and weighted least squares.

Notation. e_ig (T,) are the residuals of unit i at the coefficients of group g, d_ig = e_ig'e_ig,
and l_ig = -log(d_ig) / (m - 1). Memberships are mu_ig = exp(l_ig) / sum_h exp(l_ih), and a unit
adds L_i = (sum_g d_ig^{-1/(m-1)})^{1-m} to the objective, which is sum_g mu_ig^m d_ig. Sums are
taken relative to the nearest group, so that no power overflows: exponents are 1000 at m = 1.001.

Series are stacked as z_it = (regressors with group-specific slopes, those with common ones, y).
"""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.best import SAME as SAME
from gfe_mc.kernels.best import count_best
from gfe_mc.kernels.draw import distinct
from gfe_mc.kernels.profiles.crossproducts import profile_out, slopes
from gfe_mc.kernels.slopes.products import add_rest, back_substitute, eliminate


class Fuzzy(NamedTuple):
    """Coefficients of all groups, and what follows from them; the kernels keep them in step."""

    alpha: np.ndarray
    """(G, T) group effects."""
    beta: np.ndarray
    """(G, K) slopes; common ones are the same in every row."""
    distances: np.ndarray
    """(N, G) d_ig."""
    weights: np.ndarray
    """(N, G) mu_ig^m."""
    sums: np.ndarray
    """(G, D, D) weighted cross-products about the weighted means of each period."""
    means: np.ndarray
    """(D, T) room for those means."""
    factors: np.ndarray
    """(G, D, D)"""
    rest: np.ndarray
    """(D - own, D - own)"""
    factor: np.ndarray
    """(D - own, D - own)"""
    floor: np.ndarray
    """(D - own,) the variation below which a common regressor counts as collinear."""


def empty_fuzzy(n_units: int, n_series: int, n_periods: int, n_groups: int, own: int) -> Fuzzy:
    """Room for one set of coefficients."""
    n_rest = n_series - own
    return Fuzzy(
        alpha=np.zeros((n_groups, n_periods)),
        beta=np.zeros((n_groups, n_series - 1)),
        distances=np.zeros((n_units, n_groups)),
        weights=np.zeros((n_units, n_groups)),
        sums=np.zeros((n_groups, n_series, n_series)),
        means=np.zeros((n_series, n_periods)),
        factors=np.zeros((n_groups, n_series, n_series)),
        rest=np.zeros((n_rest, n_rest)),
        factor=np.zeros((n_rest, n_rest)),
        floor=np.zeros(n_rest),
    )


@kernel
def measure(z: np.ndarray, alpha: np.ndarray, beta: np.ndarray, distances: np.ndarray) -> None:
    """Fill `distances` (N, G) with d_ig, from series z (N, D, T)."""
    n_units, n_series, n_periods = z.shape
    last = n_series - 1
    for i in range(n_units):
        for g in range(alpha.shape[0]):
            total = 0.0
            for t in range(n_periods):
                residual = z[i, last, t] - alpha[g, t]
                for k in range(last):
                    residual -= beta[g, k] * z[i, k, t]
                total += residual * residual
            distances[i, g] = total


@kernel
def weigh(distances: np.ndarray, m: float, weights: np.ndarray) -> float:
    """Fill `weights` (N, G) with mu_ig^m; return the objective.

    A unit at distance zero from a group belongs to it: the power is of a ratio that is infinite.
    """
    n_units, n_groups = distances.shape
    power = 1.0 / (m - 1.0)
    objective = 0.0
    for i in range(n_units):
        nearest = distances[i, 0]
        for g in range(1, n_groups):
            nearest = min(nearest, distances[i, g])
        total = 0.0
        for g in range(n_groups):
            distance = distances[i, g]
            if distance == nearest:
                ratio = 1.0
            elif nearest > 0.0:
                ratio = np.exp(power * np.log(nearest / distance))
            else:
                ratio = 0.0
            weights[i, g] = ratio
            total += ratio
        for g in range(n_groups):
            share = weights[i, g] / total
            # Mostly 0 or 1, whose powers need no logarithm.
            weights[i, g] = share if share in (0.0, 1.0) else share**m
        objective += nearest * np.exp((1.0 - m) * np.log(total))
    return objective


@kernel
def regress(z: np.ndarray, products: np.ndarray, own: int, now: Fuzzy) -> None:
    """Weighted least squares: fill `alpha` and `beta`, the minimum at the weights at hand.

    `products` (N, D, D) are sum_t z_it z_it'. A group without weight keeps its effects.
    """
    n_units, n_series, n_periods = z.shape
    n_groups, last = now.alpha.shape[0], n_series - 1
    means, sums, weights = now.means, now.sums, now.weights
    for g in range(n_groups):
        means[:] = 0.0
        sums[g] = 0.0
        total = 0.0
        for i in range(n_units):
            weight = weights[i, g]
            if weight > 0.0:
                total += weight
                for d in range(n_series):
                    for t in range(n_periods):
                        means[d, t] += weight * z[i, d, t]
                    for e in range(d + 1):
                        sums[g, d, e] += weight * products[i, d, e]
        if not total > 0.0:
            continue
        for d in range(n_series):
            for e in range(d + 1):
                part = 0.0
                for t in range(n_periods):
                    part += means[d, t] * means[e, t]
                sums[g, d, e] -= part / total
    now.rest[:] = 0.0
    for g in range(n_groups):
        eliminate(sums, g, own, now.factors)
        add_rest(now.factors, g, own, 1.0, now.rest)
    profile_out(now.rest, now.floor, now.factor)
    common = now.beta[0, own:]
    slopes(now.factor, common)
    for g in range(n_groups):
        now.beta[g, own:] = common
        back_substitute(now.factors, g, own, now.beta)
    for g in range(n_groups):
        total = 0.0
        means[last] = 0.0
        for i in range(n_units):
            weight = weights[i, g]
            if weight > 0.0:
                total += weight
                for t in range(n_periods):
                    value = z[i, last, t]
                    for k in range(last):
                        value -= now.beta[g, k] * z[i, k, t]
                    means[last, t] += weight * value
        if total > 0.0:
            for t in range(n_periods):
                now.alpha[g, t] = means[last, t] / total


@kernel
def descend_fuzzy(
    z: np.ndarray,
    products: np.ndarray,
    own: int,
    m: float,
    tolerance: float,
    limit: int,
    now: Fuzzy,
) -> tuple[float, bool]:
    """Weighted least squares and memberships in turn, which never raises the objective.

    Ends when an iteration lowers it by less than `tolerance` of itself; returns the objective,
    and whether it ended so.
    """
    measure(z, now.alpha, now.beta, now.distances)
    objective = weigh(now.distances, m, now.weights)
    for _ in range(limit):
        regress(z, products, own, now)
        measure(z, now.alpha, now.beta, now.distances)
        lower = weigh(now.distances, m, now.weights)
        if not lower < objective * (1.0 - tolerance):
            return min(lower, objective), True
        objective = lower
    return objective, False


@kernel
def place_units(
    z: np.ndarray,
    rng: np.random.Generator,
    slope: np.ndarray,
    spread: np.ndarray,
    units: np.ndarray,
    now: Fuzzy,
) -> None:
    """Start from random units: slopes normal about `slope` (K,), effects those of random units.

    `units` (N,) are the numbers of the units in any order; they are shuffled.
    """
    last, n_periods = z.shape[1] - 1, z.shape[2]
    # Two groups that start at one unit would never part.
    distinct(rng, now.alpha.shape[0], units)
    for k in range(last):
        now.beta[:, k] = slope[k] + spread[k] * rng.standard_normal()
    for g in range(now.alpha.shape[0]):
        i = units[g]
        for t in range(n_periods):
            value = z[i, last, t]
            for k in range(last):
                value -= now.beta[g, k] * z[i, k, t]
            now.alpha[g, t] = value


@kernel
def anneal(
    z: np.ndarray,
    products: np.ndarray,
    own: int,
    schedule: np.ndarray,
    starts: int,
    hits: int,
    tolerance: float,
    limit: int,
    rng: np.random.Generator,
    slope: np.ndarray,
    spread: np.ndarray,
    now: Fuzzy,
) -> tuple[float, int, int, bool]:
    """Descend from random starts at each m of the schedule in turn; keep the best.

    Returns the objective at the last m, how many starts met it, how many there were, and whether
    the best one settled. The search ends once `hits` starts met the best; 0 for never.
    """
    alpha, beta = now.alpha.copy(), now.beta.copy()
    units = np.arange(z.shape[0])
    lowest, n_best, n_starts, settled = np.inf, 0, 0, False
    for _ in range(starts):
        n_starts += 1
        place_units(z, rng, slope, spread, units, now)
        objective, ended = np.inf, False
        for step in range(schedule.shape[0]):
            last = step == schedule.shape[0] - 1
            # On the way there is no need to settle.
            precise = tolerance if last else 1e-3
            objective, ended = descend_fuzzy(z, products, own, schedule[step], precise, limit, now)
        n_best, _ = count_best(objective, lowest, n_best)
        if objective < lowest:
            alpha[:], beta[:] = now.alpha, now.beta
            lowest, settled = objective, ended
        if 0 < hits <= n_best:
            break
    now.alpha[:], now.beta[:] = alpha, beta
    measure(z, now.alpha, now.beta, now.distances)
    weigh(now.distances, schedule[-1], now.weights)
    return lowest, n_best, n_starts, settled


@kernel
def fuzzy_gradient(
    z: np.ndarray, m: float, own: int, parameters: np.ndarray, now: Fuzzy, gradient: np.ndarray
) -> float:
    """Objective at `parameters` (P,): alpha, group-specific slopes, common ones; fills gradient.

    The derivative in alpha_gt is -2 sum_i mu_ig^m e_igt, and in a slope likewise with e_igt x_it.
    """
    n_units, n_series, n_periods = z.shape
    n_groups, last = now.alpha.shape[0], n_series - 1
    unpack(parameters, own, now)
    measure(z, now.alpha, now.beta, now.distances)
    objective = weigh(now.distances, m, now.weights)
    gradient[:] = 0.0
    first_own, first_common = n_groups * n_periods, n_groups * (n_periods + own)
    for i in range(n_units):
        for g in range(n_groups):
            weight = 2.0 * now.weights[i, g]
            if weight > 0.0:
                for t in range(n_periods):
                    residual = z[i, last, t] - now.alpha[g, t]
                    for k in range(last):
                        residual -= now.beta[g, k] * z[i, k, t]
                    gradient[g * n_periods + t] -= weight * residual
                    for k in range(own):
                        gradient[first_own + g * own + k] -= weight * residual * z[i, k, t]
                    for k in range(own, last):
                        gradient[first_common + k - own] -= weight * residual * z[i, k, t]
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
