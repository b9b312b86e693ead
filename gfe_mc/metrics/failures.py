"""What went wrong in a study, and where it can be replayed."""

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import counts

_FINE: dict[str, set[int]] = {
    "status": {Status.SUCCESS, Status.NOT_RUN},
    "inference_status": {InferenceStatus.SUCCESS, InferenceStatus.NOT_RUN},
}


def failures(study: xr.Dataset) -> pd.DataFrame:
    """Count the replications that did not end well, by how they ended.

    Parameters
    ----------
    study
        Its messages are read as well, where it has them.

    Returns
    -------
    DataFrame
        One row for each cell, estimator, inference method ("none" where it is the estimator that
        did not end well), status and message: `cell`, its factors, `estimator`, `inference`,
        `status`, `message`, `count`, and `first`, the lowest replication number.
    """
    labels = counts.labels(study)
    rows = []
    for i, label in enumerate(labels):
        for j, estimator in enumerate(study["estimator"].to_numpy()):
            one = study.isel(cell=i, estimator=j)
            for method, status, messages in _outcomes(one):
                for code, message in sorted(set(zip(status.tolist(), messages, strict=True))):
                    which = np.flatnonzero((status == code) & (messages == message))
                    kind = Status if method == "none" else InferenceStatus
                    if code not in _FINE["status" if method == "none" else "inference_status"]:
                        rows.append(
                            label
                            | {"estimator": str(estimator), "inference": method}
                            | {"status": kind(code).name, "message": str(message)}
                            | {"count": len(which), "first": int(which[0])}
                        )
    names = [*(labels[0] if labels else []), "estimator", "inference", "status", "message"]
    return pd.DataFrame(rows, columns=[*names, "count", "first"])


def _outcomes(one: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Status and message of each replication: of the estimator, and of each inference method."""
    outcomes = [("none", one["status"].to_numpy(), _text(one, "message"))]
    if "inference_status" in one:
        outcomes += [
            (str(method), part["inference_status"].to_numpy(), _text(part, "inference_message"))
            for method in one["inference"].to_numpy()
            for part in [one.sel(inference=method)]
        ]
    return outcomes


def _text(one: xr.Dataset, name: str) -> np.ndarray:
    if name in one:
        return one[name].to_numpy().astype(str)
    return np.full(one.sizes["replication"], "")
