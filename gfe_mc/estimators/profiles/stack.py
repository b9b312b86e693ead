"""A panel as the kernels of groups with profiles take it."""

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.kernels.profiles.arrays import Data
from gfe_mc.kernels.profiles.crossproducts import regressor_lengths, total_crossproducts

COLLINEAR = 1e-10
"""A regressor whose remaining share of its own variation is below this counts as collinear."""
LEAST_SQUARES, MOST_SQUARES = 1e-290, 1e300
"""Between these, sums of squares have all their digits, and so have shares and sums of them."""
BOTH_LAYOUTS = 20_000
"""Most units of which the series are held twice, each unit's side by side and each period's."""
EXACT = 1e-14
"""An objective below this share of the outcome's own variation counts as an exact fit."""


def stack(panel: Panel, weights: np.ndarray | None = None) -> tuple[Data, np.ndarray]:
    """Return the kernels' view of a balanced panel, and the period means (D, T) taken out of it.

    Units count as often as `weights` (N,) says, once if there are none.

    The profiles absorb any function of time, so taking out period means changes no estimate; it
    keeps the cross-products small beside their differences.

    Raises
    ------
    InputError
        Values too large or too small to be squared, or weights that are not whole numbers from 1,
        one a unit.
    """
    n_units, n_periods, n_regressors = panel.shape
    counted = np.ones(n_units) if weights is None else checked_weights(weights, n_units)
    z = np.empty((n_units, n_regressors + 1, n_periods))
    means = np.empty((n_regressors + 1, n_periods))
    with np.errstate(over="ignore", invalid="ignore"):  # What is too large is refused below.
        for d in range(n_regressors + 1):
            series = panel.y if d == n_regressors else panel.x[:, :, d]
            z[:, d] = series
            means[d] = _means(z[:, d], None if weights is None else counted)
            z[:, d] -= means[d]
            # A regressor that is common to a period is zero, and not what rounding leaves of it.
            if d < n_regressors and largest(z[:, d]) <= 1e-12 * largest(series):
                z[:, d] = 0.0
    data = of_series(z, counted)
    _require_squares(panel, data)
    return data, means


def of_series(z: np.ndarray, weights: np.ndarray) -> Data:
    """Return the kernels' view of series (N, D, T), without period means, and weights (N,)."""
    n_units, n_series, _ = z.shape
    total = np.empty((n_series, n_series))
    total_crossproducts(z, weights, total)
    floor = np.diag(total) * COLLINEAR
    floor[-1] = total[-1, -1] * EXACT
    lengths = np.empty((n_series - 1, n_units))
    regressor_lengths(z, lengths)
    both = z if n_units <= BOTH_LAYOUTS else z[:0]
    return Data(z, weights, np.ascontiguousarray(both.transpose(1, 2, 0)), total, floor, lengths)


def some_of(data: Data, units: np.ndarray) -> Data:
    """Return the view of some units: their numbers, each once. Period means stay as they are."""
    return of_series(np.ascontiguousarray(data.z[units]), data.weights[units])


def _means(series: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Means over units (T,) of a series (N, T), each unit as often as it counts."""
    return series.mean(axis=0) if weights is None else np.average(series, axis=0, weights=weights)


def largest(values: np.ndarray) -> float:
    """Return the greatest absolute value."""
    return max(float(values.max()), -float(values.min()))


def checked_weights(weights: np.ndarray, n_units: int) -> np.ndarray:
    """Return weights as kernels take them; refuses any but whole numbers from 1, one a unit."""
    given = np.asarray(weights)
    known = given.dtype.kind in "iuf"
    weights = given.astype(np.float64) if known else np.zeros(given.shape)
    most = 2.0**53 / n_units
    whole = (weights >= 1) & (weights <= most) & (weights == np.floor(weights))
    require(
        weights.shape == (n_units,) and bool(whole.all()),
        "There must be a weight for each unit, a whole number from 1",
        f"weights of shape {weights.shape}, the least of them {weights.min(initial=np.inf)}",
        f"Give {n_units}, and leave out units that do not count",
    )
    return weights


def _require_squares(panel: Panel, data: Data) -> None:
    """Refuse values whose squares overflow or vanish, or nearly do: sums of them lose digits."""
    squares = np.diag(data.total)
    for d, square in enumerate(squares):
        vanished = square < LEAST_SQUARES and largest(data.z[:, d]) > 0.0
        if vanished or not square < MOST_SQUARES:
            name = panel.outcome if d == len(panel.regressors) else panel.regressors[d]
            raise InputError(
                f"The squares of `{name}` must be numbers that the computer can hold",
                f"values of up to {largest(data.z[:, d]):.3g} beside their period means",
                "Measure it in another unit",
            )
