"""The hybrid genetic search."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.genetic import Population, cross, evolve, match_profiles, place
from tests.reference import gfe_numpy as twin
from tests.reference.panels import (
    SHAPES,
    counted_panel,
    kernel_arrays,
    random_groups,
    random_panel,
    starting_slopes,
)


def test_match_profiles_by_hand() -> None:
    # 5 and 4 are the nearest pair; of what is left, 0 and 1 are; 9 gets the far one.
    partner = np.empty(3, np.int64)
    match_profiles(np.array([[0.0], [5.0], [9.0]]), np.array([[4.0], [20.0], [1.5]]), partner)
    assert partner.tolist() == [2, 0, 1]


@pytest.mark.parametrize("n_groups", [1, 2, 5, 12])
def test_match_profiles_agrees_with_twin(n_groups: int) -> None:
    rng = np.random.default_rng(n_groups)
    partner = np.empty(n_groups, np.int64)
    for _ in range(20):
        first, second = rng.standard_normal((2, n_groups, 3))
        match_profiles(first, second, partner)
        assert (partner == twin.match_profiles(first, second)).all()
        assert sorted(partner) == list(range(n_groups))


def test_cross_agrees_with_twin() -> None:
    rng = np.random.default_rng(0)
    y, x = random_panel(rng, 12, 4, 2)
    members = [twin.update(y, x, random_groups(rng, 12, 3), 3) for _ in range(4)]
    population = Population(
        np.array([member.theta for member in members]),
        np.array([member.alpha for member in members]),
        np.array([member.objective for member in members]),
    )
    data, now, _ = kernel_arrays(y, x, 3)
    kernel_rng, twin_rng = np.random.default_rng(1), np.random.default_rng(1)
    for _ in range(50):
        cross(data, kernel_rng, population, np.empty(3, np.int64), now)
        theta, alpha = twin.child(twin_rng, y, x, members)
        np.testing.assert_allclose(now.theta, theta, rtol=1e-12)
        np.testing.assert_allclose(now.alpha, alpha, rtol=1e-10, atol=1e-12)


def test_place_by_hand() -> None:
    members = Population(np.zeros((3, 1)), np.zeros((3, 2, 2)), np.array([3.0, 7.0, 5.0]))
    assert place(members, 2, 3.0) == 2  # A free place, whoever comes.
    assert place(members, 3, 5.0 * (1.0 + 1e-12)) == -1  # There already.
    assert place(members, 3, 4.0) == 1  # The worst one's.


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_regressors", "seed", "renewed"), [(0, 2, True), (1, 1, True), (2, 0, False), (3, 1, True)]
)
def test_search_visits_what_the_twin_visits(n_regressors: int, seed: int, renewed: bool) -> None:
    # Noise without groups: the local optima differ, so that which member is the worst one is
    # not left to rounding.
    rng = np.random.default_rng(seed)
    y, x = rng.standard_normal((24, 3)), rng.standard_normal((24, 3, n_regressors))
    y, x = y - y.mean(axis=0), x - x.mean(axis=0)
    data, now, scratch = kernel_arrays(y, x, 6)
    slopes = starting_slopes(n_regressors)
    objective, n_best, n_tries, converged = evolve(
        data, np.random.default_rng(seed), slopes, 5, 8, 1000, 0, False, now, scratch
    )
    expected = twin.genetic(np.random.default_rng(seed), y, x, slopes, 6, 5, 8)
    assert converged
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert (n_best, n_tries) == (expected.n_best, expected.n_tries)
    assert (now.groups == expected.groups).all()
    # A child that is better than all before it renews the patience.
    assert (n_tries > 5 + 8) == renewed


@pytest.mark.parametrize("shape", SHAPES)
def test_search_agrees_with_twin(shape: tuple[int, int, int, int]) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    y, x = random_panel(np.random.default_rng(shape), n_units, n_periods, n_regressors)
    data, now, scratch = kernel_arrays(y, x, n_groups)
    slopes = starting_slopes(n_regressors)
    objective, n_best, n_tries, converged = evolve(
        data, np.random.default_rng(1), slopes, 4, 5, 1000, 0, False, now, scratch
    )
    expected = twin.genetic(np.random.default_rng(1), y, x, slopes, n_groups, 4, 5)
    assert converged
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert 1 <= n_best <= n_tries
    assert twin.same_partition(now.groups, expected.groups)


def test_groupings_are_all_there() -> None:
    # Stirling numbers of the second kind.
    assert [len(twin.groupings(7, g)) for g in range(1, 8)] == [1, 63, 301, 350, 140, 21, 1]
    assert len({tuple(g) for g in twin.groupings(6, 3)}) == 90


@pytest.mark.parametrize("n_regressors", [0, 1, 2])
@pytest.mark.parametrize(("n_units", "n_groups"), [(4, 2), (5, 3), (6, 2), (6, 4), (7, 2), (7, 3)])
def test_search_finds_the_global_minimum(n_units: int, n_groups: int, n_regressors: int) -> None:
    slopes = starting_slopes(n_regressors)
    for seed in range(3):
        rng = np.random.default_rng([seed, n_units, n_groups, n_regressors])
        y, x = random_panel(rng, n_units, 3, n_regressors)
        data, now, scratch = kernel_arrays(y, x, n_groups)
        objective, *_ = evolve(data, rng, slopes, 16, 400, 1000, 0, False, now, scratch)
        assert objective == pytest.approx(twin.exact(y, x, n_groups), rel=1e-9)


@pytest.mark.parametrize("n_regressors", [0, 1, 2])
@pytest.mark.parametrize("hits", [0, 1, 3])
def test_weighted_search_from_given_parameters_visits_what_the_twin_visits(
    n_regressors: int, hits: int
) -> None:
    rng = np.random.default_rng([n_regressors, 5])
    y, x = rng.standard_normal((16, 3)), rng.standard_normal((16, 3, n_regressors))
    weights = rng.integers(1, 4, size=16)
    y, x = y - np.average(y, 0, weights), x - np.average(x, 0, weights)
    slopes = starting_slopes(n_regressors)
    given = twin.random_start(rng, y, x, slopes, 4, np.arange(16))
    data, now, scratch = kernel_arrays(y, x, 4, weights)
    now.theta[:], now.alpha[:] = given
    found = evolve(data, np.random.default_rng(2), slopes, 5, 8, 1000, hits, True, now, scratch)
    extras = twin.Extras(weights, given, hits)
    expected = twin.genetic(np.random.default_rng(2), y, x, slopes, 4, 5, 8, extras)
    assert found[0] == pytest.approx(expected.objective, rel=1e-10)
    assert found[1:] == (expected.n_best, expected.n_tries, True)
    assert (now.groups == expected.groups).all()
    if hits == 1:  # The parameters that are given, improved, and nothing else.
        assert found[2] == 1


@pytest.mark.parametrize("n_regressors", [0, 1, 2])
@pytest.mark.parametrize(("n_units", "n_groups"), [(5, 3), (6, 2), (7, 3)])
def test_weighted_search_finds_the_global_minimum(
    n_units: int, n_groups: int, n_regressors: int
) -> None:
    slopes = starting_slopes(n_regressors)
    for seed in range(3):
        rng = np.random.default_rng([seed, n_units, n_groups, n_regressors])
        y, x, weights = counted_panel(rng, n_units, 3, n_regressors)
        data, now, scratch = kernel_arrays(y, x, n_groups, weights)
        objective, *_ = evolve(data, rng, slopes, 16, 400, 1000, 0, False, now, scratch)
        assert objective == pytest.approx(twin.exact(y, x, n_groups, weights), rel=1e-9)
