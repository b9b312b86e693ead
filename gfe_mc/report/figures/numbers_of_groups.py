"""Estimates by the number of groups that is fitted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts, moments
from gfe_mc.report.figures.frame import SHADE, caption, legend
from gfe_mc.report.figures.labels import described, symbol
from gfe_mc.report.figures.style import new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
"""Most panels side by side."""
FACTOR = "G"
PERCENTILES = (2.5, 97.5)
STYLES: dict[str, dict[str, Any]] = {
    "mean": {"color": "0.0", "linewidth": 2.4, "marker": "o"},
    "2.5%": {"color": "0.35", "linestyle": "--"},
    "97.5%": {"color": "0.35", "linestyle": "--"},
    "true": {"color": "0.0", "linewidth": 0.8},
}

LEGEND = {
    "mean": STYLES["mean"],
    "2.5 and 97.5 percentiles": STYLES["2.5%"],
    "true value": STYLES["true"],
}


def numbers_of_groups(study: xr.Dataset) -> Figure:
    """Draw mean and 2.5 and 97.5 percentiles of the estimates by number of groups.

    There is a panel for each parameter, and the true value is a thin line. The shade about the
    mean is its pointwise 95% Monte Carlo bounds; with many replications it is no wider than the
    line.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study with a factor G, the number of groups that is fitted; cells in which
        it is no number are left out. Of its estimators the first is drawn.

    Raises
    ------
    InputError
        The study has no factor G, no number in it, or several cells with the same number.

    References
    ----------
    Bonhomme and Manresa (2012), supplement, Figure S2.
    """
    study = by_number(counts.loaded(study))
    numbers = [int(str(value)) for value in study[FACTOR].to_numpy()]
    parameters = [str(name) for name in study["parameter"].to_numpy()]
    columns = min(COLUMNS, len(parameters))
    rows = math.ceil(len(parameters) / columns)
    with styled():
        figure = new_figure(max(2.4 * columns + 0.4, 4.0), 2.5 * rows + 1.0)
        axes = figure.subplots(rows, columns, squeeze=False)
        for place in axes.flat[len(parameters) :]:
            place.set_visible(False)
        for k, (place, parameter) in enumerate(zip(axes.flat, parameters, strict=False)):
            _draw_panel(place, numbers, _lines(study, k))
            place.set_title(symbol(parameter))
        axes[0, 0].set_ylabel("estimate")
        caption(figure, "Estimates by the number of groups", described(study, 0))
        legend(figure, LEGEND, ["95% Monte Carlo bounds of the mean"])
    return figure


def by_number(study: xr.Dataset) -> xr.Dataset:
    """Return the cells in the order of their numbers of groups."""
    has = FACTOR in study.coords and study[FACTOR].dims == ("cell",)
    require(
        has,
        f"The study must have the factor {FACTOR}, the number of groups",
        f"the factors {', '.join(name for name in counts.labels(study)[0] if name != 'cell')}",
        "Draw a study whose cells differ in it",
    )
    values = [str(value) for value in study[FACTOR].to_numpy()]
    numbers = {i: int(value) for i, value in enumerate(values) if value.isdigit()}
    require(
        0 < len(numbers) == len(set(numbers.values())),
        f"Each number of groups in the factor {FACTOR} must have one cell",
        ", ".join(values),
        "Select the cells of one design",
    )
    return study.isel(cell=sorted(numbers, key=lambda i: numbers[i]))


def _lines(study: xr.Dataset, parameter: int) -> dict[str, np.ndarray]:
    """What is drawn of a parameter, by the names of `STYLES`, and the error of the mean."""
    used = counts.used(study)[:, 0]
    estimates = counts.array(study, "estimate")[:, 0, :, parameter]
    truths = counts.array(study, "truth")[:, :, parameter]
    drawn = []
    for own, truth, which in zip(estimates, truths, used, strict=True):
        mean, true = moments.mean(own[which]), moments.true(truth[which])
        finite = moments.finite(own[which])
        low, high = np.percentile(finite, PERCENTILES) if len(finite) else (np.nan, np.nan)
        drawn.append((mean.value, low, high, true.value, mean.error))
    return dict(zip([*STYLES, "error"], np.array(drawn).T, strict=True))


def _draw_panel(place: Axes, numbers: list[int], lines: dict[str, np.ndarray]) -> None:
    mean, half = lines["mean"], 1.96 * lines["error"]
    place.fill_between(numbers, mean - half, mean + half, **SHADE)
    for name, style in STYLES.items():
        place.plot(numbers, lines[name], label=name, **style)
    place.set_xlabel("number of groups G that is fitted")
    place.set_xticks(numbers)
