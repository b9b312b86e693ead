"""The bootstrap of units."""

import math
import time
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    FCR,
    GFE,
    Annealing,
    Bootstrap,
    CalibratedDGP,
    ChosenByBIC,
    ChosenGFE,
    CKMeans,
    Fit,
    Genetic,
    InferenceStatus,
    KnownGroups,
    LargeT,
    MinimumSize,
    MultiStart,
    Panel,
    Pooled,
    Status,
    TwoWay,
    UnitByUnit,
)
from gfe_mc.dgp.embedded import synthetic_calibration
from gfe_mc.inference.bootstrap import refit
from gfe_mc.labels import matched
from gfe_mc.parameters import LongRun
from gfe_mc.seeds import Streams
from tests.helpers import PooledOLS, refused
from tests.inference.panels import fitted, grouped, parts
from tests.reference import gfe_numpy as twin


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_it_is_the_covariance_over_resampled_panels() -> None:
    """Against repeated units and an exhaustive search, with the same units drawn."""
    panel = grouped(1, n_units=6, n_periods=3, n_regressors=1, n_groups=2)
    fit = fitted(panel, 2)
    found = Bootstrap(draws=12).covariance(panel, fit, rng())
    streams = Streams.of(rng())
    expected = []
    for draw in range(12):
        units = streams(draw).integers(6, size=6)
        y, x = panel.y[units], panel.x[units]
        solutions = [twin.update(y, x, np.array(g), 2) for g in twin.groupings(6, 2)]
        best = min(solutions, key=lambda solution: solution.objective)
        expected.append(best.theta[0])
    assert found.status == InferenceStatus.SUCCESS
    assert found.draws is not None
    np.testing.assert_allclose(found.draws[:, 0], expected, rtol=1e-7)
    assert found.standard_errors[0] == pytest.approx(np.std(expected, ddof=1), rel=1e-7)


def test_more_draws_leave_the_first_as_they_are() -> None:
    panel = grouped(2)
    fit = fitted(panel)
    few = Bootstrap(draws=5).covariance(panel, fit, rng()).draws
    many = Bootstrap(draws=9).covariance(panel, fit, rng()).draws
    assert few is not None
    assert many is not None
    np.testing.assert_array_equal(many[:5], few)
    assert len(np.unique(many[:, 0])) == 9


def test_labels_of_the_fit_do_not_matter() -> None:
    panel = grouped(3, n_units=40)
    fit = fitted(panel)
    _, alpha, groups = parts(fit)
    search = Genetic(population=16, patience=200)
    before = Bootstrap(10, search, warm=False).covariance(panel, fit, rng())
    relabelled = replace(fit, alpha=alpha[[2, 0, 1]], groups=np.array([1, 2, 0])[groups])
    after = Bootstrap(10, search, warm=False).covariance(panel, relabelled, rng())
    np.testing.assert_allclose(after.theta, before.theta, rtol=1e-9)
    np.testing.assert_allclose(
        after.profile_errors(3, 4), before.profile_errors(3, 4)[[2, 0, 1]], rtol=1e-9
    )


def test_one_group_is_the_pairs_bootstrap_of_least_squares() -> None:
    panel = grouped(4, n_groups=1)
    fit = fitted(panel, 1)
    found = Bootstrap(draws=20).covariance(panel, fit, rng())
    streams = Streams.of(rng())
    draws = []
    for draw in range(20):
        units = streams(draw).integers(24, size=24)
        y, x = panel.y[units], panel.x[units]
        flat = (x - x.mean(axis=0)).reshape(-1, 2)
        draws.append(np.linalg.lstsq(flat, (y - y.mean(axis=0)).ravel(), rcond=None)[0])
    np.testing.assert_allclose(np.asarray(found.draws), draws, rtol=1e-9)
    np.testing.assert_allclose(found.theta, np.cov(np.array(draws), rowvar=False), rtol=1e-8)


def test_with_one_group_and_many_units_it_is_near_the_clustered_formula() -> None:
    panel = grouped(5, n_units=200, n_groups=1)
    fit = fitted(panel, 1)
    draws = 400
    found = Bootstrap(draws).covariance(panel, fit, rng()).standard_errors
    clustered = LargeT().covariance(panel, fit, rng()).standard_errors
    # The error of a standard deviation over B draws is 1 / sqrt(2 B) of it.
    np.testing.assert_allclose(found, clustered, rtol=3.5 / math.sqrt(2 * draws))


def test_starting_from_the_fit_and_stopping_by_hits_loses_nothing() -> None:
    """The objective is no higher on average than with 1,000 starts of Algorithm 1."""
    panel = grouped(6, n_units=60, n_groups=5)
    fit = GFE(5).fit(panel, np.random.default_rng(0))
    streams = Streams.of(rng())
    default = Bootstrap()
    ours, printed = [], []
    for draw in range(30):
        quick = refit(panel, fit, default.search, streams(draw), warm=True)
        slow = refit(panel, fit, MultiStart(starts=1000), streams(draw), warm=False)
        assert quick is not None
        assert slow is not None
        assert quick.n_tries < 1000
        ours.append(quick.objective)
        printed.append(slow.objective)
    assert np.mean(ours) <= np.mean(printed) * (1 + 1e-9)


def test_draws_that_cannot_be_estimated_are_left_out_with_a_note() -> None:
    """With as many groups as units, a draw needs every unit, which few draws have."""
    panel = grouped(7, n_units=4, n_periods=3, n_regressors=0, n_groups=2)
    fit = fitted(panel, 3)
    found = Bootstrap(draws=40).covariance(panel, fit, rng())
    distinct = [len(set(Streams.of(rng())(b).integers(4, size=4).tolist())) for b in range(40)]
    lost = sum(number < 3 for number in distinct)
    assert 0 < lost < 40
    assert found.status == InferenceStatus.SUCCESS
    assert found.notes == (f"{lost} of 40 draws could not be estimated",)
    every = Bootstrap(draws=10).covariance(panel, fitted(panel, 4), rng())
    possible = sum(number == 4 for number in distinct[:10])
    assert possible < 2
    assert every.status == InferenceStatus.TOO_FEW_DRAWS


def test_draws_without_variation_are_left_out() -> None:
    """Only one unit has a regressor that differs: draws without it identify no slope."""
    x = np.zeros((8, 3, 1))
    x[0] = 1.0
    panel = Panel.from_arrays(np.random.default_rng(0).standard_normal((8, 3)), x)
    fit = GFE(1).fit(panel, rng())
    found = Bootstrap(draws=30).covariance(panel, fit, rng())
    without = sum(0 not in Streams.of(rng())(b).integers(8, size=8) for b in range(30))
    assert found.draws is not None
    assert np.isnan(found.draws[:, 0]).sum() == without > 0


def test_what_cannot_be_computed() -> None:
    panel = grouped(8)
    fit = fitted(panel)
    failed = replace(fit, theta=np.full(2, np.nan), status=Status.COLLINEAR)
    assert Bootstrap(2).covariance(panel, failed, rng()).status == InferenceStatus.FIT_FAILED
    with refused("by the estimator that made it; got a fit whose `estimator` is None"):
        Bootstrap(2).covariance(panel, Fit(theta=fit.theta), rng())
    with refused("Randomness must come from a generator"):
        Bootstrap(2).covariance(panel, fit, 1)  # type: ignore[arg-type]


def test_options_are_checked() -> None:
    with refused("draws"):
        Bootstrap(draws=1)
    with refused("`search` must be a search"):
        Bootstrap(search="genetic")  # type: ignore[arg-type]
    with refused("`derived` must be known"):
        Bootstrap(derived="both")


def test_derived_parameters_by_draws_or_by_the_delta_method() -> None:
    panel = grouped(9)
    fit = fitted(panel)
    by_draws = Bootstrap(8).covariance(panel, fit, rng())
    by_delta = Bootstrap(8, derived="delta").covariance(panel, fit, rng())
    np.testing.assert_array_equal(by_draws.theta, by_delta.theta)
    assert by_draws.draws is not None
    values = by_draws.draws[:, 1] / (1 - by_draws.draws[:, 0])
    long_run = LongRun(1, 0)
    assert by_draws.error_of(long_run, fit.theta) == pytest.approx(np.std(values, ddof=1))
    gradient = long_run.gradient(fit.theta)
    expected = math.sqrt(gradient @ by_delta.theta @ gradient)
    assert by_delta.error_of(long_run, fit.theta) == pytest.approx(expected)


def test_matched_is_the_assignment_with_the_least_distance() -> None:
    profiles = np.array([[0.0], [1.0], [5.0]])
    # Nearest pairs first would give 1 to 1.2, and leave 0 with 4.9.
    assert matched(profiles, np.array([[1.2], [4.9], [0.4]])).tolist() == [2, 0, 1]


def nearest_order(profiles: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The best of all orders of the other profiles."""
    orders = [list(order) for order in permutations(range(len(others)))]
    return others[min(orders, key=lambda order: float(((profiles - others[order]) ** 2).sum()))]


@pytest.mark.parametrize("warm", [True, False])
def test_joint_covariance_is_that_over_resampled_panels(warm: bool) -> None:
    """Repeated units, every grouping, every order of profiles; lost draws by their own rule."""
    panel = grouped(11, n_units=6, n_periods=2, n_regressors=1, n_groups=3)
    fit = fitted(panel, 3)
    _, alpha, _ = parts(fit)
    found = Bootstrap(draws=20, warm=warm).covariance(panel, fit, rng())
    streams = Streams.of(rng())
    rows = []
    for draw in range(20):
        units = streams(draw).integers(6, size=6)
        # With three distinct units a group each, no slope is identified.
        if len(set(units.tolist())) > 3:
            y, x = panel.y[units], panel.x[units]
            solutions = [twin.update(y, x, np.array(g), 3) for g in twin.groupings(6, 3)]
            best = min(solutions, key=lambda solution: solution.objective)
            profiles = nearest_order(alpha, best.alpha)
            rows.append(np.concatenate([best.theta, profiles.ravel()]))
    expected = np.cov(np.array(rows), rowvar=False)
    assert 2 < len(rows) < 20
    assert found.notes == (f"{20 - len(rows)} of 20 draws could not be estimated",)
    np.testing.assert_allclose(np.asarray(found.joint), expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(found.theta, np.asarray(found.joint)[:1, :1])


def test_relabelling_permutes_the_blocks_of_the_joint_covariance() -> None:
    panel = grouped(3, n_units=40)
    fit = fitted(panel)
    _, alpha, groups = parts(fit)
    order, search = [2, 0, 1], Genetic(population=16, patience=200)
    relabelled = replace(fit, alpha=alpha[order], groups=np.argsort(order)[groups])
    before, after = (
        Bootstrap(10, search, warm=False).covariance(panel, one, rng()) for one in (fit, relabelled)
    )
    cells = [2 + 4 * g + t for g in order for t in range(4)]
    rows = [0, 1, *cells]
    assert before.joint is not None
    np.testing.assert_allclose(
        np.asarray(after.joint), before.joint[np.ix_(rows, rows)], rtol=1e-8, atol=1e-12
    )


def test_scale_of_the_data() -> None:
    panel = grouped(12)
    fit = fitted(panel)
    found = Bootstrap(8).covariance(panel, fit, rng())
    scaled = Panel.from_arrays(-3.0 * panel.y, panel.x * [10.0, 1.0])
    again = Bootstrap(8).covariance(scaled, fitted(scaled), rng())
    factors = np.array([-0.3, -3.0])
    np.testing.assert_allclose(again.theta, found.theta * np.outer(factors, factors), rtol=1e-7)


def test_the_first_start_of_a_warm_draw_is_the_fit() -> None:
    """With one start and no other, it is Algorithm 1 from the fit on the repeated units."""
    panel = grouped(13, n_units=30)
    shifted = Panel.from_arrays(panel.y + np.array([9.0, 0.0, -4.0, 2.0]), panel.x + 5.0)
    fit = fitted(shifted)
    theta, alpha, _ = parts(fit)
    differs = 0
    for seed in range(10):
        again = refit(shifted, fit, MultiStart(1), np.random.default_rng(seed), warm=True)
        units = np.random.default_rng(seed).integers(30, size=30)
        y, x = shifted.y[units], shifted.x[units]
        expected, _ = twin.algorithm_1(y, x, twin.begin(y, x, theta, alpha))
        assert again is not None
        assert again.objective == pytest.approx(expected.objective, rel=1e-9)
        np.testing.assert_allclose(again.theta, expected.theta, rtol=1e-7)
        cold = refit(shifted, fit, MultiStart(1), np.random.default_rng(seed), warm=False)
        assert cold is not None
        differs += cold.objective > again.objective * (1 + 1e-6)
    assert differs > 0


def test_draws_with_as_many_units_as_groups_identify_no_slope() -> None:
    """They are fitted, and found to be collinear; those with fewer units are refused."""
    panel = grouped(14, n_units=5, n_regressors=1)
    fit = fitted(panel, 3)
    found = Bootstrap(draws=40).covariance(panel, fit, rng())
    streams = Streams.of(rng())
    distinct = np.array([len(set(streams(b).integers(5, size=5).tolist())) for b in range(40)])
    assert found.draws is not None
    np.testing.assert_array_equal(np.isnan(found.draws[:, 0]), distinct <= 3)
    assert (distinct < 3).any()
    assert (distinct == 3).any()
    assert found.notes == (f"{(distinct <= 3).sum()} of 40 draws could not be estimated",)
    kept = found.draws[distinct > 3]
    np.testing.assert_allclose(found.theta, [[kept.var(ddof=1)]], rtol=1e-12)


def test_ending_by_hits_loses_nothing_and_saves_time_on_the_calibrated_design() -> None:
    """Beside Algorithm 1 from 1,000 starts, as printed: the same resampled panels."""
    sample = CalibratedDGP(synthetic_calibration(5, "NT")).draw(np.random.default_rng(0))
    fit = GFE(5).fit(sample.panel, np.random.default_rng(0))
    streams, default = Streams.of(rng()), Bootstrap()
    searches = {"ours": (default.search, default.warm), "printed": (MultiStart(1000), False)}
    seconds = dict.fromkeys(searches, 0.0)
    objectives: dict[str, list[float]] = {name: [] for name in searches}
    for draw in range(30):
        for name, (search, warm) in searches.items():
            started = time.thread_time()
            again = refit(sample.panel, fit, search, streams(draw), warm=warm)
            seconds[name] += time.thread_time() - started
            assert again is not None
            objectives[name].append(again.objective)
    assert np.mean(objectives["ours"]) <= np.mean(objectives["printed"]) * (1 + 1e-9)
    assert seconds["ours"] < seconds["printed"] / 2


def test_it_draws_from_nothing_but_its_generator() -> None:
    panel = grouped(15)
    fit = fitted(panel)
    first, second = (Bootstrap(4).covariance(panel, fit, rng()) for _ in range(2))
    other = Bootstrap(4).covariance(panel, fit, np.random.default_rng(6))
    assert first.draws is not None
    np.testing.assert_array_equal(first.draws, second.draws)
    assert not np.array_equal(first.draws, np.asarray(other.draws))


@pytest.mark.parametrize("warm", [True, False])
def test_a_fit_of_another_panel_is_refused(warm: bool) -> None:
    panel = grouped(16)
    fit = fitted(panel)
    shorter = Panel.from_arrays(panel.y[:, :3], panel.x[:, :3])
    with refused("panel"):
        Bootstrap(4, warm=warm).covariance(shorter, fit, rng())


def test_one_draw_that_can_be_estimated_is_too_few() -> None:
    panel = grouped(17, n_units=4, n_periods=3, n_regressors=0, n_groups=2)
    fit = fitted(panel, 4)
    draws = [Streams.of(rng())(b).integers(4, size=4) for b in range(100)]
    possible = np.cumsum([len(set(units.tolist())) == 4 for units in draws])
    for number, status in ((1, InferenceStatus.TOO_FEW_DRAWS), (2, InferenceStatus.SUCCESS)):
        found = Bootstrap(int(np.argmax(possible == number)) + 1).covariance(panel, fit, rng())
        assert found.status == status


@pytest.mark.parametrize("warm", [True, False])
def test_draws_are_refits_with_its_search_from_where_it_says(warm: bool) -> None:
    """One start of Algorithm 1: what it finds depends on where it starts."""
    panel = grouped(18, n_units=30)
    fit, search = fitted(panel), MultiStart(1)
    found = Bootstrap(6, search, warm=warm).covariance(panel, fit, rng()).draws
    streams = Streams.of(rng())
    here, elsewhere = (
        np.array([slopes_of(refit(panel, fit, search, streams(b), warm=w)) for b in range(6)])
        for w in (warm, not warm)
    )
    np.testing.assert_array_equal(found, here)
    assert not np.allclose(here, elsewhere)


def slopes_of(fit: Fit | None) -> np.ndarray:
    assert fit is not None
    return fit.theta


def test_a_fit_in_deviations_that_does_not_say_so_is_refused_unless_the_panel_is() -> None:
    panel = grouped(19)
    fit = fitted(panel.within_units())
    with refused("The fit must be one of this panel"):
        Bootstrap(4).covariance(panel, fit, rng())
    assert Bootstrap(4).covariance(panel.within_units(), fit, rng()).draws is not None


def test_fixed_effects_are_estimated_again() -> None:
    panel = grouped(19)
    fit = TwoWay().fit(panel, rng())
    found = Bootstrap(6).covariance(panel, fit, rng())
    streams = Streams.of(rng())
    for draw, slopes in enumerate(np.asarray(found.draws)):
        units = streams(draw).integers(24, size=24)
        again = TwoWay().fit(Panel.from_arrays(panel.y[units], panel.x[units]), rng())
        np.testing.assert_allclose(slopes, again.theta, rtol=1e-9)


@pytest.mark.parametrize("level", [1e6, 1e10])
def test_a_fit_of_a_panel_far_from_zero_is_one_of_it(level: float) -> None:
    panel = grouped(20)
    far = Panel.from_arrays(panel.y + level, panel.x)
    found = Bootstrap(3).covariance(far, fitted(far), rng())
    assert found.status == InferenceStatus.SUCCESS


@pytest.mark.parametrize(("scale", "noise"), [(1e10, 0.0), (1e3, 1e-5), (1e3, 1e-4)])
def test_a_fit_that_is_nearly_exact_is_one_of_its_panel(scale: float, noise: float) -> None:
    draw = np.random.default_rng(0)
    profiles = scale * np.repeat(draw.standard_normal((3, 4)), 5, axis=0)
    y = profiles + noise * draw.standard_normal((15, 4))
    panel = Panel.from_arrays(y, draw.standard_normal((15, 4, 1)))
    found = Bootstrap(3).covariance(panel, GFE(3).fit(panel, draw), rng())
    assert found.status == InferenceStatus.SUCCESS


def test_a_fit_of_another_panel_is_refused_without_an_objective_too() -> None:
    panel = grouped(16)
    fit = replace(fitted(panel), objective=math.nan)
    shorter = Panel.from_arrays(panel.y[:, :3], panel.x[:, :3])
    with refused("panel"):
        Bootstrap(4).covariance(shorter, fit, rng())


def drawn(panel: Panel, estimator: Any, draws: int = 6) -> list[tuple[np.ndarray, Fit | None]]:
    """The units of each draw, and the estimator's own fit of the panel with units repeated."""
    streams, found = Streams.of(rng()), []
    for b in range(draws):
        stream = streams(b)
        units = stream.integers(panel.shape[0], size=panel.shape[0])
        again = estimator.fit(Panel.from_arrays(panel.y[units], panel.x[units]), stream)
        found.append((units, again))
    return found


SMALL = MinimumSize(2, 0.0)
OTHERS = {
    "gfe with unit effects": GFE(2, unit_effects=True),
    "two-way": TwoWay(),
    "fcr": FCR(2, 1.5, Annealing(5, hits=2)),
    "fcr with unit effects": FCR(2, 1.3, Annealing(5, hits=2), ("x1",), unit_effects=True),
    "ck-means": CKMeans(2, minimum=SMALL),
    "pooled": Pooled(),
    "individual": CKMeans(2, minimum=SMALL, individual=("x2",)),
}


@pytest.mark.parametrize("estimator", OTHERS.values(), ids=OTHERS)
def test_it_refits_the_estimator_of_the_fit(estimator: Any) -> None:
    panel = grouped(21, n_units=30, n_periods=6)
    fit = estimator.fit(panel, np.random.default_rng(0))
    found = Bootstrap(6).covariance(panel, fit, rng())
    assert found.status == InferenceStatus.SUCCESS
    draws = np.asarray(found.draws)
    np.testing.assert_allclose(found.theta, np.cov(draws, rowvar=False), rtol=1e-12)
    if estimator == OTHERS["gfe with unit effects"]:
        return  # Its search starts from the fit, and its draws are weighted.
    again = [one for _, one in drawn(panel, estimator)]
    np.testing.assert_array_equal(draws, [one.theta for one in again if one is not None])
    if fit.beta is not None and len(fit.beta) > 1:
        free = np.isfinite(fit.beta).all(axis=0)

        def told(one: Any) -> np.ndarray:
            """What groups are matched by."""
            return np.asarray(one.beta[:, free] if one.alpha is None else one.alpha)

        betas = [
            one.beta[matched(told(fit), told(one))]
            for one in again
            if one is not None and one.beta is not None
        ]
        assert found.group_slopes is not None
        np.testing.assert_allclose(found.group_slopes, np.std(betas, axis=0, ddof=1), rtol=1e-10)
    if fit.alpha is None:
        assert found.joint is not None
        assert found.joint.shape == (2 + fit.beta.size,) * 2


def test_groups_that_are_known_keep_their_numbers() -> None:
    panel, groups = grouped(22, n_units=12, n_periods=6), (0, 1) * 6
    fit = KnownGroups(groups).fit(panel, rng())
    found = Bootstrap(5).covariance(panel, fit, rng())
    streams, betas = Streams.of(rng()), []
    for b in range(5):
        units = streams(b).integers(12, size=12)
        betas.append(
            [
                Pooled().fit(Panel.from_arrays(panel.y[own], panel.x[own]), rng()).theta
                for own in (units[units % 2 == g] for g in (0, 1))
            ]
        )
    assert found.group_slopes is not None
    np.testing.assert_allclose(found.group_slopes, np.std(betas, axis=0, ddof=1), rtol=1e-10)


def test_draws_without_a_known_group_are_lost() -> None:
    panel = grouped(23, n_units=6, n_periods=6)
    fit = KnownGroups((0, 1, 1, 1, 1, 1)).fit(panel, rng())
    found = Bootstrap(20).covariance(panel, fit, rng())
    streams = Streams.of(rng())
    lost = sum(0 not in streams(b).integers(6, size=6) for b in range(20))
    assert 0 < lost < 20
    assert found.notes == (f"{lost} of 20 draws could not be estimated",)


def test_a_number_of_groups_that_was_chosen_is_held() -> None:
    panel = grouped(24, n_units=30, n_periods=7)
    fit = ChosenGFE(4).fit(panel, np.random.default_rng(0))
    found = Bootstrap(4).covariance(panel, fit, rng())
    plain = replace(fit, estimator=GFE(len(fit.alpha)))
    np.testing.assert_array_equal(found.draws, Bootstrap(4).covariance(panel, plain, rng()).draws)
    assert f"the number of groups is held at {fit.n_groups}" in found.notes
    slopes = ChosenByBIC(CKMeans(3, minimum=SMALL)).fit(panel, rng())
    held = Bootstrap(4).covariance(panel, slopes, rng())
    same = replace(slopes, estimator=CKMeans(slopes.n_groups or 0, minimum=SMALL))
    np.testing.assert_array_equal(held.draws, Bootstrap(4).covariance(panel, same, rng()).draws)
    assert f"the number of groups is held at {slopes.n_groups}" in held.notes


def test_slopes_of_every_unit_have_errors_of_their_mean_alone() -> None:
    panel = grouped(25, n_units=10, n_periods=6)
    fit = UnitByUnit().fit(panel, rng())
    found = Bootstrap(5).covariance(panel, fit, rng())
    own = [fit.unit_slopes[units].mean(axis=0) for units, _ in drawn(panel, UnitByUnit(), 5)]
    np.testing.assert_allclose(np.asarray(found.draws), own, rtol=1e-9)
    assert found.joint is None
    assert found.group_slopes is None


def test_an_estimator_of_ones_own_is_refitted_where_it_says_so() -> None:
    panel = grouped(26)
    fit = PooledOLS().fit(panel, rng())
    found = Bootstrap(5).covariance(panel, replace(fit, estimator=PooledOLS()), rng())
    for (_, again), slopes in zip(
        drawn(panel, PooledOLS(), 5), np.asarray(found.draws), strict=True
    ):
        assert again is not None
        np.testing.assert_array_equal(slopes, again.theta)
