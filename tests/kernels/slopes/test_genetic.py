"""The genetic search for groups by slopes: its parts by hand, and its ends."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc.estimators.slopes.grouped_slopes import NONE_GIVEN
from gfe_mc.kernels.slopes.genetic import (
    assign,
    cross_slopes,
    evolve_slopes,
    match_slopes,
    place_slopes,
    slopes_about_unit,
    total_products,
)
from gfe_mc.kernels.slopes.products import empty_slopes, total_floor
from gfe_mc.kernels.slopes.pull import no_pull
from gfe_mc.kernels.slopes.search import search_slopes
from tests.kernels.slopes.test_products import by_slopes, crossproducts
from tests.reference import slopes_numpy as ref


def total_of(products: np.ndarray) -> np.ndarray:
    total = np.empty(products.shape[1:])
    total_products(products, total)
    return total


def test_the_total_is_a_sum() -> None:
    products = crossproducts(ref.grouped_panel(np.random.default_rng(0), 6, 5, 2, 2))
    np.testing.assert_allclose(total_of(products), products.sum(axis=0), rtol=1e-13)


@pytest.mark.parametrize("scales", [(1.0, 1.0), (1e3, 1e-3)])
def test_groups_are_matched_by_what_their_slopes_explain(scales: tuple[float, float]) -> None:
    first = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 0.0]])
    second = np.array([[2.9, 0.1], [0.2, 0.0], [1.0, 1.5]])
    scale, partner = np.array(scales), np.zeros(3, np.int64)
    total = np.diag([*(4.0 * scale**2), 0.0])
    match_slopes(first / scale, second / scale, total, partner)
    assert partner.tolist() == [1, 2, 0]


def test_slopes_about_a_unit_lie_between_its_own_and_its_group_s() -> None:
    # All units have the same regressor: half way.
    products, beta = by_slopes(0.0, 1.0, 5.0), np.array([[7.0], [1.0]])
    slopes_about_unit(products, 2, total_of(products), 1, 0, beta)
    assert beta.tolist() == [[3.0], [1.0]]


def test_a_unit_without_variation_leaves_the_slopes_of_its_group() -> None:
    products, beta = by_slopes(0.0, 1.0, 5.0), np.array([[7.0], [1.0]])
    products[2] = 0.0
    slopes_about_unit(products, 2, total_of(products), 1, 0, beta)
    assert beta.tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize(
    ("minimum", "expected"),
    [(1, [0, 0, 0, 0, 1]), (2, [0, 0, 0, 1, 1])],
)
def test_units_go_to_the_nearest_slopes_and_groups_have_their_fewest(
    minimum: int, expected: list[int]
) -> None:
    groups = np.empty(5, np.int64)
    assign(
        by_slopes(0.0, 1.0, 2.0, 4.0, 9.0), minimum, np.array([[1.0], [10.0]]), no_pull(), groups
    )
    assert groups.tolist() == expected


def test_no_group_is_empty() -> None:
    groups = np.empty(3, np.int64)
    assign(by_slopes(0.0, 1.0, 2.0), 1, np.array([[1.0], [50.0], [60.0]]), no_pull(), groups)
    assert sorted(groups) == [0, 1, 2]


def test_a_child_has_its_parents_slopes_but_for_one_group() -> None:
    rng = np.random.default_rng(1)
    products = by_slopes(*rng.standard_normal(8))
    members, child = rng.standard_normal((4, 3, 1)), np.empty((3, 1))
    for _ in range(50):
        cross_slopes(
            products, total_of(products), rng, members, False, np.zeros(3, np.int64), child
        )
        assert sum(value in members for value in child.ravel()) >= 2


def test_places() -> None:
    objectives = np.array([3.0, 5.0, np.inf])
    assert place_slopes(objectives, 2, 1.0) == 2
    objectives[2] = 4.0
    assert place_slopes(objectives, 3, 4.5) == 1
    assert place_slopes(objectives, 3, 4.0 * (1.0 + 1e-11)) == -1


def evolved(patience: int, hits: int, minimum: int = 1) -> tuple[float, int, int, np.ndarray]:
    products = crossproducts(ref.grouped_panel(np.random.default_rng(2), 30, 6, 2, 3))
    now = empty_slopes(30, 3, 2, 2)
    total_floor(products, 2, now.floor)
    options = 2, minimum, 8, patience, hits, 1000
    objective, n_best, n_tries, settled = evolve_slopes(
        products, *options, np.random.default_rng(0), no_pull(), NONE_GIVEN, now
    )
    assert settled
    assert now.counts.min() >= minimum
    return objective, n_best, n_tries, now.groups.copy()


def test_where_it_ends() -> None:
    objective, n_best, n_tries, _ = evolved(40, 0)
    assert n_tries >= 48
    assert 1 <= n_best <= n_tries
    same, few, tries, _ = evolved(40, 2)
    assert (same, few) == (objective, 2)
    assert tries < n_tries


@pytest.mark.parametrize("minimum", [1, 8])
def test_it_finds_what_many_starts_find(minimum: int) -> None:
    panel = ref.grouped_panel(np.random.default_rng(2), 30, 6, 2, 3)
    products, now = crossproducts(panel), empty_slopes(30, 3, 2, 2)
    total_floor(products, 2, now.floor)
    options = 2, minimum, 500, 1000, True, np.random.default_rng(1)
    many, _, _ = search_slopes(products, *options, no_pull(), now)
    objective, _, _, groups = evolved(100, 0, minimum)
    assert objective <= many * (1 + 1e-9)
    assert objective == pytest.approx(ref.ols(panel, groups)[1], rel=1e-9)
