"""The panel of income per head, as Lin and Ng estimate growth regressions from it."""

from __future__ import annotations

import numpy as np

from gfe_mc.data.columns import Columns
from gfe_mc.data.panel import Panel
from gfe_mc.errors import require, require_one_of

COLUMNS = Columns(
    outcome="log_rgdpch", regressors=(), unit="country", time="year", drop_missing=True
)
"""How its file is read: Penn World Table 6.2, a row a country and year from 1964 or before."""

SLOPES = ("rho", "phi", "growth0", "growth1")
"""Slopes of the lagged outcome, of the trend, and of two years of mean growth (model B)."""

FIRST, LAST = 1965, 2003
MEAN_GROWTH = {"printed": 0, "text": 1}
"""Which year's mean growth model B begins with: that of year t, or of year t - 1."""


def growth_panel(panel: Panel, model: str, mean_growth: str = "printed") -> Panel:
    """Make the regressors of a growth regression.

    Model A: log income per head on its lag and a trend, years 1965 to 2003. Model B: from 1967,
    with two years of growth of the mean over countries; the printed estimates are those with the
    years t and t - 1, where the text has t - 1 and t - 2.

    Parameters
    ----------
    panel
        Read with `COLUMNS`.
    model
        "A" or "B".
    mean_growth
        "printed" or "text".

    Raises
    ------
    InputError
        No such model, or years that are missing.

    References
    ----------
    Lin and Ng (2011), equation (9) and Table 4.
    """
    require_one_of("model", model, ("A", "B"))
    require_one_of("mean_growth", mean_growth, MEAN_GROWTH)
    first = FIRST if model == "A" else FIRST + 2
    needed = list(range(FIRST - 1, LAST + 1))
    missing = [year for year in needed if year not in panel.periods]
    require(not missing, "The panel must have the years 1964 to 2003", f"no {missing}", "Add them")
    columns = [panel.periods.index(year) for year in needed]
    require(
        bool(panel.observed[:, columns].all()),
        "Every country must be observed from 1964 to 2003",
        f"{int((~panel.observed[:, columns]).sum())} years missing",
        "Leave those countries out",
    )
    levels = panel.y[:, columns]
    years = np.array(needed)
    at = np.flatnonzero(years >= first)
    n_units = len(levels)
    x = [levels[:, at - 1], np.broadcast_to(np.arange(1.0, len(at) + 1), (n_units, len(at)))]
    if model == "B":
        growth = np.diff(levels.mean(axis=0), prepend=np.nan)
        start = at - MEAN_GROWTH[mean_growth]
        x += [np.broadcast_to(growth[start - lag], (n_units, len(at))) for lag in (0, 1)]
    return Panel.from_arrays(
        levels[:, at],
        np.stack(x, axis=2),
        units=panel.units,
        periods=years[at].tolist(),
        regressors=SLOPES[: len(x)],
        outcome=panel.outcome,
    )
