"""Pairs of estimators on the same samples."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc.errors import InputError
from gfe_mc.fit import Status
from gfe_mc.metrics.paired import missed, paired

MakeStudy = Callable[..., xr.Dataset]


def row(frame: pd.DataFrame, *key: str) -> dict[Hashable, Any]:
    for name, value in zip(("parameter", "statistic"), key, strict=True):
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


@pytest.fixture
def study(make_study: MakeStudy) -> xr.Dataset:
    """One cell; genetic less vns is 1, 2, 3 in three replications."""
    estimates = np.array([[10.0, 20.0, 30.0], [11.0, 22.0, 33.0]]).reshape(1, 2, 3, 1)
    return make_study(estimates, truth=21.0)


def test_differences_by_hand(study: xr.Dataset) -> None:
    study["misclassification"][0, 1] = [0.1, 0.1, 0.4]
    frame = paired(study, "vns", "genetic")
    estimate = row(frame, "theta1", "estimate")
    assert (estimate["difference"], estimate["error"]) == pytest.approx((2.0, 1 / np.sqrt(3)))
    assert (estimate["attempted"], estimate["failed"], estimate["used"]) == (3, 0, 3)
    # Absolute errors 11, 1, 9 and 10, 1, 12.
    assert row(frame, "theta1", "absolute_error")["difference"] == pytest.approx(2 / 3)
    misclassified = row(frame, "none", "misclassification_percent")
    assert (misclassified["difference"], misclassified["error"]) == pytest.approx((20.0, 10.0))
    assert (frame["G"] == 3).all()


def test_the_other_way_round_changes_the_sign(study: xr.Dataset) -> None:
    forth, back = paired(study, "vns", "genetic"), paired(study, "genetic", "vns")
    np.testing.assert_array_equal(forth["difference"], -back["difference"])
    np.testing.assert_array_equal(forth["error"], back["error"])


def test_only_replications_that_both_use(study: xr.Dataset) -> None:
    study["status"][0, 0, 2] = Status.ESTIMATOR_FAILED
    study["status"][0, 1, 1] = Status.NOT_RUN
    estimate = paired(study, "vns", "genetic").iloc[0]
    assert (estimate["difference"], estimate["used"]) == (1.0, 1)
    assert (estimate["attempted"], estimate["failed"]) == (2, 1)
    assert np.isnan(estimate["error"])


def test_missed_by_hand(make_study: MakeStudy) -> None:
    study = make_study(np.zeros((2, 2, 6, 1)))
    # Worse; worse by less than the tolerance; the same; better; not comparable; failed.
    study["objective"][0, 0] = [10.1, 10 + 1e-9, 10.0, 9.0, np.nan, 11.0]
    study["objective"][0, 1] = 10.0
    study["status"][0, 0, 5] = Status.NOT_FINITE
    frame = missed(study, "vns", "genetic")
    assert list(frame["cell"]) == [0, 1]
    first = frame.iloc[0]
    assert (first["count"], first["compared"]) == (1, 4)
    assert (first["attempted"], first["failed"]) == (6, 1)
    assert first["share_percent"] == pytest.approx(25.0)
    assert first["error"] == pytest.approx(100 * np.sqrt(0.25 * 0.75 / 4))
    assert (first["low"], first["high"]) == pytest.approx((4.5587, 69.9358), abs=1e-3)
    second = frame.iloc[1]
    assert (second["count"], second["compared"], second["low"]) == (0, 6, 0.0)
    assert second["high"] > 30


def test_missed_without_anything_to_compare(study: xr.Dataset) -> None:
    study["status"][0, 1] = Status.NOT_RUN
    only = missed(study, "vns", "genetic").iloc[0]
    assert (only["count"], only["compared"], only["attempted"]) == (0, 0, 0)
    assert np.isnan(only["share_percent"])


def test_names_an_unknown_estimator(study: xr.Dataset) -> None:
    with pytest.raises(InputError, match=r"annealing.*vns"):
        paired(study, "vns", "annealing")
