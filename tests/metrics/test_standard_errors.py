"""Standard errors of the parameters by each inference method."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import Covariance, Fit, LongRun, StandardErrors
from gfe_mc.parameters import Parameters
from tests.metrics.outcomes import outcome

THETA = np.array([0.5, 1.0])


def test_by_hand() -> None:
    """The long-run coefficient is theta_2 / (1 - theta_1): its gradient is (4, 2)."""
    parameters = Parameters.of(("theta1", "theta2"), {"long_run": LongRun(regressor=1, lag=0)})
    one = Covariance(np.array([[0.04, 0.01], [0.01, 0.09]]))
    other = Covariance(np.diag([1.0, 4.0]))
    made = outcome(Fit(THETA), covariances={"one": one, "other": other}, parameters=parameters)
    found = StandardErrors().record(made)
    long_run = np.sqrt(16 * 0.04 + 2 * 4 * 2 * 0.01 + 4 * 0.09)
    assert list(found) == ["standard_error"]
    np.testing.assert_allclose(
        found["standard_error"], [[0.2, 0.3, long_run], [1.0, 2.0, np.sqrt(32.0)]]
    )


def test_without_methods_there_are_none() -> None:
    assert StandardErrors().record(outcome()) == {}


def test_a_parameter_that_is_no_function_of_slopes_has_none() -> None:
    pair = (lambda truth: 1.0, lambda fit: 2.0)  # noqa: ARG005
    parameters = Parameters.of({"theta1": 0, "pair": pair}, {})
    made = outcome(covariances={"one": Covariance(np.eye(1))}, parameters=parameters)
    errors = StandardErrors().record(made)["standard_error"]
    assert errors[0].tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
