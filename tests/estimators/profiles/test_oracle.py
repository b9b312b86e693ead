"""Profiles of given groups and of none, against least squares with dummies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import GFE, Bootstrap, Fit, LargeT, OracleGFE, Panel, PooledOLS, RandomGroups
from gfe_mc.fit import Status
from tests.helpers import refused
from tests.reference.linear_groups_numpy import least_squares


def random_panel(seed: int, n_units: int = 12, n_periods: int = 5, gaps: bool = False) -> Panel:
    """Three groups in turn, with regressors that go with their profiles."""
    rng = np.random.default_rng(seed)
    alpha = 3.0 * rng.standard_normal((3, n_periods))
    profiles = alpha[np.arange(n_units) % 3]
    x = rng.standard_normal((n_units, n_periods, 2)) + 0.5 * profiles[:, :, None]
    y = x @ [1.0, -0.5] + profiles + rng.standard_normal((n_units, n_periods))
    observed = np.ones((n_units, n_periods), bool)
    if gaps:
        observed[1, 2] = observed[3, 0] = False
    return Panel.from_arrays(y, x, observed=observed)


def fit(estimator: Any, panel: Panel, seed: int = 0) -> Fit:
    found: Fit = estimator.fit(panel, np.random.default_rng(seed))
    return found


def test_slope_and_profiles_by_hand() -> None:
    """Within the first group y differs by 4 where x does by 2; the other has nothing to say."""
    panel = Panel.from_arrays([[1.0], [5.0], [7.0]], [[[0.0]], [[2.0]], [[3.0]]])
    found = fit(OracleGFE((0, 0, 1)), panel)
    assert found.theta == pytest.approx([2.0])
    assert found.alpha == pytest.approx(np.array([[1.0], [1.0]]))
    assert found.objective == pytest.approx(0.0, abs=1e-12)
    assert fit(PooledOLS(), panel).theta == pytest.approx(
        [np.cov([0, 2, 3], [1, 5, 7])[0, 1] * 3 / 7]
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.booleans(), st.integers(1, 4))
def test_it_is_least_squares_with_dummies(
    seed: int, gaps: bool, unit_effects: bool, n_groups: int
) -> None:
    panel = random_panel(seed, gaps=gaps)
    groups = tuple((np.arange(12) % n_groups).tolist())
    found = fit(OracleGFE(groups, unit_effects), panel)
    objective, fitted = least_squares(panel, np.array(groups), found.model)
    assert found.objective == pytest.approx(objective, rel=1e-8)
    residuals = found.residuals(panel)
    np.testing.assert_allclose(residuals, np.where(panel.observed, panel.y - fitted, 0), atol=1e-7)


def test_pooled_least_squares() -> None:
    for gaps in (False, True):
        panel = random_panel(3, gaps=gaps)
        rows = np.column_stack([panel.x[panel.observed], np.ones(panel.observed.sum())])
        expected, rest, *_ = np.linalg.lstsq(rows, panel.y[panel.observed], rcond=None)
        found = fit(PooledOLS(), panel)
        np.testing.assert_allclose(found.theta, expected[:2], rtol=1e-9)
        assert found.alpha is not None
        np.testing.assert_allclose(found.alpha, np.full((1, 5), expected[2]), rtol=1e-9)
        assert found.objective == pytest.approx(rest[0])


def test_the_groups_that_gfe_finds_give_its_fit_to_the_bit() -> None:
    panel = random_panel(5)
    found = fit(GFE(3), panel)
    assert found.groups is not None
    again = fit(OracleGFE(tuple(found.groups.tolist())), panel)
    assert again.theta.tobytes() == found.theta.tobytes()
    assert again.objective == found.objective


def test_numbers_of_groups_do_not_matter() -> None:
    panel = random_panel(6)
    one = fit(OracleGFE((0, 1, 2) * 4), panel)
    other = fit(OracleGFE((2, 0, 1) * 4), panel)
    np.testing.assert_array_equal(one.theta, other.theta)
    np.testing.assert_array_equal(one.groups, other.groups)


def test_random_groups_are_equal_and_differ_by_draw() -> None:
    panel = random_panel(7)
    found = [fit(RandomGroups(5), panel, seed) for seed in range(4)]
    for one in found:
        assert one.groups is not None
        assert sorted(np.bincount(one.groups).tolist()) == [2, 2, 2, 3, 3]
        given_these = fit(OracleGFE(tuple(one.groups.tolist())), panel)
        assert given_these.objective == one.objective
    assert len({one.objective for one in found}) == 4


def test_its_groups_are_those_of_a_resampled_panel() -> None:
    panel = random_panel(8)
    found = fit(OracleGFE((0, 1, 2) * 4), panel)
    for method in (LargeT(), Bootstrap(draws=10)):
        covariance = method.covariance(panel, found, np.random.default_rng(1))
        assert (np.diag(covariance.theta) > 0).all()
    again = OracleGFE((0, 1, 1)).of_units(np.array([2, 0, 1, 1]))
    assert again == OracleGFE((1, 0, 1, 1))


def test_units_alone_leave_nothing_for_the_slopes() -> None:
    found = fit(OracleGFE(tuple(range(12))), random_panel(9))
    assert found.status == Status.COLLINEAR
    assert np.isnan(found.theta).all()


@pytest.mark.parametrize("groups", [(0, 2), (-1, 0), ("a",), 3, (0.0, 1.0), ((0,), (1,)), ()])
def test_groups_that_are_none_are_refused(groups: Any) -> None:
    with refused("whole numbers from 0"):
        OracleGFE(groups)


def test_groups_of_other_panels_are_refused() -> None:
    with refused("a group for each unit"):
        fit(OracleGFE((0, 1)), random_panel(0))
    with refused("Every group must have a unit"):
        OracleGFE((0, 1)).of_units(np.array([1, 1]))
    with refused("no more groups than units"):
        fit(RandomGroups(13), random_panel(0))
