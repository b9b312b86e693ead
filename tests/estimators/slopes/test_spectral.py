"""Spectral clustering of slopes, against LAPACK and scipy's K-means on the raw panel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.vq import kmeans2
from scipy.linalg import sqrtm

from gfe_mc import MultiStart, Panel, Pooled, SpectralSlopes, StaticSlopes
from gfe_mc.fit import SlopeFit, Status
from tests.helpers import refused
from tests.reference import slopes_numpy as ref

RNG = np.random.default_rng(0)


def fit(estimator: SpectralSlopes, panel: Panel) -> SlopeFit:
    return estimator.fit(panel, np.random.default_rng(0))


def random_panel(seed: int, n_units: int = 15, n_slopes: int = 2) -> Panel:
    """Groups of slopes that are about as far apart as their errors."""
    rng = np.random.default_rng(seed)
    slopes = 3.0 * rng.standard_normal((3, n_slopes))[np.arange(n_units) % 3]
    x = rng.standard_normal((n_units, 10, n_slopes)) + rng.standard_normal((n_units, 1, 1))
    errors = rng.uniform(0.3, 1.0, (n_units, 1)) * rng.standard_normal((n_units, 10))
    return Panel.from_arrays(np.einsum("itk,ik->it", x, slopes) + errors, x)


def distances(panel: Panel) -> np.ndarray:
    """Distances of all pairs, from regressions with a constant."""
    n_units, n_periods, n_slopes = panel.shape
    slopes, variances = [], []
    for y, x in zip(panel.y, panel.x, strict=True):
        design = np.column_stack([np.ones(n_periods), x])
        found = np.linalg.lstsq(design, y, rcond=None)[0]
        left = y - design @ found
        variance = left @ left / (n_periods - 1 - n_slopes) * np.linalg.inv(design.T @ design)
        slopes.append(found[1:])
        variances.append(variance[1:, 1:])
    apart = np.zeros((n_units, n_units))
    for i in range(n_units):
        for j in range(n_units):
            root = np.linalg.inv(np.real(sqrtm(variances[i] + variances[j])))
            apart[i, j] = np.abs(root @ (slopes[i] - slopes[j])).max()
    return apart


def graph(apart: np.ndarray) -> np.ndarray:
    """Normalised affinities."""
    affinities = np.exp(-apart)
    degrees = affinities.sum(axis=1)
    return np.asarray(affinities / np.sqrt(np.outer(degrees, degrees)))


def together(groups: np.ndarray) -> np.ndarray:
    return np.asarray(groups[:, None] == groups)


def test_two_units_by_hand() -> None:
    # Slopes 0 and 2, x'x = 2, residuals 1, -2, 1 on 3 - 1 - 1 degrees of freedom: variances 6 / 2
    # each, so the distance is 2 / sqrt(6); scaled by 2 / sqrt(ln 3 ln 2). Two units have
    # eigenvalues 1 and (1 - e) / (1 + e), e = exp(-distance).
    left, x = np.array([1.0, -2.0, 1.0]), np.array([-1.0, 0.0, 1.0])
    panel = Panel.from_arrays([left + 5.0, 2 * x + left], np.array([x, x + 7.0])[:, :, None])
    scale = 2 / np.sqrt(np.log(3) * np.log(2))
    e = np.exp(-scale * 2 / np.sqrt(6))
    np.testing.assert_allclose(
        SpectralSlopes(2).eigenvalues(panel), [1.0, (1 - e) / (1 + e)], rtol=1e-12
    )
    assert fit(SpectralSlopes(2), panel).groups.tolist() == [0, 1]


@pytest.mark.parametrize("n_slopes", [1, 2, 3])
def test_spectrum_and_groups_are_those_of_lapack_and_scipy(n_slopes: int) -> None:
    for seed in range(2):
        panel = random_panel(seed, 12, n_slopes)
        apart = distances(panel)
        scale = 2 / np.sqrt(np.log(10) * np.log(12))
        np.testing.assert_allclose(
            SpectralSlopes(3).eigenvalues(panel),
            np.linalg.eigvalsh(graph(scale * apart))[::-1],
            atol=1e-10,
        )
        _, vectors = np.linalg.eigh(graph(apart))
        rows = vectors[:, -3:] / np.linalg.norm(vectors[:, -3:], axis=1, keepdims=True)
        tries = [kmeans2(rows, 3, minit="++", rng=s) for s in range(30)]
        best = min(tries, key=lambda one: ((rows - one[0][one[1]]) ** 2).sum())[1]
        found = fit(SpectralSlopes(3), panel)
        np.testing.assert_array_equal(together(found.groups), together(best))
        slopes, ssr = ref.ols(panel, best)
        assert found.objective == pytest.approx(ssr, rel=1e-9)
        np.testing.assert_allclose(found.unit_slopes, slopes, rtol=1e-7)


@settings(max_examples=10)
@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(0.01, 100), st.floats(-100, 100))
def test_units_order_scales_and_effects_do_not_matter(
    seed: int, of_y: float, of_x: float, effect: float
) -> None:
    # With one slope also its scale; with several the root of the matrix turns with scales.
    rng, panel = np.random.default_rng(seed), random_panel(seed, 12, 1)
    order, effects = rng.permutation(12), effect * rng.standard_normal((12, 1))
    changed = Panel.from_arrays((of_y * panel.y + effects)[order], of_x * panel.x[order])
    values = SpectralSlopes(3).eigenvalues(panel)
    np.testing.assert_allclose(SpectralSlopes(3).eigenvalues(changed), values, atol=1e-8)
    before, after = fit(SpectralSlopes(3), panel), fit(SpectralSlopes(3), changed)
    np.testing.assert_array_equal(
        together(after.groups), together(before.groups)[np.ix_(order, order)]
    )


def test_groups_of_a_design_that_is_clear() -> None:
    truth = np.arange(30) % 3
    beta = ((0.4, 1.6), (1.0, 1.0), (1.6, 0.4))
    design = StaticSlopes(60, beta, tuple(truth.tolist()), x_mean=0.0, x_variance=1.0)
    panel = design.draw(np.random.default_rng(5)).panel
    found = fit(SpectralSlopes(3), panel)
    assert found.groups.tolist() == truth.tolist()
    assert found.status == Status.SUCCESS
    assert 1 <= found.n_best <= found.n_tries == 20
    path = SpectralSlopes(4).path(panel, np.random.default_rng(0))
    assert [one.n_groups for one in path] == [1, 2, 3, 4]
    assert path[0].objective == Pooled().fit(panel, RNG).objective
    assert path[2].objective == found.objective
    assert len(SpectralSlopes(50).path(random_panel(0, 4), RNG)) == 4


def test_exact_fits_are_alike_or_infinitely_far_apart() -> None:
    x = np.array([[0.0, 1.0, 2.0, 4.0]] * 4)
    panel = Panel.from_arrays(np.array([1.0, 3.0, 1.0, 3.0])[:, None] * x, x[:, :, None])
    assert fit(SpectralSlopes(2), panel).groups.tolist() == [0, 1, 0, 1]


def test_slopes_of_units_own_are_taken_out() -> None:
    panel = random_panel(6, 10, 3)
    found = fit(SpectralSlopes(2, individual=("x2",)), panel)
    slopes, ssr = ref.ols(panel, found.groups, individual=(1,))
    assert found.objective == pytest.approx(ssr, rel=1e-9)
    np.testing.assert_allclose(found.unit_slopes, slopes, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": 0}, "`groups` must be a whole number"),
        ({"search": MultiStart}, "`search` must be a search"),
        ({"individual": "x1"}, "`individual` must be a tuple of names"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with refused(message):
        SpectralSlopes(**{"groups": 2, **options})


def test_bad_panels_are_refused() -> None:
    panel = random_panel(0)
    with refused("SpectralSlopes estimates every unit alone, from more than K + 1 periods"):
        fit(SpectralSlopes(2), Panel.from_arrays(panel.y[:, :3], panel.x[:, :3]))
    with refused("Every group must have its fewest units; got 16 groups of at least 1"):
        fit(SpectralSlopes(16), panel)
    with refused("SpectralSlopes needs a regressor with group-specific slopes"):
        fit(SpectralSlopes(2, individual=("x1", "x2")), panel)
