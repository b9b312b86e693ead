"""Fuzzy clustering regression: objective, gradient, weighted least squares, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc.estimators.fuzzy.search import pack
from gfe_mc.kernels.fuzzy.anneal import anneal
from gfe_mc.kernels.fuzzy.arrays import Fuzzy, empty_fuzzy, fuzzy_data
from gfe_mc.kernels.fuzzy.descend import descend_fuzzy, place_units
from gfe_mc.kernels.fuzzy.gradient import fuzzy_gradient, unpack
from gfe_mc.kernels.fuzzy.regress import regress
from gfe_mc.kernels.fuzzy.weights import measure, weigh
from tests.reference import fuzzy_numpy as ref
from tests.reference.panels import random_panel

MODELS = [(0, 0), (1, 0), (1, 1), (3, 0), (3, 1), (3, 3)]
"""K, and how many of the slopes are group-specific: the first ones."""
PLAIN = [2.0, 1.5, 1.1]
"""Values of m at which powers of distances do not overflow."""


class Case:
    """A random panel as the kernels take it, with random coefficients in place."""

    def __init__(self, seed: int, n_slopes: int, own: int, n_groups: int = 3) -> None:
        rng = np.random.default_rng([8, seed])
        self.y, self.x = random_panel(rng, 12, 4, n_slopes)
        z = np.concatenate([self.x, self.y[:, :, None]], axis=2).transpose(0, 2, 1)
        self.data = fuzzy_data(z, own)
        self.own, self.specific = own, tuple(range(own))
        self.now = empty_fuzzy(12, n_slopes + 1, 4, n_groups, own)
        size = n_groups * (4 + own) + n_slopes - own
        self.parameters = rng.standard_normal(size)
        unpack(self.parameters, own, self.now)

    @property
    def distances(self) -> np.ndarray:
        return ref.distances(self.y, self.x, self.now.alpha, self.now.beta)

    def at(self, parameters: np.ndarray, m: float) -> float:
        """Objective, by its formula."""
        n_groups, n_periods = self.now.alpha.shape
        alpha, beta = ref.split(parameters, n_groups, n_periods, self.specific, self.x.shape[2])
        return ref.log_form(ref.distances(self.y, self.x, alpha, beta), m)[0]

    def descend(self, m: float, tolerance: float, limit: int) -> tuple[float, bool]:
        return descend_fuzzy(self.data, m, tolerance, limit, self.now)


def weighed(distances: np.ndarray, m: float) -> tuple[float, np.ndarray]:
    """Objective and memberships by the kernel."""
    now = empty_fuzzy(len(distances), 1, 1, distances.shape[1], 0)
    now.distances[:] = distances.T
    now.weights[:] = np.nan
    objective = weigh(m, now)
    alone = now.alone >= 0
    np.testing.assert_array_equal(now.weights[alone], np.eye(distances.shape[1])[now.alone[alone]])
    return objective, now.weights ** (1 / m)


def test_memberships_by_hand() -> None:
    # At m = 2 shares are inverse to d, and a unit adds the harmonic sum of its d.
    objective, memberships = weighed(np.array([[1.0, 3.0], [2.0, 2.0]]), 2.0)
    np.testing.assert_allclose(memberships, [[0.75, 0.25], [0.5, 0.5]], rtol=1e-14)
    assert objective == pytest.approx(3 / 4 + 1.0, rel=1e-14)


@pytest.mark.parametrize(("n_slopes", "own"), MODELS)
def test_distances(n_slopes: int, own: int) -> None:
    case = Case(0, n_slopes, own)
    measure(case.data, case.now)
    np.testing.assert_allclose(case.now.distances.T, case.distances, rtol=1e-13)


@pytest.mark.parametrize("m", PLAIN)
@pytest.mark.parametrize("n_groups", [1, 2, 5])
def test_objective_and_memberships_as_printed(m: float, n_groups: int) -> None:
    distances = np.random.default_rng(n_groups).uniform(0.3, 3.0, (20, n_groups))
    objective, memberships = weighed(distances, m)
    assert objective == pytest.approx(ref.objective(distances, m), rel=1e-12)
    np.testing.assert_allclose(memberships, ref.memberships(distances, m), rtol=1e-11)


@pytest.mark.parametrize("m", [*PLAIN, 1.01, 1.001, 1 + 1e-6])
def test_objective_and_memberships_in_logarithms(m: float) -> None:
    rng = np.random.default_rng(3)
    distances = rng.uniform(0.3, 3.0, (40, 3))
    distances[:20, 1] = distances[:20, 0] * np.exp((m - 1) * rng.standard_normal(20))
    objective, memberships = weighed(distances, m)
    expected, shares = ref.log_form(distances, m)
    assert objective == pytest.approx(expected, rel=1e-13)
    # What rounding of a logarithm becomes when it is divided by m - 1.
    np.testing.assert_allclose(memberships, shares, atol=1e-15 / (m - 1) + 1e-14)
    assert ((shares[:20] > 0.05) & (shares[:20] < 0.95)).any(axis=1).sum() > 5


@given(
    st.lists(st.lists(st.floats(0, 1e12), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(1 + 1e-6, 20.0),
)
def test_memberships_are_shares_and_the_objective_is_bounded(
    rows: list[list[float]], m: float
) -> None:
    distances = np.array(rows)
    objective, memberships = weighed(distances, m)
    assert ((memberships >= 0) & (memberships <= 1)).all()
    np.testing.assert_allclose(memberships.sum(axis=1), 1.0, rtol=1e-12)
    hard = distances.min(axis=1).sum()
    assert 3 ** (1 - m) * hard * (1 - 1e-12) <= objective <= hard * (1 + 1e-12)


def test_a_unit_at_distance_zero_belongs_there() -> None:
    objective, memberships = weighed(np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 5.0]]), 1.5)
    np.testing.assert_allclose(memberships, [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]], rtol=1e-14)
    assert objective == 0.0


@pytest.mark.parametrize("m", [2.0, 1.3, 1.05])
@pytest.mark.parametrize(("n_slopes", "own"), MODELS)
def test_gradient_by_finite_differences(n_slopes: int, own: int, m: float) -> None:
    case = Case(1, n_slopes, own)
    gradient = np.full(len(case.parameters), np.nan)
    objective = fuzzy_gradient(case.data, m, case.parameters, case.now, gradient)
    assert objective == pytest.approx(case.at(case.parameters, m), rel=1e-12)
    for p, unit in enumerate(np.eye(len(gradient))):
        step = 1e-5 * unit
        change = case.at(case.parameters + step, m) - case.at(case.parameters - step, m)
        assert gradient[p] == pytest.approx(change / 2e-5, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(("n_slopes", "own"), MODELS)
def test_parameters_there_and_back(n_slopes: int, own: int) -> None:
    case = Case(2, n_slopes, own)
    alpha, beta = ref.split(case.parameters, 3, 4, case.specific, n_slopes)
    np.testing.assert_array_equal(case.now.alpha, alpha)
    np.testing.assert_array_equal(case.now.beta, beta)
    np.testing.assert_array_equal(pack(case.now, own), case.parameters)


@pytest.mark.parametrize(("n_slopes", "own"), MODELS)
def test_weighted_least_squares(n_slopes: int, own: int) -> None:
    case = Case(3, n_slopes, own)
    rng = np.random.default_rng(3)
    case.now.weights[:] = rng.uniform(size=(12, 3)) * (rng.uniform(size=(12, 3)) > 0.2)
    regress(case.data, case.now)
    expected = ref.weighted_least_squares(case.y, case.x, case.now.weights, case.specific)
    np.testing.assert_allclose(pack(case.now, own), expected, rtol=1e-9, atol=1e-11)


def test_a_group_without_weight_keeps_its_effects() -> None:
    case = Case(4, 2, 0)
    before = case.now.alpha[1].copy()
    case.now.weights[:] = [1.0, 0.0, 0.0]
    case.now.weights[6:] = [0.0, 0.0, 1.0]
    regress(case.data, case.now)
    np.testing.assert_array_equal(case.now.alpha[1], before)
    left = case.now.weights[:, [0, 2]]
    expected = ref.weighted_least_squares(case.y, case.x, left, ())
    np.testing.assert_allclose(case.now.alpha[[0, 2]].ravel(), expected[:8], rtol=1e-9)


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.sampled_from(MODELS),
    st.sampled_from([3.0, 2.0, 1.5, 1.1, 1.01, 1.001]),
    st.integers(1, 6),
)
def test_no_iteration_raises_the_objective(
    seed: int, model: tuple[int, int], m: float, n_groups: int
) -> None:
    case = Case(seed, *model, n_groups)
    before = ref.log_form(case.distances, m)[0]
    for _ in range(15):
        # At most one iteration at a time: tolerance zero ends it only where nothing is gained.
        objective, _ = case.descend(m, 0.0, 1)
        now = ref.log_form(case.distances, m)[0]
        assert now <= before * (1 + 1e-12)
        assert objective == pytest.approx(now, rel=1e-12)
        before = min(now, before)


@pytest.mark.parametrize("m", [2.0, 1.5, 1.1, 1.001])
@pytest.mark.parametrize(("n_slopes", "own"), MODELS)
def test_where_it_settles_the_gradient_is_zero(n_slopes: int, own: int, m: float) -> None:
    case = Case(5, n_slopes, own)
    start = np.full(len(case.parameters), np.nan)
    fuzzy_gradient(case.data, m, case.parameters, case.now, start)
    objective, settled = case.descend(m, 1e-15, 5000)
    assert settled
    gradient, end = np.full_like(start, np.nan), pack(case.now, own)
    at_end = fuzzy_gradient(case.data, m, end, case.now, gradient)
    assert at_end == pytest.approx(objective, rel=1e-12)
    assert np.abs(gradient).max() < 1e-5 * np.abs(start).max()


def test_says_that_it_did_not_settle() -> None:
    case = Case(6, 1, 0)
    _, settled = case.descend(1.5, 0.0, 2)
    assert not settled


def test_starts_are_effects_of_units_at_the_slopes_drawn() -> None:
    case = Case(7, 2, 1)
    slope, spread = np.array([0.5, -1.0]), np.array([0.1, 0.2])
    rng, drawn = np.random.default_rng(1), []
    for _ in range(200):
        place_units(case.data, rng, slope, spread, np.arange(12), case.now)
        beta = case.now.beta[0]
        assert (case.now.beta == beta).all()
        effects = case.y - case.x @ beta
        for alpha in case.now.alpha:
            assert np.abs(effects - alpha).max(axis=1).min() < 1e-12
        drawn.append((beta - slope) / spread)
    errors = np.array(drawn)
    assert np.abs(errors.mean(axis=0)).max() < 4 / np.sqrt(200)
    assert np.abs(errors.std(axis=0) - 1).max() < 4 / np.sqrt(400)


def run_anneal(case: Case, starts: int, hits: int) -> tuple[float, int, int, bool]:
    spread = np.full(case.x.shape[2], 0.5)
    return anneal(
        case.data,
        np.array([1.3, 1.1]),
        starts,
        hits,
        1e-12,
        1000,
        np.random.default_rng(0),
        spread,
        spread,
        case.now,
    )


def test_annealing_leaves_its_best_in_place() -> None:
    case = Case(8, 1, 0)
    lowest, n_best, n_starts, settled = run_anneal(case, 40, 0)
    assert (n_starts, settled) == (40, True)
    assert 1 <= n_best <= 40
    assert ref.objective(case.distances, 1.1) == pytest.approx(lowest, rel=1e-12)
    memberships = case.now.weights ** (1 / 1.1)
    np.testing.assert_allclose(memberships, ref.memberships(case.distances, 1.1), rtol=1e-9)
    rng = np.random.default_rng(9)
    for _ in range(20):
        units = np.arange(12)
        place_units(case.data, rng, np.full(1, 0.5), np.full(1, 0.5), units, case.now)
        assert case.descend(1.1, 1e-12, 1000)[0] >= lowest * (1 - 1e-9)


def test_annealing_ends_after_enough_hits() -> None:
    case = Case(8, 1, 0)
    lowest, n_best, n_starts, _ = run_anneal(case, 500, 3)
    assert n_best == 3
    assert n_starts < 500
    assert lowest == pytest.approx(run_anneal(case, 40, 0)[0], rel=1e-9)


def test_room_for_coefficients() -> None:
    now: Fuzzy = empty_fuzzy(5, 3, 4, 2, 1)
    assert now.alpha.shape == (2, 4)
    assert now.beta.shape == (2, 2)
    assert now.distances.shape == (2, 5)
    assert now.weights.shape == (5, 2)
