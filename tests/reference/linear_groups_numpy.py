"""Least squares with dummies for everything, for known groups: no cross-products, no profiling."""

from __future__ import annotations

import numpy as np

from gfe_mc import Panel
from gfe_mc.fit import Model


def columns(panel: Panel, groups: np.ndarray, model: Model) -> np.ndarray:
    """Return the regression's columns (N, T, P): a dummy for each effect."""
    n, t, k = panel.shape
    psi = np.eye(t) if model.time_basis is None else model.time_basis.matrix(panel.periods)
    own = [panel.regressors.index(str(name)) for name in model.group_slopes]
    found = [panel.x[:, :, j] for j in range(k) if j not in own]
    for g in range(groups.max() + 1):
        there = (groups == g)[:, None]
        found += [there * panel.x[:, :, j] for j in own]
        found += [there * psi[:, r] for r in range(psi.shape[1])]
    if model.unit_effects:
        found += [(np.arange(n) == i)[:, None] * np.ones(t) for i in range(n)]
    return np.stack(found, axis=2)


def least_squares(panel: Panel, groups: np.ndarray, model: Model) -> tuple[float, np.ndarray]:
    """Return the sum of squared residuals over observed cells, and fitted values (N, T)."""
    made = columns(panel, groups, model)
    seen = panel.observed
    found = np.linalg.lstsq(made[seen], panel.y[seen], rcond=1e-10)[0]
    fitted: np.ndarray = made @ found
    return float(((panel.y - fitted)[seen] ** 2).sum()), fitted


def residuals(panel: Panel, fitted: np.ndarray) -> np.ndarray:
    """Residuals, zero where nothing is observed."""
    return np.where(panel.observed, panel.y - fitted, 0.0)
