"""What every analytical variance formula starts from: deviations within groups and periods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.fit import Fit, residuals_of
from gfe_mc.kernels.inference.known_groups import group_means


class Within(NamedTuple):
    """A balanced panel seen from a fit of it with G groups."""

    x: np.ndarray
    """(N, T, K) regressors less their means over the unit's group and the period."""
    means: np.ndarray
    """(G, T, K) those means."""
    residuals: np.ndarray
    """(N, T) y_it - x_it'theta - alpha_{g_i t}."""
    groups: np.ndarray
    """(N,) the group of each unit."""
    counts: np.ndarray
    """(G,) units in each group."""


def has_slopes(fit: Fit) -> bool:
    """Return whether a fit ended with estimates to compute a covariance of."""
    return bool(fit.status.usable and np.isfinite(fit.theta).all())


def require_common_slopes(who: str, fit: Fit) -> None:
    """Refuse a fit that is not one of common slopes with profiles of groups over time.

    Raises
    ------
    InputError
        The fit's model is another one.
    """
    model = fit.model
    require(
        model.profiles
        and not (model.group_slopes or model.unit_slopes or model.levels)
        and not (model.mixture or model.loss or model.criterion),
        f"{who} is for common slopes and groups with profiles over time",
        f"a fit of {fit.description}",
        suggestion(fit),
    )


def require_profiles(who: str, fit: Fit) -> None:
    """Refuse a fit without profiles of groups over time.

    Raises
    ------
    InputError
        The fit's model is another one.
    """
    model = fit.model
    require(
        model.profiles
        and not (model.unit_slopes or model.mixture or model.loss or model.criterion)
        and not (model.soft and model.group_slopes),
        f"{who} is for groups with profiles over time",
        f"a fit of {fit.description}",
        suggestion(fit),
    )


def suggestion(fit: Fit) -> str:
    """Say which inference methods do for a fit."""
    model = fit.model
    refits = "Bootstrap, which makes the fit again"
    if model.criterion:
        return f"Use {refits}"
    if model.loss:
        return f"Use LossErrors or {refits}"
    if model.mixture:
        return f"Use MixtureErrors or {refits}"
    if model.soft:
        return f"Use FuzzySandwich or {refits}"
    if model.levels or model.jackknife:
        return f"Use LargeT or {refits}"
    if model.profiles and not model.group_slopes and not model.unit_slopes:
        return f"Use LargeT, FixedT or {refits}"
    if fit.beta is not None and fit.unit_slopes is not None and not model.profiles:
        return f"Use SlopeErrors or {refits}"
    if fit.factors is not None:
        return f"Use FactorErrors or {refits}"
    return f"Use {refits}, or a method of your own"


def require_fit_of(panel: Panel, fit: Fit) -> None:
    """Refuse a fit whose slopes, groups and profiles cannot be those of the panel.

    Raises
    ------
    InputError
        A shape is not the panel's.
    """
    n_units, n_periods, n_slopes = panel.shape
    by_unit = fit.loadings if fit.groups is None else fit.groups
    by_period = fit.factors if fit.alpha is None else fit.alpha.T
    seen = (
        n_units if by_unit is None else len(by_unit),
        n_periods if by_period is None else len(by_period),
        len(fit.theta),
    )
    require(
        seen == (n_units, n_periods, n_slopes),
        "The fit must be one of this panel",
        "units, periods and slopes " + f"{seen} against {(n_units, n_periods, n_slopes)}",
        "Give the panel that was fitted",
    )


def within(seen: Panel, fit: Fit) -> Within:
    """Compute deviations within groups and periods; the fit must have groups and slopes.

    Parameters
    ----------
    seen : Panel
        The panel as the model sees it: already in deviations where it has unit effects.
    fit : Fit
        The fit of it.
    """
    assert fit.alpha is not None
    assert fit.groups is not None
    n_groups, (_, n_periods, n_slopes) = len(fit.alpha), seen.shape
    groups = np.ascontiguousarray(fit.groups, np.int64)
    counts, means = np.empty(n_groups), np.empty((n_groups, n_periods, n_slopes))
    deviations = np.empty(seen.shape)
    # A soft group may be no unit's first.
    group_means(seen.x, groups, counts, means, deviations)
    if fit.model.levels:
        assert fit.secondary is not None
        deviations = _within_levels(deviations, groups, fit.secondary, fit.model.levels)
    return Within(deviations, means, residuals_of(seen, fit), groups, counts)


def _within_levels(
    x: np.ndarray, groups: np.ndarray, secondary: np.ndarray, levels: tuple[int, ...]
) -> np.ndarray:
    """Take means over secondary groups and periods out of deviations (N, T, K).

    Those from means over groups and periods, which this leaves as they are.
    """
    first = np.concatenate([[0], np.cumsum(levels)[:-1]])
    own = np.ascontiguousarray(first[groups] + secondary, np.int64)
    of_units = np.ascontiguousarray(x.mean(axis=1, keepdims=True))
    counts, means = np.empty(sum(levels)), np.empty((sum(levels), 1, x.shape[2]))
    group_means(of_units, own, counts, means, np.empty(of_units.shape))
    found: np.ndarray = x - means[own]
    return found


def in_deviations(panel: Panel) -> bool:
    """Return whether the outcome and every regressor have unit means of zero, up to rounding."""
    series = [panel.y, *(panel.x[:, :, k] for k in range(panel.shape[2]))]
    return panel.shape[1] > 1 and all(
        bool(np.abs(values.mean(axis=1)).max() <= 1e-12 * np.abs(values).max()) for values in series
    )


def rank_notes(n_units: int, n_parameters: int) -> tuple[str, ...]:
    """Say that a sum over units of fewer terms than parameters is singular."""
    if n_units >= n_parameters:
        return ()
    return (
        f"fewer units ({n_units}) than slopes and profile values ({n_parameters}): "
        "their joint covariance is singular",
    )


def singleton_notes(counts: np.ndarray) -> tuple[str, ...]:
    """Say which groups (printed from 1) have one unit or none: their profiles have no errors."""
    notes: tuple[str, ...] = ()
    for size, kind in ((1, "of one unit"), (0, "that is no unit's")):
        if (counts == size).any():
            names = ", ".join(map(str, np.flatnonzero(counts == size) + 1))
            notes += (f"no standard errors for the profile of a group {kind}: group {names}",)
    return notes
