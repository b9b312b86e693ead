"""Units for which no move is ruled out: those, and no others, of which the bound says so."""

import numpy as np
import pytest

from gfe_mc.kernels.profiles.arrays import TILE
from gfe_mc.kernels.profiles.crossproducts import regroup, update
from gfe_mc.kernels.profiles.iterate import begin, iterate
from gfe_mc.kernels.profiles.moves import take_stock
from gfe_mc.kernels.profiles.screen import all_units, screen
from gfe_mc.kernels.profiles.starts import random_parameters
from tests.kernels.profiles.test_near import improvable
from tests.reference import gfe_numpy as twin
from tests.reference.panels import counted_panel, kernel_arrays, random_panel, starting_slopes


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_regressors", "n_groups"), [(0, 4), (1, 2), (2, 3), (3, 6)])
@pytest.mark.parametrize("n_units", [40, TILE, TILE + 45])
def test_units_are_those_that_the_bound_leaves(
    n_units: int, n_regressors: int, n_groups: int, weighted: bool
) -> None:
    rng = np.random.default_rng([n_units, n_regressors, n_groups, weighted])
    y, x, weights = counted_panel(rng, n_units, 5, n_regressors)
    data, now, scratch = kernel_arrays(y, x, n_groups, weights if weighted else None)
    random_parameters(data, rng, starting_slopes(n_regressors), now, scratch)
    begin(data, now, scratch)
    assert take_stock(data, now, scratch)
    found = scratch.near[: screen(data, now, scratch)].copy()

    expected = twin.screen(y, x, now.groups, n_groups, weights if weighted else None)
    assert found.tolist() == expected
    better = improvable(data, now, scratch)
    assert len(better) > 0
    assert np.isin(better, found).all()


def test_most_units_are_left_out_near_a_local_optimum() -> None:
    rng = np.random.default_rng(3)
    y, x = random_panel(rng, 200, 6, 2)
    y += 3.0 * np.eye(4, 6)[rng.integers(4, size=200)]
    data, now, scratch = kernel_arrays(y, x, 4)
    random_parameters(data, rng, starting_slopes(2), now, scratch)
    iterate(data, now, scratch, begin(data, now, scratch), 1000)
    assert take_stock(data, now, scratch)
    assert 0 < screen(data, now, scratch) < 60


def test_a_unit_alone_is_left_out() -> None:
    y, x = random_panel(np.random.default_rng(2), 30, 3, 1)
    data, now, scratch = kernel_arrays(y, x, 2)
    groups = np.zeros(30, np.int64)
    groups[7] = 1
    regroup(data, groups, now)
    update(data, now, scratch.factor)
    take_stock(data, now, scratch)
    assert 7 not in scratch.near[: screen(data, now, scratch)]


def test_all_units() -> None:
    near = np.full(5, -1)
    assert all_units(near) == 5
    assert near.tolist() == [0, 1, 2, 3, 4]
