"""Standard errors of the group profiles, beside their variance over replications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from gfe_mc.errors import require
from gfe_mc.labels import relabelling
from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import INFERENCE, Variable

NAME = "profile_errors"


@dataclass(frozen=True)
class ProfileErrors:
    """Standard errors of the group profiles by each inference method, in the order of `Profiles`.

    NaN where a method has none: of a group of one unit, or without a joint covariance.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, LargeT, ProfileErrors
    >>> sample = GroupedEffects(12, 6, 2, separation=8.0).draw(np.random.default_rng(0))
    >>> fit = GFE(groups=2).fit(sample.panel, np.random.default_rng(0))
    >>> errors = {"large-T": LargeT().covariance(sample.panel, fit, np.random.default_rng(0))}
    >>> outcome = SimpleNamespace(sample=sample, fit=fit, covariances=errors)  # of a replication
    >>> ProfileErrors().record(outcome)["profile_errors"].shape  # methods, groups, periods
    (1, 2, 6)
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        NAME: Variable("standard errors of alpha_gt", (INFERENCE, "group", "period"))
    }

    def record(self, outcome: Outcome) -> dict[str, np.ndarray]:
        """Take the errors from joint covariances of slopes and profiles, (M, G, T)."""
        fit, truth = outcome.fit, outcome.sample.truth
        if fit.alpha is None or fit.groups is None or not outcome.covariances:
            return {}
        n_groups, n_periods = np.asarray(fit.alpha).shape
        order = np.arange(n_groups)
        if truth.alpha is not None and truth.groups is not None and len(truth.alpha) == n_groups:
            order = relabelling(np.asarray(fit.groups), truth.groups)
        errors = [
            one.profile_errors(n_groups, n_periods)[order] for one in outcome.covariances.values()
        ]
        return {NAME: np.array(errors)}

    @staticmethod
    def figures(one: object) -> Figures:  # noqa: ARG004
        """Summarize nothing: see `profile_error_figures`."""
        return iter(())


def profile_error_figures(study: xr.Dataset) -> pd.DataFrame:
    """Compute estimated and actual standard deviation of every alpha_gt.

    Parameters
    ----------
    study : xarray.Dataset
        One that records `Profiles` and `ProfileErrors`.

    Returns
    -------
    DataFrame
        One row for each cell, estimator, inference method, group (from 1) and period (from 1):
        `cell`, its factors, `estimator`, `inference`, `group`, `period`, `sd` over replications
        with `error_of_sd`, `mean_se` with `error_of_mean_se`, `median_se`, `variance_ratio` (mean
        of the estimated variances over the variance of the estimates), `coverage` of the true
        value by 95% intervals, and `used` replications. Where a method has no error in any
        replication there is no row.

    Raises
    ------
    InputError
        The study has no profiles, or no errors of them.
    """
    study = counts.loaded(study)
    missing = [name for name in ("profiles", "true_profiles", NAME) if name not in study]
    require(
        not missing,
        "The study must record profiles and their errors",
        f"no {', '.join(missing)}",
        "Declare it with Profiles() and ProfileErrors() in `record`",
    )
    profiles, truths = counts.array(study, "profiles"), counts.array(study, "true_profiles")
    errors, used = counts.array(study, NAME), counts.used(study)
    rows = []
    for i, label in enumerate(counts.labels(study)):
        for j, m in np.ndindex(errors.shape[1], errors.shape[3]):
            counted = used[i, j]
            names = {
                "estimator": str(study["estimator"].to_numpy()[j]),
                "inference": str(study["inference"].to_numpy()[m]),
            }
            for g, t in np.ndindex(profiles.shape[3:]):
                own, true = profiles[i, j, counted, g, t], truths[i, counted, g, t]
                figures = _of_one(own, true, errors[i, j, counted, m, g, t])
                if figures:
                    rows.append(label | names | {"group": g + 1, "period": t + 1} | figures)
    return pd.DataFrame(rows)


def _of_one(own: np.ndarray, true: np.ndarray, errors: np.ndarray) -> dict[str, float]:
    """Figures of one alpha_gt from its estimates, true values and standard errors, (n,) each."""
    there = np.isfinite(own) & np.isfinite(true) & np.isfinite(errors)
    if there.sum() < 2:
        return {}
    own, true, errors = own[there], true[there], errors[there]
    sd, mean_se = moments.sd(own), moments.mean(errors)
    covered = int((np.abs(own - true) <= norm.isf(0.025) * errors).sum())
    return {
        "sd": sd.value,
        "error_of_sd": sd.error,
        "mean_se": mean_se.value,
        "error_of_mean_se": mean_se.error,
        "median_se": moments.median(errors).value,
        "variance_ratio": moments.mean(errors**2).value / moments.variance(own),
        "coverage": covered / len(own),
        "used": len(own),
    }
