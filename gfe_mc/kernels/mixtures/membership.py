"""Probabilities of components: common ones, or a multinomial logit in characteristics."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.linear import factorize, mirror, solve_factorized
from gfe_mc.kernels.mixtures.arrays import Mixture
from gfe_mc.kernels.powers import exponential, logarithm

_STEPS = 25
"""Most steps of Newton's in one iteration: the next one goes on from where they ended."""
_HALVINGS = 30
_SETTLED = 1e-13
"""Of what a unit can gain: a step that promises less is the last."""


@kernel
def fit_membership(w: np.ndarray, now: Mixture) -> None:
    """Fill `gamma` and `log_prior`, the maximum of sum_ig r_ig log pi_ig; it never falls.

    With a constant alone, pi_g is the mean of r_ig, else Newton's steps are halved until they rise.
    """
    shares, gamma, trial, log_prior = now.shares, now.gamma, now.trial, now.log_prior
    n_units, n_groups = shares.shape
    size = w.shape[1]
    if size == 1:
        first = logarithm(now.mass[0] / n_units)
        for g in range(n_groups):
            value = logarithm(now.mass[g] / n_units)
            gamma[g, 0] = value - first
            for i in range(n_units):
                log_prior[i, g] = value
        return
    n_free = (n_groups - 1) * size
    information, factor = np.zeros((n_free, n_free)), np.zeros((n_free, n_free))
    step, before = np.zeros((n_free, 1)), np.zeros((n_free, 1))
    value = prior_of(w, gamma, shares, log_prior)
    for _ in range(_STEPS):
        membership_information(w, log_prior, information)
        _gradient(w, shares, log_prior, step)
        if not factorize(information, 0.0, factor):
            break
        before[:] = step
        solve_factorized(factor, step)
        gain = 0.0
        for j in range(n_free):
            gain += before[j, 0] * step[j, 0]
        if not gain > _SETTLED * n_units:
            break
        length, risen = 1.0, False
        for _ in range(_HALVINGS):
            for g in range(1, n_groups):
                for j in range(size):
                    trial[g, j] = gamma[g, j] + length * step[(g - 1) * size + j, 0]
            higher = prior_of(w, trial, shares, log_prior)
            if higher > value:
                gamma[:], value, risen = trial, higher, True
                break
            length *= 0.5
        if not risen:
            break
    prior_of(w, gamma, shares, log_prior)


@kernel
def prior_of(w: np.ndarray, gamma: np.ndarray, shares: np.ndarray, log_prior: np.ndarray) -> float:
    """Fill `log_prior` (N, G) with log pi_ig; return sum_ig r_ig log pi_ig."""
    n_units, n_groups = log_prior.shape
    total = 0.0
    for i in range(n_units):
        largest = -np.inf
        for g in range(n_groups):
            value = 0.0
            for j in range(w.shape[1]):
                value += w[i, j] * gamma[g, j]
            log_prior[i, g] = value
            largest = max(largest, value)
        summed = 0.0
        for g in range(n_groups):
            summed += exponential(log_prior[i, g] - largest)
        level = largest + logarithm(summed)
        for g in range(n_groups):
            log_prior[i, g] -= level
            if shares[i, g] > 0.0:
                total += shares[i, g] * log_prior[i, g]
    return total


@kernel
def membership_information(w: np.ndarray, log_prior: np.ndarray, information: np.ndarray) -> None:
    """Fill `information` ((G - 1) L, (G - 1) L) with sum_i (diag(pi_i) - pi_i pi_i') x w_i w_i'."""
    n_units, size = w.shape
    n_groups = log_prior.shape[1]
    information[:] = 0.0
    prior = np.empty(n_groups)
    for i in range(n_units):
        for g in range(n_groups):
            prior[g] = exponential(log_prior[i, g])
        for g in range(1, n_groups):
            for h in range(1, g + 1):
                weight = -prior[g] * prior[h]
                if g == h:
                    weight += prior[g]
                for j in range(size):
                    value = weight * w[i, j]
                    for k in range(size):
                        information[(g - 1) * size + j, (h - 1) * size + k] += value * w[i, k]
    mirror(information)


@kernel
def _gradient(
    w: np.ndarray, shares: np.ndarray, log_prior: np.ndarray, gradient: np.ndarray
) -> None:
    """Fill `gradient` ((G - 1) L, 1) with sum_i (r_ig - pi_ig) w_i."""
    n_units, size = w.shape
    gradient[:] = 0.0
    for i in range(n_units):
        for g in range(1, log_prior.shape[1]):
            excess = shares[i, g] - exponential(log_prior[i, g])
            for j in range(size):
                gradient[(g - 1) * size + j, 0] += excess * w[i, j]
