"""Logarithm, exponential and power, against the C library and in whole numbers."""

from __future__ import annotations

import math
import sys
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.kernels.powers import exponential, logarithm, power

TINY = 5e-324
POSITIVE = st.floats(TINY, sys.float_info.max)


def ulps(value: float, exact: Decimal) -> float:
    """Distance in units of the last place of the exact value; subnormals have fewer digits."""
    return float(abs(Decimal(value) - exact) / Decimal(math.ulp(float(exact))))


def log_of(x: float) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return Decimal(x).ln()


def exp_of(x: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return x.exp()


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (1.0, 0.0),
        (0.0, -math.inf),
        (-0.0, -math.inf),
        (math.inf, math.inf),
        (-1.0, math.nan),
        (-math.inf, math.nan),
        (math.nan, math.nan),
        (2.0, math.log(2)),
        (0.5, -math.log(2)),
        (TINY, math.log(TINY)),
        (sys.float_info.max, math.log(sys.float_info.max)),
        (sys.float_info.min, math.log(sys.float_info.min)),
    ],
)
def test_logarithms_by_hand(x: float, expected: float) -> None:
    np.testing.assert_equal(logarithm(x), expected)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (0.0, 1.0),
        (-0.0, 1.0),
        (TINY, 1.0),
        (math.inf, math.inf),
        (-math.inf, 0.0),
        (math.nan, math.nan),
        (710.0, math.inf),
        (709.79, math.inf),
        (-745.2, 0.0),
        (-745.0, TINY),
        (-1e300, 0.0),
    ],
)
def test_exponentials_by_hand(x: float, expected: float) -> None:
    np.testing.assert_equal(exponential(x), expected)


@pytest.mark.parametrize(
    ("x", "p", "expected"),
    [
        (0.0, 2.0, 0.0),
        (0.0, -2.0, math.inf),
        (0.0, 0.0, 1.0),
        (math.inf, 2.0, math.inf),
        (math.inf, -0.5, 0.0),
        (1.0, math.inf, 1.0),
        (math.nan, 0.0, 1.0),
        (1.0, math.nan, 1.0),
        (-1.0, 2.0, math.nan),
        (math.nan, 1.0, math.nan),
        (2.0, math.nan, math.nan),
        (0.0, math.nan, math.nan),
        (2.0, math.inf, math.inf),
        (0.5, math.inf, 0.0),
        (2.0, 1024.0, math.inf),
        (2.0, 1023.0, 2.0**1023),
        (2.0, -1074.0, TINY),
        (2.0, -1076.0, 0.0),
        (3.0, 2.0, 9.0),
        (10.0, 22.0, 1e22),
        (1.5, 3.0, 3.375),
        (1.0 + 2.0**-52, 1e300, math.inf),
    ],
)
def test_powers_by_hand(x: float, p: float, expected: float) -> None:
    np.testing.assert_equal(power(x, p), expected)


@given(POSITIVE)
def test_logarithms(x: float) -> None:
    assert abs(logarithm(x) - math.log(x)) <= 4 * math.ulp(math.log(x))
    assert ulps(logarithm(x), log_of(x)) < 1.0


@given(st.floats(0.5, 2.0))
def test_logarithms_around_one(x: float) -> None:
    assert ulps(logarithm(x), log_of(x)) < 1.0


@given(st.floats(-745.0, 709.78))
def test_exponentials(x: float) -> None:
    assert abs(exponential(x) - math.exp(x)) <= 4 * math.ulp(math.exp(x))
    assert ulps(exponential(x), exp_of(Decimal(x))) < 1.0


@given(st.floats(-1.0, 1.0))
def test_exponentials_around_zero(x: float) -> None:
    assert ulps(exponential(x), exp_of(Decimal(x))) < 1.0


@given(POSITIVE, st.floats(-20.0, 20.0))
def test_powers(x: float, p: float) -> None:
    with localcontext() as context:
        context.prec = 60
        exponent = Decimal(p) * log_of(x)
    if -744 < exponent < 709:
        assert ulps(power(x, p), exp_of(exponent)) < 1.0


@given(st.floats(0.4, 2.0), st.floats(0.0, 1.0))
def test_large_powers_of_what_is_near_one(x: float, share: float) -> None:
    # The exponent is taken from those that neither over- nor underflow.
    p = share * 700 / max(abs(math.log(x)), 1e-12)
    with localcontext() as context:
        context.prec = 60
        exponent = Decimal(p) * log_of(x)
    assert ulps(power(x, p), exp_of(exponent)) < 1.0


@given(st.integers(1, 40), st.integers(0, 9))
def test_powers_of_whole_numbers(x: int, p: int) -> None:
    assert power(float(x), float(p)) == pytest.approx(float(x**p), rel=2.3e-16)


@given(POSITIVE, POSITIVE)
def test_order_is_kept(x: float, y: float) -> None:
    low, high = sorted([x, y])
    assert logarithm(low) <= logarithm(high)
    assert exponential(-high) <= exponential(-low)


def test_worst_errors_of_many() -> None:
    rng = np.random.default_rng(0)
    worst = 0.0
    for _ in range(1000):
        x = float(np.exp(rng.uniform(-700, 700)))
        p = float(rng.uniform(-700, 700) / abs(math.log(x)))
        with localcontext() as context:
            context.prec = 60
            exponent = Decimal(p) * log_of(x)
        worst = max(worst, ulps(power(x, p), exp_of(exponent)))
        worst = max(worst, ulps(logarithm(x), log_of(x)))
        worst = max(worst, ulps(exponential(float(exponent)), exp_of(Decimal(float(exponent)))))
    assert worst < 1.0
