"""Nested-loop plot: every cell of a comparison in one line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gfe_mc.metrics.criterion import Criterion
from gfe_mc.report.figures.frame import caption, legend
from gfe_mc.report.figures.grid import Grid, Sheet, sheets_of, shown
from gfe_mc.report.figures.labels import name_of
from gfe_mc.report.figures.multiples import BARS, TARGET, bounds, look_of
from gfe_mc.report.figures.scale import column, scale, target, title
from gfe_mc.report.figures.style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONGEST = 60
"""Most cells beside one another."""
STRIPS = 4
"""Most strips of cells on a page."""
WIDTH, HEIGHT, STEP = 9.5, 1.7, 0.2
"""Inches of a page, of a strip, and of the steps of a factor beneath it."""
_FACTOR: dict[str, Any] = {"color": "0.0", "linewidth": 0.9}
_BLOCK: dict[str, Any] = {"color": "0.85", "linewidth": 0.6, "zorder": 0}


def nested_loop(grid: Grid, criterion: Criterion) -> list[Sheet]:
    """Draw a figure over all cells, one factor within another, with the factors' steps beneath.

    The first factor of the study changes slowest. Each estimator is a line of steps, broken where
    it has no figure; points have 95% Monte Carlo bounds. Combinations of factors that are no cells
    of the study have no place. A bias is without its sign.

    Parameters
    ----------
    grid : Grid
        The comparison.
    criterion : Criterion
        The figure.

    Returns
    -------
    list of Sheet
        What draws each page.

    References
    ----------
    Ruecker and Schwarzer (2014), BMC Medical Research Methodology 14, 129.
    """
    figures = grid.figures(criterion)
    names = [
        name
        for name in grid.cells.columns[1:]
        if name in grid.others or (name in ("N", "T") and grid.cells[name].nunique() > 1)
    ]
    levels = {name: _levels(grid.cells[name]) for name in names}
    keys = {name: grid.cells[name].astype(str).map(levels[name].index) for name in names}
    places = pd.DataFrame(keys).assign(cell=grid.cells["cell"]).sort_values(names)
    strips = [places.loc[list(strip)] for strip in sheets_of(list(places.index), LONGEST)]
    return [
        partial(_draw, grid, page, levels, figures, criterion) for page in sheets_of(strips, STRIPS)
    ]


def _levels(values: pd.Series) -> list[str]:
    """Levels of a factor as text, numbers in their order, others as they come."""
    distinct = list(dict.fromkeys(values))
    if all(isinstance(value, int | float) for value in distinct):
        distinct.sort()
    return [str(value) for value in distinct]


def _draw(
    grid: Grid,
    strips: Sequence[pd.DataFrame],
    levels: dict[str, list[str]],
    figures: pd.DataFrame,
    criterion: Criterion,
) -> Figure:
    """Draw the strips of one page."""
    here = grid.only(grid.cells[grid.cells["cell"].isin(pd.concat(strips)["cell"])])
    drawn = figures[figures["cell"].isin(here.cells["cell"])]
    longest = max(len(strip) for strip in strips)
    first = f"{title(criterion)} in every cell, with 95% Monte Carlo bounds"
    with styled():
        figure = new_figure(WIDTH, 4.0)
        caption(figure, *filter(None, (first, *grid.says, here.without(figures))))
        entries = {
            shown(name): look_of(k, len(grid.estimators)) for k, name in enumerate(grid.estimators)
        }
        wanted = target(criterion)
        entries |= {} if wanted is None else {f"{wanted:g}": TARGET}
        said = figure.get_suptitle().count("\n") + 1 + -(-len(entries) // 5)
        ratios = [HEIGHT, STEP * len(levels)] * len(strips)
        figure.set_figheight(sum(ratios) + 0.18 * said + 0.25)
        axes = figure.subplots(len(ratios), 1, height_ratios=ratios, squeeze=False)[:, 0]
        for strip, upper, lower in zip(strips, axes[::2], axes[1::2], strict=True):
            scale(upper, *bounds(drawn, column(criterion))[::2], criterion)
            _lines(upper, grid, strip, figures, criterion)
            _steps(lower, strip, levels)
            if wanted is not None:
                upper.axhline(wanted, label="target", zorder=1, **TARGET)
            upper.set_ylabel(title(criterion))
            upper.tick_params(axis="y", labelsize=7)
            upper.set_xticks([])
            for place in (upper, lower):
                place.set_xlim(-0.6, longest - 0.4)
        legend(figure, entries, ())
    return figure


def _lines(
    place: Axes, grid: Grid, strip: pd.DataFrame, figures: pd.DataFrame, criterion: Criterion
) -> None:
    """Draw the lines of a strip."""
    for start in _starts(strip):
        place.axvline(start - 0.5, label="block", **_BLOCK)
    for k, name in enumerate(grid.estimators):
        own = figures[figures["estimator"] == name].set_index("cell").reindex(strip["cell"])
        value, low, high = bounds(own, column(criterion))
        style = look_of(k, len(grid.estimators))
        middle = np.arange(len(strip), dtype=float)
        beside = middle + 0.5 * ((k + 0.5) / len(grid.estimators) - 0.5)
        places = np.column_stack([middle - 0.5, beside, middle + 0.5]).ravel()
        place.plot(places, np.repeat(value, 3), label=name, markevery=(1, 3), **style)
        ends = np.column_stack([low, high, np.full(len(middle), np.nan)]).ravel()
        bars = {**BARS, "color": style["color"]}
        place.plot(np.repeat(beside, 3), ends, label=f"{name} bounds", **bars)


def _starts(strip: pd.DataFrame) -> list[int]:
    """Where a level of any factor but the fastest changes."""
    slow = strip.drop(columns="cell").iloc[:, :-1]
    if not slow.shape[1]:
        return []
    changes = (slow != slow.shift()).any(axis=1).to_numpy()
    return [k for k in np.flatnonzero(changes).tolist() if k]


def _steps(place: Axes, strip: pd.DataFrame, levels: dict[str, list[str]]) -> None:
    """Draw the steps of the factors, the slowest above, and name their levels."""
    ends = np.arange(len(strip))[:, None] + [-0.5, 0.5]
    for row, (name, values) in enumerate(levels.items()):
        heights = strip[name].to_numpy() / max(len(values) - 1, 1) * 0.6 - row
        place.plot(ends.ravel(), np.repeat(heights, 2), label=name, **_FACTOR)
    ticks = [0.3 - row for row in range(len(levels))]
    said = [f"{name_of(name)}: {name_of(', '.join(v))}" for name, v in levels.items()]
    place.set_yticks(ticks, said, fontsize=7)
    place.tick_params(length=0)
    place.set_xticks([])
    place.set_ylim(0.8 - len(levels), 0.8)
    for side in ("left", "bottom"):
        place.spines[side].set_visible(False)
