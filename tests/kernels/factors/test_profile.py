"""The profiled objective and its derivatives, against singular values and finite differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.kernels.factors.descend import descend
from gfe_mc.kernels.factors.profile import (
    Profile,
    cross_products,
    differentiate,
    empty_profile,
    evaluate,
)
from tests.reference import factors_numpy


def drawn(n_units: int, n_periods: int, n_slopes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes with two strong factors, and regressors that go with them."""
    rng = np.random.default_rng([7, seed, n_units, n_periods, n_slopes])
    effects = rng.standard_normal((n_units, 2)) @ rng.standard_normal((2, n_periods))
    x = rng.standard_normal((n_units, n_periods, n_slopes)) + effects[:, :, None]
    return x.sum(axis=2) + 2.0 * effects + rng.standard_normal((n_units, n_periods)), x


def products_of(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    z = np.ascontiguousarray(np.concatenate([x, y[:, :, None]], axis=2).transpose(0, 2, 1))
    products = np.zeros((z.shape[1], z.shape[1], y.shape[1], y.shape[1]))
    cross_products(z, 0, products)
    return products


@given(st.integers(2, 9), st.integers(2, 7), st.integers(0, 3), st.integers(0, 30))
def test_the_objective_is_what_singular_values_leave(
    n_units: int, n_periods: int, n_slopes: int, seed: int
) -> None:
    y, x = drawn(n_units, n_periods, n_slopes, seed)
    theta = np.random.default_rng(seed).standard_normal(n_slopes)
    at = empty_profile(n_periods, n_slopes)
    for r in range(min(n_units, n_periods)):
        expected = factors_numpy.objective(y, x, r, theta)
        found = evaluate(products_of(y, x), r, theta, at)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("r", [0, 1, 3])
def test_derivatives_are_those_of_finite_differences(r: int) -> None:
    y, x = drawn(12, 6, 3, 1)
    products, theta, step = products_of(y, x), np.array([0.7, 1.1, 0.4]), 1e-5
    at = empty_profile(6, 3)

    def there(moved: np.ndarray) -> tuple[float, Profile]:
        value = evaluate(products, r, moved, at)
        differentiate(products, r, moved, at)
        return value, Profile(*(part.copy() for part in at))

    _, here = there(theta)
    ways = [(there(theta + step * one), there(theta - step * one)) for one in np.eye(3)]
    gradient = [(up[0] - down[0]) / (2 * step) for up, down in ways]
    hessian = [(up[1].gradient - down[1].gradient) / (2 * step) for up, down in ways]
    np.testing.assert_allclose(here.gradient, gradient, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(here.hessian, hessian, rtol=1e-6, atol=1e-5)
    # For given factors it curves upwards at least as much.
    assert np.linalg.eigvalsh(here.above - here.hessian)[0] > -1e-9


@pytest.mark.parametrize("seed", range(5))
def test_it_ends_where_the_gradient_is_zero_and_the_hessian_positive(seed: int) -> None:
    y, x = drawn(20, 6, 2, seed)
    products, theta = products_of(y, x), np.array([-3.0, 4.0])
    objective, converged, steps = descend(products, 2, 1000, theta)
    at = empty_profile(6, 2)
    assert converged
    assert steps < 200
    assert evaluate(products, 2, theta, at) == pytest.approx(objective, rel=1e-12)
    differentiate(products, 2, theta, at)
    np.testing.assert_allclose(at.gradient, 0.0, atol=1e-5)
    assert np.linalg.eigvalsh(at.hessian)[0] > 0.0
