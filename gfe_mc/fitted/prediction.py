"""What a fit predicts, cell by cell of its panel and in rows of units and periods that it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require, require_one_of
from gfe_mc.estimators.losses.loss import Logit, Poisson, Probit
from gfe_mc.fit import Fit, LossFit
from gfe_mc.fitted.rows import places

if TYPE_CHECKING:
    from gfe_mc.fitted.estimates import Estimates

TYPES = ("response", "link")


def predicted(summary: Estimates, frame: pd.DataFrame | None, type_: str, hard: bool) -> pd.Series:
    """Predict: `Estimates.predict`."""
    panel, fit = summary.panel, summary.fit
    require_one_of("type", type_, TYPES)
    effects = effects_of(panel, fit, hard)
    slopes = slopes_of(fit, hard, panel.shape[0])
    if frame is None:
        values = _index(panel.x, slopes[:, None, :], effects)[panel.observed]
        return cells(summary, _typed(fit, values, type_), "fitted")
    i = places(frame, summary.unit, panel.units, "units")
    t = places(frame, summary.time, panel.periods, "periods")
    x = _regressors(summary, frame)
    values = _typed(fit, _index(x, slopes[i], effects[i, t]), type_)
    return pd.Series(values, index=frame.index, name=panel.outcome)


def cells(summary: Estimates, values: np.ndarray, name: str) -> pd.Series:
    """Label values of the observed cells, (n,), by unit and period."""
    panel = summary.panel
    i, t = np.nonzero(panel.observed)
    labels = [[panel.units[a] for a in i], [panel.periods[b] for b in t]]
    index = pd.MultiIndex.from_arrays(labels, names=[summary.unit, summary.time])
    return pd.Series(values, index=index, name=name)


def slopes_of(fit: Fit, hard: bool, n_units: int) -> np.ndarray:
    """Return the slopes of each unit, (N, K): of soft groups, the mean by its memberships."""
    if fit.memberships is not None and fit.beta is not None and not hard:
        return np.asarray(fit.memberships @ fit.beta)
    if fit.unit_slopes is not None:
        return fit.unit_slopes
    return np.broadcast_to(fit.theta, (n_units, len(fit.theta)))


def effects_of(panel: Panel, fit: Fit, hard: bool) -> np.ndarray:
    """Return all that is predicted beside the regressors, (N, T): also where nothing is observed.

    Profiles, by memberships where groups are soft, levels, factors and unit effects. The effect
    of a unit is the mean of what the rest leaves of its outcomes.
    """
    effects = np.zeros(panel.y.shape)
    if fit.alpha is not None and fit.groups is not None:
        soft = fit.memberships is not None and not hard
        effects += fit.memberships @ fit.alpha if soft else fit.alpha[fit.groups]
        if fit.eta is not None and fit.secondary is not None:
            effects += fit.eta[fit.groups, fit.secondary][:, None]
    if fit.factors is not None and fit.loadings is not None:
        effects += fit.loadings @ fit.factors.T
    if fit.model.unit_effects:
        slopes = slopes_of(fit, hard, panel.shape[0])
        left = np.where(panel.observed, panel.y - _index(panel.x, slopes[:, None], effects), 0.0)
        effects += (left.sum(axis=1) / panel.observed.sum(axis=1))[:, None]
    return effects


def _index(x: np.ndarray, slopes: np.ndarray, effects: np.ndarray) -> np.ndarray:
    index = effects.copy()
    for k in range(x.shape[-1]):
        index = index + slopes[..., k] * x[..., k]
    return index


def _regressors(summary: Estimates, frame: pd.DataFrame) -> np.ndarray:
    """Regressors of the rows of a frame, (n, K); NaN where one is missing."""
    names, formula = list(summary.panel.regressors), summary.panel.formula
    needed = names if formula is None else list(formula.needed)
    missing = [name for name in needed if name not in frame.columns]
    require(
        not missing,
        f"The data must have the columns {', '.join(needed)}",
        f"no {', '.join(missing)} among {', '.join(map(str, frame.columns))}",
        "Name the columns as they were when the panel was fitted",
    )
    x = np.full((len(frame), len(names)), np.nan)
    whole = frame[needed].notna().all(axis=1).to_numpy()
    if not whole.any():
        return x
    chosen = frame.loc[whole, needed].reset_index(drop=True)
    made = chosen if formula is None else formula.regressors(chosen)
    try:
        x[whole] = made[names].to_numpy(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            "Regressors must be numbers", str(error), "Turn text into numbers first"
        ) from None
    return x


def _typed(fit: Fit, index: np.ndarray, type_: str) -> np.ndarray:
    """Means of outcomes where an index was fitted, or the index itself."""
    if type_ == "link" or not isinstance(fit, LossFit):
        return index
    for loss, mean in ((Logit, expit), (Probit, ndtr), (Poisson, np.exp)):
        if isinstance(fit.loss, loss):
            return np.asarray(mean(index))
    own = getattr(fit.loss, "mean", None)
    if not callable(own):
        raise InputError(
            "The loss must say what outcomes it expects at an index",
            f"{fit.loss!r} without a method `mean(index)`",
            'Give it one, or ask for type="link", the index itself',
        )
    return np.asarray(own(index), np.float64)
