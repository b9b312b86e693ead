"""Post-spectral estimation, against eigenvalues of the matrix of distances itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gfe_mc import LargeT, OracleGFE, Panel, PostSpectral, ProfileFit
from gfe_mc.estimators.profiles.post_spectral import in_turn, spectral_slopes, top_eigenvalues
from gfe_mc.fit import Status
from tests.contract.properties import long_profiles
from tests.helpers import refused


def fit(estimator: Any, panel: Panel, seed: int = 0) -> ProfileFit:
    found: ProfileFit = estimator.fit(panel, np.random.default_rng(seed))
    return found


def of_distances(residuals: np.ndarray, size: int) -> float:
    """The sum of eigenvalues, from the matrix (N, N)."""
    apart = ((residuals[:, None] - residuals) ** 2).sum(axis=2) / residuals.size
    values = np.linalg.eigvalsh(apart)
    return float(values[np.argsort(-np.abs(values))][:size].sum())


@pytest.mark.parametrize(("n_units", "n_periods", "size"), [(20, 9, 4), (12, 15, 6), (30, 9, 8)])
def test_eigenvalues_are_those_of_the_distances(n_units: int, n_periods: int, size: int) -> None:
    residuals = 7.0 * np.random.default_rng(n_units).standard_normal((n_units, n_periods))
    assert top_eigenvalues(residuals, size) == pytest.approx(of_distances(residuals, size), 1e-9)


@pytest.mark.parametrize("k", [1, 2])
def test_slopes_minimise_the_quadratic_through_the_eigenvalues(k: int) -> None:
    """The quadratic that has the sums' values at zero, unit slopes and pairs of them."""
    rng = np.random.default_rng(k)
    x = rng.standard_normal((40, k, 12))
    y = x.sum(axis=1) + np.outer(np.arange(40) % 2, np.linspace(0, 4, 12))
    z = np.concatenate([x, y[:, None] + rng.standard_normal((40, 1, 12))], axis=1)

    def value(theta: np.ndarray) -> float:
        return of_distances(z[:, k] - np.einsum("ikt,k->it", x, theta), 6)

    points = [np.zeros(k), *np.eye(k), *-np.eye(k)] + ([np.ones(2)] if k == 2 else [])
    pairs = [(a, b) for a in range(k) for b in range(a, k)]
    design = [[1.0, *p, *(p[a] * p[b] for a, b in pairs)] for p in points]
    fitted = np.linalg.solve(np.array(design), [value(p) for p in points])
    form = np.zeros((k, k))
    for (a, b), c in zip(pairs, fitted[1 + k :], strict=True):
        form[a, b] += c
        form[b, a] += c
    found = spectral_slopes(z, 6)
    assert found is not None
    np.testing.assert_allclose(found, -np.linalg.solve(form, fitted[1 : 1 + k]), rtol=1e-7)
    assert np.abs(found - 1.0).max() < 0.3


def test_units_in_turn_by_hand() -> None:
    """0 and 2 are one group of mean 1; 4 is three from it, and 3 is one from the group of 4."""
    points = np.array([[0.0], [2.0], [4.0], [3.0]])
    assert in_turn(points, 2.0).tolist() == [0, 0, 1, 0]
    assert in_turn(points, 1.5).tolist() == [0, 1, 2, 1]
    assert in_turn(points, np.inf).tolist() == [0, 0, 0, 0]
    assert in_turn(points, 0.0).tolist() == [0, 1, 2, 3]


def test_far_apart_groups_are_found() -> None:
    panel, truth = long_profiles(), tuple((np.arange(24) % 2).tolist())
    for seed in range(3):
        found = fit(PostSpectral(2), panel, seed)
        assert tuple(found.groups.tolist()) == truth
        np.testing.assert_array_equal(found.theta, fit(OracleGFE(truth), panel).theta)
        errors = LargeT().covariance(panel, found, np.random.default_rng(0))
        assert errors.theta[0, 0] > 0


def test_there_are_never_more_groups_than_asked() -> None:
    rng = np.random.default_rng(0)
    for seed in range(5):
        panel = Panel.from_arrays(rng.standard_normal((30, 8)), rng.standard_normal((30, 8, 1)))
        for n_groups in (1, 2, 3):
            assert fit(PostSpectral(n_groups), panel, seed).groups.max() < n_groups


def test_a_singular_form_is_said() -> None:
    """Regressors that are the same but for their sign in one half of any halves."""
    panel = long_profiles()
    x = np.concatenate([panel.x, panel.x * (1.0 + 1e-13 * np.arange(24.0))[:, None, None]], axis=2)
    with refused("Every regressor must vary"):
        fit(PostSpectral(2), Panel.from_arrays(panel.y, x))
    found = spectral_slopes(np.ones((8, 2, 9)), 6)
    assert found is None


def test_bad_input() -> None:
    for options in ({"groups": 0}, {"groups": 2, "factors": 0}, {"groups": 2, "grid": 0}):
        with refused("must be a whole number"):
            PostSpectral(**options)
    panel = long_profiles()
    with refused("more periods than 2 G M"):
        fit(PostSpectral(6), panel)
    with refused("more periods than 2 G M"):
        fit(PostSpectral(2), Panel.from_arrays(panel.y[:, :4], panel.x[:, :4]))
    assert Status.COLLINEAR.message
