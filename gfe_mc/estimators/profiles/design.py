"""A panel as estimators of linear effects of groups read it, whatever these are.

Every unit has the model y_i = H_i gamma_{g_i} + X_i theta + v_i over the periods in which it is
observed. H_i stacks what differs by group: functions of time psi_r(t) (each period by itself where
profiles are free) and regressors with slopes by group; X_i the other regressors. With unit effects
all of it is in deviations from the unit's means over the periods in which it is observed. After
one pass over the panel only the cross-products of each unit are used: the least squares of a
grouping follows from their sums, so that gaps, patterns over time and slopes by group are one case.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.estimators.profiles.stack import LEAST_SQUARES, MOST_SQUARES, largest
from gfe_mc.kernels.slopes.products import (
    back_substitute,
    eliminate,
    empty_slopes,
    regroup_slopes,
    series_products,
    total_floor,
)


class Design(NamedTuple):
    """Cross-products of N units, and what they are of."""

    products: np.ndarray
    """(N, D, D) of H_i, X_i and y_i."""
    own: int
    """Number of columns of H_i: R functions of time, then regressors with slopes by group."""
    order: np.ndarray
    """(K,) the panel's number of each regressor, those with slopes by group first."""
    psi: np.ndarray
    """(T, R) functions of time."""
    lost: np.ndarray
    """(K + 1, R) what was taken out of each regressor and y, in the panel's order."""
    absorbed: int
    """Functions of time that unit effects absorb."""


def design(
    panel: Panel, psi: np.ndarray, by_group: tuple[int, ...], *, unit_effects: bool
) -> Design:
    """Compute the cross-products of each unit.

    Every series is taken less its least squares fit on the functions of time, all units together:
    groups have these anyway, and cross-products are small beside their differences then.

    Parameters
    ----------
    panel : Panel
        The panel; it may have gaps.
    psi : (T, R) array
        Functions of time.
    by_group : tuple of int
        Regressors with slopes by group.
    unit_effects : bool
        Whether all of it is in deviations from unit means.

    Raises
    ------
    InputError
        A unit or a period without observations, or a unit with one and unit effects; values
        that cannot be squared; or a regressor without variation of its own.
    """
    require_observed(panel, unit_effects=unit_effects)
    n_functions, n_regressors = psi.shape[1], panel.shape[2]
    series, lost = series_of(panel, psi, unit_effects=unit_effects)
    products = np.empty((len(series), series.shape[1], series.shape[1]))
    series_products(series, products)
    absorbed = _require_apart(panel, products, n_functions, unit_effects=unit_effects)
    order = arranged(by_group, n_regressors)
    columns = np.array([*range(n_functions), *(n_functions + order), n_functions + n_regressors])
    own = n_functions + len(by_group)
    chosen = np.ascontiguousarray(products[:, columns[:, None], columns])
    return Design(chosen, own, order, psi, lost, absorbed)


def arranged(by_group: tuple[int, ...], n_regressors: int) -> np.ndarray:
    """Return the regressors' numbers (K,), those with slopes by group first."""
    rest = [k for k in range(n_regressors) if k not in by_group]
    return np.array([*by_group, *rest], np.int64)


def series_of(
    panel: Panel, psi: np.ndarray, *, unit_effects: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return functions of time, regressors and outcome of each unit, (N, R + K + 1, T).

    They are zero where they are not observed, in deviations with unit effects, and regressors and
    outcome less their fit on the functions, whose coefficients (K + 1, R) come with them.
    """
    n_units, n_periods, n_regressors = panel.shape
    n_functions = psi.shape[1]
    series = np.empty((n_units, n_functions + n_regressors + 1, n_periods))
    series[:, :n_functions] = psi.T
    for k in range(n_regressors):
        series[:, n_functions + k] = panel.x[:, :, k]
    series[:, -1] = panel.y
    with np.errstate(over="ignore", invalid="ignore"):  # What is too large, `design` refuses.
        clear(series, panel.observed, unit_effects=unit_effects)
        lost = _take_out(series, n_functions)
    return series, lost


def clear(series: np.ndarray, observed: np.ndarray, *, unit_effects: bool) -> None:
    """Zero what is not observed of series (N, D, T); with unit effects, take out unit means."""
    seen = observed[:, None, :]
    series *= seen
    if unit_effects:
        before = np.abs(series).max(axis=2, keepdims=True)
        series -= series.sum(axis=2, keepdims=True) / seen.sum(axis=2, keepdims=True)
        series *= seen
        # What is constant in a unit is zero, and not what rounding leaves of it.
        series *= np.abs(series).max(axis=2, keepdims=True) > 1e-12 * before


def _take_out(series: np.ndarray, n_functions: int) -> np.ndarray:
    """Take the functions of time out of the series after them; return their coefficients."""
    n_series = series.shape[1]
    products = np.zeros((len(series), n_series, n_series))
    series_products(series, products)
    total = products.sum(axis=0)
    lost = np.zeros((n_series - n_functions, n_functions))
    place = np.arange(n_functions + 1)
    for d in range(n_functions, n_series):
        place[-1] = d
        sums = np.ascontiguousarray(total[None, place[:, None], place])
        factors, found = np.zeros(sums.shape), np.zeros((1, n_functions))
        eliminate(sums, 0, n_functions, factors)
        back_substitute(factors, 0, n_functions, found)
        lost[d - n_functions] = found[0]
        before = largest(series[:, d])
        for r in range(n_functions):
            series[:, d] -= found[0, r] * series[:, r]
        # What all units have in common is zero, and not what rounding leaves of it.
        if d < n_series - 1 and largest(series[:, d]) <= 1e-12 * before:
            series[:, d] = 0.0
    return lost


def require_observed(panel: Panel, *, unit_effects: bool = False) -> None:
    """Refuse units and periods of which too little is known."""
    seen = panel.observed
    for axis, names, what in ((1, panel.units, "unit"), (0, panel.periods, "period")):
        none = np.flatnonzero(~seen.any(axis=axis))
        if len(none):
            raise InputError(
                f"Every {what} must be observed",
                f"{len(none)} {what}s that are not, the first {names[int(none[0])]}",
                "Leave them out",
            )
    few = np.flatnonzero(seen.sum(axis=1) < 2)
    if unit_effects and len(few):
        raise InputError(
            "Every unit with an effect of its own must be observed twice",
            f"{len(few)} units that are not, the first {panel.units[int(few[0])]}",
            "Leave them out: their effects absorb what there is",
        )


def _require_apart(
    panel: Panel, products: np.ndarray, n_functions: int, *, unit_effects: bool
) -> int:
    """Refuse regressors without variation of their own, in one group; return what is absorbed."""
    n_units, n_series, _ = products.shape
    for name, series in zip(
        (*panel.regressors, panel.outcome), range(n_functions, n_series), strict=True
    ):
        squares = float(products[:, series, series].sum())
        require(
            squares == 0.0 or LEAST_SQUARES <= squares < MOST_SQUARES,
            f"The squares of `{name}` must be numbers that the computer can hold",
            f"a sum of them of {squares:.3g}",
            "Measure it in another unit",
        )
    now = empty_slopes(n_units, 1, n_series - 1, n_functions)
    total_floor(products, n_functions, now.floor)
    regroup_slopes(products, np.zeros(n_units, np.int64), n_functions, now)
    lost = np.diag(now.factor)[:-1] == 0.0
    if lost.any():
        names = ", ".join(str(n) for n, gone in zip(panel.regressors, lost, strict=True) if gone)
        effects = "effects of time" + (" and of units" if unit_effects else "")
        raise InputError(
            "Every regressor must vary between units, given the others",
            f"no such variation in {names}, beside {effects} and the regressors before it",
            "Leave it out",
        )
    return int((np.diag(now.factors[0])[:n_functions] == 0.0).sum())


def unidentified(pivots: np.ndarray, empty: np.ndarray, absorbed: int) -> np.ndarray:
    """Tell which effects of a group on time are not identified, (T,).

    Parameters
    ----------
    pivots : (R,) array
        Of the functions of time in the group, zero where there is no variation of their own.
    empty : (T,) bool array
        Periods in which nothing of the group is observed.
    absorbed : int
        Functions that unit effects absorb, in any group.
    """
    missing = int((pivots == 0.0).sum()) - absorbed
    if missing <= 0:
        return np.zeros(len(empty), bool)
    free = len(pivots) == len(empty)
    return empty if free and missing <= empty.sum() else np.ones(len(empty), bool)


def patterns_of(lost: np.ndarray, coefficients: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Return coefficients of the functions of time with what was taken out of the series put back.

    Parameters
    ----------
    lost : (K + 1, R) array
        As in `Design`.
    coefficients : (G, R) array
        Of the series without it.
    beta : (G, K) array
        Slopes, in the panel's order.
    """
    patterns = coefficients + lost[-1]
    for k in range(len(lost) - 1):
        patterns -= beta[:, k, None] * lost[k]
    return np.asarray(patterns)


def blank(alpha: np.ndarray, pivots: np.ndarray, seen: np.ndarray, absorbed: int) -> None:
    """Set effects on time (G, T) that are not identified to NaN.

    Parameters
    ----------
    alpha : (G, T) array
        The effects.
    pivots : (G, R) array
        As in `unidentified`, of each group.
    seen : (G, T) bool array
        Whether anything of the group is observed in the period.
    absorbed : int
        As in `unidentified`.
    """
    for g in range(len(alpha)):
        alpha[g, unidentified(pivots[g], np.logical_not(seen[g]), absorbed)] = np.nan


def add_up_to_zero(alpha: np.ndarray) -> np.ndarray:
    """Return profiles (G, T) less their means over the periods in which there are any."""
    there = np.isfinite(alpha)
    level = np.where(there, alpha, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.asarray(alpha - level[:, None])
