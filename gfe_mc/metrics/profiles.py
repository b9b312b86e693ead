"""Group profiles over replications, group by group after the best relabelling of units."""

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts, moments


def _n_groups(profiles: np.ndarray) -> int:
    """Groups that profiles (n, G, T) have; what was filled up is not finite."""
    return int(np.isfinite(profiles).any(axis=(0, 2)).sum())


def profile_figures(study: xr.Dataset) -> pd.DataFrame:
    """Mean, bias and standard deviation of every alpha_gt.

    Parameters
    ----------
    study
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
        "Declare it with profiles=True, and a DGP whose truth has them",
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
