"""Estimates that come with the package, and the synthetic panels that are drawn from them.

No data come with the package: only what was estimated from the income and democracy panel of
Acemoglu, Johnson, Robinson and Yared (2008), 90 countries, 1970-2000 in steps of five years. For
each number of groups these are the grouped fixed-effects estimates, the means by group and the
covariances within groups of initial democracy and lagged income, and the covariance of the
residuals over time. Regressors and residuals are drawn from those moments under a fixed seed.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibration import DIVISORS, Calibration
from gfe_mc.errors import require, require_one_of
from gfe_mc.fit import Fit
from gfe_mc.kernels.linear import factorize, gram, multiply

_SEED = 1970
_DECIMALS = 6
"""Draws are rounded to what the real panel has."""


def moments(panel: Panel, fit: Fit, lag: str, exogenous: str) -> dict[str, Any]:
    """Compute what is shipped for one number of groups, as JSON can hold it."""
    if fit.alpha is None or fit.groups is None:
        raise ValueError("a fit with groups is needed")
    initial = panel.x[:, :1, panel.regressors.index(lag)]
    fixed = np.concatenate([initial, panel.x[:, :, panel.regressors.index(exogenous)]], axis=1)
    means = np.array([fixed[fit.groups == g].mean(axis=0) for g in range(len(fit.alpha))])
    deviations = fixed - means[fit.groups]
    residuals = fit.residuals(panel)
    return {
        "theta": fit.theta.round(8).tolist(),
        "alpha": fit.alpha.round(8).tolist(),
        "groups": fit.groups.tolist(),
        "objective": round(fit.objective, 8),
        "means": means.round(_DECIMALS).tolist(),
        "covariance": (gram(deviations) / len(fixed)).round(8).tolist(),
        "residual_covariance": (gram(residuals) / len(fixed)).round(8).tolist(),
    }


def synthetic_calibration(groups: int, divisor: str) -> Calibration:
    """Draw a calibration from the shipped estimates.

    Parameters
    ----------
    groups : int
        Number of groups; one of those for which estimates are shipped.
    divisor : str
        As in `calibrate`.

    Raises
    ------
    InputError
        No estimates for that number of groups, or an unknown divisor.
    """
    shipped = _shipped()
    require(
        str(groups) in shipped["groups"],
        "Estimates must be shipped for the number of groups",
        groups,
        f"Use {', '.join(shipped['groups'])} groups, or give a panel to calibrate to",
    )
    require_one_of("divisor", divisor, DIVISORS)
    estimates = shipped["groups"][str(groups)]
    rng = np.random.default_rng([_SEED, groups])
    labels = np.array(estimates["groups"])
    alpha = np.array(estimates["alpha"])
    n_units, n_periods = len(labels), alpha.shape[1]
    drawn = np.array(estimates["means"])[labels] + _normal(rng, estimates["covariance"], n_units)
    regressors = tuple(shipped["regressors"])
    lag = regressors.index(shipped["lag"])
    x = np.zeros((n_units, n_periods, len(regressors)))
    x[:, :, 1 - lag] = drawn[:, 1:].round(_DECIMALS)
    freedom = DIVISORS[divisor](n_units, n_periods, groups, len(regressors))
    return Calibration(
        theta=np.array(estimates["theta"]),
        alpha=alpha,
        groups=labels,
        error_variance=estimates["objective"] / freedom,
        residuals=_normal(rng, estimates["residual_covariance"], n_units).round(_DECIMALS),
        x=x,
        initial=drawn[:, 0].clip(0.0, 1.0).round(_DECIMALS),
        lag=lag,
        regressors=regressors,
        source=f"synthetic: regressors drawn from moments of {shipped['source']}",
        synthetic=True,
    )


@cache
def _shipped() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("income_democracy.json").read_text()
    shipped: dict[str, Any] = json.loads(text)
    return shipped


def _normal(rng: np.random.Generator, covariance: list[list[float]], n: int) -> np.ndarray:
    """Draw n normal vectors with a covariance."""
    factor = np.empty((len(covariance),) * 2)
    factorize(np.array(covariance), 0.0, factor)
    return multiply(rng.standard_normal((n, len(factor))), factor)
