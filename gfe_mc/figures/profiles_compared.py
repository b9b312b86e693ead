"""Group profiles of several estimators, over one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.figures.frame import caption
from gfe_mc.figures.style import DASHES, GREYS, MARKERS, new_figure, styled
from gfe_mc.matching import matched
from gfe_mc.metrics import counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROUNDING = 1e-12
"""A difference below this is none."""
GROUPS = 4
"""Number of groups that is drawn."""


def profiles_compared(study: xr.Dataset) -> Figure:
    """Draw the profiles of the first replication with four groups: a line style an estimator.

    Groups are matched to those of the first estimator by the least sum of squared distances.

    Parameters
    ----------
    study
        Dataset of a study with a factor G that records profiles.

    Raises
    ------
    InputError
        The study has no profiles with four groups.

    References
    ----------
    Lewis, Melcangi, Pilossoph and Toner-Rodgers (2022), Figure 2.
    """
    study = counts.loaded(study)
    labels = counts.labels(study)
    cells = [c for c, label in enumerate(labels) if str(label.get("G")) == str(GROUPS)]
    require(
        bool(cells) and "profiles" in study,
        "The study must have profiles with four groups",
        "none",
        "Draw another study",
    )
    profiles = counts.array(study, "profiles")[cells[0], :, 0, :GROUPS]
    gaps = []
    with styled():
        figure = new_figure(6.0, 4.0)
        place = figure.subplots()
        for j, name in enumerate(study["estimator"].to_numpy()):
            own = profiles[j][:, np.isfinite(profiles[j]).any(axis=0)]
            own = own[matched(profiles[0], own)]
            gaps.append(float(np.abs(own - profiles[0]).mean()))
            for g, profile in enumerate(own):
                place.plot(
                    np.arange(1, len(profile) + 1),
                    profile,
                    color=GREYS[g % len(GREYS)],
                    linestyle=DASHES[j % len(DASHES)],
                    marker=MARKERS[g % len(MARKERS)],
                    markersize=7 - 3 * j,
                    markerfacecolor="white" if j else None,
                    label=f"{name}, group {g + 1}",
                )
        place.set_xlabel("period t")
        place.set_ylabel(r"$\alpha_{gt}$, units of the outcome")
        figure.legend(loc="outside lower center", fontsize=7, ncols=4)
        text = "mean absolute difference " + ", ".join(
            "0" if gap < ROUNDING else f"{gap:.2g}" for gap in gaps[1:]
        )
        caption(figure, "Group profiles with four groups", text)
    return figure
