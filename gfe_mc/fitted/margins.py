"""How clearly each unit is of its group rather than of the next best one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError
from gfe_mc.fit import Fit, LossFit
from gfe_mc.fitted.parts import labels_of
from gfe_mc.inference.membership import residuals_by_group

if TYPE_CHECKING:
    from gfe_mc.fitted.summary import Summary

FAR = 500.0
"""Profile values of a loss that are infinite are as if they were this."""


def margin_frame(summary: Summary) -> pd.DataFrame:
    """Make a row a unit: `Summary.margins`."""
    panel, fit = summary.panel, summary.fit
    labels = labels_of(fit)
    if (fit.n_groups or 0) < 2 or fit.units_alone:
        raise InputError(
            "Margins are between groups", f"a fit of {fit.description}", "Fit two groups or more"
        )
    rows = np.arange(len(labels))
    if fit.memberships is not None:
        others = fit.memberships.copy()
        others[rows, labels] = -np.inf
        next_ = others.argmax(axis=1)
        margin = fit.memberships[rows, labels] - fit.memberships[rows, next_]
    else:
        distances = distances_to_groups(panel, fit)
        own = distances[rows, labels]
        others = distances.copy()
        others[rows, labels] = np.inf
        next_ = others.argmin(axis=1)
        farther = np.maximum(own, others[rows, next_])
        with np.errstate(divide="ignore", invalid="ignore"):
            margin = np.where(farther > 0, (others[rows, next_] - own) / farther, 0.0)
    return pd.DataFrame(
        {
            summary.unit: list(panel.units),
            "group" if summary.unit != "group" else "estimated_group": labels + 1,
            "next": next_ + 1,
            "margin": margin,
        }
    )


def distances_to_groups(panel: Panel, fit: Fit) -> np.ndarray:
    """Compute how far each unit is from each group, (N, G), at the fit's slopes and profiles.

    The mean squared residual, or mean loss, over the periods in which it is observed; with levels,
    at the nearest level of each group.
    """
    if isinstance(fit, LossFit):
        losses = np.array([_losses(panel, fit, profile) for profile in fit.alpha])
        return _means(losses, panel.observed[None])
    left = residuals_by_group(panel, fit)
    # Where nothing of a group is observed in a period, nothing tells units from it there.
    there = panel.observed & np.isfinite(left)
    if fit.model.unit_effects:
        left = np.where(there, left, 0.0)
        left = left - (left.sum(axis=2) / np.maximum(there.sum(axis=2), 1))[:, :, None]
    if fit.eta is None:
        return _means(left**2, there)
    levels = np.where(np.isnan(fit.eta), np.inf, fit.eta)
    nearest = [_means((left - level[:, None, None]) ** 2, there) for level in levels.T]
    return np.asarray(np.min(nearest, axis=0))


def _losses(panel: Panel, fit: LossFit, profile: np.ndarray) -> np.ndarray:
    """Loss in every cell (N, T) at a profile; NaN where it is not known."""
    index = np.clip(profile, -FAR, FAR) + (panel.x * fit.theta).sum(axis=2)
    with np.errstate(all="ignore"):
        loss = fit.loss.terms(panel.y, np.where(np.isnan(index), 0.0, index))[0]
    return np.where(np.isnan(index), np.nan, loss)


def _means(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Means over periods of (G, N, T), as (N, G); infinite where there is nothing."""
    there = there & ~np.isnan(values)
    counts = there.sum(axis=2)
    sums = np.where(there, values, 0.0).sum(axis=2)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.inf).T)
