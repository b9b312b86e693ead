"""What each replication adds to the error of a figure."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gfe_mc.errors import InputError
from gfe_mc.metrics import intervals, moments
from gfe_mc.metrics.moments import Figure, Sampled
from gfe_mc.metrics.statistic import Statistic
from gfe_mc.metrics.summary import influence_of, summarize_study
from tests.report.tables.studies import STUDY

VALUES = np.random.default_rng(2).gamma(3.0, size=400)


def share(values: np.ndarray) -> Sampled:
    return moments.proportion(np.where(np.isfinite(values), values > 3, np.nan))


def jackknifed(values: np.ndarray) -> Figure:
    return Statistic(lambda estimates, _: float(estimates.std(ddof=1))).figure(
        values, np.zeros(len(values))
    )


def ratio(values: np.ndarray) -> Figure:
    return intervals.ratio_of_mean(values, np.sqrt(values))


EVERY = pytest.mark.parametrize(
    "figure",
    [moments.mean, moments.rmse, moments.sd, moments.median, share, jackknifed, ratio],
)


@EVERY
def test_squares_sum_to_the_squared_error(figure: Callable[[np.ndarray], Figure]) -> None:
    found = figure(VALUES)
    assert isinstance(found, Sampled)
    assert math.sqrt((found.influence**2).sum()) == pytest.approx(found.error, rel=0.01)


@EVERY
def test_what_does_not_count_adds_nothing(figure: Callable[[np.ndarray], Figure]) -> None:
    found, padded = figure(VALUES), figure(np.r_[np.nan, VALUES[:9], np.nan, VALUES[9:]])
    assert isinstance(found, Sampled)
    assert isinstance(padded, Sampled)
    np.testing.assert_equal(np.delete(padded.influence, [0, 10]), found.influence)
    np.testing.assert_equal(padded.influence[[0, 10]], 0.0)


@pytest.mark.parametrize("figure", [moments.mean, moments.rmse, moments.sd, share])
def test_it_is_what_leaving_a_value_out_does(figure: Callable[[np.ndarray], Figure]) -> None:
    found = figure(VALUES)
    assert isinstance(found, Sampled)
    without = np.array([figure(np.delete(VALUES, i)).value for i in range(50)])
    np.testing.assert_allclose(
        found.influence[:50], found.value - without, atol=0.02 * np.abs(found.influence).max()
    )


def test_another_unit() -> None:
    one = share(VALUES)
    percent = one.times(100)
    assert percent == tuple(100 * x if k != 2 else x for k, x in enumerate(one))
    np.testing.assert_array_equal(percent.influence, 100 * one.influence)


def test_figures_of_a_summary_have_them_for_all_replications() -> None:
    summary = summarize_study(STUDY, influences=["genetic"])
    own = summary[summary["estimator"] == "genetic"]
    assert all(len(influence) == 40 for influence in own["influence"] if influence is not None)
    mean = own[(own["cell"] == 0) & (own["statistic"] == "mean")].iloc[0]
    assert mean["influence"][5] == 0.0, "it failed there"
    assert mean["influence"] is not None
    assert summary.loc[summary["estimator"] == "vns", "influence"].isna().all()
    assert list(summary["common_samples"].unique()) == ["cell 0", "cell 1"]
    plain = summary.drop(columns=["influence", "common_samples"])
    assert plain.equals(summarize_study(STUDY))


def test_factors_keep_their_names() -> None:
    study = STUDY.assign_coords(design=("cell", ["one", "other"]))
    assert list(summarize_study(study, influences=["vns"])["design"].unique()) == ["one", "other"]
    study = study.rename(design="influence")
    assert "influence" in summarize_study(study)
    with pytest.raises(InputError, match=r"name of a column; got \['influence'\]"):
        summarize_study(study, influences=["vns"])


def test_nothing_is_said_of_what_no_replication_can_be_told_for() -> None:
    used = np.array([True, False, True])
    assert influence_of(Figure(1.0, 1.0, 2), used) is None
    assert influence_of(moments.mean(np.ones(3)), used) is None
    np.testing.assert_array_equal(
        influence_of(moments.mean(np.array([1.0, 3.0])), used), [-0.5, 0, 0.5]
    )
