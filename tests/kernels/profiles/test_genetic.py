"""The hybrid genetic search."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.arrays import Data, Grouping, Scratch
from gfe_mc.kernels.profiles.bounds import MANY
from gfe_mc.kernels.profiles.crossproducts import update
from gfe_mc.kernels.profiles.genetic import (
    PERSISTENCE,
    Population,
    cross,
    disturb,
    empty_population,
    evolve,
    match_profiles,
    place,
)
from gfe_mc.kernels.profiles.iterate import iterate
from gfe_mc.kernels.profiles.moves import improve_by_moves
from tests.reference import gfe_numpy as twin
from tests.reference.panels import (
    SHAPES,
    counted_panel,
    kernel_arrays,
    random_groups,
    random_panel,
    starting_slopes,
)


def search(
    data: Data,
    rng: np.random.Generator,
    slopes: np.ndarray,
    size: int,
    patience: int,
    now: Grouping,
    scratch: Scratch,
    hits: int = 0,
    most: int = 0,
    given: tuple[tuple[np.ndarray, np.ndarray], ...] = (),
) -> tuple[float, int, int, bool]:
    """The search with so many members, the first of which begin from parameters that are given."""
    members = empty_population(size, now.theta.shape[0], *now.alpha.shape)
    for p, (theta, alpha) in enumerate(given):
        members.theta[p], members.alpha[p] = theta, alpha
    ends = patience, 1000, hits, most
    return evolve(data, rng, slopes, members, len(given), *ends, now, scratch)


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
    data, now, scratch = kernel_arrays(y, x, 3)
    kernel_rng, twin_rng = np.random.default_rng(1), np.random.default_rng(1)
    for _ in range(50):
        cross(kernel_rng, population, np.empty(3, np.int64), now)
        theta, alpha = twin.child(twin_rng, members)
        np.testing.assert_allclose(now.theta, theta, rtol=1e-12)
        np.testing.assert_allclose(now.alpha, alpha, rtol=1e-10, atol=1e-12)
        disturb(data, kernel_rng, now, scratch)
        alpha = twin.disturbed(twin_rng, y, x, theta, alpha)
        np.testing.assert_allclose(now.theta, theta, rtol=1e-12)
        np.testing.assert_allclose(now.alpha, alpha, rtol=1e-10, atol=1e-12)


def test_disturb_goes_to_units_in_proportion_to_squared_distances() -> None:
    # 0, 2, 3 | 10, less their mean 3.75: from profiles at 0 and 10, squared distances are
    # 0, 4, 9 and 0, and each profile is moved as often as the other.
    y = np.array([[0.0], [2.0], [3.0], [10.0]])
    data, now, scratch = kernel_arrays(y, np.zeros((4, 1, 0)), 2)
    rng, draws = np.random.default_rng(3), 5_000
    chosen = np.zeros((4, 2))
    profiles = np.array([[0.0], [10.0]]) - y.mean()
    for _ in range(draws):
        now.alpha[:] = profiles
        disturb(data, rng, now, scratch)
        (g,) = np.flatnonzero((now.alpha != profiles)[:, 0])
        unit = np.flatnonzero(now.alpha[g, 0] == data.z[:, 0, 0])
        chosen[unit, g] += 1
    expected = np.outer([0.0, 4.0, 9.0, 0.0], [0.5, 0.5]) / 13.0
    errors = np.sqrt(expected * (1.0 - expected) / draws)
    assert (abs(chosen / draws - expected) <= 4.0 * errors).all()


def test_disturb_where_every_unit_is_on_its_profile() -> None:
    y = np.array([[0.0], [0.0], [4.0]])
    data, now, scratch = kernel_arrays(y, np.zeros((3, 1, 0)), 2)
    for seed in range(20):
        now.alpha[:] = np.array([[0.0], [4.0]]) - y.mean()
        disturb(data, np.random.default_rng(seed), now, scratch)
        assert np.isin(now.alpha, data.z[:, 0]).all()


def test_place_by_hand() -> None:
    members = Population(np.zeros((3, 1)), np.zeros((3, 2, 2)), np.array([3.0, 7.0, 5.0]))
    assert place(members, 5.0 * (1.0 + 1e-12)) == -1  # There already.
    assert place(members, 4.0) == 1  # The worst one's.
    members.objective[2] = np.inf
    assert place(members, 8.0) == 2  # A free place, whoever comes.


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
    objective, n_best, n_tries, converged = search(
        data, np.random.default_rng(seed), slopes, 5, 8, now, scratch
    )
    expected = twin.genetic(np.random.default_rng(seed), y, x, slopes, 6, 5, 8)
    assert converged
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert (n_best, n_tries) == (expected.n_best, expected.n_tries)
    assert (now.groups == expected.groups).all()
    # A child that is better than all before it renews the patience.
    assert (n_tries > 5 + 8) == renewed


def test_search_goes_on_for_twice_as_long_as_the_best_was_in_coming() -> None:
    # The best of more than patience / 2 children is followed by twice as many as it took.
    members, patience, long = 4, 20, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = rng.standard_normal((60, 3))
        data, now, scratch = kernel_arrays(y, np.zeros((60, 3, 0)), 8)
        slopes = starting_slopes(0)
        *_, tries, _ = search(data, rng, slopes, members, patience, now, scratch)
        children = tries - members
        assert children >= patience
        if children > patience + patience // PERSISTENCE:
            assert children % (1 + PERSISTENCE) == 0
            long += 1
    assert long > 3


@pytest.mark.parametrize("most", [1, 4, 5, 9, 30])
def test_search_ends_after_the_most_tries_but_not_before_its_population_is_there(most: int) -> None:
    y, x = random_panel(np.random.default_rng(most), 40, 3, 1)
    data, now, scratch = kernel_arrays(y, x, 5)
    slopes, rng, again = starting_slopes(1), np.random.default_rng(0), np.random.default_rng(0)
    objective, n_best, tries, _ = search(data, rng, slopes, 4, 40, now, scratch, 0, most)
    assert tries == max(most, 4)
    assert 1 <= n_best <= tries
    # It is the search without an end of this kind, until it ends.
    found = search(data, again, slopes, 4, 40, now, scratch)
    assert found[2] >= 44
    assert found[0] <= objective


def test_hits_and_patience_end_a_search_before_the_most_tries() -> None:
    y, x = random_panel(np.random.default_rng(0), 20, 3, 1)
    data, now, scratch = kernel_arrays(y, x, 1)  # Every local optimum is the best one.
    slopes = starting_slopes(1)
    for patience, hits, tries in ((6, 0, 10), (6, 7, 7), (100, 2, 2), (100, 0, 30)):
        rng = np.random.default_rng(1)
        found = search(data, rng, slopes, 4, patience, now, scratch, hits, 30)
        assert found[1:3] == (tries, tries)


def test_child_that_algorithm_1_leaves_far_above_is_a_try_and_nothing_else() -> None:
    # Four far groups and four profiles: children that lose a group are far above all members.
    rng = np.random.default_rng(0)
    y = np.repeat(100.0 * rng.standard_normal((4, 3)), 10, axis=0) + rng.standard_normal((40, 3))
    y -= y.mean(axis=0)
    x = np.zeros((40, 3, 0))
    true = twin.update(y, x, np.repeat(np.arange(4), 10), 4)
    data, now, scratch = kernel_arrays(y, x, 4)
    members = empty_population(3, 0, 4, 3)
    members.alpha[:] = true.alpha
    found = evolve(data, rng, starting_slopes(0), members, 3, 200, 1000, 0, 0, now, scratch)
    assert found[0] == pytest.approx(true.objective, rel=1e-10)
    # Every child that is not given up meets the best; some are given up.
    assert found[2] == 203
    assert 3 <= found[1] < 203
    np.testing.assert_allclose(members.objective, true.objective, rtol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_search_agrees_with_twin(shape: tuple[int, int, int, int]) -> None:
    n_units, n_periods, n_regressors, n_groups = shape
    y, x = random_panel(np.random.default_rng(shape), n_units, n_periods, n_regressors)
    data, now, scratch = kernel_arrays(y, x, n_groups)
    slopes = starting_slopes(n_regressors)
    objective, n_best, n_tries, converged = search(
        data, np.random.default_rng(1), slopes, 4, 5, now, scratch
    )
    expected = twin.genetic(np.random.default_rng(1), y, x, slopes, n_groups, 4, 5)
    assert converged
    assert objective == pytest.approx(expected.objective, rel=1e-10)
    assert 1 <= n_best <= n_tries
    assert twin.same_partition(now.groups, expected.groups)


@pytest.mark.parametrize("n_regressors", [0, 2])
def test_what_is_found_of_many_units_is_a_local_optimum(n_regressors: int) -> None:
    rng = np.random.default_rng(n_regressors)
    y, x = random_panel(rng, MANY + 188, 4, n_regressors)
    data, now, scratch = kernel_arrays(y, x, 8)
    slopes = starting_slopes(n_regressors)
    objective, n_best, tries, converged = search(data, rng, slopes, 3, 4, now, scratch)
    assert converged
    assert 1 <= n_best <= tries
    groups = now.groups.copy()
    assert update(data, now, scratch.factor) == pytest.approx(objective, rel=1e-12)
    assert iterate(data, now, scratch, objective, 1000) == (objective, True)
    assert improve_by_moves(data, now, scratch, objective, 1000) == objective
    np.testing.assert_array_equal(now.groups, groups)


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
        objective, *_ = search(data, rng, slopes, 16, 400, now, scratch)
        assert objective == pytest.approx(twin.exact(y, x, n_groups), rel=1e-9)


@pytest.mark.parametrize("n_regressors", [0, 1, 2])
@pytest.mark.parametrize(("hits", "n_given"), [(0, 1), (0, 3), (1, 1), (3, 5)])
def test_weighted_search_from_given_parameters_visits_what_the_twin_visits(
    n_regressors: int, hits: int, n_given: int
) -> None:
    rng = np.random.default_rng([n_regressors, 5])
    y, x = rng.standard_normal((16, 3)), rng.standard_normal((16, 3, n_regressors))
    weights = rng.integers(1, 4, size=16)
    y, x = y - np.average(y, 0, weights), x - np.average(x, 0, weights)
    slopes = starting_slopes(n_regressors)
    given = twin.random_start(rng, y, x, slopes, 4, np.arange(16))
    data, now, scratch = kernel_arrays(y, x, 4, weights)
    others = tuple(
        twin.random_start(rng, y, x, slopes, 4, np.arange(16)) for _ in range(n_given - 1)
    )
    starts = (given, *others)
    found = search(data, np.random.default_rng(2), slopes, 5, 8, now, scratch, hits, 0, starts)
    extras = twin.Extras(weights, given, hits, others)
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
        objective, *_ = search(data, rng, slopes, 16, 400, now, scratch)
        assert objective == pytest.approx(twin.exact(y, x, n_groups, weights), rel=1e-9)
