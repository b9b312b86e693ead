"""Group profiles over replications, group by group after the best relabelling of units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.labels import relabelling
from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.outcome import Figures, Outcome
from gfe_mc.metrics.variable import Variable


@dataclass(frozen=True)
class Profiles:
    """Group profiles, in the order of the true ones after the best relabelling of units.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from gfe_mc import Fit, Profiles, Truth
    >>> true = np.array([[5.0, 5.0], [0.0, 0.0]])
    >>> truth = Truth(np.zeros(0), alpha=true, groups=np.array([0, 0, 1, 1]))
    >>> found = np.array([[0.1, 0.1], [4.9, 5.1]])
    >>> fit = Fit(np.zeros(0), alpha=found, groups=np.array([1, 1, 0, 0]))
    >>> outcome = SimpleNamespace(sample=SimpleNamespace(truth=truth), fit=fit)  # of a replication
    >>> Profiles().record(outcome)["profiles"]  # in the order of the true ones
    array([[4.9, 5.1],
           [0.1, 0.1]])
    """

    variables: ClassVar[Mapping[str, Variable]] = {
        "profiles": Variable("group profiles alpha_gt", ("group", "period")),
        "true_profiles": Variable("true profiles", ("group", "period"), of_sample=True),
    }

    def record(self, outcome: Outcome) -> dict[str, np.ndarray]:
        """Take the profiles from fit and truth; matched where both have as many."""
        fit, truth = outcome.fit, outcome.sample.truth
        if fit.alpha is None or fit.groups is None:
            return {}
        alpha = np.asarray(fit.alpha, np.float64)
        if truth.alpha is None or truth.groups is None:
            return {"profiles": alpha}
        if len(truth.alpha) == len(alpha):
            alpha = alpha[relabelling(np.asarray(fit.groups), truth.groups)]
        return {"profiles": alpha, "true_profiles": truth.alpha}

    @staticmethod
    def figures(one: object) -> Figures:  # noqa: ARG004
        """Summarize nothing: see `profile_figures`."""
        return iter(())


def _n_groups(profiles: np.ndarray) -> int:
    """Groups that profiles (n, G, T) have; what was filled up is not finite."""
    return int(np.isfinite(profiles).any(axis=(0, 2)).sum())


def profile_figures(study: xr.Dataset) -> pd.DataFrame:
    """Compute mean, bias and standard deviation of every alpha_gt.

    Parameters
    ----------
    study : xarray.Dataset
        One that records profiles.

    Returns
    -------
    DataFrame
        One row for each cell, estimator, group (from 1) and period (from 1): `cell`, its factors,
        `estimator`, `group`, `period`, `true`, `mean`, `error` (of the mean and of the bias),
        `bias`, `sd`, `error_of_sd` and `used` replications. Cells in which the fitted and the
        true number of groups differ are left out.

    Raises
    ------
    InputError
        The study has no profiles, or none to compare them with.
    """
    study = counts.loaded(study)
    require(
        "profiles" in study and "true_profiles" in study,
        "The study must record profiles",
        "none",
        "Declare it with Profiles() in `record`, and a DGP whose truth has them",
    )
    profiles, truths = counts.array(study, "profiles"), counts.array(study, "true_profiles")
    used = counts.used(study)
    rows = []
    for i, label in enumerate(counts.labels(study)):
        for j, estimator in enumerate(study["estimator"].to_numpy()):
            own, true = profiles[i, j, used[i, j]], truths[i, used[i, j]]
            # Groups are matched where there are as many as in truth.
            if _n_groups(own) != _n_groups(true):
                continue
            for g, t in np.ndindex(own.shape[1:]):
                errors = own[:, g, t] - true[:, g, t]
                if not np.isfinite(errors).any():
                    continue
                bias, sd = moments.mean(errors), moments.sd(own[:, g, t])
                rows.append(
                    label
                    | {"estimator": str(estimator), "group": g + 1, "period": t + 1}
                    | {"true": moments.true(true[:, g, t]).value}
                    | {"mean": moments.mean(own[:, g, t]).value, "error": bias.error}
                    | {"bias": bias.value, "sd": sd.value, "error_of_sd": sd.error}
                    | {"used": bias.used}
                )
    return pd.DataFrame(rows)
