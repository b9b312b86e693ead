"""Whether a fit is what it says: shapes, finite estimates, and the objective at them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gfe_mc import Fit, Panel, Status

EPS = float(np.finfo(np.float64).eps)


def dishonest(panel: Panel, fit: Fit) -> str:
    """What is wrong with a fit of a panel; nothing is said where there is nothing."""
    if type(fit.status) is not Status:
        return f"status {fit.status!r}"
    n_units, n_periods, n_slopes = panel.shape
    if fit.theta.shape != (n_slopes,):
        return f"theta of shape {fit.theta.shape}"
    if fit.factors is not None and fit.loadings is not None:
        r = fit.model.factors
        if fit.factors.shape != (n_periods, r) or fit.loadings.shape != (n_units, r):
            return f"factors of shape {fit.factors.shape}, loadings of {fit.loadings.shape}"
        usable = fit.status.usable
        return (_not_finite(panel, fit) or _other_objective(panel, fit)) if usable else ""
    if fit.groups is None or fit.groups.shape != (n_units,):
        return "groups of another shape"
    n_groups = fit.n_groups or 0
    if fit.groups.min() < 0 or fit.groups.max() >= n_groups:
        return f"groups outside 0, ..., {n_groups - 1}"
    if list(dict.fromkeys(fit.groups.tolist())) != list(range(fit.groups.max() + 1)):
        return "groups not by first appearance"
    if fit.alpha is not None and fit.alpha.shape != (n_groups, n_periods):
        return f"alpha of shape {fit.alpha.shape}"
    if fit.beta is not None and fit.beta.shape != (n_groups, n_slopes):
        return f"beta of shape {fit.beta.shape}"
    if not fit.status.usable:
        return ""
    return _not_finite(panel, fit) or _other_objective(panel, fit)


def _not_finite(panel: Panel, fit: Fit) -> str:
    parts: dict[str, Any] = {
        "theta": fit.theta,
        "alpha": fit.alpha,
        "objective": fit.objective,
        "unit_slopes": fit.unit_slopes,
        "memberships": fit.memberships,
        "group_objectives": fit.group_objectives,
        "factors": fit.factors,
        "loadings": fit.loadings,
    }
    for name, part in parts.items():
        if part is not None and not np.isfinite(part).all():
            return f"{fit.status.name} with {name} that is not finite"
    if fit.memberships is not None and np.abs(fit.memberships.sum(axis=1) - 1).max() > 1e-8:
        return "memberships that do not add up"
    if fit.objective < -1e-9 * float((panel.y.astype(np.longdouble) ** 2).sum()):
        return f"a negative objective {fit.objective}"
    return ""


def _other_objective(panel: Panel, fit: Fit) -> str:
    """Compare the objective with that at the estimates, in long doubles."""
    if fit.model.criterion:
        return ""
    y, x = panel.y.astype(np.longdouble), panel.x.astype(np.longdouble)
    level = np.abs(y).max() + (np.abs(x) * np.abs(_slopes(fit, y))[:, None, :]).sum(axis=2).max()
    seen = panel.observed
    left = _residuals(y, x, fit) * seen
    if fit.model.unit_effects:  # The profiles too are in deviations from the periods observed.
        left = _deviations(left, seen)
        y, x = _deviations(y, seen), _deviations(x, seen[:, :, None])
    again = _fuzzy(y, x, fit) if fit.model.soft else (left**2).sum()
    centred = y - y.mean(axis=0) if fit.model.profiles else y
    variation = (centred**2).sum()
    rounding = y.size * (EPS * level) * (np.sqrt(again / y.size) + EPS * level) * 64
    gap = abs(again - fit.objective)
    if gap > 1e-8 * again + (1e-11 + 1e-14 / _sharpness(x, fit)) * variation + rounding:
        return f"objective {fit.objective:.6g} and {float(again):.6g} at the estimates"
    return ""


def _deviations(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Deviations from the means of units, and zero where nothing is observed."""
    means = (values * seen).sum(axis=1, keepdims=True) / seen.sum(axis=1, keepdims=True)
    return np.asarray((values - means) * seen)


def _sharpness(x: np.ndarray, fit: Fit) -> float:
    """Least eigenvalue of the regressors' correlations, in all units or in a group: digits left."""
    groups = np.zeros(len(x), np.int64) if fit.groups is None else fit.groups
    least = 1.0
    for members in [groups >= 0, *(groups == g for g in range(groups.max() + 1))]:
        part = x[members] - (x[members].mean(axis=0) if fit.model.profiles else 0)
        xx = np.einsum("itk,itl->kl", part, part)
        scale = np.sqrt(np.diag(xx))
        kept = scale > 0
        if kept.any():
            xx = (xx / scale / scale[:, None])[np.ix_(kept, kept)] if kept.all() else np.eye(1)
            least = min(least, float(np.linalg.eigvalsh(xx.astype(np.float64))[0]))
    return max(least, 1e-16)


def _slopes(fit: Fit, y: np.ndarray) -> np.ndarray:
    theta = fit.theta if fit.unit_slopes is None else fit.unit_slopes
    return np.broadcast_to(theta, (len(y), len(fit.theta)))


def _residuals(y: np.ndarray, x: np.ndarray, fit: Fit) -> np.ndarray:
    made = y - (x * _slopes(fit, y)[:, None, :]).sum(axis=2)
    if fit.factors is not None and fit.loadings is not None:
        made -= (fit.loadings[:, None, :] * fit.factors).sum(axis=2)
    return np.asarray(made if fit.alpha is None else made - fit.alpha[fit.groups])


def _fuzzy(y: np.ndarray, x: np.ndarray, fit: Fit) -> Any:
    """The sum over units of (sum_g d_ig^{-1/(m-1)})^{1-m}, relative to the nearest group."""
    assert fit.alpha is not None
    assert fit.fuzziness is not None
    beta = np.tile(fit.theta, (len(fit.alpha), 1)) if fit.beta is None else fit.beta
    fitted = (x[:, None] * beta[None, :, None, :]).sum(axis=3) + fit.alpha
    distances = ((y[:, None] - fitted) ** 2).sum(axis=2)
    nearest = distances.min(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.exp(np.log(nearest[:, None] / distances) / (fit.fuzziness - 1))
    ratios[distances == nearest[:, None]] = 1.0
    return (nearest * np.exp((1 - fit.fuzziness) * np.log(ratios.sum(axis=1)))).sum()
