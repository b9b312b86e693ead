"""How clearly each unit is of its group, group by group, from the clearest unit down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.report.figures.style import new_figure, styled
from gfe_mc.report.figures.unit_rows import name_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHADES = ("0.25", "0.65")
"""Of groups in turn."""
NAMED = 40
"""Most units whose names are written beside their bars."""


def draw_margins(
    units: list[str], groups: np.ndarray, margins: np.ndarray, soft: bool = False
) -> Figure:
    """Draw a bar a unit, as long as its margin; a dashed line is the mean.

    Parameters
    ----------
    units : list of str
        Names of the units, N.
    groups : (N,) array
        Group of each unit, from 0.
    margins : (N,) array
        Margins, at most 1; negative where another group fits better.
    soft : bool, default False
        Whether margins are differences of memberships rather than of distances.
    """
    order = np.lexsort((-margins, groups))
    n_groups, n = int(groups.max()) + 1, len(units)
    place = np.arange(n) + 2 * groups[order]
    with styled():
        figure = new_figure(6.0, min(9.0, 1.6 + 0.13 * (n + 2 * n_groups)))
        axes = figure.subplots()
        shade = [SHADES[g % len(SHADES)] for g in groups[order]]
        axes.barh(place, margins[order], height=0.85, color=shade)
        axes.axvline(float(margins.mean()), color="0.0", linestyle="--", linewidth=0.9)
        axes.axvline(0.0, color="0.0", linewidth=0.6)
        name_rows(axes, place, [units[i] for i in order], groups[order], NAMED)
        axes.set_xlim(min(0.0, float(margins.min())) * 1.05, 1.0)
        axes.margins(y=0.01)
        axes.invert_yaxis()
        distances = "distance to the next group less that to its own, over the larger"
        axes.set_xlabel("its largest membership less the next" if soft else distances)
        figure.suptitle(
            f"How clearly units are of their groups: mean {margins.mean():.2f}", fontsize=10
        )
    return figure
