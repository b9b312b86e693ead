"""Groups of a fit by unit, and beside the rows of a user's own frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gfe_mc.errors import require
from gfe_mc.fit import positions
from gfe_mc.fitted.coefficients import put_errors
from gfe_mc.fitted.parts import labels_of, profiles_of
from gfe_mc.fitted.rows import names_of_rows

if TYPE_CHECKING:
    from gfe_mc.fitted.summary import Summary


def group_frame(summary: Summary) -> pd.DataFrame:
    """Make a row a unit: `Summary.groups`."""
    fit, unit = summary.fit, summary.unit
    found = "group" if unit != "group" else "estimated_group"
    frame = pd.DataFrame({unit: list(summary.panel.units), found: labels_of(fit) + 1})
    if fit.model.levels and fit.secondary is not None:
        frame["level" if unit != "level" else "estimated_level"] = fit.secondary + 1
    if fit.memberships is not None:
        for g, shares in enumerate(fit.memberships.T, start=1):
            frame[f"share_{g}"] = shares
    if fit.unit_slopes is not None:
        for k in positions(summary.panel, fit.model.unit_slopes):
            frame[f"slope_{summary.panel.regressors[k]}"] = fit.unit_slopes[:, k]
    return frame


def merged(summary: Summary, frame: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Put what is known of units beside the rows of a frame: `Summary.merge_groups`."""
    units = names_of_rows(frame, summary.unit)
    known = group_frame(summary)
    place = pd.Index(summary.panel.units).get_indexer(pd.Index(units))
    require(
        bool((place >= 0).any()) or not len(place),
        f"`{summary.unit}` must hold units of the panel that was fitted",
        f"{', '.join(map(repr, units[:3]))} and none of {summary.panel.units[0]!r}, ...",
        "Give the names as they were in the data, numbers as numbers and text as text",
    )
    new = {f"{prefix}{name}": known[name] for name in known.columns[1:]}
    taken = [name for name in new if name in frame.columns]
    require(
        not taken,
        "Columns that are added must not be there already",
        ", ".join(taken),
        'Drop or rename them, or give `prefix`, such as "gfe_"',
    )
    result = frame.copy()
    for name, values in new.items():
        taken_of = values.to_numpy()[place]
        if values.dtype.kind in "iu":
            result[name] = pd.array(np.where(place >= 0, taken_of, 0), dtype="Int64")
            result.loc[place < 0, name] = pd.NA
        else:
            result[name] = np.where(place >= 0, taken_of, np.nan)
    return result


def level_frame(summary: Summary) -> pd.DataFrame:
    """Make a row a level within a group: `Summary.levels`."""
    eta, secondary = summary.fit.eta, summary.fit.secondary
    rows = [
        (g + 1, h + 1, int(((labels_of(summary.fit) == g) & (secondary == h)).sum()), eta[g, h])
        for g, number in enumerate(summary.fit.model.levels)
        for h in range(number)
        if eta is not None
    ]
    return pd.DataFrame(rows, columns=["group", "level", "size", "eta"])


def profile_frame(summary: Summary) -> pd.DataFrame:
    """Make a row a group and period: `Summary.profiles`."""
    alpha = profiles_of(summary.fit)
    n_groups, n_periods = alpha.shape
    sizes = np.bincount(labels_of(summary.fit), minlength=n_groups)
    frame = pd.DataFrame(
        {
            "group": np.repeat(np.arange(1, n_groups + 1), n_periods),
            "size": np.repeat(sizes, n_periods),
            "period": list(summary.panel.periods) * n_groups,
            "alpha": alpha.ravel(),
        }
    )
    for method, covariance in summary.covariances.items():
        errors = covariance.profile_errors(n_groups, n_periods)
        put_errors(frame, method, errors.ravel(), "alpha")
    return frame
