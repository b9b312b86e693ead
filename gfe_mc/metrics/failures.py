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

_SAYS = {
    f"{of}{what}"
    for of in ("", "inference_", "metric_")
    for what in ("status", "message", "message_texts")
}
"""Variables that say how a replication ended: cells of these alone are cut out faster."""

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
    study = with_texts(study[[name for name in study.data_vars if name in _SAYS]])
    labels = counts.labels(study)
    rows = []
    for i, label in enumerate(labels):
        for j, estimator in enumerate(study["estimator"].to_numpy()):
            one = study.isel(cell=i, estimator=j)
            for method, kind, status, part, name in _outcomes(one):
                failed = np.flatnonzero(~np.isin(status, sorted(_FINE[kind])))
                if not len(failed):
                    continue
                codes, messages = status[failed], _text(part, name)[failed]
                for code, message in sorted(set(zip(codes.tolist(), messages, strict=True))):
                    which = failed[(codes == code) & (messages == message)]
                    rows.append(
                        label
                        | {"estimator": str(estimator), "inference": method}
                        | {"status": kind(code).name, "message": str(message)}
                        | {"count": len(which), "first": int(which[0])}
                    )
    names = [*(labels[0] if labels else []), "estimator", "inference", "status", "message"]
    return pd.DataFrame(rows, columns=[*names, "count", "first"])


def _outcomes(
    one: xr.Dataset,
) -> Iterator[tuple[str, type[IntEnum], np.ndarray, xr.Dataset, str]]:
    """Status of each replication, and where its message is: of the fit, inference, metrics."""
    yield "none", Status, one["status"].to_numpy(), one, "message"
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
            yield f"{before}{name}", kind, status, part, f"{dimension}_message"


def _text(one: xr.Dataset, name: str) -> np.ndarray:
    """Message of each replication."""
    if name in one:
        return one[name].to_numpy().astype(str)
    return np.full(one.sizes["replication"], "")
