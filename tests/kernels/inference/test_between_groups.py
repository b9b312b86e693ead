"""Units between two groups, against NumPy."""

import math

import numpy as np
import pytest

from gfe_mc.inference.fixed_t import _fifth_root
from gfe_mc.inference.large_t import _whole_lags
from gfe_mc.kernels.inference import between_groups


def profiles(n_units: int = 31, n_groups: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes of units (N, 5) and profiles (G, 5)."""
    rng = np.random.default_rng(3)
    return rng.standard_normal((n_units, 5)), rng.standard_normal((n_groups, 5))


@pytest.mark.parametrize("robust", [False, True])
def test_least_spread_is_that_of_a_loop_over_pairs(robust: bool) -> None:
    outcomes, alpha = profiles()
    spreads = []
    for g in range(len(alpha)):
        for h in range(g + 1, len(alpha)):
            gap = alpha[h] - alpha[g]
            along = outcomes @ gap / np.linalg.norm(gap)
            spread = along.std(ddof=1)
            if robust:
                low, high = np.quantile(along, [0.25, 0.75])
                spread = min(spread, (high - low) / 1.34)
            spreads.append(spread)
    found = between_groups.least_spread(outcomes, alpha, 0.0, robust)
    assert found == pytest.approx(min(spreads), rel=1e-13)
    assert between_groups.least_spread(outcomes, alpha, 10.0, robust) == 0.0
    assert between_groups.least_spread(outcomes, alpha[:1].copy(), 0.0, robust) == math.inf


@pytest.mark.parametrize("n", [1, 2, 3, 8, 90])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_quantiles_are_those_of_numpy(n: int, share: float) -> None:
    ordered = np.sort(np.random.default_rng(n).standard_normal(n))
    expected = float(np.quantile(ordered, share))
    assert between_groups.quantile(ordered, share) == pytest.approx(expected, rel=1e-14, abs=1e-15)


def test_nearest_profiles_are_those_of_a_stable_sort() -> None:
    outcomes, alpha = profiles()
    alpha[2] = alpha[1]  # Ties go to the first.
    nearest, distance = np.empty((len(outcomes), 2), np.int64), np.empty(len(outcomes))
    between_groups.distances_between(outcomes, alpha, nearest, distance)
    gaps = ((outcomes[:, None, :] - alpha[None]) ** 2).sum(axis=2)
    expected = np.argsort(gaps, axis=1, kind="stable")[:, :2]
    np.testing.assert_array_equal(nearest, expected)


def test_normal_density() -> None:
    x, density = np.linspace(-9.0, 9.0, 101), np.empty(101)
    between_groups.normal_density(x, density)
    expected = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(density, expected, rtol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 31, 32, 90, 243, 10**6])
def test_fifth_root(n: int) -> None:
    assert _fifth_root(n) == pytest.approx(n**0.2, rel=1e-15)


def test_whole_lags_are_in_whole_numbers() -> None:
    for n_periods in range(1, 2000):
        exact = 4 * (n_periods / 100) ** (2 / 9)
        if abs(exact - round(exact)) > 1e-9:
            assert _whole_lags(n_periods) == int(exact)
    assert _whole_lags(100) == 4
    assert _whole_lags(51200) == 16
