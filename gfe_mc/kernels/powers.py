"""Logarithm, exponential and power of positive numbers, the same bytes on every processor.

Those of the C library are chosen by the processor that they run on, and differ in the last digit
between those that fuse a multiplication and an addition and those that do not. These are made of
+ - * / and of operations on bits, each of which is rounded in one way only.

Logarithms are of m in [sqrt(1/2), sqrt(2)) after a power of two is split off, by the series of
log(m) = 2 artanh(s), s = (m - 1) / (m + 1). Exponentials are of r in [-log(2)/2, log(2)/2], by the
expansion of r coth(r/2) = 2 + r^2/6 - ..., whose coefficients are 2 B_2n / (2n)! with Bernoulli's
numbers: exp(r) = 1 + 2 r / (r coth(r/2) - r). Errors are below one unit in the last place.
"""

import numpy as np

from gfe_mc.kernels._jit import kernel

_LN2_HIGH = 0.69314718036912381649
"""The first 32 bits of log(2): whole multiples of it have no rounding."""
_LN2_LOW = 1.9082149292705877e-10
_PER_LN2 = 1.4426950408889634
_ROOT_HALF = 0x3FE6A09E667F3BCD
"""The bits of sqrt(1/2)."""
_MANTISSA = 52
"""Bits of a double after its first, and 1023 is what its exponent is counted from."""
_TWO_THIRDS, _TWO_THIRDS_LOW = 2.0 / 3.0, 3.700743415417188e-17
_SPLIT = 134217729.0
"""2^27 + 1, which halves a double into two of 26 bits (Dekker 1971)."""


@kernel
def logarithm(x: float) -> float:
    """Natural logarithm; minus infinity at 0, NaN below."""
    if not (0.0 < x < np.inf):
        if x == 0.0:
            return -np.inf
        return np.inf if x > 0.0 else np.nan
    k, m = _split_exponent(x)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f * f
    # 2 s = f - f^2/2 + s f^2/2, whose large part is exact.
    rest = s * (half + z * (2.0 / 3.0 + _tail(z))) + k * _LN2_LOW
    return k * _LN2_HIGH - ((half - rest) - f)


@kernel
def exponential(x: float) -> float:
    """Natural exponential; 0 below -745.14, infinite above 709.78."""
    return _exponential_sum(x, 0.0)


@kernel
def power(x: float, p: float) -> float:
    """Return x to the power of p, for x not below zero; x = 1 and p = 0 give 1.

    The logarithm has twice the digits, so that the error does not grow with the exponent.
    """
    if p == 0.0 or x == 1.0:
        return 1.0
    if not (0.0 < x < np.inf):
        if x != 0.0 and x != np.inf:
            return np.nan
        if p != p:
            return p
        return np.inf if (x > 0.0) == (p > 0.0) else 0.0
    high, low = _long_logarithm(x)
    product = p * high
    if not abs(product) < 800.0:
        return _exponential_sum(product, 0.0)
    product, error = _exact_product(p, high)
    return _exponential_sum(product, error + p * low)


@kernel
def _split_exponent(x: float) -> tuple[int, float]:
    """Positive finite x as 2^k m, with m from sqrt(1/2) to sqrt(2)."""
    k = 0
    if x < 2.2250738585072014e-308:  # Subnormal: its exponent is in its leading zeros.
        x *= 18014398509481984.0
        k = -54
    bits = np.float64(x).view(np.int64)
    shift = (bits - _ROOT_HALF) >> _MANTISSA
    m = np.int64(bits - (shift << _MANTISSA)).view(np.float64)
    return k + int(shift), m


@kernel
def _tail(z: float) -> float:
    """2/5 z + 2/7 z^2 + ... for z = s^2 up to 0.0295: what is left out is below 2^-60."""
    value = 2.0 / 23.0 + z * (2.0 / 25.0)
    value = 2.0 / 19.0 + z * (2.0 / 21.0 + z * value)
    value = 2.0 / 15.0 + z * (2.0 / 17.0 + z * value)
    value = 2.0 / 11.0 + z * (2.0 / 13.0 + z * value)
    value = 2.0 / 7.0 + z * (2.0 / 9.0 + z * value)
    return z * (2.0 / 5.0 + z * value)


@kernel
def _exponential_sum(x: float, low: float) -> float:
    """Exponential of x + low, where low is small beside 1."""
    if not (-746.0 < x < 710.0):
        if x != x:
            return x
        return np.inf if x > 0.0 else 0.0
    k = int(x * _PER_LN2 + (0.5 if x > 0.0 else -0.5))
    high = x - k * _LN2_HIGH
    low = k * _LN2_LOW - low
    r = high - low
    z = r * r
    # c = r - (r coth(r/2) - 2)
    c = 1.0 / 23950080.0 - z * (691.0 / 653837184000.0)
    c = 1.0 / 15120.0 + z * (-1.0 / 604800.0 + z * c)
    c = r - z * (1.0 / 6.0 + z * (-1.0 / 360.0 + z * c))
    value = 1.0 - ((low - r * c / (2.0 - c)) - high)
    if k > 1023:
        return value * 2.0 * _two_to(k - 1)
    if k < -1021:  # The result may be subnormal: it is rounded once, by the last product.
        return value * _two_to(k + 600) * _two_to(-600)
    return value * _two_to(k)


@kernel
def _two_to(k: int) -> float:
    """2^k, of a normal double."""
    return float(np.int64((k + 1023) << _MANTISSA).view(np.float64))


@kernel
def _exact_product(a: float, b: float) -> tuple[float, float]:
    """Product and its rounding error (Dekker 1971)."""
    c = _SPLIT * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLIT * b
    b_high = c - (c - b)
    b_low = b - b_high
    product = a * b
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


@kernel
def _long_logarithm(x: float) -> tuple[float, float]:
    """Logarithm of a positive finite x as a sum of two doubles, to about 2^-64 of itself."""
    k, m = _split_exponent(x)
    f = m - 1.0
    below = m + 1.0
    below_low = m - (below - 1.0)
    s = f / below
    product, error = _exact_product(s, below)
    s_low = ((f - product) - error - s * below_low) / below
    # The cube has to have more digits than a double; the higher powers have not.
    z, z_low = _exact_product(s, s)
    z_low += 2.0 * s * s_low
    cube, cube_low = _exact_product(s, z)
    cube_low += s * z_low + s_low * z
    third, third_low = _exact_product(cube, _TWO_THIRDS)
    third_low += cube_low * _TWO_THIRDS + cube * _TWO_THIRDS_LOW
    low = 2.0 * s_low + third_low + cube * _tail(z) + k * _LN2_LOW
    # Sums in the order of size, with what each loses.
    first = k * _LN2_HIGH
    high = first + 2.0 * s
    part = high - first
    low += (first - (high - part)) + (2.0 * s - part)
    total = high + third
    part = total - high
    low += (high - (total - part)) + (third - part)
    result = total + low
    return result, low - (result - total)
