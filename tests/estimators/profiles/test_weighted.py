"""Groups weighted by their standard deviations, against all partitions and a search by simplex."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from gfe_mc import (
    GFE,
    Bootstrap,
    FixedT,
    GroupedEffects,
    LargeT,
    Panel,
    ProfileFit,
    WeightedGFE,
    calibrate,
)
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.profiles.weighted import Groups, _apart, _changes, estimates, filled
from gfe_mc.fit import Status
from gfe_mc.summary import standard_inference
from tests.contract.properties import profiles
from tests.estimators.profiles.test_two_step import partitions
from tests.helpers import refused


def fit(estimator: Any, panel: Panel, seed: int = 0) -> ProfileFit:
    found: ProfileFit = estimator.fit(panel, np.random.default_rng(seed))
    return found


def objective(panel: Panel, labels: np.ndarray, theta: np.ndarray) -> float:
    """sum_g (n_g / n) sigma_g, as it is written, n_g observations."""
    left, total = np.where(panel.observed, panel.y - panel.x @ theta, np.nan), 0.0
    for g in range(labels.max() + 1):
        off = [period - period.mean() for period in columns(left[labels == g]) if len(period)]
        own = np.concatenate(off)
        total += len(own) / panel.observed.sum() * np.sqrt((own**2).mean())
    return float(total)


def columns(values: np.ndarray) -> list[np.ndarray]:
    """What is there of each period."""
    return [period[np.isfinite(period)] for period in values.T]


def random_panel(seed: int, n_units: int = 8, k: int = 1, gaps: float = 0.0) -> Panel:
    """Two groups of the same profile, the second with errors of five times the size."""
    rng = np.random.default_rng(seed)
    size = np.where(np.arange(n_units) % 2 == 1, 5.0, 1.0)[:, None]
    x = rng.standard_normal((n_units, 5, k))
    y = x.sum(axis=2) + size * rng.standard_normal((n_units, 5))
    observed = rng.random(y.shape) >= gaps
    observed[np.arange(n_units), np.arange(n_units) % 5] = True
    return Panel.from_arrays(y, x, observed=observed)


def given(panel: Panel, labels: np.ndarray, n_groups: int) -> Groups:
    """Estimates of a grouping, from slopes of zero."""
    z = np.concatenate([panel.x, panel.y[:, :, None]], axis=2)
    seen = panel.observed.astype(np.float64)
    return estimates(z, seen, labels, n_groups, np.zeros(panel.shape[2]))


def test_objective_by_hand() -> None:
    """Residuals of 1 in the first group, of 3 in the other, which is as large: 2."""
    panel = Panel.from_arrays([[1.0, 1.0], [3.0, 3.0], [10.0, 10.0], [16.0, 16.0]])
    found = fit(WeightedGFE(2), panel)
    assert given(panel, np.array([0, 0, 1, 1]), 2).objective == pytest.approx(2.0)
    # A unit alone has none: 3 / 4 of the other three's may be less.
    assert found.objective <= 2.0


def test_groups_count_by_observations_by_hand() -> None:
    """Six residuals of 1 in the first group, four of 3 in the other: (6 x 1 + 4 x 3) / 10."""
    y = [[1.0, 1.0, 1.0], [3.0, 3.0, 3.0], [10.0, 10.0, 0.0], [16.0, 16.0, 0.0]]
    observed = np.array([[1, 1, 1], [1, 1, 1], [1, 1, 0], [1, 1, 0]], bool)
    found = given(Panel.from_arrays(y, observed=observed), np.array([0, 0, 1, 1]), 2)
    assert found.objective == pytest.approx(1.8)
    np.testing.assert_allclose(found.squares, [6.0, 36.0])


@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize("seed", range(5))
def test_slopes_of_given_groups_are_the_minimum(seed: int, gaps: float) -> None:
    panel = random_panel(seed, 12, 2, gaps)
    labels = np.arange(12) % 3
    found = given(panel, labels, 3)
    assert found.objective == pytest.approx(objective(panel, labels, found.theta))
    best = minimize(  # type: ignore[call-overload]
        lambda theta: objective(panel, labels, theta),
        np.zeros(2),
        method="Nelder-Mead",
        tol=1e-13,
    )
    np.testing.assert_allclose(found.theta, best.x, atol=1e-6)
    # Least squares of deviations weighted by 1 / sigma.
    rows, sides = [], []
    for g in range(3):
        own = [panel.observed[:, t] & (labels == g) for t in range(5)]
        x = np.vstack([panel.x[one, t] - panel.x[one, t].mean(axis=0) for t, one in enumerate(own)])
        y = np.concatenate([panel.y[one, t] - panel.y[one, t].mean() for t, one in enumerate(own)])
        weight = 1 / np.sqrt(np.sqrt(((y - x @ found.theta) ** 2).mean()))
        rows.append(weight * x)
        sides.append(weight * y)
    weighted = np.linalg.lstsq(np.vstack(rows), np.concatenate(sides), rcond=None)[0]
    np.testing.assert_allclose(found.theta, weighted, rtol=1e-8)


@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize("n_groups", [2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_the_search_finds_the_best_of_all_partitions(seed: int, n_groups: int, gaps: float) -> None:
    panel = random_panel(seed, gaps=gaps)
    every = [given(panel, labels, n_groups) for labels in partitions(8, n_groups)]
    least = min(one.objective for one in every if one.sound)
    found = fit(WeightedGFE(n_groups, starts=40), panel)
    assert found.objective == pytest.approx(least, rel=1e-9)
    assert found.objective == pytest.approx(objective(panel, found.groups, found.theta))


@pytest.mark.parametrize("gaps", [0.0, 0.4])
@pytest.mark.parametrize("seed", range(3))
def test_no_single_move_is_better(seed: int, gaps: float) -> None:
    panel = random_panel(seed, 20, 1, gaps)
    found = fit(WeightedGFE(3, starts=3), panel)
    for i in range(20):
        for g in set(range(3)) - {int(found.groups[i])}:
            moved = found.groups.copy()
            moved[i] = g
            if len(set(moved.tolist())) == 3:
                assert objective(panel, moved, found.theta) > found.objective * (1 - 1e-9)


def test_what_a_move_changes_is_what_the_squares_change_by() -> None:
    """At slopes as they are; in some periods a group has one unit, or none."""
    panel, labels = random_panel(3, 12, 1, 0.6), np.arange(12) % 4
    z = np.concatenate([panel.x, panel.y[:, :, None]], axis=2)
    seen = panel.observed.astype(np.float64)
    now = given(panel, labels, 4)
    assert (now.cells == 1).any()
    assert (now.cells == 0).any()
    apart = _apart(z, seen, now)
    lost, gained = _changes(apart, apart.sum(axis=2), seen, now)
    left = np.where(panel.observed, panel.y - panel.x @ now.theta, np.nan)
    for i in range(12):
        for g in set(range(4)) - {int(labels[i])}:
            moved = labels.copy()
            moved[i] = g
            squares = [
                sum(((p - p.mean()) ** 2).sum() for p in columns(left[moved == h]) if len(p))
                for h in (labels[i], g)
            ]
            assert now.squares[labels[i]] - lost[i] == pytest.approx(squares[0], abs=1e-12)
            assert now.squares[g] + gained[i, g] == pytest.approx(squares[1], abs=1e-12)


def thinned(panel: Panel, share: float = 0.3) -> Panel:
    """The panel without a share of its cells; each unit keeps three."""
    observed = np.random.default_rng(0).random(panel.y.shape) >= share
    observed[:, :3] = True
    return Panel.from_arrays(panel.y, panel.x, observed=observed)


def test_groups_of_panels_with_gaps_are_found() -> None:
    sample = GroupedEffects(40, 10, 3, separation=4.0).draw(np.random.default_rng(1))
    panel = thinned(sample.panel)
    found = fit(WeightedGFE(3, starts=5), panel)
    assert sample.truth.groups is not None
    np.testing.assert_array_equal(found.groups, by_first_appearance(sample.truth.groups, 3)[0])
    order = np.random.default_rng(2).permutation(40)
    again = fit(
        WeightedGFE(3, starts=5),
        Panel.from_arrays(panel.y[order], panel.x[order], observed=panel.observed[order]),
    )
    np.testing.assert_array_equal(again.groups, by_first_appearance(found.groups[order], 3)[0])
    np.testing.assert_allclose(again.theta, found.theta, rtol=1e-9)
    assert again.objective == pytest.approx(found.objective)
    errors = Bootstrap(draws=3).covariance(panel, found, np.random.default_rng(0))
    assert (np.diag(errors.theta) > 0).all()


def test_what_gaps_leave_unknown_is_missing() -> None:
    rng = np.random.default_rng(0)
    labels, observed = np.arange(10) % 2, np.ones((10, 6), bool)
    observed[labels == 1, 4] = False
    y = np.array([[0.0], [9.0]])[labels] + rng.standard_normal((10, 6))
    found = fit(WeightedGFE(2, starts=3), Panel.from_arrays(y, observed=observed))
    np.testing.assert_array_equal(found.groups, labels)
    missing = np.zeros((2, 6), bool)
    missing[1, 4] = True
    np.testing.assert_array_equal(np.isnan(found.alpha), missing)


def test_units_and_periods_without_observations_are_named() -> None:
    y, observed = np.arange(24.0).reshape(6, 4) ** 2, np.ones((6, 4), bool)
    units, periods = list("abcdef"), [1990, 1991, 1992, 1993]
    for unseen, said in ((np.s_[2], "units that are not, the first c"), (np.s_[:, 3], "1993")):
        seen = observed.copy()
        seen[unseen] = False
        panel = Panel.from_arrays(y, observed=seen, units=units, periods=periods)
        with refused("must be observed", said):
            fit(WeightedGFE(2), panel)


def test_variances_tell_groups_apart_where_profiles_do_not() -> None:
    panel = random_panel(0, 40)
    truth = np.arange(40) % 2
    right = (fit(WeightedGFE(2), panel).groups == truth).mean()
    without = (fit(GFE(2), panel).groups == truth).mean()
    assert max(right, 1 - right) >= 0.95
    assert max(without, 1 - without) <= 0.8


def test_the_scale_does_not_matter() -> None:
    panel = random_panel(1, 20)
    one = fit(WeightedGFE(2), panel)
    other = fit(WeightedGFE(2), Panel.from_arrays(1e4 * panel.y, panel.x))
    np.testing.assert_array_equal(one.groups, other.groups)
    np.testing.assert_allclose(1e4 * one.theta, other.theta, rtol=1e-8)


def test_farthest_units_fill_empty_groups() -> None:
    distance = np.array([[1.0, 9.0, 9.0], [4.0, 9.0, 9.0], [2.0, 9.0, 9.0]])
    assert filled(np.array([0, 0, 0]), distance).tolist() == [0, 1, 2]


def test_formulas_of_least_squares_are_refused_and_resampling_is_not() -> None:
    found = fit(WeightedGFE(3, starts=2), profiles())
    assert list(standard_inference(found)) == ["bootstrap"]
    assert found.description == "groups with profiles over time, weights by group"
    for method in (LargeT(), FixedT()):
        with refused("Use Bootstrap"):
            method.covariance(profiles(), found, np.random.default_rng(0))
    errors = Bootstrap(draws=3).covariance(profiles(), found, np.random.default_rng(0))
    assert errors.theta[0, 0] > 0


def test_a_calibration_has_the_variance_of_its_residuals() -> None:
    found = fit(WeightedGFE(3, starts=2), profiles())
    squares = (found.residuals(profiles()) ** 2).mean()
    assert calibrate(profiles(), found, divisor="NT").error_variance == pytest.approx(squares)


def test_how_it_ended_is_said() -> None:
    assert fit(WeightedGFE(2, limit=1), random_panel(2, 30)).status == Status.ITERATION_LIMIT
    alone = fit(WeightedGFE(8, starts=1), random_panel(2))
    assert alone.status == Status.COLLINEAR
    assert np.isnan(alone.theta).all()


def test_bad_input() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"groups": 0}, "`groups` must be"),
        ({"groups": 2, "starts": -1}, "`starts` must be"),
        ({"groups": 2, "limit": 0}, "`limit` must be"),
    )
    for options, said in cases:
        with refused(said):
            WeightedGFE(**options)
    with refused("`search` must be"):
        WeightedGFE(2, search=1)  # type: ignore[arg-type]
    with refused("no more groups than units"):
        fit(WeightedGFE(9), random_panel(0))
