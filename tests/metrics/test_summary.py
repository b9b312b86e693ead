"""Summaries of studies made by hand."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import intervals, moments
from gfe_mc.metrics.summary import factors, summarize_study

MakeStudy = Callable[..., xr.Dataset]
AddInference = Callable[..., xr.Dataset]
KEYS = ["cell", "estimator", "inference", "parameter", "statistic"]


def row(summary: pd.DataFrame, *key: object, inference: str = "none") -> dict[Hashable, Any]:
    """Row of a cell, estimator, parameter and statistic."""
    for name, value in zip(KEYS, [*key[:2], inference, *key[2:]], strict=True):
        summary = summary[summary[name] == value]
    (record,) = summary.to_dict("records")
    return record


@pytest.fixture
def study(make_study: MakeStudy) -> xr.Dataset:
    """One cell, one estimator, four replications; the estimates of theta1 are 1, 2, 3, 6."""
    return make_study(np.array([1.0, 2.0, 3.0, 6.0]).reshape(1, 1, 4, 1), truth=2.0)


def test_by_hand(study: xr.Dataset) -> None:
    summary = summarize_study(study)
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
    summary = summarize_study(study)
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
    assert 0 < seconds["error"] < 90


def test_the_mean_objective(study: xr.Dataset) -> None:
    study["objective"][:] = [1.0, 2.0, 3.0, np.nan]
    objective = row(summarize_study(study), 0, "vns", "none", "objective")
    assert (objective["value"], objective["error"]) == pytest.approx((2.0, 1 / np.sqrt(3)))
    assert objective["used"] == 3


def test_columns_and_labels(make_study: MakeStudy) -> None:
    summary = summarize_study(make_study(np.zeros((2, 2, 3, 2))))
    ends = ["value", "error", "low", "high", "attempted", "failed", "used"]
    assert list(summary) == [
        "cell",
        "G",
        "errors",
        "estimator",
        "inference",
        "parameter",
        "statistic",
        *ends,
    ]
    assert factors(summary) == ["G", "errors"]
    assert len(summary) == 2 * 2 * (2 * 6 + 5)
    assert set(summary["inference"]) == {"none"}
    assert summary[["low", "high"]].isna().all(axis=None)
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
    before, after = summarize_study(study), summarize_study(more)
    counts = ["attempted", "failed"]
    pd.testing.assert_frame_equal(before.drop(columns=counts), after.drop(columns=counts))
    assert set(after["attempted"]) == {5}
    assert set(after["failed"]) == {1}


def test_what_is_not_finite_has_failed(study: xr.Dataset) -> None:
    study["estimate"][0, 0, 3, 0] = np.inf
    mean = row(summarize_study(study), 0, "vns", "theta1", "mean")
    assert (mean["value"], mean["failed"], mean["used"]) == (2.0, 1, 3)


def test_the_iteration_limit_is_no_failure(study: xr.Dataset) -> None:
    study["status"][0, 0, 3] = Status.ITERATION_LIMIT
    assert row(summarize_study(study), 0, "vns", "theta1", "mean")["failed"] == 0


def test_what_was_not_run_is_not_attempted(make_study: MakeStudy) -> None:
    study = make_study(np.arange(8.0).reshape(1, 2, 4, 1))
    study["status"][0, 1, 2:] = Status.NOT_RUN
    study["estimate"][0, 1, 2:] = np.nan
    summary = summarize_study(study)
    mean = row(summary, 0, "genetic", "theta1", "mean")
    assert (mean["value"], mean["attempted"], mean["failed"], mean["used"]) == (4.5, 2, 0, 2)
    assert row(summary, 0, "vns", "theta1", "mean")["attempted"] == 4


def test_an_estimator_that_was_never_run_keeps_its_rows(study: xr.Dataset) -> None:
    study["status"][:] = Status.NOT_RUN
    summary = summarize_study(study)
    assert summary["value"].isna().all()
    assert (summary[["attempted", "failed", "used"]] == 0).all(axis=None)


def test_order_of_replications_and_dimensions_does_not_matter(make_study: MakeStudy) -> None:
    study = make_study(np.random.default_rng(3).normal(size=(2, 2, 50, 3)), truth=0.1)
    shuffled = study.isel(replication=slice(None, None, -1)).transpose(
        "parameter", "replication", "estimator", "cell"
    )
    pd.testing.assert_frame_equal(
        summarize_study(study), summarize_study(shuffled), check_exact=True
    )


def test_truth_that_varies_has_an_error(make_study: MakeStudy) -> None:
    truth = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
    true = row(
        summarize_study(make_study(np.zeros((1, 1, 3, 1)), truth)), 0, "vns", "theta1", "true"
    )
    assert (true["value"], true["error"]) == pytest.approx((2.0, 1 / np.sqrt(3)))


def test_refuses_what_is_no_study(study: xr.Dataset) -> None:
    with pytest.raises(InputError, match="objective"):
        summarize_study(study.drop_vars("objective"))
    with pytest.raises(InputError, match="value"):
        summarize_study(study.assign_coords(value=("cell", [1])))
    with pytest.raises(InputError, match="inference"):
        summarize_study(study.assign_coords(inference=("cell", [1])))


# Inference.


@pytest.fixture
def inferred(study: xr.Dataset, add_inference: AddInference) -> xr.Dataset:
    """The same, with standard errors by two methods; the second has none in one replication."""
    errors = np.array([[[1.0, 1.0, 2.0, 2.0], [0.1, 0.1, 0.1, np.nan]]])
    inferred = add_inference(study, errors.transpose(0, 2, 1).reshape(1, 1, 4, 2, 1))
    inferred["inference_status"][0, 0, 3, 1] = InferenceStatus.SINGULAR
    return inferred


def test_inference_by_hand(inferred: xr.Dataset) -> None:
    """Errors of -1, 0, 1, 4 over standard errors of 1, 1, 2, 2, and of 0.1."""
    summary = summarize_study(inferred)

    def figure(statistic: str, inference: str = "large_t") -> dict[Hashable, Any]:
        return row(summary, 0, "vns", "theta1", statistic, inference=inference)

    assert figure("median_se")["value"] == figure("mean_se")["value"] == 1.5
    assert figure("se_ratio_mean")["value"] == pytest.approx(1.5 / np.sqrt(14 / 3))
    assert figure("se_ratio_median")["value"] == pytest.approx(1.5 / np.sqrt(14 / 3))
    assert figure("coverage")["value"] == 0.75
    assert (figure("coverage")["low"], figure("coverage")["high"]) == pytest.approx(
        moments.wilson(3, 4)
    )
    assert figure("size")["value"] == 0.25
    # The estimates are 1, 2, 3, 6, their mean 3.
    assert figure("bias_eliminated_coverage")["value"] == 0.75
    assert figure("power")["value"] == 0.5
    assert figure("coverage", "fixed_t")["value"] == pytest.approx(1 / 3)


def test_replications_without_standard_errors_are_counted(inferred: xr.Dataset) -> None:
    summary = summarize_study(inferred)
    by_method = summary[summary["parameter"] == "theta1"].groupby("inference")
    assert by_method["attempted"].unique().map(list).to_dict() == {
        "none": [4],
        "large_t": [4],
        "fixed_t": [4],
    }
    assert by_method["failed"].unique().map(list).to_dict() == {
        "none": [0],
        "large_t": [0],
        "fixed_t": [1],
    }
    assert by_method["used"].unique().map(list).to_dict() == {
        "none": [4],
        "large_t": [4],
        "fixed_t": [3],
    }


def test_inference_leaves_other_figures_as_they_are(
    study: xr.Dataset, inferred: xr.Dataset
) -> None:
    with_, without = summarize_study(inferred), summarize_study(study)
    own = with_[with_["inference"] == "none"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, without)
    assert set(with_["inference"]) == {"none", "large_t", "fixed_t"}
    assert not with_.duplicated(KEYS).any()
    assert len(with_) == len(without) + 2 * (8 + 1)


def test_seconds_of_a_method_are_of_every_run_of_it(inferred: xr.Dataset) -> None:
    inferred["inference_seconds"][0, 0, :, 1] = [1.0, 2.0, 4.0, 9.0]
    seconds = row(
        summarize_study(inferred), 0, "vns", "none", "median_seconds", inference="fixed_t"
    )
    assert (seconds["value"], seconds["attempted"], seconds["failed"]) == (3.0, 4, 1)


def test_a_failed_fit_has_no_standard_errors(inferred: xr.Dataset) -> None:
    """It counts as failed for every method, though none was tried."""
    inferred["status"][0, 0, 0] = Status.ESTIMATOR_FAILED
    inferred["inference_status"][0, 0, 0] = InferenceStatus.NOT_RUN
    inferred["standard_error"][0, 0, 0] = np.nan
    summary = summarize_study(inferred)
    for method, failed, used in [("large_t", 1, 3), ("fixed_t", 2, 2)]:
        covered = row(summary, 0, "vns", "theta1", "coverage", inference=method)
        assert (covered["attempted"], covered["failed"], covered["used"]) == (4, failed, used)


def test_methods_are_those_of_the_estimator(
    make_study: MakeStudy, add_inference: AddInference
) -> None:
    """A method that an estimator does not have leaves no rows there."""
    study = add_inference(make_study(np.zeros((2, 2, 3, 1))), np.ones((2, 2, 3, 2, 1)))
    study["inference_status"][:, 1, :, 0] = InferenceStatus.NOT_RUN
    study["inference_status"][1, 0, :, 1] = InferenceStatus.NOT_RUN
    summary = summarize_study(study)
    methods = summary[summary["inference"] != "none"].groupby(["cell", "estimator"])["inference"]
    assert methods.unique().map(list).to_dict() == {
        (0, "vns"): ["large_t", "fixed_t"],
        (0, "genetic"): ["fixed_t"],
        (1, "vns"): ["large_t"],
        (1, "genetic"): ["fixed_t"],
    }


def test_a_method_that_always_fails_keeps_its_rows(inferred: xr.Dataset) -> None:
    inferred["inference_status"][:, :, :, 1] = InferenceStatus.INFERENCE_FAILED
    inferred["standard_error"][:, :, :, 1] = np.nan
    covered = row(summarize_study(inferred), 0, "vns", "theta1", "coverage", inference="fixed_t")
    assert (covered["attempted"], covered["failed"], covered["used"]) == (4, 4, 0)
    assert np.isnan(covered["value"])


def test_an_unknown_truth_leaves_power_alone(inferred: xr.Dataset) -> None:
    inferred["truth"][:] = np.nan
    summary = summarize_study(inferred)
    for statistic, used in [("coverage", 0), ("size", 0), ("power", 4), ("median_se", 4)]:
        figure = row(summary, 0, "vns", "theta1", statistic, inference="large_t")
        assert figure["used"] == used
    assert row(summary, 0, "vns", "theta1", "sd")["value"] == pytest.approx(np.sqrt(14 / 3))
    assert row(summary, 0, "vns", "theta1", "bias")["used"] == 0


def test_inference_figures_are_those_of_plain_arrays(
    make_study: MakeStudy, add_inference: AddInference
) -> None:
    """Every parameter and method in its place, whatever the order of the dimensions."""
    rng = np.random.default_rng(9)
    estimates, errors = rng.normal(size=(2, 2, 30, 3)), rng.uniform(1, 2, size=(2, 2, 30, 2, 3))
    study = add_inference(make_study(estimates, truth=0.2), errors)
    shuffled = study.isel(replication=slice(None, None, -1)).transpose(
        "parameter", "inference", "replication", "estimator", "cell"
    )
    summary = summarize_study(shuffled)
    pd.testing.assert_frame_equal(summary, summarize_study(study), check_exact=True)
    for c, e, m, p in np.ndindex(2, 2, 2, 3):
        key = (c, ["vns", "genetic"][e], ["theta1", "theta2", "cumulative"][p])
        method = ["large_t", "fixed_t"][m]
        one = estimates[c, e, :, p], errors[c, e, :, m, p]
        truth = np.full(30, 0.2)
        for statistic, expected in [
            ("median_se", moments.median(one[1])),
            ("mean_se", moments.mean(one[1])),
            ("se_ratio_mean", intervals.ratio_of_mean(*one)),
            ("se_ratio_median", intervals.ratio_of_median(*one)),
            ("coverage", intervals.coverage(*one, truth)),
            ("bias_eliminated_coverage", intervals.bias_eliminated_coverage(*one)),
            ("size", intervals.rejection(*one, truth)),
            ("power", intervals.rejection(*one, np.zeros(30))),
        ]:
            found = row(summary, *key, statistic, inference=method)
            names = ("value", "error", "used", "low", "high")
            np.testing.assert_equal([found[name] for name in names], list(expected))
