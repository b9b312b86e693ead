"""GFE by cross-products: gaps, slopes by group, patterns over time, unit effects, priors."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from gfe_mc import (
    FCR,
    GFE,
    VNS,
    Genetic,
    InputError,
    MultiStart,
    Panel,
    Polynomial,
    Prior,
    Splines,
    summarize,
)
from gfe_mc.estimators.profiles.linear import fit_linear
from gfe_mc.estimators.profiles.search import Found, Problem
from gfe_mc.fit import Status
from gfe_mc.kernels.slopes.vns import jump_groups
from tests.helpers import refused
from tests.reference.linear_groups_numpy import least_squares, residuals

QUICK = Genetic(population=4, patience=12, hits=6)


def panel_of(
    rng: np.random.Generator, n: int = 14, t: int = 5, k: int = 2, gaps: float = 0.0
) -> Panel:
    """Two groups, far enough apart for a quick search."""
    groups = np.arange(n) % 2
    alpha = rng.normal(size=(2, t)) + np.array([[0.0], [2.0]])
    x = rng.normal(size=(n, t, k)) + groups[:, None, None]
    y = x @ rng.normal(size=k) + alpha[groups] + 0.3 * rng.normal(size=(n, t))
    observed = rng.random((n, t)) >= gaps
    observed[:, :2] = True
    return Panel.from_arrays(y, x, observed=observed)


def named_panel() -> Panel:
    """That panel, its units a to n."""
    return replace(panel_of(np.random.default_rng(0)), units=tuple("abcdefghijklmn"))


MODELS = [
    {"group_slopes": ("x1",)},
    {"group_slopes": True},
    {"time_basis": Polynomial(1)},
    {"time_basis": Splines(3, 1), "group_slopes": ("x2",)},
    {"unit_effects": True, "group_slopes": ("x1",)},
    {"unit_effects": True, "time_basis": Polynomial(2)},
]


@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize("options", [{}, {"unit_effects": True}, *MODELS])
def test_least_squares_of_the_groups_that_are_found(
    options: dict[str, object], gaps: float
) -> None:
    rng = np.random.default_rng(3)
    panel = panel_of(rng, gaps=gaps)
    estimator = GFE(2, search=QUICK, **options)  # type: ignore[arg-type]
    fit = fit_linear(estimator, panel, rng, None, None)
    objective, fitted = least_squares(panel, fit.groups, fit.model)
    assert fit.objective == pytest.approx(objective, rel=1e-9)
    assert (fit.residuals(panel) ** 2).sum() == pytest.approx(objective, rel=1e-9)
    np.testing.assert_allclose(fit.residuals(panel), residuals(panel, fitted), atol=1e-8)
    if fit.mu is not None:
        own = panel.y - fit.residuals(panel) - np.einsum("itk,k->it", panel.x, fit.theta)
        assert np.isfinite(fit.mu).all()
        if fit.unit_slopes is None:
            profiles = np.nan_to_num(fit.alpha[fit.groups])
            gap = (own - profiles - fit.mu[:, None])[panel.observed]
            np.testing.assert_allclose(gap, 0.0, atol=1e-8)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("options", [{}, *MODELS[:3]])
def test_no_grouping_is_better(options: dict[str, object], gaps: float) -> None:
    rng = np.random.default_rng(5)
    panel = panel_of(rng, n=8, t=5, gaps=gaps)
    fits = [
        fit_linear(GFE(2, search=search, **options), panel, rng, None, None)  # type: ignore[arg-type]
        for search in (Genetic(), VNS(3, 4, 2))
    ]
    every = (np.array([0, *rest]) for rest in product((0, 1), repeat=7) if any(rest))
    lowest = min(least_squares(panel, groups, fits[0].model)[0] for groups in every)
    for fit in fits:
        assert fit.objective == pytest.approx(lowest, rel=1e-9)
    assert fits[1].n_tries == 3


@pytest.mark.parametrize("unit_effects", [False, True])
def test_free_profiles_without_gaps_are_the_base(unit_effects: bool) -> None:
    rng = np.random.default_rng(7)
    panel = panel_of(rng)
    estimator = GFE(3, unit_effects=unit_effects)
    base, again = estimator.fit(panel, rng), fit_linear(estimator, panel, rng, None, None)
    full = GFE(3, unit_effects=unit_effects, time_basis=np.eye(5)).fit(panel, rng)
    for other in (again, full):
        assert other.objective == pytest.approx(base.objective, rel=1e-9)
        np.testing.assert_array_equal(other.groups, base.groups)
        np.testing.assert_allclose(other.alpha, base.alpha, atol=1e-9)
        np.testing.assert_allclose(other.theta, base.theta, atol=1e-9)
        if unit_effects:
            assert other.mu is not None
            assert base.mu is not None
            np.testing.assert_allclose(other.mu, base.mu, atol=1e-9)
            np.testing.assert_allclose(base.alpha.sum(axis=1), 0.0, atol=1e-12)


@pytest.mark.parametrize("gaps", [0.0, 0.25])
def test_a_constant_alone_is_groups_of_levels(gaps: float) -> None:
    rng = np.random.default_rng(8)
    panel = panel_of(rng, n=10, k=1, gaps=gaps)
    fit = GFE(2, QUICK, time_basis=Polynomial(0)).fit(panel, rng)
    np.testing.assert_allclose(fit.alpha, fit.alpha[:, :1].repeat(5, axis=1), atol=1e-12)
    others = product((0, 1), repeat=9)
    least = min(
        least_squares(panel, np.array([0, *own]), fit.model)[0] for own in others if any(own)
    )
    assert fit.objective == pytest.approx(least, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group_slopes", "objective"),
    [(("lag_income",), 14.178555), (("lag_democracy", "lag_income"), 13.539540)],
)
def test_slopes_by_group_of_income_and_democracy(
    democracy: Panel, group_slopes: tuple[str, ...], objective: float
) -> None:
    hard = GFE(4, group_slopes=group_slopes)
    soft = FCR(4, 1.001, group_specific=group_slopes)
    for estimator in (hard, soft):
        fit = estimator.fit(democracy, np.random.default_rng(0))
        assert fit.objective == pytest.approx(objective, abs=2e-6)


def test_gaps_by_hand() -> None:
    y = np.array([[0.0, 2.0], [1.0, 9.0], [8.0, 10.0], [9.0, 12.0]])
    seen = np.array([[True, True], [True, False], [True, True], [False, True]])
    fit = GFE(2).fit(Panel.from_arrays(y, observed=seen), np.random.default_rng(0))
    np.testing.assert_array_equal(fit.groups, [0, 0, 1, 1])
    np.testing.assert_allclose(fit.alpha, [[0.5, 2.0], [8.0, 11.0]])
    assert fit.objective == pytest.approx(0.5 + 2.0)
    np.testing.assert_allclose(
        fit.residuals(Panel.from_arrays(y, observed=seen)),
        [[-0.5, 0.0], [0.5, 0.0], [0.0, -1.0], [0.0, 1.0]],
    )


def test_a_period_in_which_a_group_is_not_observed_is_missing() -> None:
    y = np.array([[0.0, 2.0, 1.0], [0.1, 2.0, 1.0], [8.0, 10.0, 5.0], [8.1, 10.0, 5.0]])
    seen = np.ones((4, 3), bool)
    seen[2:, 1] = False
    fit = GFE(2).fit(Panel.from_arrays(y, observed=seen), np.random.default_rng(0))
    assert fit.status == Status.SUCCESS
    assert np.isnan(fit.alpha[1, 1])
    assert np.isfinite(fit.alpha).sum() == 5
    panel = Panel.from_arrays(y, observed=seen)
    assert np.isfinite(fit.residuals(panel)).all()
    assert "No unit of the group is observed: group 2 in 1." in str(summarize(panel, fit))


def test_units_in_another_order_and_another_scale() -> None:
    rng = np.random.default_rng(11)
    panel = panel_of(rng, gaps=0.2)
    order = rng.permutation(len(panel.y))
    estimator = GFE(2, group_slopes=("x1",))
    fit = estimator.fit(panel, np.random.default_rng(1))
    other = estimator.fit(panel.resampled(order), np.random.default_rng(1))
    assert other.objective == pytest.approx(fit.objective, rel=1e-9)
    scaled = Panel.from_arrays(10 * panel.y, panel.x / 4, observed=panel.observed)
    third = estimator.fit(scaled, np.random.default_rng(1))
    assert third.objective == pytest.approx(100 * fit.objective, rel=1e-9)
    assert third.beta is not None
    assert fit.beta is not None
    np.testing.assert_allclose(third.beta, 40 * fit.beta, rtol=1e-7)


def test_units_that_count_twice_are_there_twice() -> None:
    rng = np.random.default_rng(13)
    panel = panel_of(rng, gaps=0.2)
    weights = 1 + np.arange(len(panel.y)) % 2
    estimator = GFE(2, group_slopes=("x1",))
    fit = estimator.fit(panel, np.random.default_rng(1), weights=weights)
    twice = estimator.fit(panel.resampled(np.repeat(np.arange(14), weights)), rng)
    assert fit.objective == pytest.approx(twice.objective, rel=1e-9)
    assert fit.beta is not None
    assert twice.beta is not None
    np.testing.assert_allclose(np.sort(fit.beta[:, 0]), np.sort(twice.beta[:, 0]), rtol=1e-8)


def test_a_search_from_a_fit_is_no_worse() -> None:
    rng = np.random.default_rng(17)
    panel = panel_of(rng, gaps=0.2)
    estimator = GFE(3, group_slopes=("x1",))
    best = estimator.fit(panel, rng)
    for search in (Genetic(population=2, patience=1, hits=1), VNS(1, 1, 0)):
        again = GFE(3, search, group_slopes=("x1",)).fit(panel, rng, start=best)
        assert again.objective == pytest.approx(best.objective, rel=1e-9)


def test_neighborhoods_keep_links_and_probabilities() -> None:
    rng = np.random.default_rng(2)
    panel = panel_of(rng, n=12)
    told = rng.dirichlet(np.ones(3), size=12)
    prior = Prior(told, weight=1.0, apart=((0, 2), (1, 3)))
    found = GFE(3, VNS(4, 6, 2), prior=prior).fit(panel, rng)
    assert found.objective == pytest.approx(GFE(3, prior=prior).fit(panel, rng).objective)
    assert (np.bincount(found.groups, minlength=3) > 0).all()
    assert found.groups[0] != found.groups[2]
    assert found.groups[1] != found.groups[3]


def test_a_jump_leaves_no_group_empty() -> None:
    rng = np.random.default_rng(0)
    groups, counts, units = np.arange(6) % 3, np.empty(3, np.int64), np.arange(6)
    for _ in range(200):
        before = groups.copy()
        jump_groups(rng, 2, 1, units, counts, groups)
        np.testing.assert_array_equal(counts, np.bincount(groups, minlength=3))
        assert (counts > 0).all()
        assert (groups != before).sum() <= 2
        assert sorted(units) == list(range(6))


def test_probabilities_draw_units_and_name_groups() -> None:
    rng = np.random.default_rng(19)
    panel = panel_of(rng)
    free = GFE(2).fit(panel, rng)
    told = np.full((14, 2), 0.5)
    named = GFE(2, prior=told).fit(panel, rng)
    ssr = (named.residuals(panel) ** 2).sum()
    assert ssr == pytest.approx(free.objective, rel=1e-9)
    assert named.objective > ssr
    told[:, 0] = np.where(free.groups == 0, 0.01, 0.99)
    told[:, 1] = 1 - told[:, 0]
    swapped = GFE(2, prior=told).fit(panel, rng)
    np.testing.assert_array_equal(swapped.groups, 1 - free.groups)
    strong = np.zeros((14, 2))
    strong[:, 0] = 0.5
    strong[:, 1] = 0.5
    strong[3] = [1.0, 0.0] if free.groups[3] == 1 else [0.0, 1.0]
    strong[:3] = np.eye(2)[free.groups[:3]]
    forced = GFE(2, prior=Prior(strong)).fit(panel, rng)
    assert forced.groups[3] != free.groups[3]
    np.testing.assert_array_equal(forced.groups[:3], free.groups[:3])


def test_the_penalised_objective_is_the_least_of_all_groupings() -> None:
    rng = np.random.default_rng(23)
    panel = panel_of(rng, n=7)
    told = rng.dirichlet(np.ones(2), size=7)
    fit = GFE(2, prior=Prior(told, weight=3.0)).fit(panel, rng)
    values = {}
    for groups in product((0, 1), repeat=7):
        if len(set(groups)) == 2:
            own = np.array(groups)
            cost = -3.0 * np.log(told[np.arange(7), own]).sum()
            values[groups] = least_squares(panel, own, fit.model)[0] + cost
    assert fit.objective == pytest.approx(min(values.values()), rel=1e-9)
    assert tuple(fit.groups.tolist()) == min(values, key=lambda groups: values[groups])


def test_links_are_kept() -> None:
    rng = np.random.default_rng(29)
    panel = panel_of(rng)
    free = GFE(2).fit(panel, rng)
    i = 0
    other, same = int(np.argmax(free.groups != 0)), int(np.flatnonzero(free.groups == 0)[1])
    linked = GFE(2, prior=Prior(together=((i, other),), apart=((i, same),))).fit(panel, rng)
    assert linked.groups[i] == linked.groups[other] != linked.groups[same]
    assert linked.objective >= free.objective


@pytest.mark.parametrize(
    ("prior", "words"),
    [
        ({"together": ((0, 1),), "apart": ((1, 0),)}, "contradict"),
        ({"together": ((0, 99),)}, "units of the panel"),
        ({"apart": ((0, 1), (1, 2), (0, 2))}, "2 groups for 0, 1, 2, each to be apart"),
        ({"probabilities": np.full((3, 2), 0.5)}, "each unit and group"),
        ({"probabilities": np.eye(2)[np.arange(14) % 2], "together": ((0, 1),)}, "allow"),
    ],
)
def test_priors_that_cannot_be(prior: dict[str, object], words: str) -> None:
    panel = panel_of(np.random.default_rng(0))
    estimator = GFE(2, search=QUICK, prior=Prior(**prior))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=words):
        estimator.fit(panel, np.random.default_rng(0))


def test_a_search_that_finds_no_grouping_that_is_allowed_says_what_stands_in_the_way() -> None:
    told = np.zeros((14, 3))
    told[:, 0] = 1.0
    told[4] = [0.2, 0.4, 0.4]  # The only unit that may be in two groups, each of which needs one.
    panel = panel_of(np.random.default_rng(0))
    with refused("There must be groups", "that was found", "in group", "at a probability of 0"):
        GFE(3, search=QUICK, prior=told).fit(panel, np.random.default_rng(0))


@pytest.mark.parametrize("wrong", ["half", np.ones(3), np.ones((0, 2)), np.full((2, 2), "a")])
def test_probabilities_that_are_none(wrong: object) -> None:
    with refused("must be probabilities, units by groups"):
        Prior(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({2: [0.4, 0.4]}, ("got 1 unit where", "the first c with 0.4, 0.4", "by their sum")),
        ({5: [1.5, -0.5], 7: [0.1, 0.1]}, ("2 units", "the first f with 1.5, -0.5", "Give 0")),
        ({3: [np.nan, 1.0]}, ("the first d with nan, 1", "where nothing is known")),
        ({3: [np.inf, -np.inf]}, ("the first d with inf, -inf",)),
        ({0: [0.0, 0.0]}, ("the first a with 0, 0", "Give 1 / G in each")),
        ({i: [0.0, 1.0] for i in range(14)}, ("Every group", "probability of group 1")),
    ],
)
def test_a_unit_whose_probabilities_are_none_is_named(
    rows: dict[int, list[float]], words: tuple[str, ...]
) -> None:
    panel = named_panel()
    told = np.full((14, 2), 0.5)
    for i, row in rows.items():
        told[i] = row
    for prior in (told, Prior(told)):
        with refused(*words):
            GFE(2, search=QUICK, prior=prior).fit(panel, np.random.default_rng(0))


def test_units_that_are_together_and_have_no_group_are_named() -> None:
    told = np.full((14, 2), 0.5)
    told[1], told[3] = [1.0, 0.0], [0.0, 1.0]
    links = Prior(told, together=(("a", "b"), ("b", "c"), ("c", "d"), ("m", "n")))
    with refused("must have a group", "got none for b (in 1), d (in 2). Leave out a link"):
        GFE(2, search=QUICK, prior=links).fit(named_panel(), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("groups", "prior", "words"),
    [
        (2, {"apart": ("ab", "bc", "ca", "de")}, ("got 2 groups for a, b, c, each to be apart",)),
        (2, {"apart": ("ab", "bc", "cd", "de", "ea")}, ("cannot hold a, b, c, d, e by the links",)),
        (3, {"apart": ("ab", "ac", "ad", "bc", "bd", "cd")}, ("3 groups for a, b, c, d",)),
        (1, {"apart": ("ba",)}, ("1 group for a, b, who are to be apart", "from 2")),
        (
            2,
            {"apart": ("ac", "bd", "cd"), "together": ("ab",)},
            ("2 groups for a with b, c, d, each", "Give `groups` from 3"),
        ),
    ],
)
def test_units_that_groups_cannot_hold_apart_are_named(
    groups: int, prior: dict[str, tuple[str, ...]], words: tuple[str, ...]
) -> None:
    links = {name: tuple(tuple(pair) for pair in pairs) for name, pairs in prior.items()}
    estimator = GFE(groups, search=QUICK, prior=Prior(**links))  # type: ignore[arg-type]
    with refused("Groups must hold the units that are to be apart", *words, "leave out a link"):
        estimator.fit(named_panel(), np.random.default_rng(0))


def test_zeros_that_leave_no_room_for_units_to_be_apart_are_named() -> None:
    told = np.full((14, 3), 1 / 3)
    told[[0, 1, 2]] = [0.5, 0.5, 0.0]
    apart: tuple[tuple[str, str], ...] = (("a", "b"), ("a", "c"), ("b", "c"))
    words = ("3 groups for a (in 1 or 2), b (in 1 or 2), c (in 1 or 2)", "in another group")
    with refused(*words):
        GFE(3, search=QUICK, prior=Prior(told, apart=apart)).fit(
            named_panel(), np.random.default_rng(0)
        )
    told[:] = 1 / 3
    apart += tuple((unit, "d") for unit in "abc")
    with refused("3 groups for a, b, c, d, each", "each with a column of probabilities"):
        GFE(3, search=QUICK, prior=Prior(told, apart=apart)).fit(
            named_panel(), np.random.default_rng(0)
        )


@pytest.mark.parametrize("links", ["ab", (("a", "a"),), (("a",),), 3])
def test_links_that_are_none(links: object) -> None:
    with pytest.raises(InputError, match="pairs"):
        Prior(together=links)  # type: ignore[arg-type]


def test_bases_that_cannot_be() -> None:
    panel, rng = panel_of(np.random.default_rng(0)), np.random.default_rng(0)
    for basis, words in (
        (np.ones((5, 2)), "sums of one another"),
        (np.ones((4, 1)), "row for each period"),
        (Polynomial(5), "no more functions"),
    ):
        with pytest.raises(InputError, match=words):
            GFE(2, time_basis=basis).fit(panel, rng)
    for wrong in ("trend", np.full((5, 1), np.inf), np.ones(5)):
        with pytest.raises(InputError, match="matrix of finite"):
            GFE(2, time_basis=wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="more splines"):
        Splines(3)


def test_splines_add_up_to_one_and_polynomials_are_of_the_years() -> None:
    np.testing.assert_allclose(Splines(5).matrix(range(9)).sum(axis=1), 1.0)
    uneven = Polynomial(1).matrix([1950, 1960, 1990])
    np.testing.assert_allclose(uneven[:, 1], [-1.0, -0.5, 1.0])
    named = Polynomial(1).matrix(["a", "b", "c"])
    np.testing.assert_allclose(named[:, 1], [-1.0, 0.0, 1.0])


def test_what_is_not_observed_is_named() -> None:
    rng = np.random.default_rng(0)
    seen = np.ones((6, 3), bool)
    seen[:, 1] = False
    y = rng.normal(size=(6, 3))
    with pytest.raises(InputError, match="Every period must be observed"):
        GFE(2).fit(Panel.from_arrays(y, observed=seen), rng)
    seen = np.ones((6, 3), bool)
    seen[2] = False
    with pytest.raises(InputError, match="Every unit must be observed"):
        GFE(2).fit(Panel.from_arrays(y, observed=seen), rng)
    seen[2, 0] = True
    with pytest.raises(InputError, match="must be observed twice"):
        GFE(2, unit_effects=True).fit(Panel.from_arrays(y, observed=seen), rng)


def test_regressors_without_variation_of_their_own_are_named() -> None:
    rng = np.random.default_rng(0)
    panel = panel_of(rng, gaps=0.2)
    x = panel.x.copy()
    x[:, :, 1] = np.arange(5)
    with pytest.raises(InputError, match="no such variation in x2"):
        GFE(2).fit(Panel.from_arrays(panel.y, x, observed=panel.observed), rng)


class OnProfiles:
    """A search of one's own, without cross-products."""

    theta_spread = 0.0

    def run(self, problem: Problem, rng: np.random.Generator) -> Found:
        return MultiStart(2).run(problem, rng)


def test_searches_that_cannot() -> None:
    rng = np.random.default_rng(0)
    panel = panel_of(rng, gaps=0.2)
    with pytest.raises(InputError, match="cross-products"):
        GFE(2, search=OnProfiles()).fit(panel, rng)
    assert GFE(2, search=MultiStart(20)).fit(panel, rng).n_tries == 20


def test_the_model_says_what_was_fitted() -> None:
    rng = np.random.default_rng(0)
    panel = panel_of(rng)
    fit = GFE(2, QUICK, time_basis=Polynomial(1), group_slopes=("x2",)).fit(panel, rng)
    assert fit.description == "groups with linear trends and slopes of x2"
    assert fit.patterns is not None
    assert fit.patterns.shape == (2, 2)
    np.testing.assert_allclose(fit.alpha, fit.patterns @ Polynomial(1).matrix(range(5)).T)
    assert fit.beta is not None
    np.testing.assert_array_equal(fit.beta[0, 0], fit.beta[1, 0])
