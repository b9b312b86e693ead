"""Summaries of studies made by hand."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.fit import Status
from gfe_mc.metrics.summary import factors, summarize

MakeStudy = Callable[..., xr.Dataset]
KEYS = ["cell", "estimator", "parameter", "statistic"]


def row(summary: pd.DataFrame, *key: object) -> dict[Hashable, Any]:
    for name, value in zip(KEYS, key, strict=True):
        summary = summary[summary[name] == value]
    (record,) = summary.to_dict("records")
    return record


@pytest.fixture
def study(make_study: MakeStudy) -> xr.Dataset:
    """One cell, one estimator, four replications; the estimates of theta1 are 1, 2, 3, 6."""
    return make_study(np.array([1.0, 2.0, 3.0, 6.0]).reshape(1, 1, 4, 1), truth=2.0)


def test_by_hand(study: xr.Dataset) -> None:
    summary = summarize(study)
    values = {
        "true": 2.0,
        "mean": 3.0,
        "bias": 1.0,
        "mae": 1.5,
        "rmse": np.sqrt(18 / 4),
        "sd": np.sqrt(14 / 3),
    }
    for statistic, value in values.items():
        assert row(summary, 0, "vns", "theta1", statistic)["value"] == pytest.approx(value)
    bias = row(summary, 0, "vns", "theta1", "bias")
    assert bias["error"] == pytest.approx(np.sqrt(14 / 3 / 4))
    assert row(summary, 0, "vns", "theta1", "true")["error"] == 0.0
    assert (bias["attempted"], bias["failed"], bias["used"]) == (4, 0, 4)


def test_figures_of_the_estimator(study: xr.Dataset) -> None:
    study["misclassification"][:] = [0.0, 0.1, 0.2, np.nan]
    study["misclassification_permutations"][:] = [0.2, 0.2, 0.4, 0.4]
    study["n_best"][:] = [1, 2, 3, 0]
    study["n_tries"][:] = [4, 4, 4, 0]
    study["seconds"][:] = [1.0, 2.0, 3.0, 90.0]
    summary = summarize(study)
    optimal = row(summary, 0, "vns", "none", "misclassification_percent")
    assert optimal["value"] == pytest.approx(10.0)
    assert optimal["error"] == pytest.approx(10 / np.sqrt(3))
    assert (optimal["attempted"], optimal["failed"], optimal["used"]) == (4, 0, 3)
    random = row(summary, 0, "vns", "none", "misclassification_permutations_percent")
    assert random["value"] == pytest.approx(30.0)
    best = row(summary, 0, "vns", "none", "best_share_percent")
    assert (best["value"], best["used"]) == (pytest.approx(50.0), 3)
    seconds = row(summary, 0, "vns", "none", "median_seconds")
    assert seconds["value"] == 2.5
    assert np.isnan(seconds["error"])


def test_columns_and_labels(make_study: MakeStudy) -> None:
    summary = summarize(make_study(np.zeros((2, 2, 3, 2))))
    ends = ["value", "error", "attempted", "failed", "used"]
    assert list(summary) == [
        "cell",
        "G",
        "errors",
        "estimator",
        "parameter",
        "statistic",
        *ends,
    ]
    assert factors(summary) == ["G", "errors"]
    assert len(summary) == 2 * 2 * (2 * 6 + 4)
    assert not summary.duplicated(KEYS).any()
    assert set(summary.loc[summary["cell"] == 1, "errors"]) == {"resampled"}
    assert summary["G"].dtype.kind == "i"


@pytest.mark.parametrize("status", [Status.COLLINEAR, Status.WORKER_LOST, Status.DGP_FAILED])
def test_a_failed_replication_changes_counts_only(
    make_study: MakeStudy, study: xr.Dataset, status: Status
) -> None:
    estimates = np.append(study["estimate"].to_numpy().ravel(), 1e6)
    more = make_study(estimates.reshape(1, 1, 5, 1), truth=2.0)
    more["status"][0, 0, 4] = status
    more["truth"][0, 4] = np.nan
    before, after = summarize(study), summarize(more)
    counts = ["attempted", "failed"]
    pd.testing.assert_frame_equal(before.drop(columns=counts), after.drop(columns=counts))
    assert set(after["attempted"]) == {5}
    assert set(after["failed"]) == {1}


def test_what_is_not_finite_has_failed(study: xr.Dataset) -> None:
    study["estimate"][0, 0, 3, 0] = np.inf
    mean = row(summarize(study), 0, "vns", "theta1", "mean")
    assert (mean["value"], mean["failed"], mean["used"]) == (2.0, 1, 3)


def test_the_iteration_limit_is_no_failure(study: xr.Dataset) -> None:
    study["status"][0, 0, 3] = Status.ITERATION_LIMIT
    assert row(summarize(study), 0, "vns", "theta1", "mean")["failed"] == 0


def test_what_was_not_run_is_not_attempted(make_study: MakeStudy) -> None:
    study = make_study(np.arange(8.0).reshape(1, 2, 4, 1))
    study["status"][0, 1, 2:] = Status.NOT_RUN
    study["estimate"][0, 1, 2:] = np.nan
    summary = summarize(study)
    mean = row(summary, 0, "genetic", "theta1", "mean")
    assert (mean["value"], mean["attempted"], mean["failed"], mean["used"]) == (4.5, 2, 0, 2)
    assert row(summary, 0, "vns", "theta1", "mean")["attempted"] == 4


def test_an_estimator_that_was_never_run_keeps_its_rows(study: xr.Dataset) -> None:
    study["status"][:] = Status.NOT_RUN
    summary = summarize(study)
    assert summary["value"].isna().all()
    assert (summary[["attempted", "failed", "used"]] == 0).all(axis=None)


def test_order_of_replications_and_dimensions_does_not_matter(make_study: MakeStudy) -> None:
    study = make_study(np.random.default_rng(3).normal(size=(2, 2, 50, 3)), truth=0.1)
    shuffled = study.isel(replication=slice(None, None, -1)).transpose(
        "parameter", "replication", "estimator", "cell"
    )
    pd.testing.assert_frame_equal(summarize(study), summarize(shuffled), check_exact=True)


def test_truth_that_varies_has_an_error(make_study: MakeStudy) -> None:
    truth = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
    true = row(summarize(make_study(np.zeros((1, 1, 3, 1)), truth)), 0, "vns", "theta1", "true")
    assert (true["value"], true["error"]) == pytest.approx((2.0, 1 / np.sqrt(3)))


def test_refuses_what_is_no_study(study: xr.Dataset) -> None:
    with pytest.raises(InputError, match="objective"):
        summarize(study.drop_vars("objective"))
    with pytest.raises(InputError, match="value"):
        summarize(study.assign_coords(value=("cell", [1])))
