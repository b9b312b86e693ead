"""Exponential, logarithm and power in a fixed order, against the C library's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.kernels.inference.elementary import exponential, logarithm, normal_density, power


@given(x=st.floats(-700, 700))
def test_exponential(x: float) -> None:
    assert exponential(x) == pytest.approx(math.exp(x), rel=4e-16)


@given(x=st.floats(1e-300, 1e300))
def test_logarithm(x: float) -> None:
    assert logarithm(x) == pytest.approx(math.log(x), rel=5e-16, abs=1e-17)


@given(x=st.floats(1e-12, 1.0), exponent=st.floats(1.0001, 5.0))
def test_power(x: float, exponent: float) -> None:
    assert power(x, exponent) == pytest.approx(x**exponent, rel=1e-13)


def test_ends_of_their_ranges() -> None:
    assert exponential(0.0) == 1.0
    assert exponential(-1e9) == exponential(-math.inf) == 0.0
    assert exponential(math.inf) == math.inf
    assert math.isnan(exponential(math.nan))
    assert exponential(-745.0) == 5e-324
    assert logarithm(1.0) == 0.0
    assert power(0.0, 1.5) == 0.0
    assert power(1.0, 1.5) == 1.0


def test_normal_density() -> None:
    x, density = np.linspace(-9.0, 9.0, 101), np.empty(101)
    normal_density(x, density)
    expected = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(density, expected, rtol=1e-14)
