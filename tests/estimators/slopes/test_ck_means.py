"""Conditional K-means and single-unit moves, against least squares and brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import CKMeans, Fit, MinimumSize, Panel, Pooled, StaticSlopes, UnitMoves
from gfe_mc.fit import Status
from tests.helpers import refused
from tests.reference import slopes_numpy as ref

ANY = MinimumSize(1, 0.0)
KINDS: list[dict[str, tuple[int, ...]]] = [
    {},
    {"common": (1,)},
    {"individual": (0,)},
    {"common": (0,), "individual": (1,)},
]
"""Which slopes of three regressors are not group-specific."""


def random_panel(seed: int, n_units: int = 7, n_slopes: int = 1, n_groups: int = 2) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 6, n_slopes, n_groups)


def fit(estimator: CKMeans, panel: Panel, seed: int = 0) -> Fit:
    return estimator.fit(panel, np.random.default_rng(seed))


def named(which: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """Names of regressors in place of their numbers."""
    return {kind: tuple(f"x{k + 1}" for k in columns) for kind, columns in which.items()}


def groups_of(found: Fit) -> np.ndarray:
    assert found.groups is not None
    return found.groups


def beta_of(found: Fit) -> np.ndarray:
    assert found.beta is not None
    return found.beta


@pytest.mark.parametrize("kind", [CKMeans, UnitMoves])
def test_exact_slopes_by_hand(kind: type[CKMeans]) -> None:
    x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [4.0, 1.0, 0.0]])
    y = np.array([3.0, 1.0, 3.0, 3.0])[:, None] * x + np.arange(4.0)[:, None]
    found = fit(kind(2, minimum=ANY), Panel.from_arrays(y, x[:, :, None]))
    assert groups_of(found).tolist() == [0, 1, 0, 0]
    np.testing.assert_allclose(beta_of(found), [[3.0], [1.0]], rtol=1e-12)
    assert found.theta == pytest.approx([2.5], rel=1e-12)
    assert found.objective == pytest.approx(0.0, abs=1e-12)
    assert (found.status, found.n_tries) == (Status.SUCCESS, 10)


@pytest.mark.parametrize(("n_slopes", "which"), [(1, {}), (2, {}), *((3, w) for w in KINDS[1:])])
@pytest.mark.parametrize("n_groups", [2, 3])
def test_unit_moves_find_the_best_of_all_groupings(
    n_slopes: int, which: dict[str, tuple[int, ...]], n_groups: int
) -> None:
    estimator, hits = UnitMoves(n_groups, 30, ANY, **named(which)), 0
    for seed in range(8):
        panel = random_panel(seed, 7, n_slopes, n_groups)
        best = ref.brute_force(panel, n_groups, 1, **which)
        found = fit(estimator, panel, seed)
        assert found.objective >= best * (1 - 1e-9)
        hits += int(found.objective <= best * (1 + 1e-9))
    assert hits >= 7


@pytest.mark.parametrize("which", KINDS)
@pytest.mark.parametrize(("n_groups", "minimum"), [(2, 1), (3, 3)])
def test_where_the_searches_end(
    which: dict[str, tuple[int, ...]], n_groups: int, minimum: int
) -> None:
    options = n_groups, 1, MinimumSize(minimum, 0.0)
    for seed in range(6):
        panel = random_panel(seed, 11, 3, 3)
        plain = fit(CKMeans(*options, **named(which)), panel, seed)
        groups, within = groups_of(plain), panel.within_units()
        # No unit of a group that has enough is explained better by the slopes of another one.
        slopes, objective = ref.ols(panel, groups, **which)
        assert plain.objective == pytest.approx(objective, rel=1e-9)
        for i in np.flatnonzero(np.bincount(groups)[groups] > minimum):
            ssr = []
            for g in range(n_groups):
                beta = slopes[np.argmax(groups == g)].copy()
                y, x = within.y[i], within.x[i]
                own = list(which.get("individual", ()))
                beta[own] = np.linalg.lstsq(
                    x[:, own], y - np.delete(x, own, 1) @ np.delete(beta, own), rcond=None
                )[0]
                ssr.append(((y - x @ beta) ** 2).sum())
            assert ssr[groups[i]] <= min(ssr) * (1 + 1e-9)
        # The same start, and then no move of one unit lowers the objective.
        moved = fit(UnitMoves(*options, **named(which)), panel, seed)
        least = ref.after_one_move(panel, groups_of(moved), n_groups, minimum, **which)
        assert moved.objective <= min(plain.objective, least) * (1 + 1e-9)
        assert min(np.bincount(groups).min(), np.bincount(groups_of(moved)).min()) >= minimum


@pytest.mark.parametrize("which", KINDS)
def test_parts_of_a_fit_agree(which: dict[str, tuple[int, ...]]) -> None:
    panel = random_panel(5, 20, 3, 3)
    found = fit(UnitMoves(3, 10, ANY, **named(which)), panel)
    beta = beta_of(found)
    assert found.unit_slopes is not None
    assert found.group_objectives is not None
    groups, (slopes, objective) = groups_of(found), ref.ols(panel, groups_of(found), **which)
    np.testing.assert_allclose(found.unit_slopes, slopes, rtol=1e-8)
    np.testing.assert_allclose(found.theta, slopes.mean(axis=0), rtol=1e-8)
    assert found.objective == pytest.approx(objective, rel=1e-9)
    squares = (found.residuals(panel) ** 2).sum(axis=1)
    np.testing.assert_allclose(found.group_objectives, np.bincount(groups, squares), rtol=1e-9)
    own = list(which.get("individual", ()))
    assert np.isnan(beta[:, own]).all()
    rest = [k for k in range(3) if k not in own]
    np.testing.assert_array_equal(beta[groups][:, rest], found.unit_slopes[:, rest])
    assert np.ptp(beta[:, list(which.get("common", ()))], axis=0).sum() == 0.0
    assert list(np.unique(groups, return_index=True)[1].argsort()) == [0, 1, 2]
    assert 1 <= found.n_best <= found.n_tries == 10


@pytest.mark.parametrize("kind", [CKMeans, UnitMoves])
@pytest.mark.parametrize("individual", [(), ("x2",)])
def test_one_group_is_pooled(kind: type[CKMeans], individual: tuple[str, ...]) -> None:
    panel = random_panel(6, 12, 2)
    one = fit(kind(1, individual=individual), panel)
    pooled = Pooled(individual).fit(panel, np.random.default_rng(0))
    np.testing.assert_array_equal(one.theta, pooled.theta)
    assert one.objective == pooled.objective
    assert (one.n_tries, one.status) == (1, Status.SUCCESS)


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(0.01, 100), st.floats(-1e4, 1e4))
def test_units_order_scales_and_effects_do_not_matter(
    seed: int, of_y: float, of_x: float, effect: float
) -> None:
    rng, panel = np.random.default_rng(seed), random_panel(seed, 10, 2)
    scales, effects = np.array([of_x, 1.0]), effect * rng.standard_normal((10, 1))
    estimator, order = UnitMoves(2, 500, ANY), rng.permutation(10)
    same = fit(estimator, panel)
    changed = fit(
        estimator,
        Panel.from_arrays(
            (of_y * panel.y + effects)[order], (scales * panel.x + effects[:, :, None])[order]
        ),
    )
    assert changed.objective == pytest.approx(of_y**2 * same.objective, rel=1e-7)
    together = groups_of(same)[:, None] == groups_of(same)
    turned = groups_of(changed)[:, None] == groups_of(changed)
    np.testing.assert_array_equal(turned, together[np.ix_(order, order)])
    np.testing.assert_allclose(changed.theta * scales / of_y, same.theta, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", [CKMeans, UnitMoves])
def test_well_separated_groups_are_found(kind: type[CKMeans]) -> None:
    truth = np.arange(45) % 3
    design = StaticSlopes(30, ((1.0, 0.5), (0.0, 0.0), (0.5, -1.0)), tuple(truth.tolist()))
    panel = design.draw(np.random.default_rng(0)).panel
    found = fit(kind(3), panel)
    assert groups_of(found).tolist() == truth.tolist()
    np.testing.assert_allclose(beta_of(found), [[1.0, 0.5], [0.0, 0.0], [0.5, -1.0]], atol=0.15)
    again = fit(kind(3), panel)
    assert beta_of(found).tobytes() == beta_of(again).tobytes()


def test_default_minimum_and_path() -> None:
    panel = random_panel(8, 34, 2, 1)
    path = UnitMoves(6).path(panel, np.random.default_rng(0))
    counts = [np.bincount(groups_of(found)) for found in path]
    assert [len(sizes) for sizes in counts] == [1, 2, 3]  # No fourth group of ten.
    assert min(sizes.min() for sizes in counts) == 10
    assert path[0].objective > path[1].objective > path[2].objective
    assert MinimumSize().of(234) == 24
    assert MinimumSize(1, 0.07).of(100) == 7  # Which the product exceeds by rounding.


def test_statuses() -> None:
    panel = random_panel(0, 30, 2, 3)
    assert fit(CKMeans(3, 1, ANY, limit=1), panel).status == Status.ITERATION_LIMIT
    assert fit(UnitMoves(3, 1, ANY, limit=1), panel).status == Status.ITERATION_LIMIT
    assert fit(CKMeans(3, 1, ANY), panel).status == Status.SUCCESS
    twice = Panel.from_arrays(panel.y, panel.x[:, :, [0, 0]])
    for common in ((), ("x1",)):
        found = fit(CKMeans(2, minimum=ANY, common=common), twice)
        assert found.status == Status.COLLINEAR
        assert np.isnan(found.theta).all()


def test_bad_input_is_refused() -> None:
    panel = random_panel(0, 19, 2)
    for name in ("groups", "starts", "limit"):
        for value in (0, 2.0, True):
            with refused(f"`{name}` must be a whole number"):
                replace(CKMeans(2), **{name: value})  # type: ignore[arg-type]
    for units, share, wrong in [(0, 0.1, "units"), (1.0, 0.1, "units"), (1, 0.6, "share")]:
        with refused(f"`{wrong}` must be"):
            MinimumSize(units, share)  # type: ignore[arg-type]
    with refused("Every group must have its fewest units"):
        fit(CKMeans(2), panel)
    with refused("CKMeans needs regressors"):
        fit(CKMeans(1), Panel.from_arrays(panel.y))
    for names in ({"common": ("x3",)}, {"common": ("x1",), "individual": ("x1",)}):
        with refused("must be different regressors of the panel"):
            fit(CKMeans(1, **named({}) | names), panel)
    with refused("more periods than slopes of a unit's own"):
        fit(CKMeans(1, individual=("x1",)), Panel.from_arrays(panel.y[:, :2], panel.x[:, :2]))
    x, observed = panel.x.copy(), np.ones(panel.y.shape, bool)
    x[:, :, 1], observed[0, 1:] = np.arange(19.0)[:, None], False
    with refused("Every regressor must vary over time; got x2, constant in every unit"):
        fit(CKMeans(1), Panel.from_arrays(panel.y, x))
    with refused("Every unit must be observed in 2 periods", "the first 0 in 1"):
        fit(UnitMoves(1), Panel.from_arrays(panel.y, panel.x, observed=observed))
    with refused("The squares of `y`"):
        fit(CKMeans(1), Panel.from_arrays(panel.y * 1e200, panel.x))


def test_a_minimum_that_is_a_number_is_refused() -> None:
    with refused("`minimum` must be a minimum size"):
        fit(CKMeans(2, minimum=3), random_panel(0))  # type: ignore[arg-type]


def test_groups_without_slopes_of_their_own_are_refused() -> None:
    with refused("CKMeans needs a regressor with group-specific slopes"):
        fit(CKMeans(2, minimum=ANY, common=("x1",)), random_panel(0))
