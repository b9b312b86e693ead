"""Models under a loss by statsmodels, one grouping at a time."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import statsmodels.api as sm

from gfe_mc import Panel

LOW: dict[str, tuple[float, ...]] = {"logit": (0, 1), "probit": (0, 1), "poisson": (0,)}
"""Outcomes at which a cell that has no others leaves the likelihood, its dummy infinite."""


class Regression(NamedTuple):
    """Dummies of groups and cells, and the regressors, of cells that have a finite optimum."""

    x: np.ndarray
    y: np.ndarray
    unit: np.ndarray
    kept: np.ndarray
    """(G, T) which dummies there are."""


def family(name: str) -> Any:
    """The family of a loss."""
    return {
        "logit": sm.families.Binomial(),
        "probit": sm.families.Binomial(sm.families.links.Probit()),
        "poisson": sm.families.Poisson(),
    }[name]


def regression(panel: Panel, groups: np.ndarray, name: str) -> Regression:
    """Write a grouping as a regression."""
    n_units, n_periods, _ = panel.shape
    n_groups = int(groups.max()) + 1
    kept = np.zeros((n_groups, n_periods), bool)
    for g in range(n_groups):
        for t in range(n_periods):
            values = panel.y[(groups == g) & panel.observed[:, t], t]
            kept[g, t] = len(values) > 0 and not any((values == v).all() for v in LOW[name])
    place = np.full(kept.shape, -1)
    place[kept] = np.arange(kept.sum())
    rows, y, units = [], [], []
    for i in range(n_units):
        for t in range(n_periods):
            if panel.observed[i, t] and kept[groups[i], t]:
                dummies = np.zeros(int(kept.sum()))
                dummies[place[groups[i], t]] = 1.0
                rows.append(np.concatenate([panel.x[i, t], dummies]))
                y.append(panel.y[i, t])
                units.append(i)
    return Regression(np.array(rows), np.array(y), np.array(units), kept)


def estimate(panel: Panel, groups: np.ndarray, name: str, **options: Any) -> tuple[Any, Regression]:
    """Fit a grouping by iteratively reweighted least squares."""
    made = regression(panel, groups, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Where it nears a perfect fit.
        found = sm.GLM(made.y, made.x, family=family(name)).fit(tol=1e-12, maxiter=200, **options)
    return found, made


def half_deviance(panel: Panel, groups: np.ndarray, name: str) -> float:
    """The objective of a grouping."""
    if len(regression(panel, groups, name).y) == 0:
        return 0.0
    return float(estimate(panel, groups, name)[0].deviance) / 2.0
