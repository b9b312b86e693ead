"""What went wrong in a study made by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.failures import failures

MakeStudy = Callable[..., xr.Dataset]
COLUMNS = ["cell", "G", "errors", "estimator", "inference", "status", "message", "count", "first"]


@pytest.fixture
def study(make_study: MakeStudy, add_inference: Callable[..., xr.Dataset]) -> xr.Dataset:
    """Two cells, two estimators, five replications, two methods; all of them well."""
    return add_inference(make_study(np.zeros((2, 2, 5, 1))), np.ones((2, 2, 5, 2, 1)))


def rows(study: xr.Dataset) -> list[tuple[object, ...]]:
    """Rows less the factors."""
    frame = failures(study)
    assert list(frame) == COLUMNS
    return list(frame.drop(columns=["G", "errors"]).itertuples(index=False, name=None))


def test_nothing_went_wrong(study: xr.Dataset) -> None:
    assert rows(study) == []
    study["status"][1, 1] = Status.NOT_RUN
    study["inference_status"][0, 1, :, 0] = InferenceStatus.NOT_RUN
    study["inference_message"][0, 0, 0, 0] = "1 of 100 draws could not be estimated"
    assert rows(study) == []


def test_each_kind_is_counted_with_its_first_replication(study: xr.Dataset) -> None:
    study["status"][1, 0] = [
        *[Status.SUCCESS, Status.ITERATION_LIMIT, Status.ESTIMATOR_FAILED],
        *[Status.ESTIMATOR_FAILED, Status.ESTIMATOR_FAILED],
    ]
    study["message"][1, 0] = ["", "the limit", "ValueError: b", "TypeError: a", "ValueError: b"]
    study["inference_status"][0, 1, :, 1] = InferenceStatus.SUCCESS
    study["inference_status"][0, 1, 3:, 1] = InferenceStatus.SINGULAR
    study["inference_message"][0, 1, 3:, 1] = "no variation"
    assert rows(study) == [
        (0, "genetic", "fixed_t", "SINGULAR", "no variation", 2, 3),
        (1, "vns", "none", "ITERATION_LIMIT", "the limit", 1, 1),
        (1, "vns", "none", "ESTIMATOR_FAILED", "TypeError: a", 1, 3),
        (1, "vns", "none", "ESTIMATOR_FAILED", "ValueError: b", 2, 2),
    ]
    assert failures(study)["G"].tolist() == [3, 4, 4, 4]


def test_counts_are_of_all_that_did_not_end_well(study: xr.Dataset) -> None:
    rng = np.random.default_rng(12)
    study["status"][:] = rng.integers(0, 8, (2, 2, 5))
    study["inference_status"][:] = rng.integers(0, 10, (2, 2, 5, 2))
    frame = failures(study)
    by_estimator = frame.loc[frame["inference"] == "none", "count"].sum()
    assert by_estimator == int((~study["status"].isin([0, Status.NOT_RUN])).sum())
    codes = [InferenceStatus.SUCCESS, InferenceStatus.NOT_RUN]
    by_method = frame.loc[frame["inference"] != "none", "count"].sum()
    assert by_method == int((~study["inference_status"].isin(codes)).sum())


def test_a_study_without_messages_or_inference(make_study: MakeStudy) -> None:
    study = make_study(np.zeros((1, 1, 3, 1))).drop_vars("message")
    study["status"][0, 0, 1:] = Status.WORKER_LOST
    assert rows(study) == [(0, "vns", "none", "WORKER_LOST", "", 2, 1)]
