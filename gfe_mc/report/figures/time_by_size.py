"""Time of estimators by the size of the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts
from gfe_mc.report.figures.frame import caption
from gfe_mc.report.figures.style import line, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


RESOLUTION = 1e-7
"""Seconds that a clock can tell apart."""


def time_by_size(study: xr.Dataset) -> Figure:
    """Draw median CPU seconds of a fit against N T, on logarithmic scales.

    There is a line for each estimator and number of groups; its label has the slope of a straight
    line through it, by least squares: 1 where time is proportional to size.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study with the factor G, and panels of several sizes.

    Raises
    ------
    InputError
        The study has no factor G, or all panels have one size.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figure 3.
    """
    study = counts.loaded(study)
    labels = counts.labels(study)
    sizes = np.array([int(str(label["N"])) * int(str(label["T"])) for label in labels])
    require("G" in labels[0], "The study must have the factor G", "none", "Draw another study")
    require(len(set(sizes)) > 1, "Panels must differ in size", f"N T = {sizes[0]}", "Draw another")
    given = [str(label["G"]) for label in labels]
    digits = all(value.isdigit() for value in given)
    require(digits, "G must be a number of groups", ", ".join(given), "Draw another study")
    groups = [int(value) for value in given]
    used, seconds = counts.used(study), counts.array(study, "seconds")
    number = 0
    with styled():
        figure = new_figure(6.0, 4.6)
        place = figure.subplots()
        for j, estimator in enumerate(study["estimator"].to_numpy()):
            for n_groups in sorted(set(groups)):
                points = [
                    (size, float(np.median(seconds[c, j, used[c, j]])))
                    for c, size in enumerate(sizes)
                    if groups[c] == n_groups and used[c, j].any()
                ]
                if len(points) < 2:
                    continue
                x, y = np.array(sorted(points)).T
                y = np.maximum(y, RESOLUTION)
                slope = float(np.polyfit(np.log(x), np.log(y), 1)[0])
                label = f"{estimator}, G = {n_groups}: slope {slope:.2f}"
                place.plot(x, y, **line(number), label=label)
                number += 1
        place.set_xscale("log")
        place.set_yscale("log")
        place.set_xlabel("observations N T")
        place.set_ylabel("CPU seconds of a fit, median")
        figure.legend(loc="outside lower center", fontsize=7, ncols=2)
        caption(figure, "Time by size of the panel")
    return figure
