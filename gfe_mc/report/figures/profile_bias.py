"""Group profiles of a study, true and estimated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.optimize import isotonic_regression

from gfe_mc.errors import require
from gfe_mc.metrics import counts
from gfe_mc.metrics.profiles import profile_figures
from gfe_mc.report.figures.frame import SHADE, caption, legend
from gfe_mc.report.figures.labels import cell_titles, described
from gfe_mc.report.figures.style import GREYS, MARKERS, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
"""Most panels side by side."""
STYLES: dict[str, dict[str, Any]] = {
    "true": {"color": "0.0"},
    "mean estimate": {"color": "0.0", "linestyle": "--"},
}


def profile_bias(study: xr.Dataset) -> Figure:
    """Draw the true alpha_gt and their mean estimates over the periods: a panel a cell.

    The shade about a mean is its pointwise 95% Monte Carlo bounds; with many replications it is
    no wider than the line.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study that records profiles; of its estimators, the first that has any is
        drawn.

    Raises
    ------
    InputError
        The study has no profiles, or none to compare them with.

    References
    ----------
    Bonhomme and Manresa (2012), supplement, Figure S1.
    """
    figures = profile_figures(study)
    require(
        len(figures) > 0,
        "The study must have profiles to draw",
        "none in any replication",
        "Run it with an estimator that has groups",
    )
    study = counts.loaded(study)
    position = counts.position(study, str(figures["estimator"].iloc[0]))
    own = figures[figures["estimator"] == figures["estimator"].iloc[0]]
    titles = cell_titles(study)
    shown = own["cell"].unique().tolist()
    columns = min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    # The room that a label takes on the axis that all panels share.
    gap = 0.03 * float(np.ptp(own[["true", "mean"]].to_numpy()))
    with styled():
        figure = new_figure(max(2.4 * columns + 0.6, 4.0), 3.5 * rows + 0.9)
        axes = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for place in axes.flat[len(shown) :]:
            place.set_visible(False)
        cells = study["cell"].to_numpy().tolist()
        for place, cell in zip(axes.flat, shown, strict=False):
            _draw_panel(place, own[own["cell"] == cell], gap)
            place.set_title(titles[cells.index(cell)])
        figure.supylabel(r"$\alpha_{gt}$, units of the outcome", fontsize=9)
        caption(
            figure,
            "Group profiles, true and mean estimate; groups by their numbers",
            described(study, position),
        )
        legend(figure, STYLES, ["its 95% Monte Carlo bounds"])
    return figure


def _draw_panel(place: Axes, own: pd.DataFrame, gap: float) -> None:
    """Draw the profiles of one cell: both lines of a group in its grey, its number beside them."""
    ends: dict[str, float] = {}
    for group, one in own.groupby("group", sort=True):
        number = int(str(group)) - 1
        grey = GREYS[number % len(GREYS)]
        periods, mean = one["period"].to_numpy(), one["mean"].to_numpy()
        half = 1.96 * one["error"].to_numpy()
        place.fill_between(periods, mean - half, mean + half, **SHADE)
        place.plot(
            periods,
            one["true"].to_numpy(),
            **STYLES["true"] | {"color": grey},
            marker=MARKERS[number % len(MARKERS)],
            markersize=3.0,
            label=f"true {group}",
        )
        place.plot(
            periods, mean, **STYLES["mean estimate"] | {"color": grey}, label=f"mean {group}"
        )
        ends[str(group)] = float(mean[-1])
    periods = own["period"].unique()
    place.set_xlabel("period t")
    place.set_xticks(periods)
    place.set_xlim(periods[0] - 0.05 * len(periods), periods[-1] + 0.12 * len(periods))
    for group, height in zip(ends, _apart(np.array(list(ends.values())), gap), strict=True):
        beside = (periods[-1] + 0.05 * len(periods), height)
        place.annotate(group, beside, fontsize=7, va="center", annotation_clip=False)


def _apart(ends: np.ndarray, gap: float) -> np.ndarray:
    """Heights nearest to where lines end, (n,), that are at least a gap apart."""
    order = np.argsort(ends, kind="stable")
    steps = gap * np.arange(len(ends))
    heights = np.empty(len(ends))
    heights[order] = isotonic_regression(ends[order] - steps).x + steps
    return heights
