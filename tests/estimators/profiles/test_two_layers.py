"""Groups in two layers: profiles of primary groups, levels within them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gfe_mc import (
    GFE,
    VNS,
    Bootstrap,
    CalibratedDGP,
    FixedT,
    Genetic,
    LargeT,
    Model,
    MultiStart,
    Panel,
    Polynomial,
    TwoLayerFit,
    TwoLayerGFE,
    calibrate,
    summarize,
)
from gfe_mc.estimators.profiles.layered import LayeredProblem
from gfe_mc.estimators.profiles.levels import fit_levels
from gfe_mc.estimators.profiles.search import Found, LevelProblem, Problem
from gfe_mc.fit import Fit
from gfe_mc.inference.bootstrap import _match
from gfe_mc.summary import standard_inference
from tests.helpers import refused
from tests.reference.two_layers_numpy import clustered, least_squares, lowest

QUICK = Genetic(population=4, patience=30, hits=6)


def panel_of(n: int = 16, t: int = 5, k: int = 1, noise: float = 0.2) -> Panel:
    """Two groups with profiles of their own, of two levels each."""
    rng = np.random.default_rng(7)
    groups, secondary = np.arange(n) % 2, np.arange(n) // 2 % 2
    profiles = np.array([[0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 2.0, 0.0, 0.0]])[:, :t]
    own = profiles[groups] + np.array([[3.0, -3.0], [1.5, -1.5]])[groups, secondary][:, None]
    x = rng.normal(size=(n, t, k)) + 0.2 * own[:, :, None]
    return Panel.from_arrays(0.5 * x.sum(axis=2) + own + noise * rng.normal(size=(n, t)), x)


def with_gaps(panel: Panel, hidden: np.ndarray | None = None) -> Panel:
    """The same panel, of which every third cell is not observed, or nothing of some units."""
    n, t, _ = panel.shape
    seen = (np.arange(n)[:, None] + 2 * np.arange(t)) % 3 > 0
    seen = seen if hidden is None else np.broadcast_to(~hidden[:, None], (n, t))
    return Panel.from_arrays(panel.y, panel.x, observed=seen)


def fit(panel: Panel, *options: object, seed: int = 0) -> TwoLayerFit:
    return TwoLayerGFE(*options).fit(panel, np.random.default_rng(seed))  # type: ignore[arg-type]


def test_by_hand() -> None:
    """Parallel lines of three levels, and one unit that crosses them."""
    y = np.array([[2.0, 2.0], [0.0, 8.0], [5.0, 5.0], [0.0, 0.0], [2.0, 2.2]])
    found = fit(Panel.from_arrays(y), 2, (1, 3))
    np.testing.assert_array_equal(found.groups, [1, 0, 1, 1, 1])
    np.testing.assert_array_equal(found.secondary, [1, 0, 0, 2, 1])
    # Period means of the four, 9/4 and 9.2/4; levels 5, 2.05 and 0 less their mean 2.275.
    np.testing.assert_allclose(found.alpha, [[0.0, 8.0], [2.25, 2.3]], atol=1e-12)
    np.testing.assert_allclose(
        found.eta, [[0.0, np.nan, np.nan], [2.725, -0.225, -2.275]], atol=1e-12
    )
    # Left are trends: slopes of (0, 0, 0, 0.2) about their mean 0.05, each counting a half; and
    # levels 2 and 2.1 about 2.05, in two periods.
    assert found.objective == pytest.approx((3 * 0.05**2 + 0.15**2) / 2 + 2 * 2 * 0.05**2)


@pytest.mark.parametrize("sizes", [(2, 1), (1, 1, 1), (3,)])
def test_no_grouping_is_better(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    panel = Panel.from_arrays(rng.normal(size=(6, 3)), rng.normal(size=(6, 3, 1)))
    assert fit(panel, len(sizes), sizes).objective == pytest.approx(lowest(panel, sizes), rel=1e-9)


def test_estimates_are_least_squares_with_dummies() -> None:
    panel = panel_of(n=18, k=2)
    found = fit(panel, 2, (3, 2))
    objective, expected = least_squares(panel, found.groups, found.secondary)
    assert found.objective == pytest.approx(objective, rel=1e-10)
    assert (found.residuals(panel) ** 2).sum() == pytest.approx(objective, rel=1e-10)
    np.testing.assert_allclose(found.theta, expected[:2])
    np.testing.assert_allclose(found.alpha.ravel(), expected[2:12])
    np.testing.assert_allclose([*found.eta[0, :2], found.eta[1, 0]], expected[12:])
    assert np.isnan(found.eta[1, 2])
    assert (np.diff(found.eta[0]) < 0).all()
    for g in range(2):
        own = found.groups == g
        assert found.eta[g, found.secondary[own]].sum() == pytest.approx(0.0, abs=1e-12)


def test_no_single_move_is_better() -> None:
    panel = panel_of(n=12, noise=2.0)
    found = fit(panel, 2, 2, QUICK)
    for i in range(12):
        for g, h in np.ndindex(2, 2):
            groups, secondary = found.groups.copy(), found.secondary.copy()
            groups[i], secondary[i] = g, h
            if len(set(zip(groups.tolist(), secondary.tolist(), strict=True))) == 4:
                value, _ = least_squares(panel, groups, secondary)
                assert value >= found.objective * (1 - 1e-9)


def test_without_gaps_cross_products_give_the_same() -> None:
    panel = panel_of(n=18, k=2, noise=1.0)
    estimator, rng = TwoLayerGFE(2, (3, 2)), np.random.default_rng(0)
    weights = 1 + np.arange(18) % 2
    for counted in (None, weights):
        base = estimator.fit(panel, rng, weights=counted)
        found = fit_levels(estimator, Genetic(), (3, 2), panel, rng, None, counted)
        assert found.objective == pytest.approx(base.objective, rel=1e-9)
        np.testing.assert_array_equal(found.groups, base.groups)
        np.testing.assert_array_equal(found.secondary, base.secondary)
        for part in ("theta", "alpha", "eta"):
            np.testing.assert_allclose(getattr(found, part), getattr(base, part), atol=1e-8)


@pytest.mark.parametrize("sizes", [(2, 1), (3,), (1, 1)])
@pytest.mark.parametrize("search", [Genetic(), MultiStart(60)])
def test_no_grouping_is_better_with_gaps(sizes: tuple[int, ...], search: object) -> None:
    rng = np.random.default_rng(3)
    panel = with_gaps(Panel.from_arrays(rng.normal(size=(7, 3)), rng.normal(size=(7, 3, 1))))
    found = fit(panel, len(sizes), sizes, search)
    assert found.objective == pytest.approx(lowest(panel, sizes), rel=1e-9)


def test_estimates_with_gaps_are_least_squares_with_dummies() -> None:
    panel = with_gaps(panel_of(n=18, k=2))
    found = fit(panel, 2, (3, 2))
    objective, expected = least_squares(panel, found.groups, found.secondary)
    assert found.objective == pytest.approx(objective, rel=1e-10)
    assert (found.residuals(panel) ** 2).sum() == pytest.approx(objective, rel=1e-10)
    np.testing.assert_allclose(found.theta, expected[:2])
    np.testing.assert_allclose(found.alpha.ravel(), expected[2:12])
    np.testing.assert_allclose([*found.eta[0, :2], found.eta[1, 0]], expected[12:])
    again = TwoLayerGFE(2, (3, 2), MultiStart(1)).fit(panel, np.random.default_rng(5), start=found)
    assert again.objective == pytest.approx(found.objective, rel=1e-10)
    errors = Bootstrap(6).covariance(panel, found, np.random.default_rng(1))
    assert np.isfinite(errors.standard_errors).all()


def test_what_gaps_leave_unknown_is_missing() -> None:
    """Nothing of a group in a period; and levels that no period tells apart."""
    profiles = np.array([[0.0, 9.0, 0.0, 9.0], [9.0, 0.0, 9.0, 0.0]])
    groups, seen = np.arange(8) % 2, np.ones((8, 4), bool)
    seen[groups == 0, 3] = False
    noise = 0.01 * np.random.default_rng(0).normal(size=(8, 4))
    levels = np.where(np.arange(8) < 4, 1.0, -1.0)[:, None]
    found = fit(Panel.from_arrays(profiles[groups] + levels + noise, observed=seen), 2, 2)
    np.testing.assert_array_equal(np.isnan(found.alpha), [[0, 0, 0, 1], [0, 0, 0, 0]])
    np.testing.assert_allclose(found.eta, [[1, -1], [1, -1]], atol=0.02)
    # Units of one level in the first two periods, of the other in the last two.
    seen[:] = (np.arange(8) < 4)[:, None] == (np.arange(4) < 2)
    panel = Panel.from_arrays(profiles[groups] + levels + noise, observed=seen)
    apart = fit(panel, 2, 2, AsGiven(2 * groups + np.arange(8) // 4))
    assert np.isnan(apart.alpha).all()
    assert np.isnan(apart.eta).all()
    assert apart.objective < 0.01


@dataclass(frozen=True)
class AsGiven:
    """No search: the groups are known."""

    groups: np.ndarray
    theta_spread: float = 0.0

    def run(self, problem: Problem, rng: np.random.Generator) -> Found:
        raise NotImplementedError

    def run_two_layers(self, problem: LayeredProblem, rng: np.random.Generator) -> Found:
        raise NotImplementedError

    def run_levels(self, problem: LevelProblem, rng: np.random.Generator) -> Found:  # noqa: ARG002
        problem.now.groups[:] = self.groups
        return Found(0.0, 1, 1, True)


def test_one_level_each_is_the_model_of_one_layer() -> None:
    panel = panel_of(noise=1.0)
    found, base = fit(panel, 3, 1), GFE(3).fit(panel, np.random.default_rng(0))
    assert found.objective == pytest.approx(base.objective, rel=1e-10)
    np.testing.assert_array_equal(found.groups, base.groups)
    np.testing.assert_allclose(found.alpha, base.alpha, atol=1e-10)
    np.testing.assert_array_equal(found.eta, 0.0)
    assert found.model == Model(profiles=True)


def test_one_profile_is_common_period_effects_and_groups_of_levels() -> None:
    panel = panel_of(noise=0.5)
    centred = Panel.from_arrays(panel.y - panel.y.mean(axis=0), panel.x - panel.x.mean(axis=0))
    levels = GFE(3, time_basis=Polynomial(0)).fit(centred, np.random.default_rng(0))
    found = fit(panel, 1, 3)
    assert found.objective == pytest.approx(levels.objective, rel=1e-9)
    np.testing.assert_allclose(found.theta, levels.theta)
    pairs = zip(found.secondary.tolist(), levels.groups.tolist(), strict=True)
    assert len(set(pairs)) == 3
    assert found.description == "period effects, 3 levels within one group"


def test_units_in_another_order_and_another_scale() -> None:
    panel, order = panel_of(), np.random.default_rng(1).permutation(16)
    found = fit(panel, 2, 2)
    other = fit(panel.resampled(order), 2, 2)
    assert other.objective == pytest.approx(found.objective, rel=1e-9)
    np.testing.assert_array_equal(other.secondary, found.secondary[order])
    scaled = fit(Panel.from_arrays(-10 * panel.y, panel.x / 4), 2, 2)
    assert scaled.objective == pytest.approx(100 * found.objective, rel=1e-9)
    np.testing.assert_allclose(scaled.theta, -40 * found.theta)
    np.testing.assert_allclose(scaled.eta, -10 * found.eta[:, ::-1])


def test_groups_are_numbered_as_levels_are_given_then_by_appearance() -> None:
    panel = panel_of()
    found = fit(panel, 3, (1, 2, 1))
    alone = [int(np.argmax(found.groups == g)) for g in (0, 2)]
    assert alone == sorted(alone)
    assert found.secondary[found.groups != 1].max() == 0
    assert found.secondary[found.groups == 1].max() == 1


def test_units_that_count_twice_are_there_twice() -> None:
    panel, weights = panel_of(noise=0.5), 1 + np.arange(16) % 2
    estimator = TwoLayerGFE(2, 2)
    found = estimator.fit(panel, np.random.default_rng(0), weights=weights)
    twice = fit(panel.resampled(np.repeat(np.arange(16), weights)), 2, 2)
    assert found.objective == pytest.approx(twice.objective, rel=1e-9)
    np.testing.assert_allclose(found.alpha, twice.alpha, atol=1e-9)
    np.testing.assert_allclose(found.eta, twice.eta, atol=1e-9)


def test_a_search_begins_at_a_fit_and_its_descent_only_improves() -> None:
    panel = panel_of(noise=1.0)
    best = fit(panel, 2, (3, 2))
    one = TwoLayerGFE(2, (3, 2), MultiStart(1))
    again = one.fit(panel, np.random.default_rng(5), start=best)
    assert again.objective == pytest.approx(best.objective, rel=1e-10)
    np.testing.assert_array_equal(again.secondary, best.secondary)
    few, many = (fit(panel, 2, (3, 2), MultiStart(n)) for n in (2, 40))
    assert best.objective * (1 - 1e-9) <= many.objective <= few.objective
    assert (many.n_tries, best.n_tries >= best.n_best) == (40, True)


def test_errors_as_if_groups_were_known() -> None:
    panel, rng = panel_of(n=18, k=2, noise=1.0), np.random.default_rng(0)
    found = fit(panel, 2, (3, 2))
    expected = clustered(panel, found.groups, found.secondary)[:12, :12]
    got = LargeT().covariance(panel, found, rng)
    assert got.joint is not None
    np.testing.assert_allclose(got.joint, expected, atol=1e-12)
    # 2 slopes, 2 times 5 profile values, and 2 + 1 levels.
    inflated = LargeT(small_sample="NT-GT-K").covariance(panel, found, rng)
    np.testing.assert_allclose(inflated.theta, expected[:2, :2] * 90 / (90 - 15))
    assert list(standard_inference(found)) == ["large_t", "bootstrap"]
    with refused("FixedT is for common slopes", "2, 2"):
        FixedT().covariance(panel, fit(panel, 2, 2), rng)


def test_errors_with_gaps() -> None:
    panel, rng = with_gaps(panel_of(n=18, k=2, noise=1.0)), np.random.default_rng(0)
    found = fit(panel, 2, (3, 2))
    expected = clustered(panel, found.groups, found.secondary)[:12, :12]
    got = LargeT().covariance(panel, found, rng)
    assert got.joint is not None
    np.testing.assert_allclose(got.joint, expected, atol=1e-12)
    inflated = LargeT(small_sample="NT-GT-K").covariance(panel, found, rng)
    np.testing.assert_allclose(inflated.theta, expected[:2, :2] * 60 / (60 - 15))


def test_a_calibration_draws_levels_as_unit_effects() -> None:
    panel, rng = panel_of(n=18, k=2, noise=1.0), np.random.default_rng(0)
    found = fit(panel, 2, (3, 2))
    fixed = calibrate(panel, found)
    # 90 observations less 2 slopes, 2 times 5 profile values, 2 + 1 levels and 18 units.
    assert fixed.error_variance == found.objective / (90 - 15 - 18)
    exact = replace(fixed, error_variance=1e-16)
    again = fit(CalibratedDGP(exact).draw(rng).panel, 2, (3, 2))
    np.testing.assert_allclose(again.alpha, found.alpha, atol=1e-6)
    np.testing.assert_allclose(again.eta, found.eta, atol=1e-6)
    np.testing.assert_array_equal(again.secondary, found.secondary)


def test_the_bootstrap_matches_groups_of_as_many_levels() -> None:
    panel = panel_of(n=24)
    found = fit(panel, 3, (1, 1, 2))
    for order, last in (([1, 0, 2], 2), ([0, 2, 1], 1)):
        again = replace(found, alpha=found.alpha[order])
        matched = _match(found, again, np.arange(24))
        assert matched is not None
        # The nearest profile of the third is the second's in one of them, which has one level.
        assert int(((found.alpha[2] - again.alpha) ** 2).sum(axis=1).argmin()) == last
        assert matched[2] == 2
        assert sorted(matched[:2].tolist()) == [0, 1]
    errors = Bootstrap(6).covariance(panel, found, np.random.default_rng(1))
    assert errors.draws is not None
    assert np.isfinite(errors.standard_errors).all()
    with refused("Two layers need a search across both", "VNS"):
        Bootstrap(6, VNS()).covariance(panel, found, np.random.default_rng(1))


def test_the_summary_says_the_model_and_lists_levels() -> None:
    panel = panel_of()
    found = fit(panel, 2, (2, 3))
    made = summarize(panel, found, inference={"large_t": LargeT()}, unit="level")
    assert made.model == "groups with profiles over time, 2, 3 levels within them"
    assert list(made.groups().columns) == ["level", "group", "estimated_level"]
    levels = made.levels()
    assert levels["size"].sum() == 16
    np.testing.assert_allclose(levels["eta"], found.eta[np.isfinite(found.eta)])
    assert "Levels within groups" in made.render()
    assert '"levels": [\n   2,\n   3\n  ]' in made.render("json")
    one_layer = GFE(2).fit(panel, np.random.default_rng(0))
    assert summarize(panel, one_layer, inference={}).levels().empty


@pytest.mark.parametrize(
    ("primary", "secondary", "wrong"),
    [
        (0, 2, "`primary` must be a whole number"),
        (2, 0, "`secondary` must be a whole number"),
        (2, (2, 0), "`secondary` must be a whole number"),
        (2, (2, 2, 2), "a number for each primary group"),
        (2, "two", "`secondary` must be a number of groups"),
        (2, (True, 2), "`secondary` must be a whole number"),
        (2, None, "`secondary` must be a number of groups"),
    ],
)
def test_layers_that_cannot_be(primary: int, secondary: object, wrong: str) -> None:
    with refused(wrong):
        TwoLayerGFE(primary, secondary)  # type: ignore[arg-type]


def test_panels_and_starts_that_cannot_be() -> None:
    panel, rng = panel_of(), np.random.default_rng(0)
    with refused("no more secondary groups than units", "18 of all"):
        fit(panel, 2, 9)
    with refused("need two periods"):
        fit(Panel.from_arrays(panel.y[:, :1]), 2, 2)
    gaps = with_gaps(panel)
    with refused("Every unit must be observed", "1 units that are not, the first 2"):
        fit(with_gaps(panel, np.arange(16) == 2), 2, 2)
    with refused("`start` must have finite slopes"):
        TwoLayerGFE(2, 2).fit(gaps, rng, start=GFE(2).fit(gaps, rng))
    with refused("Two layers need a search across both", "VNS"):
        TwoLayerGFE(2, 2, VNS())
    estimator = TwoLayerGFE(2, (3, 2))
    with refused("`start` must have"):
        estimator.fit(panel, rng, start=GFE(2).fit(panel, rng))
    with refused("`start` must have", "other numbers of levels"):
        estimator.fit(panel, rng, start=fit(panel, 2, (2, 3)))
    start = estimator.fit(panel, rng)
    with refused("`start` must be finite"):
        estimator.fit(panel, rng, start=replace(start, theta=np.array([np.nan])))
    with refused("A fit with levels within groups must have", "secondary, eta"):
        Fit(theta=start.theta, alpha=start.alpha, groups=start.groups, model=start.model)


@pytest.mark.slow
def test_income_and_democracy(democracy: Panel, data_folder: Path) -> None:
    """Bonhomme and Manresa (2012), section 6.4 and two columns of Table B6."""
    found = fit(democracy, 3, (5, 2, 2))
    assert found.objective == pytest.approx(11.702, abs=5e-4)
    np.testing.assert_array_equal(np.bincount(found.groups), [64, 13, 13])
    np.testing.assert_allclose(found.theta, [0.0744, 0.0626], atol=5e-5)
    printed = pd.read_csv(data_folder.parent / "reference" / "bm_table_b6_groups.csv")
    printed = printed.set_index("country").rename(index=OTHER_NAMES).loc[list(democracy.units)]
    kinds = np.array(["Stable", "Early", "Late"])
    # The early transition is the one that is further up in 1985.
    early = 1 + int(np.argmax(found.alpha[1:, 3]))
    order = np.array([0, early, 3 - early])
    types = kinds[np.argsort(order)][found.groups]
    names = np.where(
        found.groups == 0,
        np.array(["High", "Medium-High", "Medium", "Medium-Low", "Low"])[found.secondary],
        np.array(["High", "Low", "", "", ""])[found.secondary],
    )
    assert (types == printed["two_layer_type"]).sum() == TYPES_AGREE
    assert (names == printed["two_layer_level"]).sum() == LEVELS_AGREE


OTHER_NAMES = {
    "Central African Rep.": "Central African Republic",
    "Egypt": "Egypt, Arab Rep.",
    "Syria": "Syrian Arab Republic",
    "Congo Republic": "Congo, Rep.",
    "Venezuela": "Venezuela, RB",
}
TYPES_AGREE, LEVELS_AGREE = 90, 89
"""Of 90: Singapore is Medium-Low here, and Low in print."""
