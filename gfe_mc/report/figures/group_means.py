"""The raw outcome over time: the mean of each group, and its units behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.report.figures.profiles import COLUMNS
from gfe_mc.report.figures.style import line, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_group_means(
    outcomes: np.ndarray, groups: np.ndarray, periods: Sequence[str], outcome: str
) -> Figure:
    """Draw a panel a group: outcomes of its units in grey, and their mean in black.

    Parameters
    ----------
    outcomes : (N, T) array
        NaN where not observed.
    groups : (N,) array
        Group of each unit, from 0.
    periods : sequence of str
        Names of the periods.
    outcome : str
        Name of the outcome, for the axis.
    """
    n_groups = int(groups.max()) + 1
    columns = min(COLUMNS, math.ceil(math.sqrt(n_groups)))
    rows = math.ceil(n_groups / columns)
    with styled():
        figure = new_figure(2.6 * columns + 0.6, 2.0 * rows + 0.6)
        axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for place in axes.flat[n_groups:]:
            place.set_visible(False)
        at = range(len(periods))
        for g, place in enumerate(axes.flat[:n_groups]):
            own = outcomes[groups == g]
            place.plot(at, own.T, color="0.8", linewidth=0.6, zorder=1)
            there = np.isfinite(own)
            mean = np.where(there, own, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
            mean[~there.any(axis=0)] = np.nan
            place.plot(at, mean, **line(0), zorder=2)
            place.set_title(f"group {g + 1} ({len(own)} units)")
            step = max(1, math.ceil(len(periods) / 4))
            place.set_xticks(list(at)[::step], list(periods)[::step])
            # What is beneath it may be empty.
            place.tick_params(labelbottom=g + columns >= n_groups)
        figure.supylabel(outcome, parse_math=False)
        figure.supxlabel("period")
        figure.suptitle("Outcomes by group: units, and their mean", fontsize=10)
    return figure
