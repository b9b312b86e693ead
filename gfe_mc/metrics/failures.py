"""What went wrong in a study, and where it can be replayed."""

from collections.abc import Iterator
from enum import IntEnum

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import counts
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.metrics.texts import with_texts

METRIC = "metric "
"""What stands before the name of a metric in the place of an inference method."""

_FINE: dict[type[IntEnum], set[int]] = {
    Status: {Status.SUCCESS, Status.NOT_RUN},
    InferenceStatus: {InferenceStatus.SUCCESS, InferenceStatus.NOT_RUN},
    MetricStatus: {MetricStatus.SUCCESS, MetricStatus.NO_FIT, MetricStatus.NOT_RUN},
}


def failures(study: xr.Dataset) -> pd.DataFrame:
    """Count the replications that did not end well, by how they ended.

    Parameters
    ----------
    study : xarray.Dataset
        Its messages are read as well, where it has them.

    Returns
    -------
    DataFrame
        One row for each cell, estimator, inference method ("none" where it is the estimator that
        did not end well, "metric NAME" where it is a metric), status and message: `cell`, its
        factors, `estimator`, `inference`, `status`, `message`, `count`, and `first`, the lowest
        replication number.
    """
    study = with_texts(study)
    labels = counts.labels(study)
    rows = []
    for i, label in enumerate(labels):
        for j, estimator in enumerate(study["estimator"].to_numpy()):
            one = study.isel(cell=i, estimator=j)
            for method, kind, status, messages in _outcomes(one):
                for code, message in sorted(set(zip(status.tolist(), messages, strict=True))):
                    which = np.flatnonzero((status == code) & (messages == message))
                    if code not in _FINE[kind]:
                        rows.append(
                            label
                            | {"estimator": str(estimator), "inference": method}
                            | {"status": kind(code).name, "message": str(message)}
                            | {"count": len(which), "first": int(which[0])}
                        )
    names = [*(labels[0] if labels else []), "estimator", "inference", "status", "message"]
    return pd.DataFrame(rows, columns=[*names, "count", "first"])


def _outcomes(one: xr.Dataset) -> Iterator[tuple[str, type[IntEnum], np.ndarray, np.ndarray]]:
    """Status and message of each replication: of the estimator, its inference, its metrics."""
    yield "none", Status, one["status"].to_numpy(), _text(one, "message")
    further: list[tuple[str, type[IntEnum], str]] = [
        ("inference", InferenceStatus, ""),
        ("metric", MetricStatus, METRIC),
    ]
    for dimension, kind, before in further:
        if f"{dimension}_status" not in one:
            continue
        for name in one[dimension].to_numpy():
            part = one.sel({dimension: name})
            status = part[f"{dimension}_status"].to_numpy()
            yield f"{before}{name}", kind, status, _text(part, f"{dimension}_message")


def _text(one: xr.Dataset, name: str) -> np.ndarray:
    if name in one:
        return one[name].to_numpy().astype(str)
    return np.full(one.sizes["replication"], "")
