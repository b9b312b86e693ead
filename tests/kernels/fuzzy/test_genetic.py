"""The crossing of local minima, part by part."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc.kernels.fuzzy.arrays import empty_fuzzy, fuzzy_data
from gfe_mc.kernels.fuzzy.descend import descend_fuzzy
from gfe_mc.kernels.fuzzy.genetic import (
    FuzzyPopulation,
    cross_fuzzy,
    evolve_fuzzy,
    exchange_and_descend,
    far_unit,
    place_member,
)
from gfe_mc.kernels.fuzzy.weights import measure
from tests.reference import fuzzy_numpy as ref
from tests.reference.panels import random_panel


def series(n_slopes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A random panel, and its series as the kernels take them."""
    y, x = random_panel(np.random.default_rng([9, seed]), 12, 4, n_slopes)
    z = np.concatenate([x, y[:, :, None]], axis=2).transpose(0, 2, 1)
    return y, x, np.ascontiguousarray(z)


@pytest.mark.parametrize("own", [0, 1, 2])
def test_children_are_made_of_two_parents_and_a_unit(own: int) -> None:
    y, x, z = series(2)
    rng, data = np.random.default_rng(0), fuzzy_data(z, own)
    now = empty_fuzzy(12, 3, 4, 3, own)
    base = 10.0 * np.arange(3)[:, None] + np.zeros(4)
    # Groups of the second parent are those of the first in another order.
    alpha = np.stack([base, base[[2, 0, 1]] + 1.0])
    beta = np.zeros((2, 3, 2))
    beta[0], beta[1] = [1.0, 3.0], [2.0, 5.0]
    members = FuzzyPopulation(alpha, beta, np.zeros(2))
    moved = []
    for _ in range(300):
        cross_fuzzy(data, rng, members, np.arange(3), now)
        inherited = [np.isin(now.alpha[g], [10.0 * g, 10.0 * g + 1]).all() for g in range(3)]
        swapped = [
            np.isin(now.alpha[g], [base[[2, 0, 1]][g, 0] + 1, base[[2, 0, 1]][g, 0]]).all()
            for g in range(3)
        ]
        # All but one profile come from a parent, numbered as in the first of the two drawn.
        assert max(sum(inherited), sum(swapped)) >= 2
        for k, (low, high) in enumerate([(1.0, 2.0), (3.0, 5.0)]):
            if k < own:
                assert np.isin(now.beta[:, k], [low, high]).all()
            else:
                assert (now.beta[:, k] == now.beta[0, k]).all()
                assert low <= now.beta[0, k] <= high
        fitted = y[:, None] - np.einsum("ntk,gk->ngt", x, now.beta)
        away = np.abs(fitted - now.alpha).max(axis=2)
        assert away.min() < 1e-12
        moved.append(int(np.unravel_index(away.argmin(), away.shape)[0]))
    assert len(set(moved)) > 8


def test_far_units_are_drawn_by_their_distance() -> None:
    y = np.array([0.0, 0.0, 1.0, 2.0, 2.0])
    data, now = fuzzy_data(y.reshape(5, 1, 1), 0), empty_fuzzy(5, 1, 1, 2, 0)
    rng = np.random.default_rng(0)
    now.alpha[1] = 4.0
    drawn = [far_unit(data, rng, now) for _ in range(4000)]
    shares = np.bincount(drawn, minlength=5) / 4000
    # Squared distances from the nearer of 0 and 4.
    np.testing.assert_allclose(shares, [0, 0, 1 / 9, 4 / 9, 4 / 9], atol=4 * 0.5 / np.sqrt(4000))


def test_where_members_go() -> None:
    values = np.array([3.0, 1.0, np.inf])
    assert place_member(values, 2, 1.0) == 2
    values[2] = 2.0
    assert place_member(values, 3, 1.5) == 0
    assert place_member(values, 3, 2.0 * (1 + 1e-12)) == -1


@pytest.mark.parametrize("m", [1.5, 1.01, 1.001])
@pytest.mark.parametrize("own", [0, 1])
def test_exchanges_never_raise_the_objective(m: float, own: int) -> None:
    lowered = 0
    for seed in range(10):
        y, x, z = series(1, seed)
        data, now = fuzzy_data(z, own), empty_fuzzy(12, 2, 4, 3, own)
        rng = np.random.default_rng(seed)
        now.alpha[:] = rng.standard_normal((3, 4))
        before, settled = descend_fuzzy(data, m, 1e-12, 5000, now)
        after, settled = exchange_and_descend(data, m, before, settled, 1e-12, 5000, now)
        assert settled
        assert after <= before
        lowered += after < before * (1 - 1e-9)
        distances = ref.distances(y, x, now.alpha, now.beta)
        assert ref.log_form(distances, m)[0] == pytest.approx(after, rel=1e-10)
    # Soft groups have nobody who belongs to one alone.
    assert lowered >= 2 if m < 1.005 else (lowered == 0 or m < 1.1)


def evolved(patience: int, hits: int) -> tuple[float, int, int, bool, float]:
    y, x, z = series(1)
    data, now = fuzzy_data(z, 0), empty_fuzzy(12, 2, 4, 3, 0)
    spread = np.full(1, 0.5)
    rng, schedule = np.random.default_rng(0), np.array([1.1, 1.01])
    options = (schedule, 4, patience, hits, 1e-10, 1000, rng, spread, spread, now)
    found = evolve_fuzzy(data, *options)
    measure(data, now)
    return *found, ref.log_form(ref.distances(y, x, now.alpha, now.beta), 1.01)[0]


def test_the_search_leaves_its_best_in_place() -> None:
    objective, n_best, n_tries, settled, there = evolved(60, 0)
    assert there == pytest.approx(objective, rel=1e-12)
    assert settled
    assert 1 <= n_best <= n_tries
    assert n_tries >= 64


def test_the_search_ends_after_enough_hits() -> None:
    _, n_best, n_tries, _, _ = evolved(10_000, 3)
    assert n_best == 3
    assert n_tries < 10_000
