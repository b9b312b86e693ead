"""Map of the best estimator over N and T."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.ranking import ranked
from gfe_mc.report.figures.frame import caption, legend_of
from gfe_mc.report.figures.grid import Grid, Sheet, sheets_of, shown
from gfe_mc.report.figures.labels import name_of
from gfe_mc.report.figures.style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TILE = 0.42
"""Inches of a tile."""
TALLEST, WIDEST = 9.0, 9.5
"""Inches of panels on a page."""
SHADES = ("1.0", "0.82", "0.9", "0.74", "0.95", "0.78", "0.86")
HATCH: dict[str, Any] = {"hatch": "////", "hatch_linewidth": 0.6}
HATCHED = "Hatched: not told apart from the best are those whose numbers, or how many, are beneath"
MOST_TIED = 3
"""Most numbers in a tile of those that are not told apart from the best."""
_EDGE: dict[str, Any] = {"edgecolor": "0.45", "linewidth": 0.6}
_TEXT: dict[str, Any] = {"ha": "center", "va": "center", "color": "0.0"}
_BACK: dict[str, Any] = {"pad": 0.6, "linewidth": 0}


def best_map(grid: Grid, criterion: Criterion) -> list[Sheet]:
    """Map which estimator is best over N and T: a panel for each combination of other factors.

    A tile has the number of the estimator that is best in its cell. It is hatched where others are
    not told apart from the best, by `gfe_mc.metrics.ranking.ranked`, and has their numbers, or how
    many they are. Combinations of N and T that the study has not are left out; a cell without any
    figure has a dash.

    Parameters
    ----------
    grid : Grid
        The comparison.
    criterion : Criterion
        The figure by which one is best.

    Returns
    -------
    list of Sheet
        What draws each page.
    """
    ranking = ranked(grid.summary, criterion, infeasible=grid.infeasible)
    labels, (across, down) = list(grid.panels), _layout(grid)
    return [
        partial(_draw, grid, page, ranking, criterion) for page in sheets_of(labels, across * down)
    ]


def _layout(grid: Grid) -> tuple[int, int]:
    """Most panels side by side, and beneath one another, of a page."""
    width = TILE * len(grid.sizes("N")) + 0.6
    height = TILE * len(grid.sizes("T")) + 0.6
    across = max(1, int(WIDEST / width))
    if grid.others:
        # Levels of the last factor side by side, if they have room.
        levels = grid.cells[grid.others[-1]].astype(str).nunique()
        across = levels * (across // levels) or across
    return across, max(1, int(TALLEST / height))


def _draw(grid: Grid, page: Sequence[str], ranking: pd.DataFrame, criterion: Criterion) -> Figure:
    """Draw the panels of one page."""
    panels = {label: grid.panels[label] for label in page}
    here = grid.only(pd.concat(panels.values()))
    across = min(_layout(grid)[0], len(panels))
    down = -(-len(panels) // across)
    n, t = grid.sizes("N"), grid.sizes("T")
    named = {name: f"{number}" for number, name in enumerate(grid.estimators, start=1)}
    rows = ranking[ranking["cell"].isin(here.cells["cell"])]
    winners = list(dict.fromkeys(ranking.loc[ranking["rank"] == 1, "estimator"]))
    winners.sort(key=grid.estimators.index)
    shades = {name: SHADES[k % len(SHADES)] for k, name in enumerate(winners)}
    with styled():
        width = max(across * (TILE * len(n) + 0.6), 4.2)
        figure = new_figure(width, 4.0)
        caption(figure, *_says(here, ranking, criterion))
        lines = figure.get_suptitle().count("\n") + 1
        legends = 0.18 * -(-len(named) // max(1, int(width / 1.6)))
        height = down * (TILE * len(t) + 0.62) + 0.15 * lines + legends + 0.4
        figure.set_figheight(height)
        axes = figure.subplots(down, across, squeeze=False)
        for place in axes.flat[len(panels) :]:
            place.set_visible(False)
        for place, (label, cells) in zip(axes.flat, panels.items(), strict=False):
            place.set_title(label.replace(", ", "\n") if len(label) > 7 * len(n) else label)
            _frame(place, n, t)
            for cell in cells.to_dict("records"):
                own = rows[rows["cell"] == cell["cell"]]
                _tile(place, (n.index(cell["N"]), t.index(cell["T"])), own, named, shades)
        legend_of(figure, _handles(named, shades))
    return figure


def _says(here: Grid, ranking: pd.DataFrame, criterion: Criterion) -> list[str]:
    """What stands above the panels."""
    every = sum(len(here.sizes("N")) * len(here.sizes("T")) for _ in here.panels)
    missing = "Tiles that are left out are no cells of the study" if every > len(here.cells) else ""
    rows = ranking[ranking["cell"].isin(here.cells["cell"])]
    parts = [
        f"Which estimator is best: {name_of(criterion.title)}",
        HATCHED if _tied(rows).any() else "",
        *here.says,
        here.without(ranking),
        missing,
    ]
    return [part for part in parts if part]


def _frame(place: Axes, n: list[Any], t: list[Any]) -> None:
    """Name the columns and rows of a map."""
    place.set_xlim(-0.5, len(n) - 0.5)
    place.set_ylim(-0.5, len(t) - 0.5)
    place.set_aspect("equal")
    place.set_xticks(range(len(n)), [str(value) for value in n], fontsize=7)
    place.set_yticks(range(len(t)), [str(value) for value in t], fontsize=7)
    place.tick_params(length=0)
    for side in ("left", "bottom"):
        place.spines[side].set_visible(False)
    place.set_xlabel("N", labelpad=1)
    place.set_ylabel("T", labelpad=1)


def _tied(rows: pd.DataFrame) -> pd.Series:
    """Which rows of a ranking are not told apart from the best, which is not among them."""
    tied: pd.Series = rows["rank"].gt(1) & ~rows["beaten"].astype(bool)
    return tied


def _tile(
    place: Axes,
    at: tuple[int, int],
    own: pd.DataFrame,
    named: dict[str, str],
    shades: dict[str, str],
) -> None:
    """Draw one cell, of its rows in the ranking."""
    from matplotlib.patches import Rectangle

    corner = (at[0] - 0.5, at[1] - 0.5)
    best = own.loc[own["rank"] == 1, "estimator"].tolist()
    if not best:
        place.add_patch(Rectangle(corner, 1, 1, facecolor="1.0", label="no figure", **_EDGE))
        place.text(*at, "\u2013", **_TEXT)
        return
    tied = [named[name] for name in own.loc[_tied(own), "estimator"]]
    style = {"facecolor": shades[best[0]], "label": best[0], **_EDGE}
    place.add_patch(Rectangle(corner, 1, 1, **style, **(HATCH if tied else {})))
    back = {"facecolor": shades[best[0]], **_BACK}
    height = at[1] + (0.17 if tied else 0.0)
    place.text(at[0], height, named[best[0]], fontsize=9, fontweight="bold", bbox=back, **_TEXT)
    if tied:
        words = ",".join(tied) if len(tied) <= MOST_TIED else f"+{len(tied)}"
        place.text(at[0], at[1] - 0.25, words, fontsize=6, bbox=back, **_TEXT)


def _handles(named: dict[str, str], shades: dict[str, str]) -> list[Artist]:
    """Which number is which estimator, with the shade of those that are best somewhere."""
    from matplotlib.patches import Patch

    none = {"facecolor": "none", "edgecolor": "none"}
    return [
        Patch(
            **({"facecolor": shades[name], **_EDGE} if name in shades else none),
            label=f"{number} {shown(name)}",
        )
        for name, number in named.items()
    ]
