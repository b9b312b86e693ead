"""Grouped M-estimation: by hand, by brute force, against statsmodels, and its properties."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gfe_mc import GivenGroupsM, GroupedM, Logit, LossFit, Panel, Poisson, SeededStarts, Status
from gfe_mc.estimators.losses.begin import begin
from gfe_mc.estimators.losses.descent import descend
from gfe_mc.estimators.losses.problem import Parameters
from gfe_mc.estimators.losses.search import bounds_of
from tests.estimators.losses.panels import LOSSES, drawn, with_gaps
from tests.helpers import refused
from tests.reference.losses_numpy import estimate, half_deviance

RNG = np.random.default_rng(0)
NAMES = tuple(LOSSES)


def fitted(panel: Panel, name: str, groups: int = 2, **options: Any) -> LossFit:
    return GroupedM(LOSSES[name], groups, **options).fit(panel, np.random.default_rng(5))


def groupings(n_units: int, n_groups: int) -> Iterator[tuple[int, ...]]:
    """All groupings, numbered by first appearance."""
    for rest in itertools.product(range(n_groups), repeat=n_units - 1):
        groups = (0, *rest)
        if list(dict.fromkeys(groups)) == list(range(n_groups)):
            yield groups


def test_by_hand() -> None:
    """Two units with one success in four periods, two with three; profiles that are constant."""
    y = np.array([[0, 0, 1, 0], [1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 1, 1]])
    fit = GroupedM(Logit(), 2, "constant").fit(Panel.from_arrays(y), np.random.default_rng(0))
    np.testing.assert_array_equal(fit.groups, [0, 1, 0, 1])
    levels = np.array([-np.log(3.0), np.log(3.0)])
    np.testing.assert_allclose(fit.alpha, np.tile(levels[:, None], 4), rtol=1e-5)
    assert fit.patterns is not None
    np.testing.assert_allclose(fit.patterns, levels[:, None], rtol=1e-5)
    assert fit.objective == pytest.approx(-16 * (0.25 * np.log(0.25) + 0.75 * np.log(0.75)))
    assert (fit.status, fit.n_best) == (Status.SUCCESS, 5)
    assert fit.description == "groups with levels, logit outcomes"
    np.testing.assert_allclose(
        fit.residuals(Panel.from_arrays(y))[0], [-0.25, -0.25, 0.75, -0.25], rtol=1e-5
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_the_best_of_all_groupings(name: str) -> None:
    """By statsmodels, cells without a finite optimum left out of each regression."""
    panel = drawn(name, seed=4, n_units=6, n_periods=3)
    best = min(half_deviance(panel, np.array(g), name) for g in groupings(6, 2))
    assert fitted(panel, name).objective == pytest.approx(best, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("profiles", ["time", "constant"])
def test_it_finds_the_best_of_the_estimates_of_all_groupings(name: str, profiles: str) -> None:
    panel = drawn(name, seed=1, n_units=7, n_periods=3)
    best = min(
        GivenGroupsM(LOSSES[name], g, profiles).fit(panel, RNG).objective for g in groupings(7, 2)
    )
    found = fitted(panel, name, profiles=profiles)
    assert found.objective == pytest.approx(best, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("gaps", [False, True])
def test_known_groups_are_dummies(name: str, gaps: bool) -> None:
    panel = drawn(name, seed=1, n_units=40, n_slopes=2, n_groups=3)
    panel = with_gaps(panel) if gaps else panel
    groups = np.arange(40) % 3
    fit = GivenGroupsM(LOSSES[name], tuple(groups.tolist())).fit(panel, RNG)
    theirs, made = estimate(panel, groups, name)
    np.testing.assert_allclose(fit.theta, theirs.params[:2], rtol=1e-5)
    np.testing.assert_allclose(fit.alpha[made.kept], theirs.params[2:], rtol=1e-4, atol=1e-5)
    assert fit.objective == pytest.approx(theirs.deviance / 2, rel=1e-9)
    np.testing.assert_array_equal(fit.separated, ~made.kept)
    expected = Status.SUCCESS if made.kept.all() else Status.PROFILE_SEPARATED
    assert fit.status == expected


@pytest.mark.parametrize("name", NAMES)
def test_one_group_is_a_regression_with_period_dummies(name: str) -> None:
    panel = drawn(name, seed=2)
    fit = fitted(panel, name, groups=1)
    theirs, _ = estimate(panel, np.zeros(24, np.int64), name)
    np.testing.assert_allclose(fit.theta, theirs.params[:1], rtol=1e-6)
    np.testing.assert_allclose(fit.alpha[0], theirs.params[1:], rtol=1e-5, atol=1e-7)
    assert fit.n_tries == 1
    assert fit.description == f"period effects, {LOSSES[name].name} outcomes"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("moves", [False, True])
def test_it_ends_where_no_unit_gains(name: str, moves: bool) -> None:
    """No unit fits another group better; after moves, none that was predicted to pay does."""
    panel = drawn(name, seed=6)
    fit = fitted(panel, name, 3, search=SeededStarts(5, moves=moves))
    assert fit.objective == pytest.approx(fit.loss_of(panel), rel=1e-12)
    losses = np.empty((3, 24))
    for g in range(3):
        index = panel.x @ fit.theta + np.clip(fit.alpha[g], -20, 20)
        losses[g] = LOSSES[name].terms(panel.y, index)[0].sum(axis=1)
    own = losses[fit.groups, np.arange(24)]
    assert (own <= losses.min(axis=0) + 1e-6).all()


def test_descent_never_rises() -> None:
    for name in NAMES:
        panel = drawn(name, seed=7)
        problem, pooled = begin(LOSSES[name], panel, by_period=True)
        groups, bounds = np.arange(24) % 3, bounds_of(problem)
        now = Parameters(pooled.theta + 5.0, np.tile(pooled.alpha, (3, 1)))
        path = []
        for _ in range(20):
            options: dict[str, Any] = {"used": problem.observed, "bounds": bounds, "limit": 1}
            path.append(descend(problem, groups, now, **options).objective)
        assert all(b <= a for a, b in itertools.pairwise(path))
        assert path[-1] < path[0]
        assert (now.alpha >= bounds[0]).all()
        assert (now.alpha <= bounds[1]).all()


def test_names_of_groups_do_not_matter() -> None:
    panel = drawn("logit", seed=8)
    groups = np.arange(24) % 3
    other = np.array([2, 0, 1])[groups]
    one, two = (GivenGroupsM(Logit(), tuple(g.tolist())).fit(panel, RNG) for g in (groups, other))
    np.testing.assert_allclose(one.theta, two.theta, rtol=1e-6)
    np.testing.assert_allclose(one.alpha, two.alpha[[2, 0, 1]], rtol=1e-6)


def test_more_starts_and_moves_are_never_worse() -> None:
    panel = drawn("logit", seed=9, n_units=40, n_groups=3)
    plain = fitted(panel, "logit", 3, search=SeededStarts(3, kicks=0, hits=0, moves=False))
    moved = fitted(panel, "logit", 3, search=SeededStarts(3, kicks=0, hits=0))
    longer = fitted(panel, "logit", 3, search=SeededStarts(12, kicks=0, hits=0))
    assert longer.objective <= moved.objective <= plain.objective
    assert longer.objective < plain.objective
    assert longer.n_tries == 12
    assert 1 <= longer.n_best <= 12


def test_cells_with_nothing_but_ones_or_zeros() -> None:
    """Their profile values are infinite, their losses zero; the slope is that of the rest."""
    panel = drawn("logit", seed=3, n_units=30)
    y, groups = panel.y.copy(), np.arange(30) % 2
    y[:2] = [[0, 0, 0, 0, 0], [1, 1, 1, 1, 1]]
    y[2:4] = [[1, 1, 1, 1, 1], [0, 0, 0, 0, 0]]
    y[groups == 0, 1], y[groups == 1, 3] = 1.0, 0.0
    made = Panel.from_arrays(y, panel.x)
    fit = GivenGroupsM(Logit(), tuple(groups.tolist())).fit(made, RNG)
    assert fit.status == Status.PROFILE_SEPARATED
    assert fit.status.usable
    assert (fit.alpha[0, 1], fit.alpha[1, 3]) == (np.inf, -np.inf)
    assert fit.separated.sum() == 2
    theirs, _ = estimate(made, groups, "logit")
    np.testing.assert_allclose(fit.theta, theirs.params[:1], rtol=1e-6)
    assert np.isfinite(fit.residuals(made)).all()
    assert fit.loss_of(made) == pytest.approx(fit.objective, rel=1e-12)


def test_regressors_that_tell_outcomes_apart() -> None:
    x = np.random.default_rng(0).standard_normal((20, 4, 1))
    apart = Panel.from_arrays((x[:, :, 0] > 0).astype(float), x)
    fit = fitted(apart, "logit")
    assert fit.status == Status.SLOPES_SEPARATED
    assert not fit.status.usable
    assert np.isnan(fit.theta).all()
    assert np.isnan(fit.alpha).all()
    # Counts that are zero wherever a dummy is one.
    dummy = np.zeros((20, 4, 1))
    dummy[::2] = 1.0
    counts = np.random.default_rng(1).poisson(2.0, (20, 4)) * (1.0 - dummy[:, :, 0])
    fit = GivenGroupsM(Poisson(), (0,) * 20).fit(Panel.from_arrays(counts, dummy), RNG)
    assert fit.status == Status.SLOPES_SEPARATED
    # Within groups that are the dummy's, it does not vary at all.
    fit = GivenGroupsM(Poisson(), (0, 1) * 10).fit(Panel.from_arrays(counts + 1, dummy), RNG)
    assert fit.status == Status.COLLINEAR


def test_every_unit_a_group() -> None:
    y = np.array([[0, 1], [1, 1], [1, 0]])
    fit = GroupedM(Logit(), 3).fit(Panel.from_arrays(y), np.random.default_rng(0))
    assert fit.objective == 0.0
    np.testing.assert_array_equal(fit.alpha, np.where(y > 0, np.inf, -np.inf))
    assert fit.status == Status.PROFILE_SEPARATED


def test_iteration_limit() -> None:
    panel = drawn("logit", seed=9, n_units=40, n_groups=3)
    search = SeededStarts(1, limit=1, kicks=0)
    assert fitted(panel, "logit", 3, search=search).status == Status.ITERATION_LIMIT


def test_what_is_refused() -> None:
    panel = drawn("logit")
    with refused("no more groups than units", "25 groups for 24 units", "from 1 to 24"):
        GroupedM(Logit(), 25).fit(panel, RNG)
    with refused("`profiles` must be known", "Give one of time, constant"):
        GroupedM(Logit(), 2, "linear")
    with refused("`search` must be a search", "SeededStarts()"):
        GroupedM(Logit(), 2, search="starts")  # type: ignore[arg-type]
    with refused("Groups must be whole numbers"):
        GivenGroupsM(Logit(), (0, 2))
    with refused("There must be a group for each unit", "2 for 24 units"):
        GivenGroupsM(Logit(), (0, 1)).fit(panel, RNG)
    common = np.tile(np.arange(5.0)[None, :, None], (24, 1, 1))
    with refused("must vary between the units of a period", "x1"):
        GroupedM(Logit(), 2).fit(Panel.from_arrays(panel.y, common), RNG)
    fit = GroupedM(Logit(), 1, "constant").fit(Panel.from_arrays(panel.y, common), RNG)
    assert fit.status == Status.SUCCESS  # Levels leave a trend that is common.
    gone = np.ones(panel.y.shape, bool)
    gone[3] = False
    with refused("Every unit must be observed", "the first 3"):
        GroupedM(Logit(), 2).fit(Panel.from_arrays(panel.y, panel.x, observed=gone), RNG)
