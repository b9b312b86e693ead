"""A user's own metrics, from the worker to the figures."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc import Outcome, Variable
from gfe_mc.fit import Status
from gfe_mc.metrics import moments, recorded
from gfe_mc.metrics.failures import METRIC, failures
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.metrics.paired import paired
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.study.dataset import load_dataset
from tests.metrics import own

OWN = own.experiment().metrics()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("own")
    own.run(folder)
    return load_dataset(folder / "replications.nc")


@pytest.fixture(scope="module")
def summary(stored: xr.Dataset) -> pd.DataFrame:
    return summarize_study(stored, OWN)


def row(frame: pd.DataFrame, **where: object) -> dict[Hashable, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


def of(study: xr.Dataset, name: str, cell: int = 1, estimator: str = "gfe") -> np.ndarray:
    return study[name].sel(cell=cell, estimator=estimator).to_numpy()


def test_the_dataset_says_what_they_are(stored: xr.Dataset) -> None:
    assert recorded.recorded(stored) == {
        "Misclassification": ["misclassification"],
        "LargestError": ["largest"],
        "TooHigh": ["too_high"],
        "Range": ["range"],
        "Worst": ["label", "by_period"],
    }
    for metric in OWN.values():
        for name, variable in metric.variables.items():
            assert recorded.declared(stored, name) == variable


def test_a_scalar_has_its_mean_and_standard_deviation(
    stored: xr.Dataset, summary: pd.DataFrame
) -> None:
    values = of(stored, "largest")
    for statistic, expected in (
        ("largest", moments.mean(values)),
        ("largest_sd", moments.sd(values)),
    ):
        found = row(summary, cell=1, estimator="gfe", statistic=statistic)
        assert (found["value"], found["error"], found["used"]) == tuple(expected[:3])
        assert (found["parameter"], found["inference"]) == ("none", "none")
        assert found["error"] > 0


def test_yes_or_no_has_its_share_with_bounds(stored: xr.Dataset, summary: pd.DataFrame) -> None:
    values = of(stored, "too_high")
    said = values[values >= 0]
    assert 0 < len(said) < len(values)
    found = row(summary, cell=1, estimator="gfe", statistic="too_high")
    assert found["value"] == said.mean()
    assert found["used"] == len(said)
    assert found["error"] == moments.share(int(said.sum()), len(said)).error
    assert (found["low"], found["high"]) == moments.wilson(int(said.sum()), len(said))
    assert "too_high_sd" not in set(summary["statistic"])


def test_figures_of_its_own_take_their_place(stored: xr.Dataset, summary: pd.DataFrame) -> None:
    values = of(stored, "range")
    found = row(summary, cell=1, estimator="gfe", statistic="median_range")
    assert (found["value"], found["error"]) == tuple(moments.median(values)[:2])
    smallest = row(summary, cell=1, estimator="gfe", statistic="smallest_range")
    assert smallest["value"] == values.min()
    assert not {"range", "range_sd"} & set(summary["statistic"])
    # Where the declaration is not at hand, it is a scalar like any other.
    alone = row(summarize_study(stored), cell=1, estimator="gfe", statistic="range")
    assert alone["value"] == pytest.approx(values.mean())


def test_text_and_arrays_have_no_figures(summary: pd.DataFrame) -> None:
    assert not {"label", "by_period"} & set(summary["statistic"])


def test_order_of_the_metrics(summary: pd.DataFrame) -> None:
    """Scores, the search, and then a user's own by their names."""
    common = summary[(summary["parameter"] == "none") & (summary["cell"] == 0)]
    assert list(common.loc[common["estimator"] == "gfe", "statistic"]) == [
        "misclassification_percent",
        *["best_share_percent", "objective", "median_seconds"],
        *["largest", "largest_sd", "median_range", "smallest_range", "too_high"],
    ]


def test_titles(stored: xr.Dataset) -> None:
    assert recorded.titles(stored, OWN) == {
        "misclassification_percent": "misclassified %",
        "largest": "largest residual, %",
        "largest_sd": "largest residual, %: sd",
        "median_range": "median range",
        "too_high": "slope too high",
    }
    assert recorded.titles(stored)["range"] == "range of outcomes"


def test_paired_differences(stored: xr.Dataset) -> None:
    frame = paired(stored, "gfe", "ols")
    for name in ("largest", "too_high", "range"):
        one, other = (of(stored, name, estimator=who).astype(float) for who in ("gfe", "ols"))
        both = (one >= 0) & (other >= 0)
        expected = moments.mean(other[both] - one[both])
        found = row(frame, cell=1, statistic=name)
        assert (found["difference"], found["error"], found["used"]) == tuple(expected[:3])
        assert found["parameter"] == "none"
    assert row(frame, cell=1, statistic="range")["difference"] == 0.0
    assert not {"label", "by_period", "misclassification"} & set(frame["statistic"])


def test_a_failed_replication_is_not_scored(stored: xr.Dataset) -> None:
    study = stored.copy(deep=True)
    study["status"][1, 0, 0] = Status.ESTIMATOR_FAILED
    estimator = str(study["estimator"].to_numpy()[0])
    found = row(summarize_study(study, OWN), cell=1, estimator=estimator, statistic="largest")
    expected = moments.mean(of(study, "largest", estimator=estimator)[1:])
    assert (found["value"], found["used"], found["failed"]) == (expected.value, 11, 1)


def test_a_metric_that_failed_is_counted_and_leaves_the_rest(stored: xr.Dataset) -> None:
    frame = failures(stored)
    assert set(frame["inference"]) == {f"{METRIC}Worst"}
    assert set(frame["status"]) == {MetricStatus.METRIC_FAILED.name}
    assert frame["message"].str.startswith("ValueError: the first outcome is negative").all()
    for record in frame.to_dict("records"):
        status = (
            stored["metric_status"]
            .sel(cell=record["cell"], estimator=record["estimator"], metric="Worst")
            .to_numpy()
        )
        failed = np.flatnonzero(status == MetricStatus.METRIC_FAILED)
        assert (record["count"], record["first"]) == (len(failed), failed[0])
        assert len(failed) > 0
    assert (frame["count"] < 12).any()
    assert (stored["status"] == Status.SUCCESS).all()


# Names.


@dataclass(frozen=True)
class Misclassification:
    """Has the name of one of the package, and another variable."""

    variables: ClassVar[Mapping[str, Variable]] = {"wrong": Variable("wrong units", dtype="i4")}

    def record(self, outcome: Outcome) -> dict[str, int]:
        """Count the units of the first group."""
        return {"wrong": 0 if outcome.fit.groups is None else int((outcome.fit.groups == 0).sum())}


@pytest.mark.parametrize("at_hand", [True, False])
def test_a_name_of_the_package_is_no_obstacle(tmp_path: Path, at_hand: bool) -> None:
    study = own.run(tmp_path, record=(Misclassification(),), replications=3)
    summary = summarize_study(
        study, {"Misclassification": Misclassification()} if at_hand else None
    )
    found = row(summary, cell=0, estimator="gfe", statistic="wrong")
    assert found["value"] == pytest.approx(of(study, "wrong", cell=0).mean())
    assert recorded.titles(study)["wrong"] == "wrong units"
    assert "misclassification_percent" not in set(summary["statistic"])
    differences = paired(study, "ols", "gfe")
    assert row(differences, cell=0, statistic="wrong")["difference"] == found["value"]


def test_every_variable_of_the_package_has_one_owner() -> None:
    declared = [name for kind in recorded.PROVIDED.values() for name in kind.variables]
    assert len(declared) == len(set(declared))
    assert all(kind.__name__ == name for name, kind in recorded.PROVIDED.items())


def test_what_says_of_no_metric_is_none_of_any(make_study: Callable[..., xr.Dataset]) -> None:
    study = make_study(np.zeros((1, 1, 2, 1)))
    assert recorded.recorded(study) == {
        "Misclassification": ["misclassification"],
        "RandomRelabellings": ["misclassification_permutations"],
    }
    assert recorded.owner(study, "objective") is None


def test_a_declaration_that_was_read_back_can_be_written_again(tmp_path: Path) -> None:
    """Its fill is a number of Python's, of which blocks say in text what they hold."""
    said = {"metric": "Own", "type": "i4", "fill": np.int64(-1), "long_name": "units"}
    whole = xr.Dataset({"units": (("cell", "estimator", "replication"), np.ones((1, 1, 2)), said)})
    whole.to_netcdf(tmp_path / "whole.nc")
    with xr.open_dataset(tmp_path / "whole.nc") as read:
        found = recorded.declared(read, "units")
    assert type(found.fill) is int
    assert found == Variable("units", (), "i4", -1)
