"""Interactive fixed effects: by hand, against alternating least squares, and invariances."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import BaiIteration, FactorFit, InteractiveFixedEffects, Panel, ProfileNewton, Status
from gfe_mc.estimators.factors.starts import STARTS
from tests.helpers import refused
from tests.reference import factors_numpy


def drawn(
    seed: int, n_units: int = 20, n_periods: int = 6, n_slopes: int = 2, noise: float = 1.0
) -> Panel:
    """Two factors, with which the regressors go; slopes of one."""
    rng = np.random.default_rng([3, seed])
    effects = rng.standard_normal((n_units, 2)) @ rng.standard_normal((2, n_periods))
    x = rng.standard_normal((n_units, n_periods, n_slopes)) + effects[:, :, None]
    errors = noise * rng.standard_normal((n_units, n_periods))
    return Panel.from_arrays(x.sum(axis=2) + 2.0 * effects + errors, x)


def with_gaps(panel: Panel, share: float = 0.1, seed: int = 0, least: int = 3) -> Panel:
    """Some cells left out, and so many of every unit kept."""
    rng = np.random.default_rng([4, seed])
    observed = rng.random(panel.y.shape) > share
    observed[:, :least] = True
    return Panel.from_arrays(panel.y, panel.x, observed=observed)


def fit(panel: Panel, factors: int = 2, search: object = None) -> FactorFit:
    estimator = (
        InteractiveFixedEffects(factors)
        if search is None
        else InteractiveFixedEffects(factors, search)  # type: ignore[arg-type]
    )
    return estimator.fit(panel, np.random.default_rng(0))


def test_no_factors_are_least_squares() -> None:
    panel = drawn(0)
    found, flat = fit(panel, 0), panel.x.reshape(-1, 2)
    theta, left, *_ = np.linalg.lstsq(flat, panel.y.ravel(), rcond=None)
    np.testing.assert_allclose(found.theta, theta, rtol=1e-9)
    assert found.objective == pytest.approx(left[0])
    assert found.factors.shape == (6, 0)
    assert found.loadings.shape == (20, 0)
    assert found.n_best == found.n_tries
    assert found.description == "slopes common to all units"


def test_one_factor_without_regressors_is_the_leading_singular_value() -> None:
    y = drawn(1).y
    found = fit(Panel.from_arrays(y), 1)
    left, values, right = np.linalg.svd(y, full_matrices=False)
    assert found.objective == pytest.approx((values[1:] ** 2).sum())
    np.testing.assert_allclose(
        found.loadings @ found.factors.T, values[0] * np.outer(left[:, 0], right[0]), atol=1e-9
    )
    assert found.description == "slopes common to all units, interactive effects of 1 factor"


def test_by_hand() -> None:
    """Two times x and (1, 2, 3)'(1, 2), without errors."""
    x = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]])[:, :, None]
    y = 2.0 * x[:, :, 0] + np.outer([1.0, 2.0, 3.0], [1.0, 2.0])
    found = fit(Panel.from_arrays(y, x), 1)
    np.testing.assert_allclose(found.theta, [2.0], atol=1e-7)
    np.testing.assert_allclose(found.factors[:, 0], np.array([1.0, 2.0]) * np.sqrt(2.0 / 5.0))
    assert found.objective == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("factors", [1, 2, 3])
@pytest.mark.parametrize("seed", range(2))
def test_it_is_the_best_of_alternating_least_squares(factors: int, seed: int) -> None:
    panel = drawn(seed)
    objective, theta = factors_numpy.best(panel.y, panel.x, factors, starts=15)
    found = fit(panel, factors)
    assert found.status == Status.SUCCESS
    assert found.objective == pytest.approx(objective, rel=1e-9)
    np.testing.assert_allclose(found.theta, theta, atol=1e-5)


def test_on_income_and_democracy(democracy: Panel) -> None:
    """There are two near-equal optima; a single start ends in the one or the other, or above."""
    found = fit(democracy, 3)
    assert found.objective == pytest.approx(5.407777, abs=1e-6)
    np.testing.assert_allclose(found.theta, [-0.34231, -0.07590], atol=1e-5)
    assert found.n_tries == 35
    assert 5 < found.n_best < 35
    other = fit(democracy, 3, ProfileNewton(("pooled",), random=0))
    assert other.objective == pytest.approx(5.417228, abs=1e-6)
    np.testing.assert_allclose(other.theta, [-0.36729, 0.14901], atol=1e-5)


@pytest.mark.parametrize("update", ["loadings", "projected"])
def test_iteration_ends_where_newton_does(update: str) -> None:
    panel = drawn(5)
    for start in STARTS:
        plain = fit(panel, 1, BaiIteration((start,), update=update, tolerance=1e-12))
        newton = fit(panel, 1, ProfileNewton((start,), random=0))
        assert plain.status == newton.status == Status.SUCCESS
        assert plain.objective == pytest.approx(newton.objective, rel=1e-9), start


def test_iteration_descends_and_says_that_it_was_stopped() -> None:
    """Longer iterations are never above shorter ones; both updates take these very steps."""
    panel = drawn(2)
    for update in ("loadings", "projected"):
        ends = [fit(panel, 2, BaiIteration(("zero",), update, 1e-14, n)) for n in (1, 2, 3, 10)]
        assert all(one.objective > other.objective for one, other in pairwise(ends))
        assert {one.status for one in ends} == {Status.ITERATION_LIMIT}
    y, flat = panel.y, panel.x.reshape(-1, 2)
    _, _, rotated = np.linalg.svd(y)
    off = np.eye(6) - rotated[:2].T @ rotated[:2]
    steps = {
        "loadings": np.linalg.lstsq(flat, (y @ off).ravel(), rcond=None)[0],
        "projected": np.linalg.lstsq(
            np.einsum("st,itk->isk", off, panel.x).reshape(-1, 2), (y @ off).ravel(), rcond=None
        )[0],
    }
    for update, expected in steps.items():
        found = fit(panel, 2, BaiIteration(("zero",), update, limit=1))
        np.testing.assert_allclose(found.theta, expected, rtol=1e-9)


@settings(max_examples=20)
@given(st.integers(0, 20), st.integers(1, 2), st.booleans())
def test_order_scale_and_rotation_do_not_matter(seed: int, factors: int, gaps: bool) -> None:
    panel = with_gaps(drawn(seed), seed=seed) if gaps else drawn(seed)
    # Random starts follow the panel's scale, so that they are the same ones.
    search = ProfileNewton(random=5)
    before, rng = fit(panel, factors, search), np.random.default_rng(seed)
    order, again = rng.permutation(20), rng.permutation(6)
    seen = panel.observed[order][:, again]
    y, x = panel.y[order][:, again], panel.x[order][:, again]
    after = fit(Panel.from_arrays(y, x, observed=seen), factors, search)
    assert after.objective == pytest.approx(before.objective, rel=1e-7)
    np.testing.assert_allclose(after.theta, before.theta, rtol=1e-4, atol=1e-4)
    scaled = Panel.from_arrays(100.0 * y, 0.01 * x, observed=seen)
    larger = fit(scaled, factors, search)
    assert larger.objective == pytest.approx(1e4 * before.objective, rel=1e-7)
    np.testing.assert_allclose(larger.theta, 1e4 * before.theta, rtol=1e-4, atol=1.0)
    if not gaps:
        # Only the space of periods matters: a rotation of it rotates the factors.
        turn, _ = np.linalg.qr(rng.standard_normal((6, 6)))
        turned = fit(
            Panel.from_arrays(y @ turn, np.einsum("itk,ts->isk", x, turn)), factors, search
        )
        assert turned.objective == pytest.approx(before.objective, rel=1e-7)


def test_factors_and_loadings_are_normalised() -> None:
    panel = drawn(3)
    found = fit(panel)
    np.testing.assert_allclose(found.factors.T @ found.factors / 6, np.eye(2), atol=1e-12)
    squares = found.loadings.T @ found.loadings
    assert abs(squares[0, 1]) < 1e-9 * squares[0, 0]
    assert squares[0, 0] > squares[1, 1]
    assert (found.factors.sum(axis=0) >= 0).all()
    assert (found.residuals(panel) ** 2).sum() == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", [0, 2])
def test_gaps_are_filled_so_that_observed_cells_are_fitted_best(seed: int) -> None:
    panel = with_gaps(drawn(seed, 8, 5, 1), 0.2, seed, least=2)
    objective, theta = factors_numpy.best_with_gaps(panel.y, panel.x, panel.observed, 1, starts=4)
    found = fit(panel, 1)
    assert found.status == Status.SUCCESS
    assert found.objective == pytest.approx(objective, rel=1e-7)
    np.testing.assert_allclose(found.theta, theta, atol=1e-4)
    assert (found.residuals(panel) ** 2).sum() == pytest.approx(found.objective, rel=1e-6)
    plain = fit(panel, 1, BaiIteration(("pooled",), "projected", limit=1000))
    assert plain.objective >= found.objective * (1 - 1e-9)


def test_what_is_in_gaps_does_not_matter_and_no_gaps_are_none() -> None:
    panel = with_gaps(drawn(6))
    y, x = panel.y.copy(), panel.x.copy()
    y[~panel.observed], x[~panel.observed] = 1e3, -1e3
    again = fit(Panel.from_arrays(y, x, observed=panel.observed))
    np.testing.assert_array_equal(again.theta, fit(panel).theta)


def test_without_errors_gaps_change_nothing() -> None:
    panel = drawn(7, noise=0.0)
    found = fit(with_gaps(panel, 0.1, least=4))
    np.testing.assert_allclose(found.theta, [1.0, 1.0], atol=1e-4)
    assert found.objective == pytest.approx(0.0, abs=1e-6)


def test_estimators_can_be_starts() -> None:
    panel = drawn(8)
    start = InteractiveFixedEffects(1)
    found = fit(panel, 2, ProfileNewton((start,), random=0))
    there = fit(panel, 2, BaiIteration((start,), "projected", tolerance=1e-12))
    assert found.n_tries == 1
    assert found.objective == pytest.approx(there.objective, rel=1e-9)


def test_the_mean_over_samples_is_the_truth() -> None:
    """With regressors that the errors do not touch, the bias is below the Monte Carlo error."""
    theta = np.array(
        [fit(drawn(100 + m, 30, 10, 1, 0.5), 2, ProfileNewton(random=5)).theta for m in range(60)]
    )
    error = theta.std(axis=0, ddof=1) / np.sqrt(len(theta))
    assert (np.abs(theta.mean(axis=0) - 1.0) < 4.0 * error).all()
    assert (error < 0.02).all()


def test_what_cannot_be_estimated_is_refused() -> None:
    panel = drawn(0, 8, 4)
    y, x = panel.y, panel.x
    with refused("There must be fewer factors than units and than periods", "0 to 3"):
        fit(panel, 4)
    with refused("There must be more observations than parameters"):
        fit(Panel.from_arrays(y[:4], x[:4]), 3)
    twice = np.concatenate([x, x[:, :, :1]], axis=2)
    with refused("Every regressor must vary, given the others", "x3", "before it explain"):
        fit(Panel.from_arrays(y, twice), 1)
    with refused("Every regressor must vary, given the others", "x2", "Leave it out"):
        fit(Panel.from_arrays(y, x * np.array([1.0, 0.0])), 1)
    for absorbed in (np.ones_like(y), y[:, :1] + 0.0 * y, y[:1] + 0.0 * y):
        with refused("beyond what the factors can explain", "x1", "constant in each unit"):
            fit(Panel.from_arrays(y, absorbed[:, :, None]), 1)
    # A constant is no more than one factor, and fine beside none.
    assert fit(Panel.from_arrays(y, np.ones((*y.shape, 1))), 0).theta == pytest.approx(y.mean())
    observed = np.ones(y.shape, bool)
    observed[2, 1:] = False
    with refused("Every unit must have more observations than there are factors", "1 of unit 2"):
        fit(Panel.from_arrays(y, x, observed=observed), 1)
    with refused("Every period must have more observations", "1 of period 3"):
        fit(Panel.from_arrays(y, x, observed=np.arange(8)[:, None] * 10 > [-1, -1, -1, 60]), 1)


def test_bad_options_are_refused() -> None:
    with refused("`factors` must be a whole number"):
        InteractiveFixedEffects(-1)
    for search in ("newton", ProfileNewton, 3):
        with refused("`search` must be a search for interactive effects"):
            InteractiveFixedEffects(1, search)  # type: ignore[arg-type]
    for starts in ("ols", ("best",), (3,), None):
        with refused("`starts` must be a tuple of starts"):
            ProfileNewton(starts)  # type: ignore[arg-type]
    with refused("There must be a start"):
        ProfileNewton((), random=0)
    with refused("There must be a start"):
        BaiIteration(())
    with refused("`update` must be known"):
        BaiIteration(update="newton")
    for value in (0.0, -1.0, float("nan"), "1"):
        with refused("`tolerance` must be a positive number"):
            BaiIteration(tolerance=value)  # type: ignore[arg-type]
