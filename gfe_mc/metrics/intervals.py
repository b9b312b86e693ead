"""Standard errors, intervals and tests over replications: arrays in, figures out.

Every function takes estimates and standard errors of n replications, (n,) each; replications in
which one of them is not finite are left out. Intervals are estimate -/+ z * standard error, z the
two-sided point of the normal distribution.

Sources: Morris, White and Crowther (2019), Statistics in Medicine 38, Table 6, for coverage,
bias-eliminated coverage, rejection and the ratio of standard errors.
"""

import math

import numpy as np
from scipy.stats import norm

from gfe_mc.metrics import moments
from gfe_mc.metrics.moments import Figure, Sampled

LEVEL = 0.95
ROUNDING = 1e-12
"""Estimates that differ relatively by less are the same."""


def coverage(
    estimates: np.ndarray, errors: np.ndarray, truths: np.ndarray, level: float = LEVEL
) -> Figure:
    """Compute the coverage: share of intervals that hold the true values (n,).

    Its error is binomial.
    """
    return moments.proportion(_holds(estimates, errors, truths, level))


def bias_eliminated_coverage(
    estimates: np.ndarray, errors: np.ndarray, level: float = LEVEL
) -> Figure:
    """Compute the bias-eliminated coverage: share of intervals that hold the mean of the estimates.

    It is what coverage would be without bias: low coverage beside a high one of these is the
    bias's.
    """
    mean = moments.average(moments.finite(estimates))
    return moments.proportion(_holds(estimates, errors, np.full(len(estimates), mean), level))


def rejection(
    estimates: np.ndarray, errors: np.ndarray, nulls: np.ndarray, level: float = LEVEL
) -> Figure:
    """Compute the rejection rate: share of tests at level 1 - `level` that reject the values (n,).

    At the true values it is the size of the test, elsewhere its power.
    """
    holds = _holds(estimates, errors, nulls, level)
    return moments.proportion(np.where(np.isnan(holds), np.nan, 1.0 - holds))


def ratio_of_mean(estimates: np.ndarray, errors: np.ndarray) -> Figure:
    """Compute the mean standard error over the standard deviation of the estimates.

    Its error is of the linearised ratio m / s, of (e_i - m) / s - m / s (d_i^2 - s^2) / (2 s^2),
    d_i the deviation of estimate i from their mean.
    """
    given = np.where(np.isfinite(estimates), errors, np.nan)
    estimates, errors = _both(estimates, errors)
    variance = moments.variance(estimates)
    if not _varies(estimates):
        return Figure(math.nan, math.nan, len(estimates))
    sd = math.sqrt(variance)
    ratio = moments.average(errors) / sd
    squares = (estimates - moments.average(estimates)) ** 2
    linear = (errors - moments.average(errors)) / sd - ratio * (squares - variance) / (2 * variance)
    figure = Figure(ratio, moments.error_of_mean(linear), len(estimates))
    return Sampled.of(figure, given, linear / len(linear))


def ratio_of_median(estimates: np.ndarray, errors: np.ndarray) -> Figure:
    """Compute the median standard error over the standard deviation of the estimates.

    Its error takes median and standard deviation as independent.
    """
    estimates, errors = _both(estimates, errors)
    sd, middle = moments.sd(estimates), moments.median(errors)
    if not (_varies(estimates) and middle.value > 0):
        return Figure(math.nan, math.nan, len(estimates))
    ratio = middle.value / sd.value
    relative = math.hypot(middle.error / middle.value, sd.error / sd.value)
    return Figure(ratio, ratio * relative, len(estimates))


def _varies(estimates: np.ndarray) -> bool:
    """Whether finite estimates differ by more than rounding."""
    if len(estimates) < 2:
        return False
    return bool(np.ptp(estimates) > ROUNDING * np.abs(estimates).max())


def _both(estimates: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the replications in which both are finite."""
    kept = np.isfinite(estimates) & np.isfinite(errors)
    return estimates[kept], errors[kept]


def _holds(
    estimates: np.ndarray, errors: np.ndarray, values: np.ndarray, level: float
) -> np.ndarray:
    """Whether each interval holds its value, (n,) of 0 and 1; NaN where there is none."""
    z = float(norm.isf((1 - level) / 2))
    known = np.isfinite(estimates) & np.isfinite(errors) & np.isfinite(values)
    holds = np.abs(estimates - values) <= z * errors
    return np.where(known, holds, np.nan)
