"""Which estimator is best, and which are not told apart from it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

from gfe_mc.fit import Status
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.ranking import ranked, shares_best
from gfe_mc.metrics.summary import summarize_study
from tests.helpers import refused

MakeStudy = Callable[..., xr.Dataset]
BIAS, RMSE = Criterion("bias", "theta1"), Criterion("rmse", "theta1")


def figures(study: xr.Dataset) -> pd.DataFrame:
    names = [str(name) for name in study["estimator"].to_numpy()]
    return summarize_study(study, influences=names)


def test_by_hand(make_study: MakeStudy) -> None:
    """Means 2, -1 and 3 about a truth of zero; differences of the distances are -1, 1 and 2."""
    estimates = np.array([[1.0, 2.0, 3.0], [-1.0, -2.0, 0.0], [3.0, 3.0, 3.0]])
    made = ranked(figures(make_study(estimates.reshape(1, 3, 3, 1))), BIAS)
    assert made["estimator"].tolist() == ["vns", "genetic", "starts"]
    assert made["rank"].tolist() == [2, 1, 3]
    assert (made["best"] == "genetic").all()
    assert made["worse"].tolist() == pytest.approx([1.0, 0.0, 2.0])
    # Of vns, deviations -1, 0, 1; of genetic, by its distance, 0, 1, -1; over 3.
    assert made["worse_error"].tolist() == pytest.approx([np.sqrt(6) / 3, 0.0, np.sqrt(2) / 3])
    # Six ordered pairs. The third against the second is the least, then against the first.
    first, second = norm.sf(2 / (np.sqrt(2) / 3)), norm.sf(1 / (np.sqrt(2) / 3))
    third = norm.sf(1 / (np.sqrt(6) / 3))
    assert made["p"].to_numpy() == pytest.approx(
        [max(6 * first, 5 * second, 4 * third), 1.0, 6 * first]
    )
    assert made["beaten"].tolist() == [False, False, True]


def test_figures_that_are_the_same_in_every_replication(make_study: MakeStudy) -> None:
    estimates = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    made = ranked(figures(make_study(estimates.reshape(1, 3, 3, 1))), RMSE)
    assert made["beaten"].tolist() == [False, False, True]
    assert made["rank"].tolist() == [1, 2, 3]


def test_pairing_tells_apart_what_errors_do_not(make_study: MakeStudy) -> None:
    rng = np.random.default_rng(0)
    shared = rng.normal(size=200)
    estimates = np.stack([shared, 1.02 * shared, 0.99 * shared + 0.001 * rng.normal(size=200)])
    made = ranked(figures(make_study(estimates.reshape(1, 3, 200, 1))), RMSE)
    assert made["rank"].tolist() == [2, 3, 1]
    assert made["beaten"].tolist() == [True, True, False]
    assert (made["error"] > made["value"].max() - made["value"].min()).all()


def test_a_best_one_is_seldom_said_to_be_beaten(make_study: MakeStudy) -> None:
    """Three estimators as good as one another, correlated as they are on common samples."""
    rng = np.random.default_rng(1)
    shared = rng.normal(size=(600, 1, 80, 1))
    estimates = shared + 0.5 * rng.normal(size=(600, 3, 80, 1))
    made = ranked(figures(make_study(estimates)), RMSE)
    wrong = made.groupby("cell")["beaten"].any().mean()
    # 5 % at most, with the error of 600 cells.
    assert wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    assert wrong > 0.005


def test_what_failed_has_no_rank(make_study: MakeStudy) -> None:
    study = make_study(np.arange(12.0).reshape(2, 2, 3, 1))
    study["status"][0, 1] = Status.ESTIMATOR_FAILED
    made = ranked(figures(study), RMSE)
    assert made["rank"].isna().tolist() == [False, True, False, False]
    assert made["p"].isna().tolist() == [False, True, False, False]
    counted = shares_best(made).set_index("estimator")
    assert list(counted.loc["vns"]) == [2, 2, 2, 0, 0]
    assert counted.loc["genetic", "without"] == 1


def test_coverage_and_seconds_have_their_target(make_study: MakeStudy) -> None:
    study = make_study(np.zeros((1, 2, 5, 1)))
    study["seconds"][0, 0] = 1.0 + np.arange(5) / 10
    study["seconds"][0, 1] = 3.0 + np.arange(5) / 10
    made = ranked(figures(study), Criterion("median_seconds"))
    assert made["rank"].tolist() == [1, 2]
    assert made["beaten"].tolist() == [False, True]
    frame = pd.DataFrame(
        {
            "cell": 0,
            "estimator": ["wide", "narrow"],
            "inference": "large_t",
            "parameter": "theta1",
            "statistic": "coverage",
            "value": [0.98, 0.90],
            "error": 0.01,
            "influence": [np.array([0.01, -0.01]), np.array([0.01, -0.01])],
            "attempted": 2,
            "failed": 0,
            "used": 2,
        }
    )
    made = ranked(frame, Criterion("coverage", "theta1", "large_t"))
    assert made["rank"].tolist() == [1, 2]
    # Above and below the target, what moves both up moves them apart.
    assert made["worse_error"].iloc[1] == pytest.approx(np.sqrt(2 * 0.02**2))


def test_what_cannot_be_compared(make_study: MakeStudy) -> None:
    study = make_study(np.arange(6.0).reshape(1, 2, 3, 1))
    with refused("Estimators must be compared by a figure of the study", "theta9 rmse"):
        ranked(figures(study), Criterion("rmse", "theta9"))
    with refused("must say what each replication adds", "true"):
        ranked(figures(study), Criterion("true", "theta1"))
    with refused("`level` must be between 0 and 1"):
        ranked(figures(study), RMSE, level=5.0)


def test_what_is_infeasible_is_no_rival(make_study: MakeStudy) -> None:
    """Without the best of three, the others are as if they were alone; it is beside them."""
    estimates = np.array([[1.0, 2.0, 3.0], [-1.0, -2.0, 0.0], [3.0, 3.0, 3.0]])
    whole = make_study(estimates.reshape(1, 3, 3, 1))
    made = ranked(figures(whole), BIAS, infeasible=("genetic",)).set_index("estimator")
    alone = ranked(figures(whole.sel(estimator=["vns", "starts"])), BIAS).set_index("estimator")
    assert made["rank"].isna().to_dict() == {"vns": False, "genetic": True, "starts": False}
    assert not made.loc["genetic", "beaten"]
    # How far it is beneath the best of those that can be had.
    assert made.loc["genetic", "worse"] == pytest.approx(-1.0)
    shared = ["rank", "best", "worse", "worse_error", "p", "beaten"]
    pd.testing.assert_frame_equal(made.loc[alone.index, shared], alone[shared])
