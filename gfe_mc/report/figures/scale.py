"""Scales of figures that are compared: logarithmic where that can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.metrics.criterion import TARGETS, Criterion
from gfe_mc.report.figures.labels import name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_RATIO = 3.0
"""From how many times the least on an axis is logarithmic."""
_DECADES = 1.5
_ROOM = 1.25
_BEYOND = 2.0
"""Most times the largest value that an axis is long for a bound."""


def title(criterion: Criterion) -> str:
    """Return what is on the axis: a bias without its sign."""
    name = name_of(criterion.name)
    return f"|{name}|" if criterion.statistic == "bias" else name


def target(criterion: Criterion) -> float | None:
    """Return the value that figures should have, where it is drawn."""
    return TARGETS.get(criterion.statistic) or None


def column(criterion: Criterion) -> str:
    """Return what is drawn, a column of `Criterion.of`: a bias without its sign, else values."""
    return "loss" if criterion.statistic == "bias" else "value"


def scale(place: Axes, values: np.ndarray, highs: np.ndarray, criterion: Criterion) -> None:
    """Scale a vertical axis for the values (n,) that are drawn, and their upper bounds (n,).

    It is logarithmic if values are positive and differ much. If some are zero, it is so from the
    least that is not, and linear below. Bounds that are far from all values may go beyond it.
    """
    highs = highs[np.isfinite(highs)]
    values = np.abs(values[np.isfinite(values)])
    positive = values[values > 0]
    if target(criterion) is not None or not positive.size:
        return
    low, high = float(positive.min()), float(positive.max())
    if high < _RATIO * low:
        return
    top = min(float(highs.max(initial=high)), _BEYOND * high) * _ROOM
    if len(positive) == len(values):
        place.set_yscale("log")
        place.set_ylim(low / _ROOM, top)
    else:
        place.set_yscale("symlog", linthresh=low, linscale=0.4)
        place.set_ylim(-0.2 * low, top)
        _from_zero(place.yaxis, low, top)
        return
    numbered(place.yaxis, low, high)


def _from_zero(axis: Axis, low: float, high: float) -> None:
    """Put zero and powers of ten from the least value on an axis."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    powers = 10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    axis.set_major_locator(FixedLocator([0.0, *powers.tolist()]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def numbered(axis: Axis, low: float, high: float) -> None:
    """Put a few numbers on a logarithmic axis, as they are spoken."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    several = (1.0, 3.0) if np.log10(high / low) < _DECADES else (1.0,)
    subs = (1.0, 2.0, 5.0) if np.log10(high / low) < 1.0 else several
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
