"""C-Lasso, against its algorithm in plain NumPy and a smooth minimiser of one step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from gfe_mc import CLasso, Panel, Pooled, StaticSlopes, UnitByUnit
from gfe_mc.fit import SlopeFit, Status
from gfe_mc.kernels.slopes.classifier import pull_units
from gfe_mc.kernels.slopes.products import unit_products
from tests.helpers import refused
from tests.reference import slopes_numpy as ref

RNG = np.random.default_rng(0)


def random_panel(seed: int, n_units: int = 9, n_slopes: int = 2) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 8, n_slopes, 3)


def fit(estimator: CLasso, panel: Panel) -> SlopeFit:
    return estimator.fit(panel, RNG)


def gappy(seed: int, n_units: int = 9, n_slopes: int = 2) -> Panel:
    rng = np.random.default_rng(1000 + seed)
    return ref.with_gaps(random_panel(seed, n_units, n_slopes), rng, n_slopes + 2)


def value(
    panel: Panel, beta: np.ndarray, centre: np.ndarray, thresholds: np.ndarray, eps: float = 0.0
) -> float:
    """Half the sum of squares, and thresholds times distances, whose corners `eps` rounds."""
    y, x = ref.deviations(panel)
    away = np.sqrt(((beta - centre) ** 2).sum(axis=1) + eps**2)
    ssr = ((y - np.einsum("itk,ik->it", x, beta)) ** 2).sum()
    return float(0.5 * ssr + thresholds @ away)


def pulled(panel: Panel, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre (K,) and slopes (N, K) of one step by the kernel."""
    n_units, _, n_slopes = panel.shape
    products = np.empty((n_units, n_slopes + 1, n_slopes + 1))
    unit_products(panel.y, panel.x, products)
    centre, beta = np.zeros(n_slopes), np.zeros((n_units, n_slopes))
    assert pull_units(products, thresholds, 200, centre, beta)
    return centre, beta


def plain_step(
    panel: Panel, thresholds: np.ndarray, centre: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The step by quadratics above the distances, each solved for centre and slopes at once."""
    y, x = ref.deviations(panel)
    inner, cross = np.einsum("itk,itj->ikj", x, x), np.einsum("itk,it->ik", x, y)
    beta = np.linalg.solve(inner, cross[:, :, None])[:, :, 0]
    identity = np.eye(x.shape[2])
    for _ in range(1000):
        distances = np.sqrt(((beta - centre) ** 2).sum(axis=1) + 1e-20)
        pull = (thresholds / distances)[:, None, None] * identity
        both = np.linalg.inv(inner + pull)
        left = (pull - pull @ both @ pull).sum(axis=0)
        side = (pull @ both @ cross[:, :, None])[:, :, 0].sum(axis=0)
        if thresholds.any():
            centre = np.linalg.solve(left, side)
        beta = np.einsum("ikj,ij->ik", both, cross + pull @ centre)
    return centre, beta


def test_one_slope_by_hand() -> None:
    # x'x is 2 and slopes alone 0, 1, 5. At centre a each unit moves by no more than t / 2 from its
    # own slope; 2 (1 - a) + min(t, ..) terms: scores at a are -2a, 2 - 2a, 10 - 2a, the last cut
    # at t = 1. So -2a + 2 - 2a + 1 = 0 if none of the others is cut, but 2 a = 1.5 is: then
    # -1 + 2 - 2a + 1 = 0, a = 1: slopes 1/2, 1, 9/2.
    left, x = np.array([1.0, -2.0, 1.0]), np.array([-1.0, 0.0, 1.0])
    y = np.array([0.0, 1.0, 5.0])[:, None] * x + left
    panel = Panel.from_arrays(y, np.tile(x, (3, 1))[:, :, None])
    centre, beta = pulled(panel, np.ones(3))
    assert centre == pytest.approx([1.0])
    assert beta[:, 0] == pytest.approx([0.5, 1.0, 4.5])


@pytest.mark.parametrize("n_slopes", [1, 2])
def test_a_step_is_the_least_of_its_convex_problem(n_slopes: int) -> None:
    for seed in range(2):
        panel, rng = random_panel(seed, 7, n_slopes), np.random.default_rng(seed)
        thresholds = rng.uniform(0.0, 8.0, 7)
        thresholds[0] = 0.0
        centre, beta = pulled(panel, thresholds)
        lowest = value(panel, beta, centre, thresholds)
        near, slopes = plain_step(panel, thresholds, np.zeros(n_slopes))
        assert lowest <= value(panel, slopes, near, thresholds) + 1e-9
        np.testing.assert_allclose(beta, slopes, atol=1e-5)

        def smooth(
            both: np.ndarray,
            panel: Panel = panel,
            thresholds: np.ndarray = thresholds,
        ) -> float:
            return value(panel, both[1:], both[0], thresholds, 1e-5)

        found = minimize(  # type: ignore[call-overload]
            lambda z: smooth(np.reshape(z, (8, n_slopes))),
            np.vstack([centre, beta]).ravel() + 0.01,
            method="BFGS",
        )
        assert found.fun == pytest.approx(lowest, abs=1e-3)
        assert lowest <= found.fun


def plain(panel: Panel, n_groups: int, constant: float, rounds: int) -> tuple[Any, Any]:
    """The authors' rounds, from slopes of units alone and centres at zero."""
    y, _ = ref.deviations(panel)
    n_units, _, n_slopes = panel.shape
    n_periods = panel.observed.sum(axis=1).mean()
    variance = y[panel.observed].var(ddof=1)
    penalty = constant * variance * n_periods ** (-1 / 3)
    alone = UnitByUnit().fit(panel, RNG).unit_slopes
    slopes, centres = [alone.copy() for _ in range(n_groups)], np.zeros((n_groups, n_slopes))
    for _ in range(rounds):
        for g in range(n_groups):
            product = np.ones(n_units)
            for h in range(n_groups):
                if h != g:
                    product *= np.linalg.norm(slopes[h] - centres[h], axis=1)
            thresholds = penalty / n_units * product * n_units * n_periods / 2
            centres[g], slopes[g] = plain_step(panel, thresholds, centres[g])
    return centres, np.array(slopes)


@pytest.mark.slow
@pytest.mark.parametrize(("n_groups", "n_slopes"), [(2, 1), (2, 2), (3, 2)])
def test_rounds_are_the_authors(n_groups: int, n_slopes: int) -> None:
    for seed, of in ((0, random_panel), (1, random_panel), (2, gappy)):
        panel = of(seed, 8, n_slopes)
        found = CLasso(n_groups, limit=3, tolerance=1e-12).shrink(panel)
        centres, slopes = plain(panel, n_groups, 0.5, 3)
        np.testing.assert_allclose(found.centres, centres, atol=1e-3)
        np.testing.assert_allclose(found.slopes, slopes, atol=2e-3)


def test_rounds_on_a_panel_with_gaps_are_the_authors_of_its_observations() -> None:
    panel = gappy(3, 8)
    found = CLasso(2, limit=1, tolerance=1e-12).shrink(panel)
    centres, slopes = plain(panel, 2, 0.5, 1)
    np.testing.assert_allclose(found.centres, centres, atol=1e-3)
    np.testing.assert_allclose(found.slopes, slopes, atol=2e-3)


def test_one_centre_is_the_least_of_the_objective_over_observed_cells() -> None:
    panel, constant = gappy(5, 7), 0.8
    cells = [(i, t) for i in range(7) for t in range(8) if panel.observed[i, t]]
    own = [[t for j, t in cells if j == i] for i in range(7)]
    around = [panel.y[i, own[i]].mean() for i in range(7)]
    variance = sum((panel.y[i, t] - around[i]) ** 2 for i, t in cells) / (len(cells) - 1)
    penalty = constant * variance * (len(cells) / 7) ** (-1 / 3)

    def objective(both: np.ndarray, eps: float) -> float:
        """Means and slopes of units and the centre; the sum of squares over its number of terms."""
        mu, beta, centre = both[:7], both[7:21].reshape(7, 2), both[21:]
        squares = sum((panel.y[i, t] - mu[i] - panel.x[i, t] @ beta[i]) ** 2 for i, t in cells)
        lengths = np.sqrt(((beta - centre) ** 2).sum(axis=1) + eps**2)
        return float(squares / len(cells) + penalty / 7 * lengths.sum())

    now = CLasso(1, constant).shrink(panel)
    mu = [
        np.mean([panel.y[i, t] - panel.x[i, t] @ now.slopes[0, i] for t in own[i]])
        for i in range(7)
    ]
    found = np.concatenate([mu, now.slopes[0].ravel(), now.centres[0]])
    best = minimize(objective, found + 0.01, args=(1e-4,), method="BFGS")
    assert objective(found, 0.0) <= best.fun
    assert objective(found, 0.0) == pytest.approx(best.fun, abs=1e-3)


@pytest.mark.parametrize("of", [random_panel, gappy])
def test_limits_are_units_alone_and_pooled_least_squares(of: Any) -> None:
    panel = of(4)
    none = CLasso(2, constant=0.0).shrink(panel)
    alone = UnitByUnit().fit(panel, RNG).unit_slopes
    np.testing.assert_allclose(none.slopes, [alone, alone], rtol=1e-9)
    assert fit(CLasso(2, constant=0.0), panel).status == Status.GROUP_TOO_SMALL
    pooled = Pooled().fit(panel, RNG)
    strong = CLasso(2, constant=1e4).shrink(panel)
    np.testing.assert_allclose(strong.slopes[0], np.tile(pooled.theta, (9, 1)), rtol=1e-6)
    # All units are at the first centre, and none is left for the second.
    found = fit(CLasso(2, constant=1e4), panel)
    assert found.status == Status.GROUP_TOO_SMALL
    assert found.objective == pooled.objective
    np.testing.assert_array_equal(fit(CLasso(1), panel).theta, pooled.theta)


@settings(max_examples=10)
@given(st.integers(0, 1000), st.floats(0.3, 3), st.floats(-100, 100), st.booleans())
def test_units_order_scale_and_effects_do_not_matter(
    seed: int, of_y: float, effect: float, gaps: bool
) -> None:
    rng, panel = np.random.default_rng(seed), (gappy if gaps else random_panel)(seed, 12)
    order, effects = rng.permutation(12), effect * rng.standard_normal((12, 1))
    changed = Panel.from_arrays(
        (of_y * panel.y + effects)[order], panel.x[order], observed=panel.observed[order]
    )
    # Distances of two centres are multiplied: lambda is of y^2, the penalty of y^4.
    before = CLasso(2, limit=3, tolerance=1e-12)
    after = CLasso(2, constant=0.5 * of_y**-2, limit=3, tolerance=1e-12)
    one, other = before.shrink(panel), after.shrink(changed)
    scale = np.abs(one.slopes).max()
    np.testing.assert_allclose(other.centres / of_y, one.centres, atol=1e-5 * scale)
    np.testing.assert_allclose(other.slopes / of_y, one.slopes[:, order], atol=1e-5 * scale)


def design(n_periods: int = 60) -> StaticSlopes:
    """The authors' static panels: slopes that add up to two, all normal."""
    beta = ((0.4, 1.6), (1.0, 1.0), (1.6, 0.4))
    truth = tuple((np.arange(30) % 3).tolist())
    return StaticSlopes(n_periods, beta, truth, x_mean=0.0, x_variance=1.0)


@pytest.mark.parametrize("gaps", [False, True])
def test_groups_of_a_design_that_is_clear(gaps: bool) -> None:
    panel = design().draw(np.random.default_rng(5)).panel
    if gaps:
        panel = ref.with_gaps(panel, np.random.default_rng(6), 30)
    found = fit(CLasso(3), panel)
    assert found.groups.tolist() == (np.arange(30) % 3).tolist()
    assert found.status == Status.SUCCESS
    slopes, ssr = ref.ols(panel, found.groups)
    np.testing.assert_allclose(found.unit_slopes, slopes, rtol=1e-8)
    assert found.objective == pytest.approx(ssr, rel=1e-9)
    path = CLasso(4).path(panel, RNG)
    assert [one.n_groups for one in path if one.status.usable][:3] == [1, 2, 3]
    assert path[2].objective == found.objective
    assert len(CLasso(50).path(random_panel(0, 3), RNG)) == 3


@pytest.mark.parametrize("of", [random_panel, gappy])
def test_slopes_of_units_own_are_taken_out(of: Any) -> None:
    panel = of(6, 10, 3)
    found = fit(CLasso(2, individual=("x2",)), panel)
    slopes, ssr = ref.ols(panel, found.groups, individual=(1,))
    assert found.objective == pytest.approx(ssr, rel=1e-9)
    np.testing.assert_allclose(found.unit_slopes, slopes, rtol=1e-7, atol=1e-9)


def test_too_few_rounds_are_said() -> None:
    panel = design(15).draw(np.random.default_rng(1)).panel
    found = fit(CLasso(3, limit=1), panel)
    assert found.status == Status.ITERATION_LIMIT


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": 0}, "`groups` must be a whole number"),
        ({"constant": -1.0}, "`constant` must be a number from 0"),
        ({"constant": np.inf}, "`constant` must be a number from 0"),
        ({"tolerance": 0.0}, "`tolerance` must be a share between 0 and 1"),
        ({"limit": 0}, "`limit` must be a whole number"),
        ({"individual": "x1"}, "`individual` must be a tuple of names"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with refused(message):
        CLasso(**{"groups": 2, **options})


def test_bad_panels_are_refused() -> None:
    panel = random_panel(0)
    with refused("CLasso estimates every unit alone, from more than K + 1 periods"):
        fit(CLasso(2), Panel.from_arrays(panel.y[:, :3], panel.x[:, :3]))
    with refused("Every group must have its fewest units; got 10 groups of at least 1"):
        fit(CLasso(10), panel)
    with refused("CLasso needs a regressor with group-specific slopes"):
        fit(CLasso(2, individual=("x1", "x2")), panel)
