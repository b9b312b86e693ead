"""Figures with their Monte Carlo bounds: a row a method, under its cell, and a panel a quantity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gfe_mc.errors import require
from gfe_mc.report.figures.frame import caption, legend
from gfe_mc.report.figures.marks import Row
from gfe_mc.report.figures.style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 250
"""Most rows that can be looked at."""
COLUMNS = 4
"""Most panels side by side."""
LONGEST = 30
"""Most letters of a label."""

_SIZE = 8
_DECADES = 2.0
"""From so many on, powers of ten are numbers enough."""
_ROW, _PANEL, _ALONE, _LETTER = 0.155, 1.15, 2.3, 0.072
"""Inches of a row, a panel, one that is alone, and a broad letter."""
_BOUNDS: dict[str, Any] = {"color": "0.0", "linewidth": 0.9}
_POINT: dict[str, Any] = {
    "color": "0.0",
    "marker": "o",
    "markersize": 3.6,
    "linestyle": "none",
    "markeredgewidth": 0.8,
}
_HOLLOW = _POINT | {"markerfacecolor": "1.0"}
_NOTHING: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7, "color": "0.35"}
_AT: dict[str, Any] = {"color": "0.55", "linewidth": 0.8, "linestyle": "--"}


@dataclass(frozen=True)
class Look:
    """What a figure says beside its rows.

    Attributes
    ----------
    says : tuple of str
        Its caption, a line each.
    axis : str
        What is on the axis.
    at : float, optional
        What figures are set beside: those whose bounds leave it out are filled.
    at_name : str, default ""
        What that is called.
    log : bool, default False
        Whether the axis is logarithmic.
    """

    says: tuple[str, ...]
    axis: str
    at: float | None = None
    at_name: str = ""
    log: bool = False


def forest(rows: Sequence[Row], panels: Sequence[str], look: Look) -> Figure:
    """Draw figures with their bounds.

    Parameters
    ----------
    rows : sequence of Row
        In the order of the cells.
    panels : sequence of str
        Title of each panel.
    look : Look
        What the figure says.

    Raises
    ------
    InputError
        More rows than can be looked at, or none.
    """
    require(
        0 < len(rows) <= MOST,
        f"A figure must have 1 to {MOST} rows",
        f"{len(rows)} of cells and methods",
        "Read them in the table, or draw a part of the study: study.isel(cell=[0, 1])",
    )
    lines = _lines(rows)
    bands, across = math.ceil(len(panels) / COLUMNS), min(COLUMNS, len(panels))
    broad = _PANEL * across if across > 1 else _ALONE
    with styled():
        names = max(_points(line.label) for line in lines if line.row) / 72
        figure = new_figure(names + broad + 0.3, 4.0)
        caption(figure, *look.says)
        said = figure.get_suptitle().count("\n") + 1
        figure.set_figheight(bands * (_ROW * (len(lines) + 1) + 0.5) + _ROW * said + 0.7)
        axes = figure.subplots(bands, across, squeeze=False, sharex=False)
        for place in axes.flat[len(panels) :]:
            place.set_visible(False)
        for k, (place, title) in enumerate(zip(axes.flat, panels, strict=False)):
            _draw_panel(place, lines, k, look)
            place.set_title(title)
            if k % across == 0:
                _name_lines(place, lines, names, broad)
        if len(panels) == 1:
            axes[0, 0].set_xlabel(look.axis, fontsize=8)
        legend(figure, _legend(look), ())
    return figure


class _Line(NamedTuple):
    """A line of a figure: a row, or the name of the cell whose rows follow."""

    label: str
    row: Row | None


def _lines(rows: Sequence[Row]) -> list[_Line]:
    """Lines from top to bottom; a cell has one of its own where several methods are in it."""
    cells = list(dict.fromkeys(row.cell for row in rows))
    if len(cells) == len(rows) and len({row.method for row in rows}) == 1 and cells != [""]:
        return [_Line(_short(row.cell), row) for row in rows]
    found: list[_Line] = []
    for cell in cells:
        if cell:
            found.append(_Line(cell, None))
        found += [_Line(_short(row.method), row) for row in rows if row.cell == cell]
    return found


def _short(label: str, most: int = LONGEST) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}\u2026"


def _points(label: str) -> float:
    """Width of a label as it is drawn."""
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), label, size=_SIZE).get_extents().x1) if label.strip() else 0.0


def _name_lines(place: Axes, lines: Sequence[_Line], names: float, broad: float) -> None:
    """Write labels to the left of a panel; those of cells go on into it, where nothing is drawn."""
    letters = max(int((names + broad) / _LETTER), 8)
    for n, (label, row) in enumerate(lines):
        text = place.annotate(
            label if row else _short(label, letters),
            (0, n),
            (-72 * names - 5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=_SIZE,
            fontweight="normal" if row else "bold",
        )
        text.set_in_layout(row is not None)
        if row is None:
            text.set_bbox({"color": "1.0", "pad": 0.5})
    # Above the panels to its right.
    place.set_zorder(1)
    place.patch.set_visible(False)


def _legend(look: Look) -> Mapping[str, Mapping[str, Any]]:
    whisker = {"linestyle": "-", "linewidth": _BOUNDS["linewidth"]}
    if look.at is None:
        return {"with 95% bounds": _HOLLOW | whisker}
    return {
        look.at_name: _AT,
        "bounds hold it": _HOLLOW | whisker,
        "bounds leave it out": _POINT | whisker,
    }


def _scale(place: Axes, ends: np.ndarray) -> None:
    """Make an axis logarithmic, with a few numbers on it as they are spoken."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    place.set_xscale("log")
    decades = np.ptp(np.log10(ends)) if ends.size else 0.0
    place.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0) if decades < _DECADES else (1.0,)))
    place.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    place.xaxis.set_minor_locator(NullLocator())


def _draw_panel(place: Axes, lines: Sequence[_Line], panel: int, look: Look) -> None:
    heights = np.array([n for n, line in enumerate(lines) if line.row], float)
    value, low, high = np.array([line.row.marks[panel] for line in lines if line.row], float).T
    if look.at is not None:
        place.axvline(look.at, label="at", **_AT)
    if look.log:
        ends = np.concatenate([low, high, value])
        _scale(place, ends[np.isfinite(ends)])
    for height in heights[~np.isfinite(value)]:
        place.text(0.5, height, "none", transform=place.get_yaxis_transform(), **_NOTHING)
    # One line, broken between bounds.
    bounds = np.column_stack([low, high, np.full(len(low), np.nan)]).ravel()
    place.plot(bounds, np.repeat(heights, 3), label="bounds", **_BOUNDS)
    out = np.zeros(len(value), bool) if look.at is None else (low > look.at) | (high < look.at)
    place.plot(value[~out], heights[~out], label="hollow", **_HOLLOW)
    place.plot(value[out], heights[out], label="filled", **_POINT)
    place.set_ylim(len(lines) - 0.4, -0.6)
    place.set_yticks([])
    place.tick_params(axis="x", labelsize=7)
    if not look.log:
        place.locator_params(axis="x", nbins=3)
