"""The searches: options, what they report, and what they reach."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import GFE, VNS, Genetic, InputError, MultiStart, Panel, Status
from gfe_mc.estimators.profiles.search import Found, Problem, Search
from tests.reference import gfe_numpy as twin
from tests.reference.panels import random_panel

SEARCHES: list[Search] = [
    MultiStart(starts=30),
    VNS(starts=2, neighborhoods=3, iterations=2),
    Genetic(population=4, patience=20),
]


class Spy:
    """A search of a user's own, which keeps the starting slopes that it is given."""

    def __init__(self, theta_spread: float) -> None:
        self.theta_spread = theta_spread
        self.slopes = np.empty((2, 0))

    def run(self, problem: Problem, rng: np.random.Generator) -> Found:
        self.slopes = problem.slopes.copy()
        return MultiStart(starts=1).run(problem, rng)


def panel_of(seed: int, n_units: int, n_periods: int, n_regressors: int) -> Panel:
    """A random panel with groups in it."""
    return Panel.from_arrays(
        *random_panel(np.random.default_rng(seed), n_units, n_periods, n_regressors)
    )


@pytest.mark.parametrize("search", SEARCHES)
@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n_regressors=st.integers(0, 3), n_groups=st.integers(1, 9))
def test_what_a_search_reports(search: Search, seed: int, n_regressors: int, n_groups: int) -> None:
    panel = panel_of(seed, 12, 5, n_regressors)
    fit = GFE(n_groups, search).fit(panel, np.random.default_rng(seed))
    assert fit.status is Status.SUCCESS
    assert 1 <= fit.n_best <= fit.n_tries
    assert fit.groups is not None
    assert sorted(set(fit.groups)) == list(range(n_groups))
    by_dummies = twin.objective_by_dummies(panel.y, panel.x, fit.groups, n_groups)[0]
    assert fit.objective == pytest.approx(by_dummies, rel=1e-9)


@pytest.mark.parametrize(
    ("search", "tries"),
    [(MultiStart(starts=7), 7), (VNS(starts=3, neighborhoods=2, iterations=0), 3)],
)
def test_a_try_is_a_start(search: Search, tries: int) -> None:
    fit = GFE(3, search).fit(panel_of(0, 12, 4, 1), np.random.default_rng(0))
    assert fit.n_tries == tries


def test_genetic_search_tries_its_population_and_then_its_patience() -> None:
    # With one group every local optimum is the best one.
    fit = GFE(1, Genetic(population=5, patience=11)).fit(
        panel_of(0, 12, 4, 1), np.random.default_rng(0)
    )
    assert (fit.n_best, fit.n_tries) == (16, 16)


@pytest.mark.parametrize("hits", [1, 2, 5])
@pytest.mark.parametrize("search", [MultiStart(starts=500), Genetic(population=6, patience=300)])
def test_a_search_ends_once_it_met_its_best_objective_often_enough(
    search: MultiStart | Genetic, hits: int
) -> None:
    for seed in range(10):
        panel = panel_of(seed, 20, 4, 1)
        whole = GFE(3, search).fit(panel, np.random.default_rng(seed))
        short = GFE(3, replace(search, hits=hits)).fit(panel, np.random.default_rng(seed))
        assert short.n_best == hits < whole.n_best
        assert short.n_tries < whole.n_tries
        assert short.objective >= whole.objective * (1 - 1e-9)


def test_patience_grows_with_the_groups_unless_it_is_given() -> None:
    assert [Genetic().patience_for(n_groups) for n_groups in (1, 2, 10)] == [360, 380, 540]
    assert [Genetic(patience=7).patience_for(n_groups) for n_groups in (1, 10)] == [7, 7]
    panel = panel_of(0, 12, 4, 1)
    fit = GFE(1, Genetic(population=5, hits=0)).fit(panel, np.random.default_rng(0))
    assert (fit.n_best, fit.n_tries) == (365, 365)
    settled = GFE(1).fit(panel, np.random.default_rng(0))
    assert (settled.n_best, settled.n_tries) == (50, 50)


# Where units are many, a sample of them first.


def far_apart(n_units: int, n_groups: int) -> tuple[Panel, np.ndarray]:
    """A panel of groups that are far from each other, and its groups by first appearance."""
    rng = np.random.default_rng([n_units, n_groups])
    groups = np.concatenate([np.arange(n_groups), rng.integers(n_groups, size=n_units - n_groups)])
    x = rng.standard_normal((n_units, 5, 1))
    y = x[:, :, 0] + 8.0 * np.eye(n_groups, 5)[groups] + rng.standard_normal((n_units, 5))
    return Panel.from_arrays(y, x), groups


@pytest.mark.parametrize("weighted", [False, True])
def test_search_by_a_sample_finds_what_the_search_on_all_units_does(weighted: bool) -> None:
    panel, groups = far_apart(5_000, 3)
    weights = np.random.default_rng(1).integers(1, 4, size=5_000) if weighted else None
    sampled, whole = (
        GFE(3, search).fit(panel, np.random.default_rng(0), weights=weights)
        for search in (Genetic(), Genetic(sample=0))
    )
    assert sampled.objective == pytest.approx(whole.objective, rel=1e-12)
    np.testing.assert_array_equal(sampled.groups, groups)
    np.testing.assert_allclose(sampled.theta, whole.theta, rtol=1e-10)
    np.testing.assert_allclose(sampled.alpha, whole.alpha, rtol=1e-9, atol=1e-11)
    assert sampled.status is Status.SUCCESS
    # Tries are those on all units, and begin with the best of the sample: a few are enough.
    assert 1 <= sampled.n_best == sampled.n_tries < whole.n_tries


@pytest.mark.parametrize("weighted", [False, True])
def test_search_by_a_sample_is_never_worse_than_its_start(weighted: bool) -> None:
    # Noise without groups, where a search of a sample seldom meets an optimum that is as good.
    rng = np.random.default_rng([17, weighted])
    panel = Panel.from_arrays(rng.standard_normal((5_000, 5)), rng.standard_normal((5_000, 5, 1)))
    weights = rng.integers(1, 4, size=5_000) if weighted else None
    long = GFE(6, Genetic(population=4, patience=40, sample=0, hits=0))
    start = long.fit(panel, np.random.default_rng(0), weights=weights)
    for seed in range(3):
        search = Genetic(population=2, patience=1)
        fit = GFE(6, search).fit(panel, np.random.default_rng(seed), start=start, weights=weights)
        assert fit.objective <= start.objective * (1.0 + 1e-12)
        cold = GFE(6, search).fit(panel, np.random.default_rng(seed), weights=weights)
        assert cold.objective > start.objective


def test_search_by_a_sample_depends_on_the_seed_alone() -> None:
    panel = panel_of(7, 420, 4, 2)
    search = Genetic(population=4, patience=10, sample=50)
    first, second = (GFE(2, search).fit(panel, np.random.default_rng(3)) for _ in range(2))
    assert first.objective == second.objective
    assert first.theta.tobytes() == second.theta.tobytes()
    assert first.groups is not None
    assert second.groups is not None
    assert first.groups.tobytes() == second.groups.tobytes()
    assert (first.n_best, first.n_tries) == (second.n_best, second.n_tries)


@pytest.mark.parametrize(
    ("sample", "n_groups", "least"), [(60, 1, 240), (40, 1, 200), (40, 2, 400), (120, 2, 480)]
)
def test_sample_is_drawn_where_units_are_four_times_as_many(
    sample: int, n_groups: int, least: int
) -> None:
    search = Genetic(population=3, patience=4, hits=0, sample=sample)
    for n_units in (least - 1, least):
        panel, _ = far_apart(n_units, n_groups)
        drawn, plain = np.random.default_rng(1), np.random.default_rng(1)
        GFE(n_groups, search).fit(panel, drawn)
        GFE(n_groups, replace(search, sample=0)).fit(panel, plain)
        assert (drawn.random() != plain.random()) == (n_units == least)


def test_search_by_a_sample_leaves_the_panel_alone() -> None:
    panel, groups = far_apart(400, 2)
    y, x = panel.y.copy(), panel.x.copy()
    start = GFE(2, Genetic(population=2, patience=1, sample=0)).fit(panel, np.random.default_rng(0))
    fit = GFE(2, Genetic(sample=50)).fit(panel, np.random.default_rng(0), start=start)
    np.testing.assert_array_equal(fit.groups, groups)
    np.testing.assert_array_equal(panel.y, y)
    np.testing.assert_array_equal(panel.x, x)


def test_until_it_ends_a_search_by_hits_is_the_search_without() -> None:
    for seed in range(10):
        panel = panel_of(seed, 24, 4, 2)
        short = GFE(4, MultiStart(starts=5000, hits=3)).fit(panel, np.random.default_rng(seed))
        assert short.n_best == 3
        cut = GFE(4, MultiStart(starts=short.n_tries)).fit(panel, np.random.default_rng(seed))
        assert (cut.objective, cut.n_best) == (short.objective, 3)
        assert cut.theta.tobytes() == short.theta.tobytes()
        one_less = MultiStart(starts=short.n_tries - 1)
        before = GFE(4, one_less).fit(panel, np.random.default_rng(seed))
        assert before.n_best == 2
        assert before.objective == pytest.approx(short.objective, rel=1e-9)


@pytest.mark.parametrize("hits", [0, 1000])
def test_without_enough_hits_a_search_goes_to_its_end(hits: int) -> None:
    panel = panel_of(0, 12, 4, 1)
    searches: list[Search] = [
        MultiStart(starts=40, hits=hits),
        Genetic(population=5, patience=11, hits=hits),
    ]
    fits = [GFE(1, search).fit(panel, np.random.default_rng(0)) for search in searches]
    assert [(fit.n_best, fit.n_tries) for fit in fits] == [(40, 40), (16, 16)]


@pytest.mark.parametrize("search", SEARCHES)
def test_equal_seeds_give_the_same_bits(search: Search) -> None:
    panel = panel_of(1, 30, 4, 2)
    first, second = (GFE(4, search).fit(panel, np.random.default_rng(5)) for _ in range(2))
    assert first.groups is not None
    assert second.groups is not None
    assert first.alpha is not None
    assert second.alpha is not None
    assert first.theta.tobytes() == second.theta.tobytes()
    assert first.alpha.tobytes() == second.alpha.tobytes()
    assert first.groups.tobytes() == second.groups.tobytes()
    assert first.objective == second.objective
    assert (first.n_best, first.n_tries) == (second.n_best, second.n_tries)


@pytest.mark.parametrize("search", SEARCHES)
def test_all_randomness_comes_from_the_generator(search: Search) -> None:
    panel = panel_of(2, 30, 4, 2)
    rng = np.random.default_rng(5)
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state(legacy=False)["state"]["key"].copy()  # noqa: NPY002
    GFE(4, search).fit(panel, rng)
    after = np.random.get_state(legacy=False)["state"]["key"]  # noqa: NPY002
    assert (before == after).all()
    assert rng.random() != np.random.default_rng(5).random()


@pytest.mark.parametrize(
    "search",
    [
        MultiStart(starts=5, limit=1),
        VNS(starts=2, neighborhoods=2, iterations=1, limit=1),
        Genetic(population=4, patience=5, limit=1),
    ],
)
def test_iteration_limit_is_reported(search: Search) -> None:
    panel = panel_of(3, 100, 4, 1)
    fit = GFE(5, search).fit(panel, np.random.default_rng(0))
    assert fit.status is Status.ITERATION_LIMIT
    assert fit.groups is not None
    by_dummies = twin.objective_by_dummies(panel.y, panel.x, fit.groups, 5)[0]
    assert fit.objective == pytest.approx(by_dummies, rel=1e-9)


def test_zero_spread_starts_every_search_at_pooled_least_squares() -> None:
    panel = panel_of(4, 10, 4, 2)
    spread: list[float] = []
    for theta_spread in (0.0, 0.5):
        seen = Spy(theta_spread)
        GFE(2, seen).fit(panel, np.random.default_rng(1))
        pooled = GFE(1).fit(panel, np.random.default_rng(1))
        np.testing.assert_allclose(seen.slopes[0], pooled.theta, rtol=1e-10)
        spread.append(seen.slopes[1].max())
    assert spread[0] == 0.0
    assert spread[1] > 0.0


def test_spread_is_in_units_of_the_slope_that_explains_the_pooled_residual() -> None:
    panel = panel_of(5, 40, 4, 1)
    seen = Spy(0.5)
    GFE(2, seen).fit(panel, np.random.default_rng(1))
    residual = GFE(1).fit(panel, np.random.default_rng(1)).residuals(panel)
    x = panel.x[:, :, 0] - panel.x[:, :, 0].mean(axis=0)
    expected = 0.5 * np.sqrt((residual**2).sum() / (x**2).sum())
    assert seen.slopes[1, 0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("make", "name", "came"),
    [
        (lambda: MultiStart(starts=0), "starts", "0"),
        (lambda: MultiStart(starts=2.5), "starts", "2.5"),  # type: ignore[arg-type]
        (lambda: MultiStart(starts=True), "starts", "True"),
        (lambda: MultiStart(limit=0), "limit", "0"),
        (lambda: MultiStart(hits=-1), "hits", "-1"),
        (lambda: MultiStart(hits=True), "hits", "True"),
        (lambda: Genetic(hits=2.0), "hits", "2.0"),  # type: ignore[arg-type]
        (lambda: MultiStart(theta_spread=-0.1), "theta_spread", "-0.1"),
        (lambda: MultiStart(theta_spread=float("nan")), "theta_spread", "nan"),
        (lambda: VNS(starts=-1), "starts", "-1"),
        (lambda: VNS(neighborhoods=0), "neighborhoods", "0"),
        (lambda: VNS(iterations=-1), "iterations", "-1"),
        (lambda: VNS(limit=0), "limit", "0"),
        (lambda: Genetic(population=1), "population", "1"),
        (lambda: Genetic(patience=0), "patience", "0"),
        (lambda: Genetic(patience=2.5), "patience", "2.5"),  # type: ignore[arg-type]
        (lambda: Genetic(patience=False), "patience", "False"),
        (lambda: Genetic(hits=-1), "hits", "-1"),
        (lambda: Genetic(hits=None), "hits", "None"),  # type: ignore[arg-type]
        (lambda: Genetic(sample=-1), "sample", "-1"),
        (lambda: Genetic(sample=0.5), "sample", "0.5"),  # type: ignore[arg-type]
        (lambda: Genetic(limit=0), "limit", "0"),
        (lambda: Genetic(theta_spread=float("inf")), "theta_spread", "inf"),
    ],
)
def test_bad_option_is_refused(make: Callable[[], Any], name: str, came: str) -> None:
    with pytest.raises(InputError) as raised:
        make()
    assert f"`{name}`" in raised.value.wrong
    assert raised.value.came == came
    assert raised.value.remedy.startswith("Give")


@pytest.mark.parametrize("seed", range(5))
def test_algorithm_2_reaches_the_best_known_value_at_ten_groups(
    democracy: Panel, seed: int
) -> None:
    fit = GFE(10, VNS(10, 10, 10)).fit(democracy, np.random.default_rng(seed))
    assert fit.objective == pytest.approx(7.749063, abs=1e-6)


def test_algorithm_1_reaches_the_published_values_of_few_groups(democracy: Panel) -> None:
    # Table 1 of Bonhomme and Manresa (2012), which truncates: Alg. 1 (1,000), N = 90.
    for n_groups, published in ((2, 19.846), (3, 16.598)):
        fit = GFE(n_groups, MultiStart(1000)).fit(democracy, np.random.default_rng(0))
        assert 0.0 <= fit.objective - published < 1e-3
