"""Small multiples: a row for each combination of other factors, a column for each T."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.moments import Figure as Number
from gfe_mc.report.figures.frame import caption, legend
from gfe_mc.report.figures.grid import Grid, shown
from gfe_mc.report.figures.marks import Mark
from gfe_mc.report.figures.scale import column, scale, target
from gfe_mc.report.figures.style import line, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 6
"""Most estimators whose lines may be broad."""
ROWS = 6
"""Most rows of panels on a page."""
_WIDTH, _HEIGHT = 1.75, 1.45
BARS: dict[str, Any] = {"linestyle": "-", "linewidth": 0.6}
RING: dict[str, Any] = {
    "color": "0.0",
    "marker": "o",
    "markersize": 6.8,
    "markerfacecolor": "none",
    "markeredgewidth": 0.6,
    "linestyle": "none",
}
TARGET: dict[str, Any] = {"color": "0.55", "linewidth": 0.8, "linestyle": ":"}


class Curve(NamedTuple):
    """Points of an estimator in a panel, from the smaller sample to the larger, (n,) each."""

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    """Bounds of y."""
    x_low: np.ndarray | None = None
    x_high: np.ndarray | None = None
    """Bounds of x, if it has any."""
    ringed: np.ndarray | None = None
    """Which points have a ring about them."""


@dataclass(frozen=True)
class Look:
    """What small multiples say beside their points.

    Attributes
    ----------
    says : tuple of str
        The caption, a line each.
    x, y : str
        What is on the axes.
    finish : callable
        `finish(axes)` scales the horizontal axis of a panel.
    further : mapping of str to style
        Further entries of the legend.
    """

    says: tuple[str, ...]
    x: str
    y: str
    finish: Callable[[Axes], None]
    further: dict[str, dict[str, Any]]


def running(grid: Grid) -> tuple[str, str | None]:
    """Return the factor along which points are joined, N if it varies, and that of the columns."""
    if len(grid.sizes("N")) < 2:
        return "T", None
    return "N", "T" if len(grid.sizes("T")) > 1 else None


def multiples(
    grid: Grid,
    page: Sequence[str],
    criterion: Criterion,
    curve: Callable[[pd.DataFrame], Curve],
    look: Look,
    figures: pd.DataFrame,
) -> Figure:
    """Draw a page of panels.

    Parameters
    ----------
    grid : Grid
        The comparison.
    page : sequence of str
        Names of the rows, of `Grid.panels`.
    criterion : Criterion
        What is on the vertical axes.
    curve : callable
        `curve(rows)`: points of an estimator from its rows of a panel, in the order of its size.
    look : Look
        What the figure says.
    figures : pandas.DataFrame
        Figures of all cells, with those that are drawn.
    """
    along, by = running(grid)
    columns = grid.sizes(by) if by else [None]
    with styled():
        width = max(_WIDTH * len(columns) + 0.7, 5.2)
        figure = new_figure(width, 4.0)
        caption(figure, *look.says)
        said = figure.get_suptitle().count("\n") + 1
        entries = {
            shown(name): look_of(k, len(grid.estimators)) for k, name in enumerate(grid.estimators)
        }
        legends = 0.19 * -(-(len(entries) + len(look.further)) // max(1, int(width / 1.6)))
        figure.set_figheight(_HEIGHT * len(page) + 0.16 * said + legends + 0.5)
        axes = figure.subplots(len(page), len(columns), squeeze=False, sharey="row")
        for row, label in zip(axes, page, strict=True):
            cells = grid.panels[label]
            drawn = figures[figures["cell"].isin(cells["cell"])]
            scale(row[0], *bounds(drawn, column(criterion))[::2], criterion)
            row[0].set_ylabel(label.replace(", ", "\n"), fontsize=8)
            row[0].tick_params(axis="y", labelsize=7)
            for place, value in zip(row, columns, strict=True):
                own = drawn if by is None else drawn[drawn[by] == value]
                _panel(place, grid, own.sort_values(along), curve)
                wanted = target(criterion)
                if wanted is not None:
                    place.axhline(wanted, label="target", zorder=1, **TARGET)
                look.finish(place)
        figure.supylabel(look.y, fontsize=9)
        if by:
            for place, value in zip(axes[0], columns, strict=True):
                place.set_title(f"{by} = {value}")
        for place in axes[-1]:
            place.set_xlabel(look.x, fontsize=8)
        legend(figure, {**entries, **look.further}, ())
    return figure


def bounds(rows: pd.DataFrame, what: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the values of a column and their 95% bounds, (n,) each."""
    columns = [rows[name].to_numpy(float).tolist() for name in (what, "error", "low", "high")]
    marks = [
        Mark.of(Number(value, error, 0, low, high))
        for value, error, low, high in zip(*columns, strict=True)
    ]
    value, low, high = np.array(marks, float).reshape(-1, 3).T
    return value, low, high


def look_of(number: int, of: int) -> dict[str, Any]:
    """Return the style of an estimator among so many: the more, the finer lines and marks are."""
    fine = {"markersize": 3.0, "linewidth": 0.7}
    return {**line(number), **(fine if of > FEW else {})}


def _panel(
    place: Axes, grid: Grid, own: pd.DataFrame, curve: Callable[[pd.DataFrame], Curve]
) -> None:
    """Draw the curves of a panel."""
    for k, name in enumerate(grid.estimators):
        rows = own[own["estimator"] == name]
        if rows["value"].notna().any():
            _curve(place, curve(rows), look_of(k, len(grid.estimators)), name)
    if not place.lines:
        word = "no figure" if len(own) else "no cells"
        place.text(0.5, 0.5, word, transform=place.transAxes, ha="center", color="0.35")


def _curve(place: Axes, points: Curve, style: dict[str, Any], name: str) -> None:
    """Draw the points of an estimator, with their bounds, and join them."""
    bars = {**BARS, "color": style["color"]}
    gap = np.full(len(points.x), np.nan)
    heights = np.column_stack([points.low, points.high, gap]).ravel()
    place.plot(np.repeat(points.x, 3), heights, label=f"{name} bounds", **bars)
    if points.x_low is not None and points.x_high is not None:
        widths = np.column_stack([points.x_low, points.x_high, gap]).ravel()
        place.plot(widths, np.repeat(points.y, 3), label=f"{name} width", **bars)
    place.plot(points.x, points.y, label=name, **style)
    if points.ringed is not None:
        ringed = points.ringed
        place.plot(points.x[ringed], points.y[ringed], label=f"{name} ring", **RING)
