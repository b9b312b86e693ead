"""The genetic search for groups by slopes, against brute force and many starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import ChosenByBIC, GroupedSlopes, MinimumSize, Panel, Pooled, UnitMoves
from gfe_mc.fit import SlopeFit, Status
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


def random_panel(seed: int, n_units: int = 7, n_slopes: int = 3, n_groups: int = 2) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 6, n_slopes, n_groups)


def fit(estimator: GroupedSlopes | UnitMoves, panel: Panel, seed: int = 0) -> SlopeFit:
    return estimator.fit(panel, np.random.default_rng(seed))


def named(which: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """Names of regressors in place of their numbers."""
    return {kind: tuple(f"x{k + 1}" for k in columns) for kind, columns in which.items()}


def groups_of(found: SlopeFit) -> np.ndarray:
    assert found.groups is not None
    return found.groups


@pytest.mark.parametrize("which", KINDS)
@pytest.mark.parametrize(("n_groups", "minimum"), [(2, 1), (3, 1), (2, 3)])
def test_the_best_of_all_groupings(
    which: dict[str, tuple[int, ...]], n_groups: int, minimum: int
) -> None:
    for seed in range(3):
        panel = random_panel(seed, 7, 3, n_groups)
        found = fit(GroupedSlopes(n_groups, MinimumSize(minimum, 0.0), **named(which)), panel)
        best = ref.brute_force(panel, n_groups, minimum, **which)
        assert found.objective == pytest.approx(best, rel=1e-8)
        assert np.bincount(groups_of(found)).min() >= minimum


@pytest.mark.parametrize("which", KINDS)
def test_parts_of_a_fit_agree(which: dict[str, tuple[int, ...]]) -> None:
    panel = random_panel(5, 20, 3, 3)
    found = fit(GroupedSlopes(3, ANY, **named(which)), panel)
    slopes, objective = ref.ols(panel, groups_of(found), **which)
    np.testing.assert_allclose(found.unit_slopes, slopes, rtol=1e-8)
    assert found.objective == pytest.approx(objective, rel=1e-9)
    assert (found.status, found.estimator) == (
        Status.SUCCESS,
        GroupedSlopes(3, ANY, **named(which)),
    )
    assert 1 <= found.n_best <= found.n_tries


def test_no_worse_than_many_starts() -> None:
    for seed in range(4):
        panel = random_panel(seed, 60, 2, 5)
        many, few = UnitMoves(5, 300, ANY), GroupedSlopes(5, ANY)
        assert fit(few, panel).objective <= fit(many, panel).objective * (1 + 1e-9)


def test_one_group_is_pooled_and_a_path_has_as_many_as_fit() -> None:
    panel = random_panel(8, 34, 2, 1)
    path = GroupedSlopes(6).path(panel, np.random.default_rng(0))
    sizes = [np.bincount(groups_of(found)) for found in path]
    assert [len(counts) for counts in sizes] == [1, 2, 3]  # No fourth group of ten.
    assert min(counts.min() for counts in sizes) == 10
    pooled = Pooled().fit(panel, np.random.default_rng(0))
    assert path[0].objective == pooled.objective
    assert path[0].n_tries == 1
    assert path[0].objective > path[1].objective > path[2].objective
    chosen = ChosenByBIC(GroupedSlopes(3)).fit(panel, np.random.default_rng(0))
    assert chosen.objective in [found.objective for found in path]


@settings(max_examples=10)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(0.01, 100), st.floats(-1e4, 1e4))
def test_units_order_scales_and_effects_do_not_matter(
    seed: int, of_y: float, of_x: float, effect: float
) -> None:
    rng, panel = np.random.default_rng(seed), random_panel(seed, 10, 2)
    scales, effects = np.array([of_x, 1.0]), effect * rng.standard_normal((10, 1))
    order = rng.permutation(10)
    same = fit(GroupedSlopes(2, ANY, hits=0), panel)
    changed = Panel.from_arrays(
        (of_y * panel.y + effects)[order], (scales * panel.x + effects[:, :, None])[order]
    )
    found = fit(GroupedSlopes(2, ANY, hits=0), changed)
    assert found.objective == pytest.approx(of_y**2 * same.objective, rel=1e-7)


def test_statuses() -> None:
    panel = random_panel(0, 30, 2, 3)
    assert fit(GroupedSlopes(3, ANY, hits=1, limit=1), panel).status == Status.ITERATION_LIMIT
    twice = Panel.from_arrays(panel.y, panel.x[:, :, [0, 0]])
    found = fit(GroupedSlopes(2, ANY), twice)
    assert found.status == Status.COLLINEAR
    assert np.isnan(found.theta).all()


def test_bad_input_is_refused() -> None:
    for name, value in [("groups", 0), ("population", 1), ("patience", 0), ("hits", -1)]:
        with refused(f"`{name}` must be a whole number"):
            replace(GroupedSlopes(2), **{name: value})  # type: ignore[arg-type]
    with refused("`minimum` must be a minimum size"):
        GroupedSlopes(2, 3)  # type: ignore[arg-type]
    with refused("Every group must have its fewest units"):
        fit(GroupedSlopes(2), random_panel(0, 19))
    with refused("GroupedSlopes needs a regressor with group-specific slopes"):
        fit(GroupedSlopes(2, ANY, common=("x1",)), random_panel(0, n_slopes=1))
