"""Whether a fit is one of a panel: its objective, computed again from its estimates."""

from __future__ import annotations

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.fit import (
    FactorFit,
    Fit,
    FuzzyFit,
    LossFit,
    ProfileFit,
    SlopeFit,
    observed_profiles,
    residuals_of,
)

SHARE = 1e-4
"""Part of the outcome's variation by which the objective of the panel's own fit may differ.

Nearly collinear regressors leave it that few digits, and another panel's differs by far more.
"""
ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""What a residual may be off by, as a share of the numbers that it is the difference of."""


NOTHING = 1e-8
"""Loss of an observation that is as good as none, where outcomes are fitted without error."""


def require_objective(seen: Panel, fit: Fit) -> None:
    """Refuse a fit whose objective is not that of its estimates at a panel of the same shape.

    Fits of estimators of one's own may have another objective, and are not looked at; nor are
    those without one, of another criterion, or with what prior information adds to it. The shapes
    must have been checked.

    Parameters
    ----------
    seen : Panel
        The panel as the fit's model sees it: in deviations where there are unit effects.
    fit : Fit
        The fit.

    Raises
    ------
    InputError
        The objectives differ by more than rounding could make them.
    """
    families = ProfileFit | SlopeFit | FuzzyFit | FactorFit | LossFit
    if not isinstance(fit, families) or fit.model.prior or fit.model.criterion:
        return
    with np.errstate(all="ignore"):  # What is not finite says nothing.
        again = _objective(seen, fit)
        gap = abs(again - fit.objective)
        if gap <= SHARE * abs(fit.objective):  # Close enough as it is.
            return
        if isinstance(fit, LossFit):
            gap = np.inf if np.isnan(gap) else gap
            least = SHARE * abs(fit.objective) + NOTHING * seen.y.size
        else:
            variation = _squares(seen.y - seen.y.mean(axis=0))
            least = SHARE * (abs(fit.objective) + variation) + _rounding(seen, fit, again)
    require(
        not gap > least,
        "The fit must be one of this panel",
        f"an objective of {fit.objective:.6g} that is {again:.6g} at the panel",
        "Give the panel that was fitted",
    )


def _objective(seen: Panel, fit: Fit) -> float:
    """What the fit minimised, at its estimates."""
    if isinstance(fit, LossFit):
        return fit.loss_of(seen)
    return _soft(seen, fit) if isinstance(fit, FuzzyFit) else _squares(residuals_of(seen, fit))


def _squares(values: np.ndarray) -> float:
    return float(np.einsum("it,it->", values, values))


def _rounding(seen: Panel, fit: Fit, objective: float) -> float:
    """What rounding of the residuals may add to the sum of their squares."""
    slopes = fit.theta[None, :] if fit.unit_slopes is None else fit.unit_slopes
    sizes = np.abs(seen.x).max(axis=(0, 1)) * np.abs(slopes).max(axis=0)
    off = ROUNDING * float(np.abs(seen.y).max() + sizes.sum())
    return float(seen.y.size * off * (np.sqrt(objective / seen.y.size) + off))


def _soft(seen: Panel, fit: FuzzyFit) -> float:
    """Sum over units and groups of mu_ig^m d_ig: the objective, at the fit's own memberships."""
    distances = np.empty(fit.memberships.shape)
    for g, alpha in enumerate(fit.alpha):
        effects = alpha
        if not seen.balanced:  # What no unit of the group tells is of units that are not in it.
            known = np.nan_to_num(alpha)
            effects = observed_profiles(seen, known, unit_effects=fit.model.unit_effects)
        residuals = seen.y - effects
        for k, slope in enumerate(fit.theta if fit.beta is None else fit.beta[g]):
            residuals -= slope * seen.x[:, :, k]
        distances[:, g] = np.einsum("it,it->i", residuals, residuals)
    return float((fit.memberships**fit.fuzziness * distances).sum())
