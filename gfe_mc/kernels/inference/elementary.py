"""Exponential, logarithm and power in a fixed order: those of libraries depend on the processor."""

import math

import numpy as np

from gfe_mc.kernels._jit import kernel

_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""log 2 in two parts; whole multiples of the first have no rounding."""
_PER_LOG2 = 1.4426950408889634
_LEAST = -745.2
_ROOT_OF_TWO_PI = 2.5066282746310002


@kernel
def exponential(x: float) -> float:
    """Compute e^x to about the last digit, for x up to 700; zero where that is too small."""
    if x < _LEAST:
        return 0.0
    if not np.isfinite(x):
        return x + np.inf if x > 0.0 else np.nan
    halvings = np.floor(x * _PER_LOG2 + 0.5)
    r = (x - halvings * _LOG2_HIGH) - halvings * _LOG2_LOW
    value = 1.0
    for n in range(14, 0, -1):  # Taylor's series, |r| < 0.35.
        value = 1.0 + value * r / n
    return math.ldexp(value, int(halvings))


@kernel
def logarithm(x: float) -> float:
    """Compute log x to about the last digit, for a positive finite x."""
    share, doublings = math.frexp(x)
    if share < 0.7071067811865476:
        share *= 2.0
        doublings -= 1
    s = (share - 1.0) / (share + 1.0)
    squared = s * s
    value = 0.0
    for n in range(23, 0, -2):  # 2 artanh s, |s| < 0.172.
        value = value * squared + 1.0 / n
    return doublings * _LOG2_HIGH + (2.0 * s * value + doublings * _LOG2_LOW)


@kernel
def power(x: float, exponent: float) -> float:
    """Compute x^exponent for x from 0 and a positive exponent."""
    if x == 0.0 or x == 1.0 or exponent == 1.0:
        return x
    return exponential(exponent * logarithm(x))


@kernel
def normal_density(x: np.ndarray, density: np.ndarray) -> None:
    """Fill `density` (N,) with the standard normal density at `x` (N,)."""
    for i in range(x.shape[0]):
        density[i] = exponential(-(x[i] * x[i]) / 2.0) / _ROOT_OF_TWO_PI
