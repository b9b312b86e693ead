"""Functions of the slopes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.canonical import fingerprint
from gfe_mc.parameters import LongRun
from tests.helpers import refused


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
