"""The estimates that come with the package, and the synthetic panels drawn from them."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.calibration import DIVISORS
from gfe_mc.dgp.embedded import moments, synthetic_calibration
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.papers.income_democracy import income_democracy
from tests.helpers import refused

GROUPS = (3, 5, 10)
SUMS = {
    3: (5208.548476, 58.605712, -3.041377),
    5: (5226.568813, 54.176333, 9.691559),
    10: (5208.797152, 54.772178, 0.037865),
}
"""Sums of the drawn incomes, initial outcomes and residuals: multiples of 1e-6."""


def shipped() -> dict[str, Any]:
    """The file as it is."""
    text = resources.files("gfe_mc.dgp.embedded").joinpath("income_democracy.json").read_text()
    content: dict[str, Any] = json.loads(text)
    return content


@pytest.mark.parametrize("groups", GROUPS)
def test_it_says_that_it_is_synthetic(groups: int) -> None:
    made = synthetic_calibration(groups, "NT")
    assert made.synthetic
    assert made.source.startswith("synthetic")


@pytest.mark.parametrize("groups", GROUPS)
def test_shapes(groups: int) -> None:
    made = synthetic_calibration(groups, "NT")
    assert made.theta.shape == (2,)
    assert made.alpha.shape == (groups, 7)
    assert made.groups.shape == made.initial.shape == (90,)
    assert made.residuals.shape == (90, 7)
    assert made.x.shape == (90, 7, 2)
    assert made.regressors == ("lag_democracy", "lag_income")
    assert made.lag == 0
    assert set(made.groups) == set(range(groups))
    assert 0.0 <= made.initial.min() <= made.initial.max() <= 1.0


@pytest.mark.parametrize("groups", GROUPS)
def test_it_is_always_the_same(groups: int) -> None:
    made = synthetic_calibration(groups, "NT")
    assert fingerprint(synthetic_calibration(groups, "NT")) == fingerprint(made)
    sums = made.x[:, :, 1].sum(), made.initial.sum(), made.residuals.sum()
    assert sums == pytest.approx(SUMS[groups], rel=0, abs=1e-9)


@pytest.mark.parametrize("groups", GROUPS)
def test_draws_have_six_decimals(groups: int) -> None:
    """So that the last bits of linear algebra, which differ between machines, do not count."""
    made = synthetic_calibration(groups, "NT")
    for values in (made.x, made.initial, made.residuals):
        np.testing.assert_array_equal(values, values.round(6))


@pytest.mark.parametrize("divisor", DIVISORS)
def test_only_the_error_variance_depends_on_the_divisor(divisor: str) -> None:
    made, other = synthetic_calibration(3, divisor), synthetic_calibration(3, "NT")
    freedom = DIVISORS[divisor](90, 7, 3, 2)
    assert made.error_variance == pytest.approx(16.59874 / freedom, rel=1e-6)
    np.testing.assert_array_equal(made.x, other.x)
    np.testing.assert_array_equal(made.residuals, other.residuals)


@pytest.mark.parametrize("groups", GROUPS)
def test_estimates_are_those_of_the_real_panel(democracy: Panel, groups: int) -> None:
    made, real = synthetic_calibration(groups, "NT"), income_democracy(democracy, groups)
    np.testing.assert_allclose(made.theta, real.theta, atol=1e-5)
    np.testing.assert_array_equal(
        np.sort(np.bincount(made.groups)), np.sort(np.bincount(real.groups))
    )
    np.testing.assert_allclose(np.sort(made.alpha, axis=0), np.sort(real.alpha, axis=0), atol=1e-4)
    assert made.error_variance * 630 == pytest.approx((real.residuals**2).sum(), abs=1e-4)


def test_moments_are_those_of_the_real_panel(democracy: Panel) -> None:
    fit = GFE(groups=3).fit(democracy, np.random.default_rng(0))
    computed = moments(democracy, fit, "lag_democracy", "lag_income")
    for name, value in shipped()["groups"]["3"].items():
        np.testing.assert_allclose(computed[name], value, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("groups", GROUPS)
def test_incomes_have_the_shipped_means_by_group(groups: int) -> None:
    """Within 4.5 standard errors of a mean, as there are up to 70 of them."""
    made, estimates = synthetic_calibration(groups, "NT"), shipped()["groups"][str(groups)]
    spread = np.sqrt(np.diag(estimates["covariance"]))[1:]
    for g in range(groups):
        members = made.x[made.groups == g][:, :, 1]
        z = (members.mean(axis=0) - estimates["means"][g][1:]) / spread * np.sqrt(len(members))
        assert np.abs(z).max() < 4.5


@pytest.mark.parametrize("groups", GROUPS)
def test_draws_have_the_shipped_covariances(groups: int) -> None:
    """Variances within 4.5 of their standard errors, sqrt(2 / 90) of the variance."""
    made, estimates = synthetic_calibration(groups, "NT"), shipped()["groups"][str(groups)]
    incomes = made.x[:, :, 1] - np.array(estimates["means"])[made.groups][:, 1:]
    for drawn, name, first in (
        (incomes, "covariance", 1),
        (made.residuals, "residual_covariance", 0),
    ):
        variances = np.diag(estimates[name])[first:]
        ratios = np.mean(drawn**2, axis=0) / variances
        assert np.abs(ratios - 1).max() < 4.5 * np.sqrt(2 / 90)


# No data come with the package.


def test_the_file_holds_estimates_only() -> None:
    content = shipped()
    assert set(content) == {"source", "regressors", "lag", "groups"}
    for groups, estimates in content["groups"].items():
        n_groups = int(groups)
        shapes = {name: np.shape(value) for name, value in estimates.items()}
        assert shapes == {
            "theta": (2,),
            "alpha": (n_groups, 7),
            "groups": (90,),
            "objective": (),
            "means": (n_groups, 8),
            "covariance": (8, 8),
            "residual_covariance": (7, 7),
        }


@pytest.mark.parametrize("groups", GROUPS)
def test_no_mean_is_that_of_a_single_country(democracy: Panel, groups: int) -> None:
    estimates = shipped()["groups"][str(groups)]
    assert np.bincount(estimates["groups"]).min() >= 2
    distance = np.abs(np.array(estimates["means"])[:, None, 1:] - democracy.x[None, :, :, 1])
    assert distance.max(axis=2).min() > 1e-3


@pytest.mark.parametrize("groups", GROUPS)
def test_no_drawn_unit_is_a_country(democracy: Panel, groups: int) -> None:
    made = synthetic_calibration(groups, "NT")
    distance = np.abs(made.x[:, None, :, 1] - democracy.x[None, :, :, 1]).max(axis=2)
    assert distance.min() > 1e-3


# Bad input.


@pytest.mark.parametrize("groups", [0, 2, 4, 90])
def test_a_number_of_groups_that_is_not_shipped_is_refused(groups: int) -> None:
    with refused("Use 3, 5, 10 groups, or give a panel"):
        synthetic_calibration(groups, "NT")


def test_an_unknown_divisor_is_refused() -> None:
    with refused("`divisor` must be known; got 'N'"):
        synthetic_calibration(3, "N")
