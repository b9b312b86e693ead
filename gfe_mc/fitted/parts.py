"""Parts that a fit has, or is refused for not having."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.errors import InputError, require
from gfe_mc.fit import Fit
from gfe_mc.inference.covariance import InferenceStatus

if TYPE_CHECKING:
    from gfe_mc.fitted.estimates import Estimates


def labels_of(fit: Fit) -> np.ndarray:
    """Return the group of each unit (N,), from 0; refuse a fit without groups."""
    if fit.groups is None:
        raise InputError(
            "The fit must have groups", f"one of {fit.description}", "Use an estimator with groups"
        )
    return fit.groups


def profiles_of(fit: Fit) -> np.ndarray:
    """Return the profiles (G, T); refuse a fit without."""
    if fit.alpha is None:
        raise InputError(
            "The fit must have profiles", f"one of {fit.description}", "Use GFE, FCR or TwoWay"
        )
    return fit.alpha


def method_of(summary: Estimates, errors: str | None) -> str | None:
    """Return an inference method of a summary by its name.

    Parameters
    ----------
    summary : Estimates
        The summary.
    errors : str or None
        The name; the first that succeeded if None.

    Returns
    -------
    str or None
        None where there is no method, and none was asked for.

    Raises
    ------
    InputError
        There is no such method.
    """
    there = list(summary.covariances)
    require(
        errors is None or errors in there,
        "Standard errors must be by a method of the summary",
        repr(errors),
        f"There are {', '.join(there) or 'none'}",
    )
    done = [
        name
        for name, covariance in summary.covariances.items()
        if covariance.status == InferenceStatus.SUCCESS
    ]
    return errors or next(iter([*done, *there]), None)
