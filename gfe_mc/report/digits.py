"""Numbers as text: as many digits as their Monte Carlo error supports."""

import math

from gfe_mc.metrics.moments import Figure

ABSENT = "-"
ROUNDING = 1e-12
"""An error below this share of the value is that of floating-point sums."""


def with_error(value: float, error: float) -> str:
    """Format "value (error)": the error to two significant digits, the value to the same place.

    Where there is no error, or it is zero or of rounding, the value stands alone, to four
    significant digits.

    >>> with_error(0.39051, 0.00138)
    '0.3905 (0.0014)'
    >>> with_error(0.40651, 0.0)
    '0.4065'
    """
    if not math.isfinite(value) or not math.isfinite(error) or error <= ROUNDING * abs(value):
        return alone(value)
    decimals = _decimals(error, 2)
    return f"{value:z.{decimals}f} ({error:.{decimals}f})"


def figure_with_error(figure: Figure) -> str:
    """Format a summary figure as `with_error` does.

    >>> from gfe_mc.metrics.moments import Figure
    >>> figure_with_error(Figure(0.39051, 0.00138, 1000))
    '0.3905 (0.0014)'
    """
    return with_error(figure.value, figure.error)


def alone(value: float, significant: int = 4) -> str:
    """Format a number to so many significant digits; "-" if it is not finite.

    >>> alone(0.0123456), alone(1234.56), alone(0.0), alone(float("nan"))
    ('0.01235', '1235', '0', '-')
    """
    if not math.isfinite(value):
        return ABSENT
    return f"{value:z.{_decimals(value, significant)}f}" if value else "0"


def fixed(value: float, decimals: int) -> str:
    """Format a number with so many decimals; "-" if it is not finite.

    >>> fixed(9.5, 2)
    '9.50'
    """
    return f"{value:z.{decimals}f}" if math.isfinite(value) else ABSENT


def _decimals(value: float, significant: int) -> int:
    """Decimals that show so many significant digits of a number that is not zero."""
    # The exponent after rounding: 0.0996 to two digits is 0.10, not 0.100.
    exponent = int(f"{value:.{significant - 1}e}".split("e")[1])
    return max(0, significant - 1 - exponent)
