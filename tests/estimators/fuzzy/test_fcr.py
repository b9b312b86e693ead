"""Fuzzy clustering regression: by hand, against NumPy, GFE and brute force, and its searches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from gfe_mc import (
    FCR,
    GFE,
    Annealing,
    DirectMinimization,
    Fit,
    FuzzyGenetic,
    Model,
    Panel,
    PaperProgram,
    Status,
)
from gfe_mc.estimators.fuzzy import search as fuzzy_search
from gfe_mc.estimators.fuzzy.search import FuzzySearch
from gfe_mc.kernels.fuzzy.gradient import fuzzy_gradient
from tests.helpers import refused
from tests.inference.panels import grouped
from tests.reference import fuzzy_numpy as ref
from tests.reference.gfe_numpy import objective_by_dummies
from tests.reference.slopes_numpy import partitions

FEW = Annealing(starts=40)
SEARCHES: list[FuzzySearch] = [
    FuzzyGenetic(),
    FEW,
    DirectMinimization(starts=10),
    PaperProgram(starts=5),
]


def fit(panel: Panel, estimator: FCR, seed: int = 0) -> Fit:
    return estimator.fit(panel, np.random.default_rng(seed))


def shares(found: Fit) -> np.ndarray:
    assert found.memberships is not None
    return found.memberships


def effects(found: Fit) -> np.ndarray:
    assert found.alpha is not None
    return found.alpha


def groups_of(found: Fit) -> np.ndarray:
    assert found.groups is not None
    return found.groups


def beta_of(found: Fit) -> np.ndarray:
    assert found.beta is not None
    return found.beta


def same_fit(found: Fit, other: Fit, rtol: float, atol: float = 0.0) -> None:
    """Groups are numbered by first appearance, so that equal fits have equal numbers."""
    np.testing.assert_array_equal(groups_of(found), groups_of(other))
    np.testing.assert_allclose(found.theta, other.theta, rtol=rtol, atol=atol)
    np.testing.assert_allclose(effects(found), effects(other), rtol=rtol, atol=atol)
    np.testing.assert_allclose(shares(found), shares(other), rtol=rtol, atol=atol)


def with_own_slopes(seed: int, n_units: int = 60, n_periods: int = 6) -> tuple[Panel, Any]:
    """Three groups, far apart; the second regressor's slope differs between them."""
    rng = np.random.default_rng([7, seed])
    groups = np.arange(n_units) % 3
    alpha = 4.0 * np.arange(3)[:, None] + rng.standard_normal((3, n_periods))
    beta = np.column_stack([np.full(3, 0.5), [-1.0, 1.0, 2.0]])
    x = rng.standard_normal((n_units, n_periods, 2))
    errors = 0.5 * rng.standard_normal((n_units, n_periods))
    y = alpha[groups] + (x * beta[groups][:, None]).sum(axis=2) + errors
    return Panel.from_arrays(y, x), (groups, alpha, beta)


def test_soft_memberships_by_hand() -> None:
    # Two effects +-a at m = 2: units at -1, 0, 1 minimise harmonic sums of squared distances.
    # d = (1 - a)^2 and (1 + a)^2 twice, and a^2 twice: 2 (1 - a^2)^2 / (2 + 2 a^2) + a^2 / 2.
    found = fit(Panel.from_arrays([[-1.0], [0.0], [1.0]]), FCR(2, 2.0, Annealing(starts=20)))
    b = 2 * np.sqrt(2 / 3) - 1  # With b = a^2, of (1 - b)^2 / (1 + b) + b / 2: 3 (1 + b)^2 = 8.
    np.testing.assert_allclose(effects(found)[:, 0], [-np.sqrt(b), np.sqrt(b)], rtol=1e-4)
    assert found.objective == pytest.approx((1 - b) ** 2 / (1 + b) + b / 2, rel=1e-9)
    outer = (1 + np.sqrt(b)) ** 2 / (2 + 2 * b)
    expected = [[outer, 1 - outer], [0.5, 0.5], [1 - outer, outer]]
    np.testing.assert_allclose(shares(found), expected, atol=1e-4)
    assert (found.status, found.fuzziness, found.beta) == (Status.SUCCESS, 2.0, None)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("own", [(), ("x2",), ("x1", "x2")])
@pytest.mark.parametrize("m", [2.0, 1.5, 1.1, 1.001])
def test_fits_are_what_the_formulas_say_of_their_coefficients(
    search: FuzzySearch, own: tuple[str, ...], m: float
) -> None:
    panel = grouped(1)
    found = fit(panel, FCR(3, m, search, own))
    distances = ref.of_fit(panel, found)
    if m > 1.05:
        assert found.objective == pytest.approx(ref.objective(distances, m), rel=1e-10)
        np.testing.assert_allclose(shares(found), ref.memberships(distances, m), rtol=1e-8)
    objective, memberships = ref.log_form(distances, m)
    assert found.objective == pytest.approx(objective, rel=1e-10)
    np.testing.assert_allclose(shares(found), memberships, atol=1e-9)
    assert ((shares(found) >= 0) & (shares(found) <= 1)).all()
    np.testing.assert_allclose(shares(found).sum(axis=1), 1.0, rtol=1e-13)
    np.testing.assert_array_equal(groups_of(found), memberships.argmax(axis=1))
    _, first = np.unique(groups_of(found), return_index=True)
    assert (np.diff(first) > 0).all()
    if own:
        np.testing.assert_array_equal(found.unit_slopes, beta_of(found)[groups_of(found)])
        np.testing.assert_allclose(found.theta, beta_of(found)[groups_of(found)].mean(axis=0))
        differs = [len(np.unique(slopes)) > 1 for slopes in beta_of(found).T]
        assert differs == [name in own for name in ("x1", "x2")]
    else:
        assert found.beta is None


@pytest.mark.parametrize("search", SEARCHES[:3])
@pytest.mark.parametrize("own", [(), (1,), (0, 1)])
@pytest.mark.parametrize("m", [2.0, 1.5, 1.2])
def test_first_order_conditions(search: FuzzySearch, own: tuple[int, ...], m: float) -> None:
    panel = grouped(2)
    found = fit(panel, FCR(3, m, search, tuple(f"x{k + 1}" for k in own)))
    beta = np.tile(found.theta, (3, 1)) if found.beta is None else found.beta
    scores, hessian = ref.scores_and_hessian(panel, effects(found), beta, own, m)
    # A Newton step from there goes nowhere.
    assert np.abs(np.linalg.solve(hessian, scores.sum(axis=0))).max() < 1e-4
    assert np.linalg.eigvalsh(hessian)[0] > 0


@pytest.mark.parametrize("m", [2.0, 1.3, 1.01, 1.001])
@pytest.mark.parametrize("n_groups", [1, 2, 4])
def test_bounds_between_it_and_the_gfe_objective(n_groups: int, m: float) -> None:
    for seed in range(5):
        panel = grouped(seed)
        found = fit(panel, FCR(n_groups, m, FEW))
        hard = ref.of_fit(panel, found).min(axis=1).sum()
        assert -1e-12 * hard <= hard - found.objective
        assert hard - found.objective <= (1 - n_groups ** (1 - m)) * hard + 1e-9 * hard


@pytest.mark.parametrize("n_groups", [2, 3])
def test_near_one_it_is_the_best_of_all_groupings(n_groups: int) -> None:
    compared = 0
    for seed in range(12):
        panel = grouped(seed, 7, 3, 1, n_groups)
        found = fit(panel, FCR(n_groups))
        every = partitions(7, n_groups, 1)
        values = [objective_by_dummies(panel.y, panel.x, g, n_groups)[0] for g in every]
        lowest, second = np.sort(values)[:2]
        assert found.objective <= lowest * (1 + 1e-9)
        assert found.objective >= lowest * n_groups ** (1 - 1.001) * (1 - 1e-9)
        if second > 1.01 * lowest:  # Groupings closer than the bounds could change places.
            compared += 1
            np.testing.assert_array_equal(groups_of(found), every[int(np.argmin(values))])
    assert compared >= 8


@pytest.mark.parametrize(("n_groups", "printed"), [(3, 16.599), (5, 12.593)])
def test_near_one_it_is_gfe_on_income_and_democracy(
    democracy: Panel, n_groups: int, printed: float
) -> None:
    found = fit(democracy, FCR(n_groups))
    hard = GFE(n_groups).fit(democracy, np.random.default_rng(0))
    assert found.objective == pytest.approx(printed, abs=5e-4)
    assert found.objective == pytest.approx(hard.objective, rel=1e-9)
    np.testing.assert_array_equal(groups_of(found), hard.groups)
    np.testing.assert_allclose(found.theta, hard.theta, rtol=1e-6)
    np.testing.assert_allclose(effects(found), effects(hard), rtol=1e-5)
    assert shares(found).max(axis=1).min() > 0.999


@pytest.mark.parametrize("own", [(), ("x2",)])
@pytest.mark.parametrize("search", SEARCHES[:3])
@pytest.mark.parametrize("m", [2.0, 1.001])
def test_one_group_is_least_squares(m: float, search: FuzzySearch, own: tuple[str, ...]) -> None:
    panel = grouped(3)
    found = fit(panel, FCR(1, m, search, own))
    everyone = np.zeros(24, np.int64)
    objective, theta, alpha = objective_by_dummies(panel.y, panel.x, everyone, 1)
    assert found.objective == pytest.approx(objective, rel=1e-11)
    np.testing.assert_allclose(found.theta, theta, rtol=1e-9)
    np.testing.assert_allclose(effects(found), alpha, rtol=1e-8, atol=1e-10)
    assert (shares(found) == 1).all()


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([2.0, 1.3, 1.001]), st.booleans())
def test_order_of_units_and_constants_of_periods(seed: int, m: float, own: bool) -> None:
    rng = np.random.default_rng(seed)
    panel, order = grouped(4), rng.permutation(24)
    constants = 10 * rng.standard_normal(4)
    estimator = FCR(3, m, FEW, ("x1",) if own else ())
    found = fit(panel, estimator)
    moved = fit(Panel.from_arrays(panel.y + constants, panel.x), estimator)
    shifted = fit(Panel.from_arrays(panel.y[order], panel.x[order]), estimator, seed)
    np.testing.assert_allclose(moved.theta, found.theta, rtol=1e-4)
    np.testing.assert_allclose(effects(moved), effects(found) + constants, atol=2e-4)
    np.testing.assert_allclose(shares(moved), shares(found), atol=1e-4)
    np.testing.assert_allclose(shifted.theta, found.theta, rtol=1e-4)
    assert shifted.objective == pytest.approx(found.objective, rel=1e-8)
    # Groups have other numbers: unit order[i] is unit i of the panel in the new order.
    pairs = zip(groups_of(found)[order], groups_of(shifted), strict=True)
    label = {int(old): int(new) for old, new in pairs}
    columns = [label[h] for h in range(3)]
    np.testing.assert_allclose(shares(shifted)[:, columns], shares(found)[order], atol=1e-4)


def test_equal_generators_give_equal_fits_and_others_the_same_minimum() -> None:
    panel = grouped(5)
    first, again = fit(panel, FCR(3, 1.5), 3), fit(panel, FCR(3, 1.5), 3)
    other = fit(panel, FCR(3, 1.5), 4)
    np.testing.assert_array_equal(first.theta, again.theta)
    np.testing.assert_array_equal(shares(first), shares(again))
    same_fit(other, first, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", [1e8, 1e-8])
@pytest.mark.parametrize("m", [2.0, 1.001])
@pytest.mark.parametrize("own", [(), ("x1",)])
def test_outcomes_in_another_unit(m: float, scale: float, own: tuple[str, ...]) -> None:
    panel = grouped(6)
    estimator = FCR(3, m, FEW, own)
    found = fit(panel, estimator)
    scaled = fit(Panel.from_arrays(panel.y * scale, panel.x), estimator)
    np.testing.assert_array_equal(groups_of(scaled), groups_of(found))
    np.testing.assert_allclose(scaled.theta, found.theta * scale, rtol=1e-6)
    np.testing.assert_allclose(effects(scaled) / scale, effects(found), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(shares(scaled), shares(found), atol=1e-6)
    assert scaled.objective == pytest.approx(found.objective * scale**2, rel=1e-9)
    assert scaled.status == found.status


def test_direct_minimization_with_outcomes_in_another_unit() -> None:
    panel, estimator = grouped(1), FCR(3, 1.5, DirectMinimization(starts=12))
    found = fit(panel, estimator)
    assert found.n_best > 8
    for scale in (1e8, 1e-3):
        scaled = fit(Panel.from_arrays(panel.y * scale, panel.x), estimator)
        assert scaled.objective == pytest.approx(found.objective * scale**2, rel=1e-9)
        # Minimisations from the same starts reach the same ends.
        assert scaled.n_best > 8


def test_group_specific_slopes_are_recovered() -> None:
    panel, (groups, alpha, beta) = with_own_slopes(0)
    for m in (1.001, 1.2):
        found = fit(panel, FCR(3, m, FEW, ("x2",)))
        np.testing.assert_array_equal(groups_of(found), groups)
        # Standard errors are about .5 / sqrt(20 x 6) and .5 / sqrt(60 x 6), .5 / sqrt(20).
        assert np.abs(beta_of(found)[:, 1] - beta[:, 1]).max() < 5 * 0.5 / np.sqrt(120)
        assert np.abs(beta_of(found)[:, 0] - 0.5).max() < 5 * 0.5 / np.sqrt(360)
        assert np.abs(effects(found) - alpha).max() < 5 * 0.5 / np.sqrt(20)
        np.testing.assert_allclose(found.theta, beta_of(found).mean(axis=0))


def test_all_slopes_of_groups_are_regressions_group_by_group() -> None:
    panel, (groups, _, _) = with_own_slopes(1)
    found = fit(panel, FCR(3, 1.001, FEW, ("x2", "x1")))
    for g in range(3):
        own = groups == g
        nobody_else = np.zeros(int(own.sum()), np.int64)
        _, theta, alpha = objective_by_dummies(panel.y[own], panel.x[own], nobody_else, 1)
        np.testing.assert_allclose(beta_of(found)[g], theta, rtol=1e-6)
        np.testing.assert_allclose(effects(found)[g], alpha[0], rtol=1e-6)


@pytest.mark.parametrize("own", [(), ("x1",)])
def test_unit_effects_are_deviations_from_unit_means(own: tuple[str, ...]) -> None:
    plain = grouped(7)
    levels = 20 * np.random.default_rng(0).standard_normal((24, 1))
    panel = Panel.from_arrays(plain.y + levels, plain.x)
    found = fit(panel, FCR(3, 1.3, FEW, own, unit_effects=True))
    same_fit(found, fit(panel.within_units(), FCR(3, 1.3, FEW, own)), rtol=1e-12)
    same_fit(found, fit(plain, FCR(3, 1.3, FEW, own, unit_effects=True)), rtol=1e-4, atol=1e-4)
    assert found.model == Model(True, True, group_slopes=own, soft=True)
    assert found.estimator == FCR(3, 1.3, FEW, own, unit_effects=True)


@pytest.mark.parametrize("m", [2.0, 1.3, 1.05])
def test_direct_minimization_and_annealing_agree(m: float) -> None:
    for seed in range(2):
        panel, _ = with_own_slopes(seed, 30)
        annealed = fit(panel, FCR(3, m, FEW))
        direct = fit(panel, FCR(3, m, DirectMinimization(starts=15)))
        assert direct.objective >= annealed.objective * (1 - 1e-9)
        assert direct.objective == pytest.approx(annealed.objective, rel=1e-8)
        same_fit(direct, annealed, rtol=1e-3, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("n_groups", "m", "seed"), [(3, 1.5, 0), (3, 1.001, 1), (5, 1.001, 2)])
def test_no_search_goes_below_annealing(n_groups: int, m: float, seed: int) -> None:
    panel = grouped(seed)
    best = fit(panel, FCR(n_groups, m)).objective
    for search in (DirectMinimization(starts=20), PaperProgram(starts=5)):
        assert fit(panel, FCR(n_groups, m, search)).objective >= best * (1 - 1e-9)


@pytest.mark.parametrize("evaluations", [1, 50, 400])
def test_the_papers_program_stops_early(evaluations: int, monkeypatch: pytest.MonkeyPatch) -> None:
    panel, counts = grouped(8), []

    def counted(*given: Any) -> float:
        counts.append(1)
        return fuzzy_gradient(*given)

    monkeypatch.setattr(fuzzy_search, "fuzzy_gradient", counted)
    found = fit(panel, FCR(5, 1.001, PaperProgram(starts=4, evaluations=evaluations)))
    # One more set of differences may be under way when the limit is met: 5 x 4 effects, 2 slopes.
    assert len(counts) <= 4 * (evaluations + 3 * 23)
    assert len(counts) >= 4 * min(evaluations, 23)
    assert found.status == Status.ITERATION_LIMIT
    assert found.n_tries == 4
    assert found.objective > fit(panel, FCR(5, 1.001, FEW)).objective * 1.001


def test_more_evaluations_are_no_worse() -> None:
    panel = grouped(8)
    ends = [
        fit(panel, FCR(3, 1.5, PaperProgram(starts=5, evaluations=n))) for n in (1, 60, 200, 20000)
    ]
    assert np.diff([end.objective for end in ends]).max() <= 0
    assert ends[0].objective > 1.01 * ends[-1].objective
    assert ends[-1].status == Status.SUCCESS


def test_starts_of_the_papers_program(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, starts = grouped(9), []

    def watched(objective: Any, start: np.ndarray, **options: Any) -> Any:
        starts.append(start.copy())
        return minimize(objective, start, **options)

    monkeypatch.setattr(fuzzy_search, "minimize", watched)
    fit(panel, FCR(3, 1.5, PaperProgram(starts=200, evaluations=1)))
    _, pooled, alpha = objective_by_dummies(panel.y, panel.x, np.zeros(24, np.int64), 1)
    drawn = np.array(starts)
    np.testing.assert_allclose(drawn[:, 12:], np.tile(pooled, (200, 1)), rtol=1e-9)
    # The search works about period means, whose residuals are the effects of pooled regression.
    effects_drawn = drawn[:, :12].reshape(200, 3, 4) + alpha
    assert ((effects_drawn > -1) & (effects_drawn < 0)).all()
    assert (np.diff(effects_drawn[:, :, 0], axis=1) > 0).all()
    assert abs(effects_drawn.mean() + 0.5) < 4 / np.sqrt(12 * effects_drawn.size)


@pytest.mark.parametrize("m", [2.0, 1.001])
def test_an_exact_fit_is_told(m: float) -> None:
    rng = np.random.default_rng(0)
    x, alpha = rng.standard_normal((8, 3, 1)), np.array([[0.0, 1.0, 2.0], [5.0, 3.0, 9.0]])
    groups = np.arange(8) % 2
    found = fit(Panel.from_arrays(alpha[groups] + 0.5 * x[:, :, 0], x), FCR(2, m))
    assert found.status == Status.EXACT_FIT
    np.testing.assert_array_equal(groups_of(found), groups)
    np.testing.assert_allclose(found.theta, [0.5], rtol=1e-6)
    np.testing.assert_allclose(effects(found), alpha, atol=1e-6)


def test_iteration_limit() -> None:
    panel = grouped(10)
    found = fit(panel, FCR(3, 1.5, Annealing(starts=1, limit=1)))
    assert found.status == Status.ITERATION_LIMIT
    assert fit(panel, FCR(3, 1.5, FEW)).status == Status.SUCCESS


def test_as_many_groups_as_units() -> None:
    panel = Panel.from_arrays(np.random.default_rng(0).standard_normal((5, 3)))
    found = fit(panel, FCR(5))
    assert found.objective == pytest.approx(0.0, abs=1e-20)
    assert groups_of(found).tolist() == list(range(5))
    np.testing.assert_allclose(effects(found), panel.y, rtol=1e-12)


def test_as_many_groups_as_many_units() -> None:
    panel = Panel.from_arrays(np.random.default_rng(0).standard_normal((12, 3)))
    assert fit(panel, FCR(12)).objective == pytest.approx(0.0, abs=1e-20)


def test_a_regressor_that_does_not_vary_within_groups_is_told() -> None:
    rng, groups = np.random.default_rng(3), np.arange(12) % 2
    x = np.outer(groups, rng.standard_normal(3))[:, :, None]
    y = np.outer(groups, [5.0, 10.0, -5.0]) + 0.1 * rng.standard_normal((12, 3))
    panel = Panel.from_arrays(y, x)
    assert GFE(2).fit(panel, np.random.default_rng(0)).status == Status.COLLINEAR
    found = fit(panel, FCR(2))
    assert found.status == Status.COLLINEAR
    assert np.isnan(found.theta).all()


@pytest.mark.parametrize(
    "m", [1.0, 0.5, -2.0, 1 + 1e-9, float("nan"), float("inf"), True, "1.5", None]
)
def test_refuses_m(m: Any) -> None:
    with refused("`m` must be above 1"):
        FCR(2, m)


@pytest.mark.parametrize("groups", [0, -1, 2.0, True, "2", None])
def test_refuses_groups(groups: Any) -> None:
    with refused("`groups` must be a whole number"):
        FCR(groups)


def test_refuses_a_search_that_is_none() -> None:
    with refused("`search` must be a search"):
        FCR(2, search="annealing")  # type: ignore[arg-type]


def test_refuses_more_groups_than_units() -> None:
    with refused("There must be no more groups than units"):
        fit(grouped(0), FCR(25))


@pytest.mark.parametrize("own", [("x3",), ("x1", "x1"), ("x1", "y"), ("X1",)])
def test_refuses_slopes_of_no_regressor(own: tuple[str, ...]) -> None:
    with refused("`group_specific` must be different regressors of the panel"):
        fit(grouped(0), FCR(2, group_specific=own))


def test_refuses_a_regressor_that_is_common_to_periods() -> None:
    panel = grouped(0)
    x = np.concatenate([panel.x, np.broadcast_to(np.arange(4.0)[:, None], (24, 4, 1))], axis=2)
    with refused("Every regressor must vary between the units of a period"):
        fit(Panel.from_arrays(panel.y, x), FCR(2))


def test_refuses_a_regressor_without_variation_in_units() -> None:
    panel = grouped(0)
    x = np.concatenate([panel.x, np.broadcast_to(panel.y[:, :1, None], (24, 4, 1))], axis=2)
    constant = Panel.from_arrays(panel.y, x)
    assert fit(constant, FCR(2)).status == Status.SUCCESS
    with refused("Every regressor must vary between the units of a period"):
        fit(constant, FCR(2, unit_effects=True))


@pytest.mark.parametrize(
    "schedule", [(1.01, 1.1), (1.1, 1.0), (0.9,), (float("nan"),), (float("inf"), 1.1), (1.1, -1.0)]
)
def test_refuses_schedules(schedule: tuple[float, ...]) -> None:
    with refused("`schedule` must fall, and stay above 1"):
        Annealing(schedule=schedule)


@pytest.mark.parametrize("kind", [DirectMinimization, PaperProgram])
@pytest.mark.parametrize("tolerance", [-1e-9, 1.0, float("nan"), float("inf")])
def test_refuses_tolerances(kind: type[PaperProgram], tolerance: float) -> None:
    with refused("`tolerance` must be a share"):
        kind(tolerance=tolerance)


@pytest.mark.parametrize(
    ("kind", "name", "least"),
    [
        (Annealing, "starts", 1),
        (Annealing, "hits", 0),
        (Annealing, "limit", 1),
        (DirectMinimization, "starts", 1),
        (DirectMinimization, "limit", 1),
        (PaperProgram, "starts", 1),
        (PaperProgram, "evaluations", 1),
    ],
)
def test_refuses_counts(kind: Any, name: str, least: int) -> None:
    for value in (least - 1, 1.5, True, "3", float("nan")):
        with refused(f"`{name}` must be a whole number"):
            kind(**{name: value})
    kind(**{name: least})


def test_steps_of_the_schedule_below_m_are_left_out() -> None:
    panel = grouped(11)
    above = fit(panel, FCR(3, 1.5, Annealing(starts=3, schedule=(2.0,))))
    both = fit(panel, FCR(3, 1.5, Annealing(starts=3, schedule=(2.0, 1.5, 1.1, 1.01))))
    np.testing.assert_array_equal(above.theta, both.theta)
