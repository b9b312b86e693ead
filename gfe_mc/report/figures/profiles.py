"""The group profiles of a fit, with pointwise bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from gfe_mc.data.periods import period_labels
from gfe_mc.report.figures.style import line, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 4
"""Most panels side by side."""


def draw_profiles(
    profiles: pd.DataFrame, errors: str | None, outcome: str, level: float = 0.95
) -> Figure:
    """Draw a panel a group: alpha_gt over the periods, and a band around it.

    Dates are written as years, months or days, whichever is the coarsest that tells them apart.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Columns `group`, `size`, `period`, `alpha`, and `low_X` and `high_X` for the inference
        method X in `errors`.
    errors : str or None
        Inference method of the bands; None for no bands.
    outcome : str
        Name of the outcome, for the axis.
    level : float, default 0.95
        Of the bands, for the title.
    """
    groups = list(profiles.groupby("group", sort=True))
    columns = min(COLUMNS, math.ceil(math.sqrt(len(groups))))
    rows = math.ceil(len(groups) / columns)
    with styled():
        figure = new_figure(2.6 * columns + 0.6, 2.0 * rows + 0.6)
        axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for place in axes.flat[len(groups) :]:
            place.set_visible(False)
        for place, (group, one) in zip(axes.flat, groups, strict=False):
            periods = range(len(one))
            if errors is not None:
                place.fill_between(
                    periods, one[f"low_{errors}"], one[f"high_{errors}"], color="0.85", linewidth=0
                )
            place.plot(periods, one["alpha"], **line(0))
            place.set_title(f"group {group} ({one['size'].iloc[0]} units)")
            step = max(1, math.ceil(len(one) / 4))
            labels = period_labels(one["period"].tolist())
            place.set_xticks(list(periods)[::step], labels[::step])
        # A name is no formula, whatever dollars are in it.
        figure.supylabel(f"alpha, units of {outcome}", parse_math=False)
        figure.supxlabel("period")
        band = "" if errors is None else f", {level:.0%} bands: {errors.replace('_', ' ')}"
        figure.suptitle(f"Group profiles{band}", fontsize=10)
    return figure
