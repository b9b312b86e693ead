"""Rows of units down an axis, in the order of their groups: what stands on either side of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def name_rows(
    axes: Axes, place: np.ndarray, units: Sequence[str], groups: np.ndarray, most: int
) -> None:
    """Write names of units on the left, if they are few, and groups and their sizes on the right.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    place : (N,) array
        Where each row is.
    units : sequence of str
        The unit of each row.
    groups : (N,) array
        The group of each row, from 0.
    most : int
        Most units whose names are written.
    """
    if len(units) <= most:
        axes.set_yticks(place, list(units), fontsize=6)
        for label in axes.get_yticklabels():
            label.set_parse_math(False)
        axes.tick_params(axis="y", length=0)
    else:
        axes.set_yticks([])
    for g in range(int(groups.max()) + 1):
        own = place[groups == g]
        if len(own):
            axes.text(
                1.01,
                own.mean(),
                f"group {g + 1} ({len(own)})",
                transform=axes.get_yaxis_transform(),
                va="center",
                fontsize=8,
            )
