"""Coefficients of several estimators by the number of groups, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.metrics import counts
from gfe_mc.report.figures.frame import caption
from gfe_mc.report.figures.labels import symbol
from gfe_mc.report.figures.numbers_of_groups import by_number
from gfe_mc.report.figures.style import line, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def coefficients(study: xr.Dataset) -> Figure:
    """Draw median estimates -/+ 1.96 median standard errors against the number of groups.

    There is a panel for each parameter, and a line for each estimator; its standard errors are by
    the first inference method that it has.

    Parameters
    ----------
    study : xarray.Dataset
        Dataset of a study with a factor G and standard errors; cells in which G is no number are
        left out.

    Raises
    ------
    InputError
        The study has no factor G, no number in it or several cells with one, or no standard
        errors.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figure 1.
    """
    study = by_number(counts.loaded(study))
    labels = counts.labels(study)
    require("standard_error" in study, "The study must have standard errors", "none", "Add some")
    numbers = np.array([int(str(label["G"])) for label in labels])
    used, estimates = counts.used(study), counts.array(study, "estimate")
    errors = counts.array(study, "standard_error")
    estimators = [str(name) for name in study["estimator"].to_numpy()]
    methods = [str(name) for name in study["inference"].to_numpy()]
    parameters = [str(name) for name in study["parameter"].to_numpy()]
    with styled():
        figure = new_figure(6.4, 2.6 * len(parameters) + 0.6)
        axes = figure.subplots(len(parameters), 1, sharex=True, squeeze=False)[:, 0]
        for k, place in enumerate(axes):
            for j, name in enumerate(estimators):
                run = np.isfinite(errors[:, j, :, :, k]).any(axis=(0, 1))
                m = int(np.argmax(run))
                middle = _medians(estimates[:, j, :, k], used[:, j])
                half = 1.96 * _medians(errors[:, j, :, m, k], used[:, j])
                style = line(j)
                shift = 0.12 * (j - (len(estimators) - 1) / 2)
                label = f"{name} ({methods[m]})" if run.any() else name
                place.errorbar(numbers + shift, middle, yerr=half, capsize=2, label=label, **style)
            place.set_ylabel(symbol(parameters[k]))
        axes[-1].set_xlabel("number of groups G")
        axes[-1].set_xticks(numbers)
        axes[0].legend(fontsize=8)
        caption(figure, "Coefficients and 95% intervals by the number of groups")
    return figure


def _medians(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Median over replications that are used and finite, a cell a row; NaN if there are none."""
    kept = np.where(used, values, np.nan)
    return np.array(
        [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in kept]
    )
