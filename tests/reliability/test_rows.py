"""Whatever the code of a study does, each replication leaves a row, and no other row changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Misclassification, Status, Threads, run_study
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.study.experiment import Experiment
from gfe_mc.study.method import FIT, Part
from gfe_mc.study.replicate import run_block
from tests.helpers import PooledOLS, TwoLevels
from tests.inferring import Draws
from tests.reliability import hostile

N = 3
Make = Callable[[Experiment], xr.Dataset]


def study(**changes: Any) -> Experiment:
    """A study whose estimators are as they should be, with changes."""
    declared: dict[str, Any] = {
        "name": "hostile",
        "title": "What may happen",
        "source": "none",
        "factors": {"design": ("plain",)},
        "dgp": lambda panel, design: TwoLevels(),  # noqa: ARG005
        "estimators": {"before": PooledOLS(), "zafter": PooledOLS(1.0)},
        "parameters": ("theta1",),
        "replications": N,
    }
    return Experiment(**(declared | changes))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Run a study on threads, from a folder that is empty."""

    def made(experiment: Experiment) -> xr.Dataset:
        folder: Path = tmp_path_factory.mktemp("study")
        return run_study(experiment.plan(), folder, backend=Threads(2))

    return made


def require_said(text: Any, longest: int = 1000) -> None:
    """A message says something in one line that any terminal and file can hold."""
    said = str(text)
    assert said
    assert len(said) <= longest
    assert said.isprintable()
    said.encode("utf-8")


def require_undisturbed(dataset: xr.Dataset, estimator: str) -> None:
    """An estimator has the numbers that it has where nothing else runs."""
    keyed = study().plan().cells[0].methods[estimator]
    alone = run_block(keyed, range(N)).values
    one = dataset.isel(cell=0).sel(estimator=estimator)
    for name in ("estimate", "objective", "status"):
        np.testing.assert_array_equal(one[name], alone[FIT][name], err_msg=name)
    np.testing.assert_array_equal(dataset["truth"].isel(cell=0), alone[FIT]["truth"])
    scored = alone[Part("metric", "Misclassification")]["metric_status"]
    np.testing.assert_array_equal(one["metric_status"].sel(metric="Misclassification"), scored)


ESTIMATORS = [*hostile.RAISES, *hostile.FITS]


@pytest.fixture(scope="session")
def estimated(run: Make) -> xr.Dataset:
    """All hostile estimators in one study, between two that are none."""
    estimators = {f"hostile_{name}": hostile.HostileEstimator(name) for name in ESTIMATORS}
    opening = {"hostile_opens": hostile.OpensPanel(), "hostile_puts": hostile.OpensPanel(True)}
    between: dict[str, Any] = estimators | opening
    return run(study(estimators={"before": PooledOLS(), **between, "zafter": PooledOLS(1.0)}))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_leaves_a_row(estimated: xr.Dataset, name: str) -> None:
    one = estimated.isel(cell=0).sel(estimator=f"hostile_{name}")
    assert one["status"].values.tolist() == [Status.ESTIMATOR_FAILED] * N
    assert np.isnan(one["estimate"]).all()
    assert np.isfinite(one["truth"]).all()
    for text in one["message"].values:
        require_said(text)


@pytest.mark.parametrize("estimator", ["before", "zafter"])
def test_other_estimators_are_undisturbed(estimated: xr.Dataset, estimator: str) -> None:
    require_undisturbed(estimated, estimator)


@pytest.fixture(scope="session")
def drawn(run: Make) -> xr.Dataset:
    """All hostile designs in one study, a cell each."""

    def design(panel: object, design: str) -> Any:  # noqa: ARG001
        return TwoLevels() if design == "plain" else hostile.HostileDesign(design)

    names = ("plain", *hostile.RAISES, *hostile.SAMPLES)
    return run(study(factors={"design": names}, dgp=design))


@pytest.mark.parametrize("name", [*hostile.RAISES, *hostile.SAMPLES])
def test_a_design_leaves_a_row_for_each_estimator(drawn: xr.Dataset, name: str) -> None:
    one = drawn.isel(cell=drawn["design"].values.tolist().index(name))
    assert (one["status"] == Status.DGP_FAILED).all()
    assert one["status"].shape == (2, N)
    for text in one["message"].values.ravel():
        require_said(text)


def test_other_designs_are_undisturbed(drawn: xr.Dataset) -> None:
    require_undisturbed(drawn, "before")


METHODS = [*hostile.RAISES, *hostile.COVARIANCES]


@pytest.fixture(scope="session")
def with_errors(run: Make) -> xr.Dataset:
    """All hostile inference methods in one study, and one that is none."""
    methods: dict[str, Any] = {name: hostile.HostileInference(name) for name in METHODS}
    methods |= {"opens": hostile.OpensFit(), "zdraws": Draws()}
    return run(study(inference={"before": methods}))


@pytest.mark.parametrize("name", METHODS)
def test_an_inference_method_leaves_a_row(with_errors: xr.Dataset, name: str) -> None:
    one = with_errors.isel(cell=0).sel(estimator="before", inference=name)
    assert one["inference_status"].values.tolist() == [InferenceStatus.INFERENCE_FAILED] * N
    assert np.isnan(one["standard_error"]).all()
    for text in one["inference_message"].values:
        require_said(text)


def test_other_inference_methods_and_fits_are_undisturbed(with_errors: xr.Dataset) -> None:
    require_undisturbed(with_errors, "before")
    one = with_errors.isel(cell=0).sel(estimator="before", inference="zdraws")
    assert (one["inference_status"] == InferenceStatus.SUCCESS).all()
    keyed = study(inference={"before": {"zdraws": Draws()}}).plan().cells[0].methods["before"]
    alone = run_block(keyed, range(N)).values[Part("metric", "StandardErrors", "zdraws")]
    np.testing.assert_array_equal(one["standard_error"], alone["standard_error"])


METRICS = [*hostile.RAISES, *hostile.RECORDED]


@pytest.fixture(scope="session")
def scored(run: Make) -> xr.Dataset:
    """All hostile metrics in one study, before one that is none."""
    record = tuple(hostile.hostile_metric(name) for name in METRICS)
    return run(study(record=(hostile.OpensOutcome(), *record, Misclassification())))


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_leaves_a_row(scored: xr.Dataset, name: str) -> None:
    one = scored.isel(cell=0).sel(metric=f"Hostile_{name}")
    assert (one["metric_status"] == MetricStatus.METRIC_FAILED).all()
    for text in one["metric_message"].values.ravel():
        require_said(text)


def test_other_metrics_and_fits_are_undisturbed(scored: xr.Dataset) -> None:
    assert (scored["opened"] == 1.0).all()
    for estimator in ("before", "zafter"):
        require_undisturbed(scored, estimator)
