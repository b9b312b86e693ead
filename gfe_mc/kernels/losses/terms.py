"""Half the deviance of an outcome at an index, and its first two derivatives in the index.

Of binary outcomes by logit and probit, and of counts by Poisson. Each is zero where the outcome is
fitted as well as can be. Cells come in one row, outcomes and indices alike.
"""

import numpy as np

from gfe_mc.kernels._jit import bare
from gfe_mc.kernels.powers import exponential, logarithm

_LOG_ROOT = 0.91893853320467274178
"""log(2 pi) / 2."""
_TAIL = 2.5
"""Beyond it the normal tail is a continued fraction, nearer a series."""
_FRACTIONS = 60
_MOST_TERMS = 60


@bare
def logit_terms(
    y: np.ndarray, index: np.ndarray, value: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    """Fill with log(1 + exp(-s)), s the index of a one and minus that of a zero."""
    for j in range(len(y)):
        one = y[j] > 0.5
        s = index[j] if one else -index[j]
        small = exponential(-abs(s))
        below = 1.0 + small
        value[j] = _log_one_plus(small) + max(-s, 0.0)
        wrong = small / below if s >= 0.0 else 1.0 / below
        first[j] = -wrong if one else wrong
        second[j] = small / (below * below)


@bare
def probit_terms(
    y: np.ndarray, index: np.ndarray, value: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    """Fill with -log Phi(s), s the index of a one and minus that of a zero."""
    for j in range(len(y)):
        one = y[j] > 0.5
        s = index[j] if one else -index[j]
        if s <= -_TAIL:
            # phi / Phi = z + c: the difference is small beside both where z is large.
            c = _fraction(-s)
            ratio = c - s
            value[j] = 0.5 * s * s + _LOG_ROOT + logarithm(ratio)
            second[j] = ratio * c
        else:
            density = exponential(-0.5 * s * s - _LOG_ROOT)
            if s < _TAIL:
                below = 0.5 + density * _series(s)
                value[j] = -logarithm(below)
            else:
                above = density / (s + _fraction(s))
                below = 1.0 - above
                value[j] = -_log_one_plus(-above)
            ratio = density / below
            second[j] = ratio * (ratio + s) if ratio > 0.0 else 0.0
        first[j] = -ratio if one else ratio


@bare
def poisson_terms(
    y: np.ndarray, index: np.ndarray, value: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    """Fill with mu - y + y log(y / mu), mu the exponential of the index."""
    for j in range(len(y)):
        mu = exponential(index[j])
        value[j] = mu
        if y[j] > 0.0:
            value[j] += y[j] * (logarithm(y[j]) - index[j] - 1.0)
        first[j] = mu - y[j]
        second[j] = mu


@bare
def _log_one_plus(x: float) -> float:
    """log(1 + x), where 1 + x loses digits of x too."""
    above = 1.0 + x
    return x if above == 1.0 else logarithm(above) * (x / (above - 1.0))


@bare
def _fraction(z: float) -> float:
    """The c of (1 - Phi(z)) / phi(z) = 1 / (z + c), c = 1 / (z + 2 / (z + 3 / ...)), z > 2."""
    below = z
    for n in range(_FRACTIONS, 1, -1):
        below = z + n / below
    return 1.0 / below


@bare
def _series(s: float) -> float:
    """(Phi(s) - 1/2) / phi(s) = s + s^3 / 3 + s^5 / 15 + ..."""
    term, total, n = s, s, 1
    for _ in range(_MOST_TERMS):
        n += 2
        term *= s * s / n
        total += term
    return total
