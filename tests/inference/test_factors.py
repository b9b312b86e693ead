"""Standard errors of slopes beside interactive effects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gfe_mc import (
    GFE,
    FactorErrors,
    FactorFit,
    InferenceStatus,
    InteractiveFixedEffects,
    LargeT,
    MultiStart,
    Panel,
    ProfileNewton,
)
from gfe_mc.inference.factors import ERRORS
from gfe_mc.kernels.factors.project import off_effects
from tests.estimators.factors.test_interactive import drawn, with_gaps
from tests.helpers import refused
from tests.reference import factors_numpy

RNG = np.random.default_rng(0)


def fitted(panel: Panel, factors: int = 2, random: int = 5) -> FactorFit:
    return InteractiveFixedEffects(factors, ProfileNewton(random=random)).fit(panel, RNG)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("factors", [0, 1, 2])
def test_regressors_are_off_the_effects(gaps: bool, factors: int) -> None:
    """Least squares on a dummy for every loading and factor; without gaps, M_Lambda X M_F."""
    panel = with_gaps(drawn(1, 9, 6)) if gaps else drawn(1, 9, 6)
    fit = fitted(panel, factors)
    found = off_effects(panel.x, panel.observed, fit.factors, fit.loadings)
    if factors:
        expected = factors_numpy.off_effects(panel.x, panel.observed, fit.factors, fit.loadings)
        np.testing.assert_allclose(found, expected, atol=1e-8)
    if not gaps:
        left = np.eye(9) - fit.loadings @ np.linalg.pinv(fit.loadings)
        right = np.eye(6) - fit.factors @ np.linalg.pinv(fit.factors)
        both = np.einsum("ij,jtk,ts->isk", left, panel.x, right)
        np.testing.assert_allclose(found, both, atol=1e-9)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("errors", ERRORS)
def test_it_is_the_sandwich_with_dummies(errors: str, gaps: bool) -> None:
    panel = with_gaps(drawn(2)) if gaps else drawn(2)
    fit, cells = fitted(panel), int(panel.observed.sum())
    freedom = cells - 2 * (20 + 6 - 2) - 2
    off = factors_numpy.off_effects(panel.x, panel.observed, fit.factors, fit.loadings)
    expected = factors_numpy.sandwich(off, fit.residuals(panel), errors, freedom)
    found = FactorErrors(errors).covariance(panel, fit, RNG)
    np.testing.assert_allclose(found.theta, expected, rtol=1e-5)
    if errors != "homoskedastic":
        larger = FactorErrors(errors, "freedom").covariance(panel, fit, RNG)
        np.testing.assert_allclose(larger.theta, expected * cells / freedom, rtol=1e-5)


def test_without_factors_it_is_that_of_least_squares() -> None:
    panel = drawn(3)
    fit, x = fitted(panel, 0), panel.x.reshape(-1, 2)
    found = FactorErrors("homoskedastic").covariance(panel, fit, RNG)
    variance = fit.objective / (120 - 2) * np.linalg.inv(x.T @ x)
    np.testing.assert_allclose(found.theta, variance, rtol=1e-9)
    assert found.notes == ()


@pytest.mark.slow
def test_intervals_cover_in_large_panels() -> None:
    """Within the error of so few samples, where neither dimension is small."""
    inside = []
    for m in range(60):
        panel = drawn(500 + m, 40, 20, 1)
        fit = fitted(panel, random=0)
        error = FactorErrors(small_sample="freedom").covariance(panel, fit, RNG).standard_errors
        inside.append(abs(fit.theta[0] - 1.0) < 1.96 * error[0])
    assert abs(np.mean(inside) - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 60)


def test_what_it_does_not_cover_is_refused() -> None:
    panel = drawn(4)
    profiles = GFE(2, MultiStart(2)).fit(panel, RNG)
    with refused("FactorErrors is for common slopes and interactive effects", "LargeT"):
        FactorErrors().covariance(panel, profiles, RNG)
    fit = fitted(panel)
    with refused("LargeT is for groups with profiles over time", "FactorErrors"):
        LargeT().covariance(panel, fit, RNG)
    with refused("The fit must be one of this panel"):
        FactorErrors().covariance(drawn(5), fit, RNG)
    with refused("`errors` must be known"):
        FactorErrors("robust")
    with refused("Homoskedastic errors have their degrees of freedom already"):
        FactorErrors("homoskedastic", "freedom")


def test_statuses_say_what_is_missing() -> None:
    panel = drawn(6)
    fit = fitted(panel)
    few = Panel.from_arrays(panel.y[:5], panel.x[:5])
    of_few = fitted(few, 2)
    alike = replace(of_few, theta=of_few.theta, status=of_few.status)
    assert FactorErrors().covariance(few, alike, RNG).status == InferenceStatus.SUCCESS
    flat = Panel.from_arrays(panel.y, np.ones((*panel.y.shape, 2)))
    left = fit.residuals(panel)
    y = left + fit.loadings @ fit.factors.T + 2.0
    odd = replace(fit, theta=np.ones(2))
    flat = Panel.from_arrays(y, flat.x)
    assert FactorErrors().covariance(flat, odd, RNG).status == InferenceStatus.SINGULAR
