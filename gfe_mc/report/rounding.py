"""Numbers without sampling error against a print: as printed, rounded twice, or not."""

import math
from decimal import ROUND_HALF_UP, Decimal

SLACK = 1e-9
"""Units of the last printed digit by which a number may miss the print for its own rounding."""


def rounds_to(value: float, published: float, decimals: int) -> bool:
    """Whether a number is printed so; halfway between two prints it may be either."""
    units = abs(value - published) * 10.0**decimals
    return math.isfinite(units) and units <= 0.5 + SLACK


def rounds_twice_to(value: float, published: float, decimals: int) -> bool:
    """Whether a number is printed so if it is rounded to one digit more first, and then again.

    Halves are rounded away from zero: 0.4448 to 0.445, and that to 0.45.
    """
    if not math.isfinite(value):
        return False
    once = _rounded(Decimal(repr(float(value))), decimals + 1)
    return _rounded(once, decimals) == _rounded(Decimal(repr(float(published))), decimals)


def _rounded(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
