"""Parameters of a study: slopes, functions of them, and anything else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import Fit, Panel, Status
from gfe_mc.canonical import fingerprint
from gfe_mc.parameters import Derived, LongRun, Pair, Parameters
from tests.helpers import PooledOLS, refused, study
from tests.study.stores import complete


def test_long_run_by_hand() -> None:
    theta = np.array([0.5, 3.0, -1.0])
    assert LongRun(regressor=1, lag=0).value(theta) == 6.0
    assert LongRun(regressor=2, lag=0).value(theta) == -2.0
    assert LongRun(regressor=0, lag=2).value(theta) == 0.25


def test_long_run_of_the_published_slopes() -> None:
    """Bonhomme and Manresa (2012), G = 3: slopes .407 and .089, cumulative effect .151."""
    assert LongRun(1, 0).value(np.array([0.40646, 0.08942])) == pytest.approx(0.1507, abs=5e-5)


@given(st.floats(-0.9, 0.9), st.floats(-2.0, 2.0))
def test_long_run_is_where_the_outcome_settles(rho: float, slope: float) -> None:
    outcome = 0.0
    for _ in range(500):
        outcome = rho * outcome + slope
    assert LongRun(1, 0).value(np.array([rho, slope])) == pytest.approx(outcome, abs=1e-9)


@pytest.mark.parametrize(("slope", "value"), [(2.0, np.inf), (-2.0, -np.inf)])
def test_a_unit_root_has_no_finite_long_run(slope: float, value: float) -> None:
    assert LongRun(1, 0).value(np.array([1.0, slope])) == value


def test_of_missing_slopes_is_missing() -> None:
    assert np.isnan(LongRun(1, 0).value(np.array([np.nan, 1.0])))


def test_positions_are_its_identity() -> None:
    assert fingerprint(LongRun(1, 0)) != fingerprint(LongRun(0, 1))


@pytest.mark.parametrize("position", [-1, 1.0, "0", None])
def test_positions_must_be_whole_numbers(position: int) -> None:
    with refused("`regressor` must be a whole number"):
        LongRun(regressor=position, lag=0)
    with refused("`lag` must be a whole number"):
        LongRun(regressor=0, lag=position)


# Parameters of a study.


@dataclass(frozen=True)
class OfSlopes:
    """What has slopes, and a level beside them."""

    theta: np.ndarray
    level: float | None = None


@dataclass(frozen=True)
class Errors:
    """Standard errors one, and twice that of a derived parameter's value."""

    standard_errors: np.ndarray

    def error_of(self, parameter: Derived, theta: np.ndarray) -> float:
        """Twice its value."""
        return 2.0 * parameter.value(theta)


def of_slopes(*theta: float, level: float | None = None) -> OfSlopes:
    """A truth or a fit with these slopes."""
    return OfSlopes(np.array(theta), level)


LEVEL: Pair = (lambda truth: truth.level, lambda fit: fit.level)


def test_names_are_those_of_slopes_in_order() -> None:
    parameters = Parameters.of(("one", "two"), {"long_run": LongRun(1, 0)})
    assert parameters.names == ["one", "two", "long_run"]
    assert parameters.slopes == {"one": 0, "two": 1}
    assert list(parameters.others) == ["long_run"]
    assert parameters.plain
    np.testing.assert_array_equal(parameters.of_fit(of_slopes(0.5, 3.0)), [0.5, 3.0, 6.0])


def test_slopes_may_be_given_by_their_numbers() -> None:
    parameters = Parameters.of({"third": 2, "first": 0, "long_run": LongRun(2, 0)}, {})
    assert not parameters.plain
    assert parameters.slopes == {"third": 2, "first": 0}
    for of in (parameters.of_fit, parameters.of_truth):
        np.testing.assert_array_equal(of(of_slopes(0.5, 9.0, 1.0)), [1.0, 0.5, 2.0])
    np.testing.assert_array_equal(parameters.of_slopes(np.array([0.5, 9.0, 1.0])), [1.0, 0.5, 2.0])


def test_a_pair_is_one_thing_in_the_truth_and_another_in_the_fit() -> None:
    pair: Pair = (lambda truth: 10.0 * truth.level, lambda fit: -fit.level)
    parameters = Parameters.of(("slope",), {"level": pair})
    np.testing.assert_array_equal(parameters.of_truth(of_slopes(1.0, level=2.0)), [1.0, 20.0])
    np.testing.assert_array_equal(parameters.of_fit(of_slopes(1.0, level=2.0)), [1.0, -2.0])
    # Nothing but slopes is known of draws of them.
    np.testing.assert_array_equal(parameters.of_slopes(np.ones(1)), [1.0, np.nan])


def test_a_pair_that_has_none_is_missing() -> None:
    parameters = Parameters.of({"slope": 0, "level": LEVEL}, {})
    np.testing.assert_array_equal(parameters.of_fit(of_slopes(1.0)), [1.0, np.nan])


def test_an_estimator_without_slopes_leaves_them_empty() -> None:
    parameters = Parameters.of({"slope": 0, "long_run": LongRun(0, 0), "level": LEVEL}, {})
    found = parameters.of_fit(of_slopes(level=3.0))
    np.testing.assert_array_equal(found, [np.nan, np.nan, 3.0])


def test_slopes_that_a_cell_does_not_have_are_missing() -> None:
    parameters = Parameters.of({"first": 0, "second": 1}, {})
    np.testing.assert_array_equal(parameters.of_fit(of_slopes(0.5)), [0.5, np.nan])


def test_standard_errors_are_of_slopes_and_their_functions_alone() -> None:
    parameters = Parameters.of({"second": 1, "long_run": LongRun(1, 0), "level": LEVEL}, {})
    errors = parameters.errors(Errors(np.array([0.1, 0.2])), np.array([0.5, 3.0]))
    np.testing.assert_array_equal(errors, [0.2, 12.0, np.nan])
    none = parameters.errors(Errors(np.array([])), np.array([]))
    assert np.isnan(none).all()


def test_parameters_of_an_estimator_without_slopes_are_estimates(tmp_path: Path) -> None:
    """A pair that is finite makes a usable fit of one that has no slopes at all."""
    parameters = {"slope": 0, "mean": (lambda _: 0.0, lambda fit: float(fit.objective))}
    declared = study(
        factors={"gap": (1.0,), "n_units": (6,)},
        estimators={"ols": PooledOLS(), "none": NoSlopes()},
        parameters=parameters,
        replications=3,
    )
    dataset = complete(declared.plan(), tmp_path)
    assert (dataset["status"] == Status.SUCCESS).all()
    assert dataset["estimate"].sel(estimator="none", parameter="slope").isnull().all()
    assert (dataset["estimate"].sel(estimator="none", parameter="mean") == 7.0).all()
    assert dataset["estimate"].sel(estimator="ols").notnull().all()
    assert (dataset["truth"].sel(parameter="slope") == 1.0).all()


@dataclass(frozen=True)
class NoSlopes:
    """Estimates nothing but its objective."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Return it."""
        return Fit(theta=np.zeros(0), objective=7.0)


@pytest.mark.parametrize(
    "spec",
    [-1, 1.0, "0", True, None, (np.sum,), (np.sum, 1), (np.sum, np.sum, np.sum), PooledOLS()],
)
def test_what_is_no_parameter_is_refused(spec: Any) -> None:
    with refused("Parameter `odd` must be a slope, a function of slopes, or a pair"):
        Parameters.of({"odd": spec}, {})
    with refused("Parameter `odd` must be a slope, a function of slopes, or a pair"):
        Parameters.of(("slope",), {"odd": spec})


def test_a_slope_that_no_cell_has_is_refused() -> None:
    with refused("The number of a slope must be one of those that there are"):
        study(parameters={"second": 1}).plan()


def test_the_same_name_twice_is_refused() -> None:
    for names, others in ((("a", "a"), {}), (("a",), {"a": LEVEL}), ((), {})):
        with refused("Parameters must have different names"):
            Parameters.of(names, others)
