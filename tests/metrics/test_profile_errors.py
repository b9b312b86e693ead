"""Standard errors of profiles, and softness of memberships."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Covariance, Fit, ProfileErrors, Softness, Truth
from gfe_mc.metrics.profile_errors import profile_error_figures
from tests.helpers import refused
from tests.metrics.outcomes import outcome


def covariance(variances: list[float]) -> Covariance:
    return Covariance.of_joint(np.diag([1.0, *variances]), 1)


def test_errors_are_recorded_in_the_order_of_the_truth() -> None:
    fit = Fit(np.ones(1), alpha=np.zeros((2, 2)), groups=np.array([0, 0, 1, 1]))
    truth = Truth(np.ones(1), alpha=np.zeros((2, 2)), groups=np.array([1, 1, 1, 0]))
    by = {"one": covariance([1.0, 4.0, 9.0, 16.0]), "none": Covariance(np.eye(1))}
    found = ProfileErrors().record(outcome(fit, truth, covariances=by))["profile_errors"]
    np.testing.assert_array_equal(found[0], [[3.0, 4.0], [1.0, 2.0]])
    assert np.isnan(found[1]).all()
    assert found.shape == (2, 2, 2)


def test_without_covariances_or_profiles_nothing_is_recorded() -> None:
    fit = Fit(np.ones(1), alpha=np.zeros((2, 2)), groups=np.array([0, 0, 1, 1]))
    assert ProfileErrors().record(outcome(fit)) == {}
    by = {"one": covariance([])}
    assert ProfileErrors().record(outcome(Fit(np.ones(1)), covariances=by)) == {}
    assert list(ProfileErrors.figures(None)) == []


def study(profiles: np.ndarray, errors: np.ndarray, true: float) -> xr.Dataset:
    """One cell, estimator, inference method, group and period."""
    n = len(profiles)
    leading = ("cell", "estimator", "replication")
    blank = np.ones((1, 1, n))
    data = {
        "truth": (("cell", "replication", "parameter"), blank.reshape(1, n, 1)),
        "estimate": ((*leading, "parameter"), blank[..., None]),
        "status": (leading, np.zeros((1, 1, n), int)),
        "profiles": ((*leading, "group", "period"), profiles.reshape(1, 1, n, 1, 1)),
        "true_profiles": (
            ("cell", "replication", "group", "period"),
            np.full((1, n, 1, 1), true),
        ),
        "profile_errors": (
            (*leading, "inference", "group", "period"),
            errors.reshape(1, 1, n, 1, 1, 1),
        ),
    }
    data |= dict.fromkeys(("objective", "n_best", "n_tries", "seconds"), (leading, blank))
    coordinates = {"cell": [0], "estimator": ["gfe"], "inference": ["one"], "parameter": ["a"]}
    return xr.Dataset(data, coordinates)


def test_figures_by_hand() -> None:
    """Estimates 1, 3 and 5 with errors 1, 1 and 2, and one without an error."""
    own, errors = np.array([1.0, 3.0, 5.0, 9.0]), np.array([1.0, 1.0, 2.0, np.nan])
    frame = profile_error_figures(study(own, errors, 1.5))
    row = frame.iloc[0]
    assert len(frame) == 1
    assert (row["group"], row["period"], row["used"]) == (1, 1, 3)
    assert (row["estimator"], row["inference"]) == ("gfe", "one")
    assert row["sd"] == pytest.approx(2.0)
    assert row["mean_se"] == pytest.approx(4 / 3)
    assert row["median_se"] == 1.0
    assert row["variance_ratio"] == pytest.approx(2.0 / 4.0)
    assert row["coverage"] == pytest.approx(3 / 3)


def test_what_has_no_errors_has_no_row() -> None:
    assert len(profile_error_figures(study(np.arange(3.0), np.full(3, np.nan), 0.0))) == 0


def test_a_study_without_them_is_refused() -> None:
    made = study(np.arange(3.0), np.ones(3), 0.0).drop_vars("profile_errors")
    with refused("The study must record profiles and their errors; got no profile_errors"):
        profile_error_figures(made)


def test_soft_units_are_counted_to_six_decimals() -> None:
    shares = np.array([[1.0, 0.0], [1 - 4e-7, 4e-7], [1e-6, 1 - 1e-6], [0.3, 0.7]])
    fit = Fit(
        np.ones(1),
        alpha=np.zeros((2, 3)),
        groups=np.array([0, 0, 1, 1]),
        memberships=shares,
        fuzziness=1.1,
    )
    found = Softness().record(outcome(fit))
    assert found["soft_units"] == 2
    assert found["softest"] == pytest.approx(0.3)
    assert Softness().record(outcome(Fit(np.ones(1)))) == {}
