"""Numbers without sampling error against a print."""

import math

import numpy as np
import pytest

from gfe_mc.report.rounding import rounds_to, rounds_twice_to


@pytest.mark.parametrize("value", [0.4065, 0.4074999, 0.407, 0.4075])
def test_what_rounds_to_a_print_is_within_half_a_unit(value: float) -> None:
    assert rounds_to(value, 0.407, 3)


@pytest.mark.parametrize("value", [0.4064, 0.4076, math.nan, math.inf])
def test_what_does_not(value: float) -> None:
    assert not rounds_to(value, 0.407, 3)


def test_rounded_twice_by_hand() -> None:
    assert rounds_twice_to(0.40646, 0.407, 3), "0.4065 first"
    assert not rounds_twice_to(0.40644, 0.407, 3), "0.4064 first"
    assert rounds_twice_to(-0.40646, -0.407, 3)
    assert not rounds_twice_to(0.4076, 0.407, 3)
    assert not rounds_twice_to(math.nan, 0.407, 3)
    assert rounds_twice_to(12.46, 13.0, 0)


def test_it_is_what_becomes_of_a_fraction_from_45_to_50() -> None:
    """Nothing else is rounded up twice that is not rounded up at once."""
    fractions = (np.arange(10_000) + 0.5) / 10_000
    up = np.array([rounds_twice_to(0.3 + f / 1000, 0.301, 3) for f in fractions])
    np.testing.assert_array_equal(up, fractions >= 0.45)
