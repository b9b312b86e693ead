"""What a dataset holds, read back part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import recorded
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.metrics.variable import Variable
from gfe_mc.study.block import variables_of
from gfe_mc.study.files import Entry
from gfe_mc.study.layout import stored_methods
from gfe_mc.study.method import Part


def read_entries(dataset: xr.Dataset) -> Iterator[Entry]:
    """Read what a dataset holds back, part by part."""
    arrays = {str(name): dataset[name].to_numpy() for name in dataset.data_vars}
    estimators = [str(name) for name in dataset["estimator"].to_numpy()]
    factors = [str(name) for name in dataset.coords if dataset[name].dims == ("cell",)]
    for number, estimator, parts in stored_methods(dataset):
        c, e = int(number), estimators.index(estimator)
        where = {name: dataset[name].to_numpy()[c].item() for name in factors if name != "cell"}
        status = arrays["status"][c, e]
        for part, key in parts.items():
            variables = _of_part(dataset, part)
            values = {
                name: _sliced(dataset, arrays[name], name, part, c, e)
                for name in variables
                if name in arrays
            }
            inferred = None
            if part.kind == "inference" or part.inference:
                inferred = _sliced(
                    dataset, arrays["inference_status"], "inference_status", part, c, e
                )
            there = _there(status, values.get("metric_status"), inferred)
            yield Entry(
                key,
                part,
                estimator,
                np.flatnonzero(there),
                {name: array[there] for name, array in values.items()},
                variables,
                where,
            )


def _of_part(dataset: xr.Dataset, part: Part) -> Mapping[str, Variable]:
    """Variables of a part of a dataset, as they are without the dimension of inference methods."""
    own = None
    if part.kind == "metric":
        names = recorded.recorded(dataset).get(part.name, [])
        own = {name: recorded.declared(dataset, name) for name in names}
    return variables_of(part, own)


def _sliced(
    dataset: xr.Dataset, array: np.ndarray, name: str, part: Part, cell: int, estimator: int
) -> np.ndarray:
    """Rows of a variable that belong to a part of a method."""
    dims = dataset[name].dims
    own = array[cell, estimator] if "estimator" in dims else array[cell]
    for dim, chosen in (("inference", part.inference or part.name), ("metric", part.name)):
        if dim in dims:
            names = [str(one) for one in dataset[dim].to_numpy()]
            own = own[:, names.index(chosen)]
    return np.asarray(own)


def _there(
    status: np.ndarray, scored: np.ndarray | None, inferred: np.ndarray | None
) -> np.ndarray:
    """Which replications of a part are finished, by the statuses of fit, metric and inference."""
    run = status != Status.NOT_RUN
    if inferred is not None:
        unusable = np.array([not Status(int(code)).usable for code in status.tolist()], bool)
        return np.asarray(run & ((inferred != InferenceStatus.NOT_RUN) | unusable))
    return run if scored is None else np.asarray(run & (scored != MetricStatus.NOT_RUN))
