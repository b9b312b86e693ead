"""A fit of one panel as JSON can hold it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gfe_mc.fit import LossFit, MixtureFit

if TYPE_CHECKING:
    from gfe_mc.fitted.summary import Summary


def fit_record(summary: Summary) -> dict[str, Any]:
    """Return everything that there is to say of a fit."""
    n_units, n_periods, n_slopes = summary.panel.shape
    fit, choice = summary.fit, summary.choice
    groups = None
    if fit.groups is not None:
        frame = summary.groups()
        renamed = dict(zip(frame.columns[:2], ("unit", "group"), strict=True))
        groups = _records(frame.rename(columns=renamed))
    return {
        "outcome": summary.panel.outcome,
        "model": {
            "description": summary.model,
            "unit_effects": fit.model.unit_effects,
            "profiles": fit.model.profiles,
            "group_slopes": list(fit.model.group_slopes),
            "unit_slopes": list(fit.model.unit_slopes),
            "soft": fit.model.soft,
            "factors": fit.model.factors,
            "levels": list(fit.model.levels),
            "mixture": fit.model.mixture,
            "jackknife": fit.model.jackknife,
            "loss": fit.model.loss,
            "criterion": fit.model.criterion,
        },
        "estimator": None if fit.estimator is None else repr(fit.estimator),
        "shape": {"N": n_units, "T": n_periods, "K": n_slopes, "G": fit.n_groups},
        "objective": _number(fit.objective),
        "status": fit.status.name,
        "n_best": fit.n_best,
        "n_tries": fit.n_tries,
        "coefficients": _records(summary.coefficients()),
        "covariances": {
            method: {
                "status": covariance.status.name,
                "notes": list(covariance.notes),
                "theta": [[_number(v) for v in row] for row in covariance.theta],
            }
            for method, covariance in summary.covariances.items()
        },
        "groups": groups,
        "levels": _records(summary.levels()) if fit.model.levels else None,
        "profiles": _records(_labelled_profiles(summary)) if fit.model.profiles else None,
        "factors": _of_factors(summary),
        "path": None if fit.path is None else [_number(v) for v in fit.path],
        "criterion": None if choice is None else [_number(v) for v in choice.values],
        "infinite": _infinite(summary),
        "mixture": _mixture(fit) if isinstance(fit, MixtureFit) else None,
        "notes": list(summary.notes),
    }


def _of_factors(summary: Summary) -> dict[str, Any] | None:
    """Factors by period, and loadings by unit; None where there are none."""
    fit, panel = summary.fit, summary.panel
    if fit.factors is None or fit.loadings is None:
        return None
    return {
        "periods": list(panel.period_labels),
        "factors": [[_number(v) for v in row] for row in fit.factors],
        "units": [_number(unit) for unit in panel.units],
        "loadings": [[_number(v) for v in row] for row in fit.loadings],
    }


def _infinite(summary: Summary) -> list[dict[str, Any]] | None:
    """Profile values that are infinite, and their signs; None where there can be none."""
    fit = summary.fit
    if not isinstance(fit, LossFit):
        return None
    periods = summary.panel.period_labels
    return [
        {"group": int(g) + 1, "period": periods[t], "sign": int(np.sign(fit.alpha[g, t]))}
        for g, t in np.argwhere(fit.separated)
    ]


def _mixture(fit: MixtureFit) -> dict[str, Any]:
    """What a mixture has beside slopes, profiles and memberships."""
    return {
        "log_likelihood": _number(fit.log_likelihood),
        "n_parameters": fit.n_parameters,
        "probabilities": [_number(v) for v in fit.probabilities.mean(axis=0)],
        "sigma2": [_number(v) for v in fit.sigma2],
        "membership": ["constant", *fit.characteristics],
        "gamma": [[_number(v) for v in row] for row in fit.gamma],
    }


def _labelled_profiles(summary: Summary) -> pd.DataFrame:
    """Profiles whose periods are as they are written: numbers, or text."""
    profiles = summary.profiles()
    if not all(isinstance(period, int | float | str) for period in summary.panel.periods):
        n_groups = len(profiles) // len(summary.panel.periods)
        profiles["period"] = list(summary.panel.period_labels) * n_groups
    return profiles


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): _number(value) for name, value in record.items()}
        for record in frame.to_dict("records")
    ]


def _number(value: Any) -> Any:
    """A value as JSON can hold it: NaN and infinities as null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, int | float | str | None) else str(value)
