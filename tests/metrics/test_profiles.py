"""Profiles over replications."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc import Fit, Profiles, Truth
from gfe_mc.fit import Status
from gfe_mc.metrics.profiles import profile_figures
from tests.helpers import refused
from tests.metrics.outcomes import outcome

MakeStudy = Callable[..., xr.Dataset]
OF = ("cell", "estimator", "replication", "group", "period")


@pytest.fixture
def study(make_study: MakeStudy) -> xr.Dataset:
    """Two cells with two and three groups over two periods, two estimators, four replications."""
    rng = np.random.default_rng(11)
    profiles = rng.normal(size=(2, 2, 4, 3, 2))
    truths = np.broadcast_to(rng.normal(size=(2, 1, 3, 2)), (2, 4, 3, 2)).copy()
    profiles[0, :, :, 2] = truths[0, :, 2] = np.nan
    study = make_study(np.zeros((2, 2, 4, 1)))
    study["profiles"] = (OF, profiles)
    study["true_profiles"] = (("cell", "replication", "group", "period"), truths)
    return study


def row(frame: pd.DataFrame, **where: object) -> dict[Hashable, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


def test_by_hand(study: xr.Dataset) -> None:
    study["profiles"][1, 0, :, 2, 1] = [1.0, 2.0, 3.0, 6.0]
    study["true_profiles"][1, :, 2, 1] = 2.0
    found = row(profile_figures(study), cell=1, estimator="vns", group=3, period=2)
    assert (found["true"], found["mean"], found["bias"]) == (2.0, 3.0, 1.0)
    assert found["error"] == pytest.approx(np.sqrt(14 / 3 / 4))
    assert found["sd"] == pytest.approx(np.sqrt(14 / 3))
    # Squared deviations 4, 1, 0, 9: variance 49 / 3.
    assert found["error_of_sd"] == pytest.approx(np.sqrt(49 / 3 / 4) / (2 * np.sqrt(14 / 3)))
    assert (found["used"], found["G"], found["errors"]) == (4, 4, "resampled")


def test_a_row_for_every_profile_and_period_that_there_is(study: xr.Dataset) -> None:
    frame = profile_figures(study)
    assert len(frame) == 2 * 2 * 2 + 2 * 3 * 2
    assert list(frame.loc[frame["cell"] == 0, "group"].unique()) == [1, 2]
    assert not frame.duplicated(["cell", "estimator", "group", "period"]).any()
    assert frame.notna().all(axis=None)


def test_every_number_is_that_of_plain_arrays(study: xr.Dataset) -> None:
    shuffled = study.transpose("period", "group", "replication", "estimator", "cell", ...)
    frame = profile_figures(shuffled)
    pd.testing.assert_frame_equal(frame, profile_figures(study), check_exact=True)
    for record in frame.to_dict("records"):
        place = {
            "cell": record["cell"],
            "group": record["group"] - 1,
            "period": record["period"] - 1,
        }
        own = study["profiles"].sel(estimator=record["estimator"]).isel(place).to_numpy()
        truth = float(study["true_profiles"].isel(place)[0])
        assert record["true"] == truth
        assert record["mean"] == pytest.approx(own.mean())
        assert record["bias"] == pytest.approx(own.mean() - truth)
        assert record["sd"] == pytest.approx(own.std(ddof=1))


def test_only_replications_that_are_used(study: xr.Dataset) -> None:
    study["status"][1, 0, 3] = Status.COLLINEAR
    study["profiles"][1, 0, 2, 0, 0] = np.nan
    frame = profile_figures(study)
    assert row(frame, cell=1, estimator="vns", group=2, period=2)["used"] == 3
    first = row(frame, cell=1, estimator="vns", group=1, period=1)
    assert first["used"] == 2
    assert first["mean"] == pytest.approx(float(study["profiles"][1, 0, :2, 0, 0].mean()))
    assert row(frame, cell=1, estimator="genetic", group=1, period=1)["used"] == 4


@pytest.mark.parametrize("missing", ["profiles", "true_profiles"])
def test_a_study_without_profiles_is_refused(study: xr.Dataset, missing: str) -> None:
    with refused("The study must record profiles"):
        profile_figures(study.drop_vars(missing))


def test_another_number_of_groups_is_not_compared(study: xr.Dataset) -> None:
    """Two groups cannot be matched to three: which is whose bias is unknown."""
    study["profiles"][1, 0, :, 2] = np.nan
    frame = profile_figures(study)
    assert set(frame.loc[frame["cell"] == 1, "estimator"]) == {"genetic"}


# One replication.


def test_profiles_are_recorded_in_the_order_of_the_truth() -> None:
    """Groups 0 and 1 are the true ones 1 and 0, but for a unit."""
    fit = Fit(np.ones(1), alpha=np.array([[5, 6, 7], [0, 0, 1]]), groups=np.array([0, 0, 1, 1]))
    alpha = np.array([[0.0, 0.0, 0.0], [5.0, 5.0, 5.0]])
    truth = Truth(np.ones(1), alpha=alpha, groups=np.array([1, 1, 1, 0]))
    found = Profiles().record(outcome(fit, truth))
    np.testing.assert_array_equal(found["profiles"], [[0.0, 0.0, 1.0], [5.0, 6.0, 7.0]])
    np.testing.assert_array_equal(found["true_profiles"], alpha)
    assert found["profiles"].dtype == np.float64


def test_another_number_of_groups_keeps_its_order() -> None:
    profiles = np.array([[5.0, 6.0, 7.0], [0.0, 0.0, 1.0]])
    fit = Fit(np.ones(1), alpha=profiles, groups=np.array([0, 0, 1, 1]))
    truth = Truth(np.ones(1), alpha=np.zeros((3, 3)), groups=np.array([2, 1, 1, 0]))
    found = Profiles().record(outcome(fit, truth))
    np.testing.assert_array_equal(found["profiles"], profiles)
    assert found["true_profiles"].shape == (3, 3)


@pytest.mark.parametrize("missing", ["alpha", "groups"])
def test_what_has_no_profiles_leaves_them_out(missing: str) -> None:
    whole = {"alpha": np.zeros((2, 3)), "groups": np.array([0, 0, 1, 1])}
    part = {name: array for name, array in whole.items() if name != missing}
    assert Profiles().record(outcome(Fit(np.ones(1), **part))) == {}  # type: ignore[arg-type]
    without_truth = outcome(Fit(np.ones(1), **whole), Truth(np.ones(1), **part))  # type: ignore[arg-type]
    assert list(Profiles().record(without_truth)) == ["profiles"]


def test_they_have_no_figures_in_the_summary() -> None:
    assert list(Profiles.figures(None)) == []
