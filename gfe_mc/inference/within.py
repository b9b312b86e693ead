"""What every analytical variance formula starts from: deviations within groups and periods."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.fit import Fit, Status


class Within(NamedTuple):
    """A balanced panel seen from a fit of it with G groups."""

    x: np.ndarray
    """(N, T, K) regressors less their means over the unit's group and the period."""
    means: np.ndarray
    """(G, T, K) those means."""
    residuals: np.ndarray
    """(N, T) y_it - x_it'theta - alpha_{g_i t}."""
    members: np.ndarray
    """(N, G) whether each unit is in each group, as numbers."""
    counts: np.ndarray
    """(G,) units in each group."""


def has_groups_and_slopes(fit: Fit) -> bool:
    """Whether a fit has what an analytical formula needs."""
    usable = fit.status <= Status.ITERATION_LIMIT and np.isfinite(fit.theta).all()
    return bool(usable and fit.alpha is not None and fit.groups is not None)


def require_fit_of(panel: Panel, fit: Fit) -> None:
    """Refuse a fit whose slopes, groups and profiles cannot be those of the panel.

    Raises
    ------
    InputError
        A shape is not the panel's.
    """
    assert fit.alpha is not None
    assert fit.groups is not None
    n_units, n_periods, n_slopes = panel.shape
    seen = (len(fit.groups), fit.alpha.shape[1], len(fit.theta))
    require(
        seen == (n_units, n_periods, n_slopes),
        "The fit must be one of this panel",
        "units, periods and slopes " + f"{seen} against {(n_units, n_periods, n_slopes)}",
        "Give the panel that was fitted",
    )


def within(panel: Panel, fit: Fit) -> Within:
    """Take the deviations; the fit must have groups and slopes."""
    assert fit.alpha is not None
    assert fit.groups is not None
    members = (fit.groups[:, None] == np.arange(len(fit.alpha))).astype(np.float64)
    counts = members.sum(axis=0)
    means = np.einsum("ig,itk->gtk", members, panel.x) / counts[:, None, None]
    return Within(panel.x - means[fit.groups], means, fit.residuals(panel), members, counts)


def rank_notes(n_units: int, n_parameters: int) -> tuple[str, ...]:
    """Say that a sum over units of fewer terms than parameters is singular."""
    if n_units >= n_parameters:
        return ()
    return (
        f"fewer units ({n_units}) than slopes and profile values ({n_parameters}): "
        "their joint covariance is singular",
    )


def singleton_notes(counts: np.ndarray) -> tuple[str, ...]:
    """Say which groups (printed from 1) have one unit, so that their profiles have no errors."""
    alone = np.flatnonzero(counts == 1) + 1
    if not alone.size:
        return ()
    names = ", ".join(map(str, alone))
    return (f"no standard errors for the profile of a group of one unit: group {names}",)
