"""Studies made by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus

MakeStudy = Callable[..., xr.Dataset]
AddInference = Callable[..., xr.Dataset]


@pytest.fixture
def make_study() -> MakeStudy:
    """Make a study from estimates (cell, estimator, replication, parameter)."""

    def make(estimate: np.ndarray, truth: float | np.ndarray = 0.0) -> xr.Dataset:
        estimate = np.asarray(estimate, float)
        cells, estimators, replications, parameters = estimate.shape
        of = ("cell", "estimator", "replication")
        shape = estimate.shape[:3]
        truths = np.broadcast_to(truth, (cells, replications, parameters)).copy()
        return xr.Dataset(
            {
                "truth": (("cell", "replication", "parameter"), truths),
                "estimate": ((*of, "parameter"), estimate),
                "objective": (of, np.ones(shape)),
                "misclassification": (of, np.zeros(shape), {"metric": "Misclassification"}),
                "misclassification_permutations": (
                    of,
                    np.zeros(shape),
                    {"metric": "RandomRelabellings"},
                ),
                "n_best": (of, np.ones(shape, int)),
                "n_tries": (of, np.full(shape, 4)),
                "seconds": (of, np.ones(shape)),
                "status": (of, np.full(shape, Status.SUCCESS, np.int8)),
                "message": (of, np.full(shape, "", object)),
            },
            {
                "cell": np.arange(cells),
                "G": ("cell", 3 + np.arange(cells)),
                "errors": ("cell", (["normal", "resampled", "wild"] * cells)[:cells]),
                "estimator": ["vns", "genetic", "starts"][:estimators],
                "replication": np.arange(replications),
                "parameter": ["theta1", "theta2", "cumulative"][:parameters],
            },
        )

    return make


@pytest.fixture
def add_inference() -> AddInference:
    """Add inference methods to a study from standard errors (..., replication, method, parameter).

    Methods end well unless `inference_status` is changed.
    """

    def add(study: xr.Dataset, errors: np.ndarray) -> xr.Dataset:
        of = ("cell", "estimator", "replication", "inference")
        errors = np.asarray(errors, float)
        shape = errors.shape[:4]
        return study.assign(
            {
                "standard_error": ((*of, "parameter"), errors),
                "inference_status": (of, np.full(shape, InferenceStatus.SUCCESS, np.int8)),
                "inference_seconds": (of, np.ones(shape)),
                "inference_message": (of, np.full(shape, "", object)),
            }
        ).assign_coords(inference=["large_t", "fixed_t", "bootstrap"][: shape[3]])

    return add
