"""Group profiles of several estimators, over one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.labels import matched
from gfe_mc.metrics import counts
from gfe_mc.report.figures.frame import caption
from gfe_mc.report.figures.style import DASHES, GREYS, MARKERS, new_figure, styled

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
    study : xarray.Dataset
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
    shown = _shown(study, cells[0])
    require(
        len(shown) > 1,
        "Several estimators must have profiles in one replication",
        ", ".join(shown) or "none",
        "Draw another study",
    )
    first = next(iter(shown.values()))
    gaps = []
    with styled():
        figure = new_figure(6.0, 4.0)
        place = figure.subplots()
        for j, (name, profiles) in enumerate(shown.items()):
            own = profiles[matched(first, profiles)]
            gaps.append(float(np.abs(own - first).mean()))
            for g, profile in enumerate(own):
                place.plot(
                    np.arange(1, len(profile) + 1),
                    profile,
                    color=GREYS[g % len(GREYS)],
                    linestyle=DASHES[j % len(DASHES)],
                    marker=MARKERS[g % len(MARKERS)],
                    markersize=max(7 - 3 * j, 3),
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


def _shown(study: xr.Dataset, cell: int) -> dict[str, np.ndarray]:
    """Profiles (4, T) by name of the estimator, of the first replication that all can use.

    Estimators that never have any are left out.
    """
    profiles = counts.array(study, "profiles")[cell][:, :, :GROUPS]
    there = np.isfinite(profiles).any(axis=3).all(axis=2) & counts.used(study)[cell]
    having = [j for j in range(len(there)) if there[j].any()]
    common = np.flatnonzero(there[having].all(axis=0)) if having else np.zeros(0, np.int64)
    if not common.size:
        return {}
    names = [str(name) for name in study["estimator"].to_numpy()]
    found = {names[j]: profiles[j, common[0]] for j in having}
    # Other cells may have more periods.
    return {name: own[:, np.isfinite(own).all(axis=0)] for name, own in found.items()}
