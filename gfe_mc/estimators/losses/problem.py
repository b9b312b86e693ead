"""A panel as estimators under a loss read it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.estimators.losses.loss import Loss
from gfe_mc.estimators.profiles.stack import LEAST_SQUARES, MOST_SQUARES


class Problem(NamedTuple):
    """What descent and search work on: N units, T periods, K slopes and C cells of time."""

    loss: Loss
    y: np.ndarray
    """(N, T) outcomes."""
    x: np.ndarray
    """(N, T, K) regressors less their means over all units of a cell; zero where not observed."""
    means: np.ndarray
    """(C, K) those means."""
    observed: np.ndarray
    """(N, T) which unit-periods are observed."""
    cell: np.ndarray
    """(T,) cell of each period."""
    n_cells: int


class Parameters(NamedTuple):
    """Slopes and profile values, which descent changes in place."""

    theta: np.ndarray
    """(K,) slopes."""
    alpha: np.ndarray
    """(G, C) profile values, of centred regressors."""


def problem_of(loss: Loss, panel: Panel, *, by_period: bool) -> Problem:
    """Arrange a panel, which may have gaps.

    Parameters
    ----------
    loss : Loss
        The loss.
    panel : Panel
        The panel.
    by_period : bool
        Whether each period is a cell of its own; all of them are one if not.

    Raises
    ------
    InputError
        A unit or a period without observations, or regressors whose squares are not numbers that
        the computer can hold.
    """
    for axis, names, what in ((1, panel.units, "unit"), (0, panel.periods, "period")):
        none = np.flatnonzero(~panel.observed.any(axis=axis))
        if len(none):
            raise InputError(
                f"Every {what} must be observed",
                f"{len(none)} {what}s that are not, the first {names[int(none[0])]}",
                "Leave them out",
            )
    n_periods, n_slopes = panel.shape[1:]
    cell = np.arange(n_periods) if by_period else np.zeros(n_periods, np.int64)
    n_cells = n_periods if by_period else 1
    x, means, observed = panel.x.copy(), np.zeros((n_cells, n_slopes)), panel.observed
    with np.errstate(over="ignore", invalid="ignore"):  # What is too large is refused below.
        for c in range(n_cells):
            here = observed & (cell == c)
            for k in range(n_slopes):
                means[c, k] = x[:, :, k][here].mean()
                off = x[:, :, k][here] - means[c, k]
                # What a cell has in common is zero, and not what rounding leaves of it.
                off[np.abs(off) <= 1e-12 * abs(means[c, k])] = 0.0
                x[:, :, k][here] = off
        squares = np.array([(x[:, :, k] ** 2).sum() for k in range(n_slopes)])
    for name, size in zip(panel.regressors, squares, strict=True):
        require(
            size == 0.0 or LEAST_SQUARES <= size < MOST_SQUARES,
            f"The squares of `{name}` must be numbers that the computer can hold",
            f"a sum of them of {size:.3g}",
            "Measure it in another unit",
        )
    return Problem(loss, panel.y, x, means, observed, cell.astype(np.int64), n_cells)
