"""A fit of one panel, with its standard errors, ready to be read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gfe_mc.errors import require
from gfe_mc.fit import MixtureFit
from gfe_mc.fitted.estimates import Estimates
from gfe_mc.fitted.figures import draw
from gfe_mc.fitted.groups import group_frame, level_frame, merged, profile_frame
from gfe_mc.fitted.margins import margin_frame
from gfe_mc.fitted.written import write
from gfe_mc.report.figures.style import save
from gfe_mc.report.record import fit_record
from gfe_mc.report.render import FORMATS, Table, render
from gfe_mc.report.tables.one_panel import (
    coefficient_table,
    group_table,
    level_table,
    membership_table,
    path_table,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Summary(Estimates):
    """Summary of a fit of one panel: estimates, standard errors, groups and profiles.

    Printed, it is its tables; in a notebook they are HTML.

    Attributes
    ----------
    panel : Panel
        The panel that was fitted.
    fit : Fit
        The fit of it.
    covariances : mapping of str to Covariance
        Covariances by name of the inference method.
    derived : mapping of str to Derived
        Further parameters by name.
    choice : Choice, optional
        What a criterion chooses along the path of the fit, if it has one.
    notes : tuple of str, default ()
        One sentence each.
    unit, time : str, default "unit" and "period"
        Names of the columns with units and periods.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, fit_panel
    >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
    >>> summary = fit_panel(panel, groups=2, bootstrap=0)
    >>> print(summary)
    Coefficients and standard errors
    ...
    """

    def groups(self) -> pd.DataFrame:
        """Return a row a unit: its name, in a column of the panel file's own name, and its group.

        Groups are numbered from 1. With soft memberships, `share_1`, `share_2`, ... are the
        unit's share in each, and `group` is that of the largest. Slopes of each unit's own are in
        columns `slope_NAME`. Where groups have levels, `level` is the number of the unit's within
        its group, from 1, the highest, down.

        Raises
        ------
        InputError
            The fit has no groups.
        """
        return group_frame(self)

    def merge_groups(self, frame: pd.DataFrame, prefix: str = "") -> pd.DataFrame:
        """Return a copy of a frame with the group of each row's unit, and all else of `groups`.

        Rows stay as they are and in their order; those of units that were not fitted have missing
        values.

        Parameters
        ----------
        frame : pandas.DataFrame
            With units in a column, or a level of the index, of the panel's own name for them.
        prefix : str, default ""
            What the new columns begin with.

        Raises
        ------
        InputError
            The fit has no groups, units are not there or none is known, or a new column's name is
            taken.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> summary = fit_panel(panel, groups=2, bootstrap=0)
        >>> summary.merge_groups(pd.DataFrame({"unit": [11, 0, 99]}))
           unit  group
        0    11      2
        1     0      1
        2    99   <NA>
        """
        return merged(self, frame, prefix)

    def margins(self) -> pd.DataFrame:
        """Return a row a unit: its group, the next best one, and how clear the choice is.

        `margin` is (d_next - d_own) / max(d_next, d_own), d_g the mean squared residual, or loss,
        that the unit would have in group g at the fit's slopes and profiles: 1 where it fits its
        own exactly, 0 where both fit as well, negative where the other fits better (as prior
        information can have it). It is a silhouette (Rousseeuw 1987) of distances to groups rather
        than to their units. Of soft groups it is the largest membership less the next.

        Raises
        ------
        InputError
            The fit has fewer than two groups, or each unit is one.

        Examples
        --------
        >>> import numpy as np
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> margins = fit_panel(panel, groups=2, bootstrap=0).margins()
        >>> bool((margins["margin"] > 0).all()), margins["next"].tolist()[:2]
        (True, [2, 2])
        """
        return margin_frame(self)

    def levels(self) -> pd.DataFrame:
        """Return a row a level within a group: their numbers from 1, its size and its eta_gh.

        There are no rows where groups have no levels.
        """
        return level_frame(self)

    def profiles(self) -> pd.DataFrame:
        """Return a row a group and period: size, alpha_gt, and errors and bounds by each method.

        Raises
        ------
        InputError
            The fit has no profiles.
        """
        return profile_frame(self)

    def tables(self) -> list[Table]:
        """Return the tables: coefficients, and groups, levels and the path, where there are.

        And the logit of a mixture's memberships.

        There is none of groups where all units are in one, or each is in its own.
        """
        made = [coefficient_table(self)]
        if isinstance(self.fit, MixtureFit) and self.fit.model.mixture == "logit":
            made.append(membership_table(self, self.fit))
        if self.fit.groups is not None and 1 < (self.fit.n_groups or 0) < len(self.fit.groups):
            made.append(group_table(self))
        if self.fit.model.levels:
            made.append(level_table(self))
        if self.choice is not None:
            made.append(path_table(self, self.choice))
        return made

    def render(self, format: str = "text") -> str:  # noqa: A002
        """Render the summary in one of the formats of `gfe_mc.report.render`, or as "json".

        CSV is the table of coefficients alone, unrounded.

        Parameters
        ----------
        format : str, default "text"
            "text", "markdown", "latex", "csv", "html" or "json".

        Raises
        ------
        InputError
            There is no such format.
        """
        if format == "json":
            return json.dumps(fit_record(self), indent=1) + "\n"
        if format == "csv":
            return self.coefficients().to_csv(index=False, lineterminator="\n")
        require_format(format)
        return "\n".join(render(table, format) for table in self.tables())

    def figure(self, kind: str = "profiles", *, errors: str | None = None) -> Figure:
        """Draw a figure of the fit.

        "profiles": group profiles with 95% bands. "criterion": the objective and the criterion
        against the number of groups, where it was chosen. "means": outcomes of units, and the mean
        of each group, over time. "margins": how clearly each unit is of its group, as `margins`.
        "heat_map": outcomes of all units over time, in the order of their groups.

        Parameters
        ----------
        kind : str, default "profiles"
            One of these.
        errors : str, optional
            Inference method of the bands around profiles; the last one that succeeded if None.

        Raises
        ------
        InputError
            Matplotlib is not installed, there is no such kind or method, or the fit has not what
            is to be drawn.

        Examples
        --------
        >>> import numpy as np
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> summary = fit_panel(panel, groups=2, bootstrap=0)
        >>> len(summary.figure("means").axes)
        2
        """
        return draw(self, kind, errors)

    def save_figure(self, stem: Path | None, kind: str = "profiles") -> list[Path]:
        """Write a figure to STEM.svg and STEM.png; nothing if there is no stem.

        Parameters
        ----------
        stem : Path or None
            Path of the files without their endings; with one, that file alone.
        kind : str, default "profiles"
            As in `figure`.

        Returns
        -------
        list of Path
            What was written.
        """
        return [] if stem is None else save(self.figure(kind), stem)

    def save_groups(self, path: Path | None) -> list[Path]:
        """Write the groups as CSV; nothing if there is no path.

        Parameters
        ----------
        path : Path or None
            The file.

        Returns
        -------
        list of Path
            What was written.

        Raises
        ------
        InputError
            The fit has no groups, or the file cannot be written.
        """
        if path is None:
            return []
        return write(self.groups().to_csv(index=False, lineterminator="\n"), path)

    def save_fit(self, path: str | Path) -> Path:
        """Write everything to a file that `gfe_mc.load_fit` reads; as `gfe_mc.save_fit`.

        Parameters
        ----------
        path : str or Path
            The file.
        """
        # Files hold summaries: at the top, each would need the other first.
        from gfe_mc.fitted.file import save_fit

        return save_fit(self, path)

    def __str__(self) -> str:
        return self.render("text")

    def _repr_html_(self) -> str:
        return self.render("html")


def require_format(format: str) -> None:  # noqa: A002
    """Raise `InputError` unless a summary can be written in the format."""
    known = ("json", *FORMATS)
    require(format in known, "There is no such format", format, f"There are {', '.join(known)}")
