"""Outcomes of all units over time, units in the order of their groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.report.figures.style import new_figure, styled
from gfe_mc.report.figures.unit_rows import name_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMED = 45
"""Most units whose names are written."""


def draw_heat_map(
    outcomes: np.ndarray,
    groups: np.ndarray,
    units: list[str],
    periods: Sequence[str],
    outcome: str,
) -> Figure:
    """Draw a row a unit and a column a period, darker the larger; gaps are hatched.

    Units are in the order of their groups, and in a group in that of their mean outcome.

    Parameters
    ----------
    outcomes : (N, T) array
        NaN where not observed.
    groups : (N,) array
        Group of each unit, from 0.
    units, periods : sequence of str
        Names, N and T.
    outcome : str
        Name of the outcome, for the scale.
    """
    there = np.isfinite(outcomes)
    means = np.where(there, outcomes, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    order = np.lexsort((-means, groups))
    n_units, n_periods = outcomes.shape
    with styled():
        figure = new_figure(
            min(9.0, 3.2 + 0.35 * n_periods), min(9.0, max(2.4, 1.2 + 0.12 * n_units))
        )
        axes = figure.subplots()
        axes.set_facecolor("1.0")
        axes.patch.set(hatch="////", edgecolor="0.6", linewidth=0.0)
        image = axes.imshow(
            np.ma.masked_invalid(outcomes[order]),
            cmap="Greys",
            aspect="auto",
            interpolation="nearest",
            # What is smallest is not white: that is paper.
            vmin=_low(outcomes),
            vmax=float(np.nanmax(outcomes)),
        )
        edges = np.flatnonzero(np.diff(groups[order])) + 0.5
        axes.hlines(edges, -0.5, n_periods - 0.5, colors="1.0", linewidth=3.0)
        axes.hlines(edges, -0.5, n_periods - 0.5, colors="0.0", linewidth=0.8)
        name_rows(axes, np.arange(n_units), [units[i] for i in order], groups[order], NAMED)
        step = max(1, math.ceil(n_periods / 8))
        axes.set_xticks(list(range(n_periods))[::step], list(periods)[::step])
        axes.set_xlabel("period")
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.6, aspect=30)
        bar.set_label(outcome, parse_math=False)
        figure.suptitle("Outcomes of units by group", fontsize=10)
    return figure


def _low(outcomes: np.ndarray) -> float:
    """A value below the least one, by a tenth of the range."""
    low, high = float(np.nanmin(outcomes)), float(np.nanmax(outcomes))
    return low - 0.1 * (high - low) if high > low else low - 1.0
