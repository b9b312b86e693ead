"""Coefficients of a fit, with their inference: in full, and as one method has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from gfe_mc.errors import InputError, is_number, require
from gfe_mc.fit import positions
from gfe_mc.fitted.parts import method_of
from gfe_mc.inference.covariance import Covariance

if TYPE_CHECKING:
    from gfe_mc.fitted.estimates import Estimates

LEVEL = 0.95


def coefficient_frame(summary: Estimates) -> pd.DataFrame:
    """Make a row a parameter, with its inference by each method: `Estimates.coefficients`."""
    theta, by_group = summary.fit.theta, _group_slopes(summary)
    names = [*summary.panel.regressors, *summary.derived]
    values = [*theta, *[parameter.value(theta) for parameter in summary.derived.values()]]
    frame = pd.DataFrame({"parameter": names, "estimate": values})
    if by_group is not None:
        own = _own_slopes(summary)
        whose = ["mean" if k in own else "all" for k in range(len(theta))]
        frame.insert(1, "group", [*whose, *["all"] * len(summary.derived)])
        frame = pd.concat([frame, by_group], ignore_index=True)
    for method, covariance in summary.covariances.items():
        derived = [covariance.error_of(p, theta) for p in summary.derived.values()]
        errors = [*covariance.standard_errors, *derived]
        if by_group is not None:
            errors += [*_errors_by_group(summary, covariance)]
        put_errors(frame, method, errors, "estimate")
        with np.errstate(divide="ignore", invalid="ignore"):
            t = frame["estimate"] / frame[f"se_{method}"]
        place = int(str(frame.columns.get_loc(f"se_{method}"))) + 1
        frame.insert(place, f"t_{method}", t)
        frame.insert(place + 1, f"p_{method}", 2 * norm.sf(np.abs(t)))
    return frame


def tidy_frame(summary: Estimates, level: float, errors: str | None) -> pd.DataFrame:
    """Make the coefficients as pyfixest has them: `Estimates.tidy`."""
    low, high = bound_names(level)
    method = method_of(summary, errors)
    frame = coefficient_frame(summary)
    estimate = frame["estimate"].to_numpy(np.float64)
    absent = np.full(len(frame), np.nan)
    error = absent if method is None else frame[f"se_{method}"].to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimate / error
    z = float(norm.isf((1 - level) / 2))
    return pd.DataFrame(
        {
            "Estimate": estimate,
            "Std. Error": error,
            "t value": t,
            "Pr(>|t|)": 2 * norm.sf(np.abs(t)),
            low: estimate - z * error,
            high: estimate + z * error,
        },
        index=pd.Index(coefficient_names(summary, frame), name="Coefficient"),
    )


def covariance_frame(summary: Estimates, errors: str | None, joint: bool) -> pd.DataFrame:
    """Make the covariance matrix with its names: `Estimates.vcov`."""
    method = method_of(summary, errors)
    if method is None:
        raise InputError(
            "A covariance needs an inference method",
            "a summary without",
            "Give `inference` to summarize, or an estimator that can be bootstrapped",
        )
    covariance = summary.covariances[method]
    names = list(summary.panel.regressors)
    if not joint:
        return pd.DataFrame(covariance.theta, index=names, columns=names)
    if covariance.joint is None:
        raise InputError(
            "The method must have a joint covariance of slopes and groups",
            f"{method}, which has none",
            "Leave out `joint`, or give another of "
            f"{', '.join(n for n, c in summary.covariances.items() if c.joint is not None) or '-'}",
        )
    n_groups = summary.fit.n_groups or 0
    profiles = summary.fit.model.profiles
    parts = summary.panel.period_labels if profiles else summary.panel.regressors
    kind = "alpha" if profiles else "beta"
    names += [f"{kind}[{g}, {part}]" for g in range(1, n_groups + 1) for part in parts]
    if len(names) != len(covariance.joint):
        kinds = range(len(covariance.joint) - summary.panel.shape[2])
        names = [*summary.panel.regressors, *[f"parameter {j + 1}" for j in kinds]]
    return pd.DataFrame(covariance.joint, index=names, columns=names)


def coefficient_names(summary: Estimates, frame: pd.DataFrame) -> list[str]:
    """Name each row of coefficients: a group's own slopes are x1[2], those of units x1[name]."""
    if "group" not in frame:
        return [str(name) for name in frame["parameter"]]
    named = []
    for parameter, whose in zip(frame["parameter"], frame["group"], strict=True):
        if whose in ("mean", "all"):
            named.append(str(parameter))
        elif summary.fit.units_alone:
            named.append(f"{parameter}[{summary.panel.units[int(whose) - 1]}]")
        else:
            named.append(f"{parameter}[{whose}]")
    return named


def bound_names(level: float) -> tuple[str, str]:
    """Name the bounds of an interval, such as 2.5% and 97.5%.

    Raises
    ------
    InputError
        The level is no probability.
    """
    require(
        is_number(level) and 0 < level < 1,
        "`level` must be a probability",
        repr(level),
        "Give 0.95, say",
    )
    tail = 50.0 * (1.0 - level)
    return f"{tail:.6g}%", f"{100.0 - tail:.6g}%"


def put_errors(frame: pd.DataFrame, method: str, errors: Any, of: str) -> None:
    """Add columns with standard errors and the bounds of 95% intervals."""
    z = float(norm.isf((1 - LEVEL) / 2))
    frame[f"se_{method}"] = np.asarray(errors, np.float64)
    frame[f"low_{method}"] = frame[of] - z * frame[f"se_{method}"]
    frame[f"high_{method}"] = frame[of] + z * frame[f"se_{method}"]


def _own_slopes(summary: Estimates) -> list[int]:
    """Positions of the regressors whose slopes differ between groups or units."""
    model = summary.fit.model
    return positions(summary.panel, (*model.group_slopes, *model.unit_slopes))


def _group_slopes(summary: Estimates) -> pd.DataFrame | None:
    """A row a group and regressor whose slopes differ by group; None if there are none."""
    beta = summary.fit.beta
    own = positions(summary.panel, summary.fit.model.group_slopes)
    if beta is None or len(beta) < 2 or not own:
        return None
    return pd.DataFrame(
        {
            "parameter": [summary.panel.regressors[k] for k in own for _ in beta],
            "group": [str(g) for _ in own for g in range(1, len(beta) + 1)],
            "estimate": beta[:, own].T.ravel(),
        }
    )


def _errors_by_group(summary: Estimates, covariance: Covariance) -> np.ndarray:
    """Standard errors of what `_group_slopes` has, in its order."""
    assert summary.fit.beta is not None
    own = positions(summary.panel, summary.fit.model.group_slopes)
    if covariance.group_slopes is None:
        return np.full(len(own) * len(summary.fit.beta), np.nan)
    return covariance.group_slopes[:, own].T.ravel()
