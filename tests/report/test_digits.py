"""Numbers as text."""

import math

import pytest

from gfe_mc.report.digits import alone, fixed, with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.390512, 0.00138, "0.3905 (0.0014)"),
        (9.5049, 0.0996, "9.50 (0.10)"),
        (-0.00001, 0.012, "0.000 (0.012)"),
        (123.4, 45.6, "123 (46)"),
        (12345.6, 678.9, "12346 (679)"),
        (0.40651, 0.0, "0.4065"),
        (0.40651, math.nan, "0.4065"),
        (math.nan, math.nan, "-"),
        (math.nan, 0.1, "-"),
    ],
)
def test_with_error(value: float, error: float, text: str) -> None:
    assert with_error(value, error) == text


def test_alone_and_fixed() -> None:
    assert [alone(x) for x in (0.0, 0.123456, 99999.0, math.inf)] == ["0", "0.1235", "99999", "-"]
    assert alone(-2.5, 3) == "-2.50"
    assert [fixed(9.5, 2), fixed(-0.001, 2), fixed(math.nan, 2)] == ["9.50", "0.00", "-"]
