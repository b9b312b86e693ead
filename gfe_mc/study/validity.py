"""Whether stored results are what they must be, whatever became of their file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from gfe_mc.canonical import fingerprint
from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.metrics.variable import Variable
from gfe_mc.study.block import CORE, INFERRED, MOST, SCORED
from gfe_mc.study.method import Part

_OF_KIND: dict[str, Mapping[str, Variable]] = {"fit": CORE, "inference": INFERRED, "metric": SCORED}
_CODES = {
    "status": [int(code) for code in Status],
    "inference_status": [int(code) for code in InferenceStatus],
    "metric_status": [int(code) for code in MetricStatus],
}
_GRID = ("cell", "estimator", "replication")


def require_part(
    part: Part,
    replications: np.ndarray,
    variables: Mapping[str, Variable],
    values: Mapping[str, np.ndarray],
) -> None:
    """Refuse replications of a part that cannot have been stored.

    Parameters
    ----------
    part : Part
        What they are of.
    replications : (n,) array
        Their numbers.
    variables : mapping of str to Variable
        What is stored, by name.
    values : mapping of str to array
        With n rows each.

    Raises
    ------
    ValueError
        Numbers of replications that cannot be, variables that are missing, arrays of other shapes
        or types than their variables say, or codes that there are not.
    """
    _require_numbers(replications)
    lacking = sorted(set(_OF_KIND[part.kind]) - set(variables))
    if lacking:
        raise ValueError(f"no {', '.join(lacking)}")
    for name, variable in variables.items():
        array, n = values[name], len(replications)
        if array.shape[:1] != (n,) or array.ndim != 1 + len(variable.dims):
            raise ValueError(f"{name} has shape {array.shape} for {n} replications")
        # Text is stored with a fixed width.
        kind = "U" if variable.dtype == "O" else variable.stored.kind
        if array.dtype.kind != kind:
            raise ValueError(f"{name} is of type {array.dtype}, not {variable.stored}")
        _require_codes(name, array)


def require_study(dataset: xr.Dataset) -> None:
    """Refuse a dataset that is no study, or lacks what every study has.

    Raises
    ------
    ValueError
        Attributes that say nothing of a study, variables that are missing or of other dimensions,
        or codes that there are not.
    """
    require_provenance(json.loads(dataset.attrs.get("provenance", "null")))
    if not isinstance(json.loads(dataset.attrs.get("methods", "null")), list):
        raise ValueError("it does not say what its methods are")
    for name, variable in CORE.items():
        outer = tuple(dim for dim in _GRID if not (variable.of_sample and dim == "estimator"))
        if name not in dataset or dataset[name].dims != (*outer, *variable.dims):
            there = dataset[name].dims if name in dataset else "nothing"
            raise ValueError(f"{name} must be there by ({', '.join(outer)}), not {there}")
    for name in _CODES:
        if name in dataset:
            _require_codes(name, dataset[name].to_numpy())


def require_provenance(provenance: object) -> None:
    """Refuse what does not say what a study is and how it was run.

    Raises
    ------
    ValueError
        It is no object, or lacks what every study says.
    """
    if not isinstance(provenance, dict) or not isinstance(provenance.get("study"), dict):
        raise ValueError("it says nothing of a study")
    study, runs, panel = provenance["study"], provenance.get("runs"), provenance.get("panel")
    if not isinstance(runs, list) or not all(isinstance(run, dict) for run in runs):
        raise ValueError("it does not say how the study was run")
    if not (panel is None or (isinstance(panel, dict) and isinstance(panel.get("label"), str))):
        raise ValueError("it does not say of which panel the study is")
    try:
        known = isinstance(study["experiment"], str) and isinstance(study["report"], dict)
        known = known and all(isinstance(one, int) for one in computations(study))
        fit_keys(study)
        for run in runs:
            f"{run['gfe_mc']} {float(run['seconds_inside_replications'])}"
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"it lacks what every study says: {error}") from None
    if not known:
        raise ValueError("it lacks what every study says")


def computations(study: Mapping[str, Any]) -> set[int]:
    """Return the versions of the computation that a study's results are of."""
    return {one["depends_on"]["computation"] for one in study["methods"]}


def fit_keys(study: Mapping[str, Any]) -> set[str]:
    """Return the keys of the fits that a study describes."""
    return {fingerprint(one["depends_on"]) for one in study["methods"]}


def _require_numbers(replications: np.ndarray) -> None:
    if replications.dtype.kind not in "iu" or replications.ndim != 1:
        raise ValueError("replications are not numbered")
    if len(replications) and not (replications.min() >= 0 and replications.max() < MOST):
        raise ValueError(f"replications {replications.min()} to {replications.max()}")
    if len(np.unique(replications)) != len(replications):
        raise ValueError("a replication twice")


def _require_codes(name: str, array: np.ndarray) -> None:
    if name in _CODES and not np.isin(array, _CODES[name]).all():
        raise ValueError(f"{name} has codes that there are not")
