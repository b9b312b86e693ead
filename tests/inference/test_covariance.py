"""What inference returns, and errors of derived parameters."""

import math

import numpy as np
import pytest

from gfe_mc import Covariance, InferenceStatus
from gfe_mc.parameters import LongRun


@pytest.mark.parametrize("theta", [[0.4, 0.09], [-0.5, 2.0], [0.95, -1.0]])
def test_gradient_of_the_long_run_is_its_slope(theta: list[float]) -> None:
    at, step = np.array(theta), 1e-6
    for parameter in (LongRun(1, 0), LongRun(0, 1), LongRun(0, 0)):
        differences = [
            (parameter.value(at + step * unit) - parameter.value(at - step * unit)) / (2 * step)
            for unit in np.eye(2)
        ]
        np.testing.assert_allclose(parameter.gradient(at), differences, rtol=1e-5, atol=1e-6)


def test_delta_method_by_hand() -> None:
    # theta2 / (1 - theta1) at (.5, 2): gradient (8, 2).
    covariance = Covariance(np.array([[0.01, 0.002], [0.002, 0.04]]))
    expected = math.sqrt(64 * 0.01 + 2 * 16 * 0.002 + 4 * 0.04)
    theta = np.array([0.5, 2.0])
    assert covariance.error_of(LongRun(1, 0), theta) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(covariance.standard_errors, [0.1, 0.2])


def test_delta_method_is_the_error_along_finite_differences() -> None:
    factor = np.random.default_rng(0).standard_normal((2, 2))
    covariance, theta, step = Covariance(factor @ factor.T), np.array([0.4, 0.09]), 1e-6
    for parameter in (LongRun(1, 0), LongRun(0, 1), LongRun(0, 0)):
        slope = np.array(
            [
                (parameter.value(theta + step * unit) - parameter.value(theta - step * unit))
                / (2 * step)
                for unit in np.eye(2)
            ]
        )
        expected = float(np.linalg.norm(slope @ factor))
        assert covariance.error_of(parameter, theta) == pytest.approx(expected, rel=1e-6)


def test_a_unit_root_has_no_error() -> None:
    assert not math.isfinite(Covariance(np.eye(2)).error_of(LongRun(1, 0), np.array([1.0, 2.0])))


def test_errors_by_draws_are_their_standard_deviation() -> None:
    draws = np.array([[0.5, 1.0], [0.0, 1.0], [np.nan, np.nan], [0.5, 2.0]])  # 2, 1, -, 4
    covariance = Covariance(np.eye(2), draws=draws, by_draws=True)
    found = covariance.error_of(LongRun(1, 0), np.array([0.3, 1.0]))
    assert found == pytest.approx(np.std([2.0, 1.0, 4.0], ddof=1))
    few = Covariance(np.eye(2), draws=draws[1:3], by_draws=True)
    assert math.isnan(few.error_of(LongRun(1, 0), np.array([0.3, 1.0])))


def test_what_failed_has_a_status_and_a_word() -> None:
    for status in InferenceStatus:
        assert status.message
    failed = Covariance.failed(2, InferenceStatus.SINGULAR)
    assert np.isnan(failed.standard_errors).all()
    assert failed.notes == (InferenceStatus.SINGULAR.message,)
    assert np.isnan(failed.profile_errors(3, 2)).all()


def test_profile_errors_are_in_the_order_of_the_profiles() -> None:
    joint = np.diag(np.arange(1.0, 8.0) ** 2)
    found = Covariance(joint[:1, :1], joint).profile_errors(2, 3)
    np.testing.assert_array_equal(found, [[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]])
