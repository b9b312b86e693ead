"""What accuracy costs: a figure against the seconds of a fit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.rates import frontier
from gfe_mc.report.figures.grid import Grid, Sheet, sheets_of
from gfe_mc.report.figures.marks import Z
from gfe_mc.report.figures.multiples import (
    RING,
    ROWS,
    TARGET,
    Curve,
    Look,
    bounds,
    multiples,
    running,
)
from gfe_mc.report.figures.scale import column, numbered, target, title
from gfe_mc.report.figures.time_by_size import RESOLUTION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SECONDS = Criterion("median_seconds")
ROOM = 1.3


def price(grid: Grid, criterion: Criterion) -> list[Sheet]:
    """Draw a figure against the median CPU seconds of a fit, as panels grow.

    The points of an estimator are joined from the smallest N to the largest; panels are those of
    `gfe_mc.report.figures.by_size`. A ring says that in its cell no other estimator is as good
    and as cheap, and better in one of them.

    Parameters
    ----------
    grid : Grid
        The comparison.
    criterion : Criterion
        The figure; of seconds themselves nothing is drawn.

    Returns
    -------
    list of Sheet
        What draws each page.
    """
    if criterion == SECONDS:
        return []
    names = ["cell", "estimator"]
    on = frontier(grid.summary, criterion, infeasible=grid.infeasible)
    on = on[[*names, "seconds", "seconds_error", "efficient"]]
    figures = grid.figures(criterion).merge(on, on=names)
    along, _ = running(grid)

    def curve(rows: pd.DataFrame) -> Curve:
        # What is no time to a clock has no place on a logarithmic scale.
        seconds = np.maximum(rows["seconds"].to_numpy(float), RESOLUTION)
        half = Z * rows["seconds_error"].to_numpy(float)
        ringed = rows["efficient"].to_numpy(bool)
        low = np.maximum(seconds - half, RESOLUTION)
        shown = bounds(rows, column(criterion))
        return Curve(seconds, *shown, low, seconds + half, ringed)

    finite = figures["seconds"].to_numpy(float)
    finite = np.maximum(finite[np.isfinite(finite)], RESOLUTION)

    def finish(place: Axes) -> None:
        place.set_xscale("log")
        if finite.size:
            low, high = float(finite.min()) / ROOM, float(finite.max()) * ROOM
            place.set_xlim(low, high)
            numbered(place.xaxis, low, high)
        place.tick_params(axis="x", labelsize=6.5)

    sheets: list[Sheet] = []
    for page in sheets_of(list(grid.panels), ROWS):
        here = grid.only(pd.concat([grid.panels[label] for label in page]))
        first = f"{title(criterion)} against seconds, with 95% Monte Carlo bounds"
        grown = f"Points are joined from the smallest {along} to the largest"
        says = tuple(filter(None, (first, grown, *grid.says, here.without(figures))))
        wanted = target(criterion)
        further = {"on the frontier": RING}
        further |= {} if wanted is None else {f"{wanted:g}": TARGET}
        look = Look(says, "CPU seconds, median", title(criterion), finish, further)
        sheets.append(partial(multiples, grid, page, criterion, curve, look, figures))
    return sheets
