"""Studies made by hand."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from gfe_mc.fit import Status

MakeStudy = Callable[..., xr.Dataset]


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
                "misclassification": (of, np.zeros(shape)),
                "misclassification_permutations": (of, np.zeros(shape)),
                "n_best": (of, np.ones(shape, int)),
                "n_tries": (of, np.full(shape, 4)),
                "seconds": (of, np.ones(shape)),
                "status": (of, np.full(shape, Status.SUCCESS, np.int8)),
                "message": (of, np.full(shape, "", object)),
            },
            {
                "cell": np.arange(cells),
                "G": ("cell", 3 + np.arange(cells)),
                "errors": ("cell", ["normal", "resampled", "wild"][:cells]),
                "estimator": ["vns", "genetic", "starts"][:estimators],
                "replication": np.arange(replications),
                "parameter": ["theta1", "theta2", "cumulative"][:parameters],
            },
        )

    return make
