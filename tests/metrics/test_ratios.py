"""Figures over those of a reference."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.ratios import mean_ratios, ratios
from gfe_mc.metrics.summary import summarize_study
from tests.helpers import refused

MakeStudy = Callable[..., xr.Dataset]
RMSE = Criterion("rmse", "theta1")


def test_by_hand(make_study: MakeStudy) -> None:
    """Errors of the second are twice those of the first in all samples: a ratio without error."""
    first = np.array([1.0, -1.0, 2.0])
    other = np.array([3.0, 0.0, 0.0])
    estimates = np.stack([first, 2 * first, other]).reshape(1, 3, 3, 1)
    study = make_study(estimates)
    names = [str(name) for name in study["estimator"].to_numpy()]
    made = ratios(summarize_study(study, influences=names), RMSE, names[0]).set_index("estimator")
    assert made["ratio"].to_dict() == pytest.approx({names[1]: 2.0, names[2]: np.sqrt(1.5)})
    assert made.loc[names[1], "log_error"] == pytest.approx(0.0, abs=1e-12)
    # By the delta method: squared errors 1, 1, 4 and 9, 0, 0, over twice their means 2 and 3.
    added = (np.array([9.0, 0.0, 0.0]) / 3 - np.array([1.0, 1.0, 4.0]) / 2) / 2 / 3
    assert made.loc[names[2], "log_error"] == pytest.approx(np.sqrt((added**2).sum()))


def test_errors_are_right_on_average(make_study: MakeStudy) -> None:
    """Of correlated normal errors, over many studies."""
    rng, found = np.random.default_rng(0), []
    for _ in range(200):
        shared = rng.standard_normal(50)
        each = np.stack([shared + 0.5 * rng.standard_normal(50), shared, rng.standard_normal(50)])
        study = make_study(each.reshape(1, 3, 50, 1))
        names = [str(name) for name in study["estimator"].to_numpy()]
        row = ratios(summarize_study(study, influences=names), RMSE, names[1]).iloc[0]
        found.append((row["log"], row["log_error"]))
    logs, errors = np.array(found).T
    assert errors.mean() == pytest.approx(logs.std(ddof=1), rel=0.15)
    assert np.exp(logs.mean()) == pytest.approx(np.sqrt(1.25), rel=0.02)


def test_geometric_means_over_cells(make_study: MakeStudy) -> None:
    first = np.array([1.0, -1.0, 2.0])
    one = np.stack([first, 2 * first, first])
    two = np.stack([first, 8 * first, -first])
    study = make_study(np.stack([one, two])[..., None])
    names = [str(name) for name in study["estimator"].to_numpy()]
    made = ratios(summarize_study(study, influences=names), RMSE, names[0])
    mean = mean_ratios(made, ()).set_index("estimator")
    assert mean.loc[names[1], "ratio"] == pytest.approx(4.0)
    assert mean.loc[names[2], "ratio"] == pytest.approx(1.0)
    assert mean["cells"].tolist() == [2, 2]


def test_a_reference_that_there_is_not(make_study: MakeStudy) -> None:
    study = make_study(np.ones((1, 3, 3, 1)))
    names = [str(name) for name in study["estimator"].to_numpy()]
    with refused("to those of an estimator of the study", "'none'"):
        ratios(summarize_study(study, influences=names), RMSE, "none")
