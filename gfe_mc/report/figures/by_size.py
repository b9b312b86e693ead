"""Figures of estimators by the size of the panel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gfe_mc.metrics.criterion import Criterion
from gfe_mc.report.figures.grid import Grid, Sheet, sheets_of
from gfe_mc.report.figures.multiples import ROWS, TARGET, Curve, Look, bounds, multiples, running
from gfe_mc.report.figures.scale import column, target, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

APART = 0.1
"""Logarithms of N over which points of one size are spread, so that bounds can be seen."""


def by_size(grid: Grid, criterion: Criterion) -> list[Sheet]:
    """Draw a figure against N: a column of panels for each T, a row for each other combination.

    Points have 95% Monte Carlo bounds, and are a little beside their N. A bias is without its
    sign. Vertical axes are logarithmic where figures differ much, and are of their row.

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
    """
    figures = grid.figures(criterion)
    along, _ = running(grid)
    places = grid.sizes(along)

    def curve(rows: pd.DataFrame) -> Curve:
        number = grid.estimators.index(rows["estimator"].iloc[0])
        beside = APART * ((number + 0.5) / len(grid.estimators) - 0.5)
        return Curve(rows[along].to_numpy(float) * np.exp(beside), *bounds(rows, column(criterion)))

    def finish(place: Axes) -> None:
        place.set_xscale("log")
        place.set_xlim(places[0] / 1.25, places[-1] * 1.25)
        place.set_xticks(places, [str(value) for value in places], fontsize=7)
        place.set_xticks([], minor=True)

    sheets: list[Sheet] = []
    for page in sheets_of(list(grid.panels), ROWS):
        here = grid.only(pd.concat([grid.panels[label] for label in page]))
        first = f"{title(criterion)} by {along}, with 95% Monte Carlo bounds"
        says = tuple(filter(None, (first, *grid.says, here.without(figures))))
        wanted = target(criterion)
        further = {} if wanted is None else {f"{wanted:g}": TARGET}
        look = Look(says, along, title(criterion), finish, further)
        sheets.append(partial(multiples, grid, page, criterion, curve, look, figures))
    return sheets
