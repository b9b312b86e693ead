"""Figures over replications, each with its Monte Carlo standard error: arrays in, numbers out.

Every function takes the values of the n replications that count, (n,), in any order: sums are
correctly rounded (`math.fsum`), so that the order cannot show in the last digit. Values that are
not finite are left out, and `Figure.used` says how many were left in.

Errors are in moment form, without a distribution for the estimates. Sources: Morris, White and
Crowther (2019), "Using simulation studies to evaluate statistical methods", Statistics in
Medicine 38, Table 6; Joshi and Pustejovsky, simhelpers (R package), for fourth moments in the
place of normality.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import beta, norm


class Figure(NamedTuple):
    """Summary figure: its value, its Monte Carlo standard error, and the values behind it.

    Attributes
    ----------
    value : float
        The figure; NaN if no replication has one.
    error : float
        Its Monte Carlo standard error; NaN if there is none to be had.
    used : int
        Number of values behind it.
    low, high : float, default NaN
        95% bounds where the figure is a share, by Wilson's interval.
    """

    value: float
    error: float
    used: int
    low: float = math.nan
    high: float = math.nan


class Sampled(Figure):
    """Figure that knows what each of the values adds to its error.

    Attributes
    ----------
    influence : (n,) array
        Infinitesimal influence of each of the n values that were given, zero where it does not
        count: the sum of squares is about the squared error. Figures of the same replications
        correlate as their influences do.
    """

    influence: np.ndarray = np.empty(0)

    @classmethod
    def of(cls, figure: Figure, values: np.ndarray, influence: np.ndarray) -> Sampled:
        """Give a figure the influences of those of its values (n,) that count."""
        made = cls(*figure)
        made.influence = np.zeros(len(values))
        made.influence[np.isfinite(values)] = influence
        return made

    def times(self, factor: float) -> Sampled:
        """Return the figure in another unit."""
        value, error, used, low, high = self
        made = Sampled(factor * value, factor * error, used, factor * low, factor * high)
        made.influence = factor * self.influence
        return made


def finite(values: np.ndarray) -> np.ndarray:
    """Keep the finite values, (n,) to (used,)."""
    kept: np.ndarray = values[np.isfinite(values)]
    return kept


def average(values: np.ndarray) -> float:
    """Compute the mean of finite values (n,); NaN if there are none."""
    return math.fsum(values.tolist()) / len(values) if len(values) else math.nan


def variance(values: np.ndarray) -> float:
    """Compute the sample variance of finite values (n,), divisor n - 1; NaN if n < 2."""
    if len(values) < 2:
        return math.nan
    if (values == values[0]).all():  # Their mean need not be that number, but for rounding.
        return 0.0
    return math.fsum(((values - average(values)) ** 2).tolist()) / (len(values) - 1)


def error_of_mean(values: np.ndarray) -> float:
    """Compute the Monte Carlo standard error of a mean, sqrt(s^2 / n).

    Morris, White and Crowther (2019), Table 6: bias, and any other mean over replications. Of
    squared errors it is their formula for the mean squared error.
    """
    return math.sqrt(variance(values) / len(values)) if len(values) else math.nan


def error_of_root(mean_square: float, error: float) -> float:
    """Compute the error of sqrt(m) by the delta method, error(m) / (2 sqrt(m)).

    Zero if m is zero without error, where every replication gave the same.
    """
    return error / (2 * math.sqrt(mean_square)) if mean_square > 0 else error


def error_of_rmse(errors: np.ndarray) -> float:
    """Compute the Monte Carlo standard error of the root mean squared error.

    The error of the mean squared error is of Morris, White and Crowther (2019), Table 6, its root
    by the delta method.
    """
    squares = errors**2
    return error_of_root(average(squares), error_of_mean(squares))


def error_of_sd(values: np.ndarray) -> float:
    """Compute the error of a standard deviation, sqrt((m4 - m2^2) / (n - 1)) / (2 s).

    The variance's error takes the sample fourth moment m4, as simhelpers does, where Morris,
    White and Crowther (2019), Table 6, have normality, s / sqrt(2 (n - 1)); its root is by the
    delta method.
    """
    squares = (values - average(values)) ** 2
    return error_of_root(variance(values), error_of_mean(squares))


def mean(values: np.ndarray) -> Sampled:
    """Compute the mean of the values (n,)."""
    given, values = values, finite(values)
    figure = Figure(average(values), error_of_mean(values), len(values))
    return Sampled.of(figure, given, (values - figure.value) / max(len(values), 1))


def true(truths: np.ndarray) -> Figure:
    """Compute the mean of the true values (n,); without error if all replications have the same."""
    given, truths = truths, finite(truths)
    if len(truths) and np.all(truths == truths[0]):
        return Figure(float(truths[0]), 0.0, len(truths))
    return mean(given)


def rmse(errors: np.ndarray) -> Sampled:
    """Compute the root mean square of the errors (n,)."""
    given, errors = errors, finite(errors)
    figure = Figure(math.sqrt(average(errors**2)), error_of_rmse(errors), len(errors))
    return Sampled.of(figure, given, _of_root(errors**2 - figure.value**2, figure))


def sd(values: np.ndarray) -> Sampled:
    """Compute the standard deviation of the values (n,), divisor n - 1."""
    given, values = values, finite(values)
    figure = Figure(math.sqrt(variance(values)), error_of_sd(values), len(values))
    squares = (values - average(values)) ** 2
    return Sampled.of(figure, given, _of_root(squares - average(squares), figure))


def _of_root(squares: np.ndarray, figure: Figure) -> np.ndarray:
    """Influence on the root of a mean square, by the deviations (n,) of squares from it."""
    return squares / (2 * figure.value * len(squares)) if figure.value > 0 else squares


def median(values: np.ndarray) -> Figure:
    """Compute the median of the values (n,), with the error of Maritz and Jarrett.

    Maritz and Jarrett (1978), Journal of the American Statistical Association 73, 194-196: the
    standard deviation of the median over samples from the empirical distribution, exactly if
    their number is odd.
    """
    given, values = values, finite(values)
    n = len(values)
    if n < 2:
        return Figure(float(values[0]) if n else math.nan, math.nan, n)
    middle = float(np.median(values))
    gaps = np.sort(values) - middle
    weights = np.diff(beta.cdf(np.arange(n + 1) / n, (n + 1) / 2, (n + 1) / 2))
    mean = math.fsum((weights * gaps).tolist())
    spread = math.fsum((weights * (gaps - mean) ** 2).tolist())
    figure = Figure(middle, math.sqrt(spread), n)
    # The density at the median, by which the signs would be divided, is that of the error.
    return Sampled.of(figure, given, np.sign(values - middle) * figure.error / math.sqrt(n))


def share(count: int, of: int) -> Figure:
    """Compute the share count / of, with its binomial error sqrt(p (1 - p) / n).

    Morris, White and Crowther (2019), Table 6: coverage, and any other share of replications.
    """
    if of == 0:
        return Figure(math.nan, math.nan, 0)
    p = count / of
    return Figure(p, math.sqrt(p * (1 - p) / of), of)


def wilson(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Compute bounds of a share by Wilson's score interval; NaN if `of` is zero.

    Wilson (1927), Journal of the American Statistical Association 22, 209-212. Unlike the
    binomial error, they say something where the count is zero.
    """
    if of == 0:
        return math.nan, math.nan
    z = float(norm.isf((1 - level) / 2))
    p = count / of
    middle = (p + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z / (1 + z**2 / of) * math.sqrt(p * (1 - p) / of + z**2 / (4 * of**2))
    # At a share of 0 or 1 the bound is exactly there, but for rounding.
    return (0.0 if count == 0 else middle - half), (1.0 if count == of else middle + half)


def proportion(indicators: np.ndarray) -> Sampled:
    """Compute the share of ones among zeros and ones (n,), with Wilson's bounds."""
    known = finite(indicators)
    count, of = int(known.sum()), len(known)
    low, high = wilson(count, of)
    figure = share(count, of)._replace(low=low, high=high)
    return Sampled.of(figure, indicators, (known - figure.value) / max(of, 1))


def percent(count: int, of: int) -> Figure:
    """Compute the share count / of in percent, with its binomial error and Wilson's bounds."""
    return proportion(np.arange(of) < count).times(100.0)
