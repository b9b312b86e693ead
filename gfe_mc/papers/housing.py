"""A panel of building permits by state, as Lin and Ng estimate housing dynamics from it."""

from __future__ import annotations

import numpy as np

from gfe_mc.data.columns import Columns
from gfe_mc.data.panel import Panel
from gfe_mc.errors import require

COLUMNS = Columns(outcome="permits", regressors=("rate",), unit="state", time="quarter")
"""How its file is read: the log of building permits and the federal funds rate, in levels."""

SLOPES = ("beta1", "beta2", *(f"gamma1{j}" for j in (1, 2, 3)), *(f"gamma2{j}" for j in (1, 2, 3)))
"""Slopes of the levels of permits and of the rate, then of three changes of each."""
SHORT_RUN = SLOPES[2:]
"""Those that are each state's own."""


def housing_panel(panel: Panel) -> Panel:
    """Make the regressors of the autoregressive distributed lag model.

    The outcome is the change of log permits over four quarters; regressors are the level of log
    permits and the rate a quarter before, and the three quarterly changes of each up to then.

    Parameters
    ----------
    panel
        Read with `COLUMNS`: balanced, one row a state and quarter, quarters without gaps.

    Raises
    ------
    InputError
        The panel is unbalanced, or has fewer than twelve quarters.

    References
    ----------
    Lin and Ng (2011), section 6.2.
    """
    panel.require_balanced("The housing model")
    levels, rate = panel.y, panel.x[:, :, 0]
    n_periods = levels.shape[1]
    require(
        n_periods >= 12,
        "The housing model takes four quarters of lags and estimates eight slopes a state",
        f"{n_periods} quarters",
        "Give at least twelve",
    )
    at = np.arange(4, n_periods)
    changes = [
        series[:, at - j] - series[:, at - j - 1] for series in (levels, rate) for j in (1, 2, 3)
    ]
    x = np.stack([levels[:, at - 1], rate[:, at - 1], *changes], axis=2)
    return Panel.from_arrays(
        levels[:, at] - levels[:, at - 4],
        x,
        units=panel.units,
        periods=[panel.periods[t] for t in at],
        regressors=SLOPES,
        outcome="four-quarter change of log permits",
    )
