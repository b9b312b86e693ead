"""A fit of one panel, with its standard errors, ready to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require, require_whole
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.fit import Fit, MixtureFit, positions
from gfe_mc.inference.bootstrap import Bootstrap
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.factors import FactorErrors
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.fuzzy import FuzzySandwich
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.losses import LossErrors
from gfe_mc.inference.mixture import MixtureErrors
from gfe_mc.inference.protocol import Inference
from gfe_mc.inference.slopes import SlopeErrors
from gfe_mc.parameters import Derived, LongRun
from gfe_mc.report.figures.profiles import draw_profiles
from gfe_mc.report.figures.style import save
from gfe_mc.report.place import put
from gfe_mc.report.record import fit_record
from gfe_mc.report.render import FORMATS, Table, render
from gfe_mc.report.tables.one_panel import (
    coefficient_table,
    group_table,
    level_table,
    membership_table,
    path_table,
)
from gfe_mc.seeds import Streams
from gfe_mc.selection.criterion import Choice

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVEL = 0.95
LAG_TOLERANCE = 1e-5
"""A regressor this near to the outcome of the period before, in units of its range, is that."""
SMALL_SAMPLE = "NT-GT-K"
DRAWS = 100


@dataclass(frozen=True, eq=False)
class Summary:
    """Summary of a fit of one panel: estimates, standard errors, groups and profiles.

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
    unit : str, default "unit"
        Name of the column with the units.
    """

    panel: Panel
    fit: Fit
    covariances: Mapping[str, Covariance]
    derived: Mapping[str, Derived]
    choice: Choice | None = None
    notes: tuple[str, ...] = field(default=())
    unit: str = "unit"

    @property
    def model(self) -> str:
        """What was fitted, in words."""
        return self.fit.description

    def coefficients(self) -> pd.DataFrame:
        """Return a row a parameter, with its inference by each method.

        Columns are `parameter`, `estimate`, and for each method M `se_M`, `t_M`, `p_M`, `low_M`
        and `high_M`: standard error, t value, two-sided p value and 95% bounds, by the normal
        distribution. Where slopes differ between groups, a column `group` says whose slope it is:
        "mean" over units, "all" (common to them), or the number of the group from 1.
        """
        theta, by_group = self.fit.theta, self._group_slopes()
        names = [*self.panel.regressors, *self.derived]
        values = [*theta, *[parameter.value(theta) for parameter in self.derived.values()]]
        frame = pd.DataFrame({"parameter": names, "estimate": values})
        if by_group is not None:
            own = self._own_slopes()
            whose = ["mean" if k in own else "all" for k in range(len(theta))]
            frame.insert(1, "group", [*whose, *["all"] * len(self.derived)])
            frame = pd.concat([frame, by_group], ignore_index=True)
        for method, covariance in self.covariances.items():
            derived = [covariance.error_of(p, theta) for p in self.derived.values()]
            errors = [*covariance.standard_errors, *derived]
            if by_group is not None:
                errors += [*self._errors_by_group(covariance)]
            _put_errors(frame, method, errors, "estimate")
            with np.errstate(divide="ignore", invalid="ignore"):
                t = frame["estimate"] / frame[f"se_{method}"]
            place = int(str(frame.columns.get_loc(f"se_{method}"))) + 1
            frame.insert(place, f"t_{method}", t)
            frame.insert(place + 1, f"p_{method}", 2 * norm.sf(np.abs(t)))
        return frame

    def groups(self) -> pd.DataFrame:
        """Return a row a unit: its name, in a column of the panel file's own name, and its group.

        Groups are numbered from 1. With soft memberships, `share_1`, `share_2`, ... are the
        unit's share in each, and `group` is that of the largest. Slopes of each unit's own are in
        columns `slope_NAME`. Where groups have levels, `level` is the number of the unit's within
        its group, from 1, the highest, down.
        """
        found = "group" if self.unit != "group" else "estimated_group"
        frame = pd.DataFrame({self.unit: list(self.panel.units), found: self._labels() + 1})
        if self.fit.model.levels and self.fit.secondary is not None:
            frame["level" if self.unit != "level" else "estimated_level"] = self.fit.secondary + 1
        if self.fit.memberships is not None:
            for g, shares in enumerate(self.fit.memberships.T, start=1):
                frame[f"share_{g}"] = shares
        if self.fit.unit_slopes is not None:
            for k in positions(self.panel, self.fit.model.unit_slopes):
                frame[f"slope_{self.panel.regressors[k]}"] = self.fit.unit_slopes[:, k]
        return frame

    def levels(self) -> pd.DataFrame:
        """Return a row a level within a group: their numbers from 1, its size and its eta_gh.

        There are no rows where groups have no levels.
        """
        eta, secondary = self.fit.eta, self.fit.secondary
        rows = [
            (g + 1, h + 1, int(((self._labels() == g) & (secondary == h)).sum()), float(eta[g, h]))
            for g, number in enumerate(self.fit.model.levels)
            for h in range(number)
            if eta is not None
        ]
        return pd.DataFrame(rows, columns=["group", "level", "size", "eta"])

    def profiles(self) -> pd.DataFrame:
        """Return a row a group and period: size, alpha_gt, and errors and bounds by each method."""
        alpha = self._profiles()
        n_groups, n_periods = alpha.shape
        sizes = np.bincount(self._labels(), minlength=n_groups)
        frame = pd.DataFrame(
            {
                "group": np.repeat(np.arange(1, n_groups + 1), n_periods),
                "size": np.repeat(sizes, n_periods),
                "period": list(self.panel.periods) * n_groups,
                "alpha": alpha.ravel(),
            }
        )
        for method, covariance in self.covariances.items():
            errors = covariance.profile_errors(n_groups, n_periods)
            _put_errors(frame, method, errors.ravel(), "alpha")
        return frame

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

    def figure(self, errors: str | None = None) -> Figure:
        """Draw the group profiles with 95% bands.

        Parameters
        ----------
        errors : str, optional
            Inference method of the bands; the last one that succeeded if None.

        Raises
        ------
        InputError
            Matplotlib is not installed, the fit has no profiles, or there is no such method.
        """
        profiles = self.profiles()
        done = [
            method
            for method, covariance in self.covariances.items()
            if covariance.status == InferenceStatus.SUCCESS and covariance.joint is not None
        ]
        require(
            errors is None or errors in done,
            "The bands must be by a method with a covariance of the profiles",
            repr(errors),
            f"There are {', '.join(done) or 'none'}",
        )
        method = errors or (done[-1] if done else None)
        return draw_profiles(profiles, method, self.panel.outcome, LEVEL)

    def save_figure(self, stem: Path | None) -> list[Path]:
        """Write the figure to STEM.svg and STEM.png; nothing if there is no stem.

        Parameters
        ----------
        stem : Path or None
            Path of the files without their endings.

        Returns
        -------
        list of Path
            What was written.
        """
        return [] if stem is None else save(self.figure(), stem)

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

    def __str__(self) -> str:
        return self.render("text")

    def _labels(self) -> np.ndarray:
        if self.fit.groups is None:
            raise InputError(
                "The fit must have groups", f"one of {self.model}", "Use an estimator with groups"
            )
        return self.fit.groups

    def _profiles(self) -> np.ndarray:
        if self.fit.alpha is None:
            raise InputError(
                "The fit must have profiles", f"one of {self.model}", "Use GFE, FCR or TwoWay"
            )
        return self.fit.alpha

    def _own_slopes(self) -> list[int]:
        """Positions of the regressors whose slopes differ between groups or units."""
        model = self.fit.model
        return positions(self.panel, (*model.group_slopes, *model.unit_slopes))

    def _group_slopes(self) -> pd.DataFrame | None:
        """A row a group and regressor whose slopes differ by group; None if there are none."""
        beta, own = self.fit.beta, positions(self.panel, self.fit.model.group_slopes)
        if beta is None or len(beta) < 2 or not own:
            return None
        return pd.DataFrame(
            {
                "parameter": [self.panel.regressors[k] for k in own for _ in beta],
                "group": [str(g) for _ in own for g in range(1, len(beta) + 1)],
                "estimate": beta[:, own].T.ravel(),
            }
        )

    def _errors_by_group(self, covariance: Covariance) -> np.ndarray:
        """Standard errors of what `_group_slopes` has, in its order."""
        assert self.fit.beta is not None
        own = positions(self.panel, self.fit.model.group_slopes)
        if covariance.group_slopes is None:
            return np.full(len(own) * len(self.fit.beta), np.nan)
        return covariance.group_slopes[:, own].T.ravel()


def summarize(
    panel: Panel,
    fit: Fit,
    *,
    inference: Mapping[str, Inference] | None = None,
    derived: Mapping[str, Derived] | None = None,
    choice: Choice | None = None,
    seed: int = 0,
    unit: str = "unit",
) -> Summary:
    """Compute the standard errors of a fit, and summarize it.

    Parameters
    ----------
    panel : Panel
        The panel that was fitted, as the estimator was given it.
    fit : Fit
        A fit of it, by any estimator.
    inference : mapping of str to Inference, optional
        Inference methods by name; those of `standard_inference` for the fit's model if left out.
    derived : mapping of str to Derived, optional
        Further parameters by name; if left out, the long-run effect of every other regressor
        where one regressor is the outcome of the period before, and slopes are common and those
        of the outcome itself, not of an index.
    choice : Choice, optional
        Of `gfe_mc.selection.criterion.choose` along the path of the fit, if it has one.
    seed : int, default 0
        Root of the bootstrap's random streams.
    unit : str, default "unit"
        Name of the column with the units.

    Raises
    ------
    InputError
        The fit is of another panel, or of a model that a method does not cover; or a seed that
        is no whole number from 0.
    """
    require_whole("seed", seed, 0)
    require(
        len(fit.theta) == panel.shape[2]
        and (fit.groups is None or len(fit.groups) == panel.shape[0]),
        "The fit must be one of this panel",
        f"{len(fit.theta)} slopes, and groups of "
        f"{'no' if fit.groups is None else len(fit.groups)} units, for a panel of {panel.shape}",
        "Give the panel that was fitted",
    )
    notes = []
    if inference is None:
        inference = standard_inference(fit, balanced=panel.balanced)
    if inference.get("large_t") == LargeT(small_sample=SMALL_SAMPLE):
        lost = SMALL_SAMPLE + ("-(N-1)" if fit.model.unit_effects else "")
        notes.append(f"large_t: clustered by unit, variances times NT / ({lost}).")
    if not inference:
        notes.append(
            "No standard errors: the fit does not say which estimator made it, to bootstrap it."
        )
    by_group = fit.model.group_slopes or fit.model.unit_slopes
    lag = recognised_lag(panel)
    if lag is not None and fit.model.unit_effects:
        notes.append(_short_panel(panel, fit, panel.regressors[lag]))
    if derived is None:
        derived = {} if lag is None or by_group or fit.model.loss else long_run_effects(panel, lag)
        if derived and lag is not None:
            notes.append(
                f"{panel.regressors[lag]} is {panel.outcome} of the period before: long-run "
                "effects are slopes over one less its own."
            )
    streams = Streams.of(np.random.default_rng(seed))
    covariances = {
        name: method.covariance(panel, fit, streams(number))
        for number, (name, method) in enumerate(inference.items())
    }
    notes += [f"{note.rstrip('.')}." for note in panel.notes]
    if covariances:
        notes.append("t values, p values and intervals are by the normal distribution.")
    return Summary(panel, fit, covariances, derived, choice, tuple(notes), unit)


def standard_inference(
    fit: Fit,
    *,
    bandwidth: str | float = "rule",
    bootstrap: int | None = None,
    balanced: bool = True,
) -> dict[str, Inference]:
    """Return the inference methods that suit a fit's model, by name.

    Groups with profiles: the three standard errors of Bonhomme and Manresa (2012), Table B2, but
    for the fixed-T one where there is more than that: slopes by group, patterns over time, levels,
    prior information, the jackknife or gaps. Slopes by groups without profiles: least squares with
    an error variance for each group, and clustered by unit. Soft groups and mixtures: the sandwich,
    but the bootstrap for soft groups of panels with gaps. Interactive effects: clustered by unit,
    and heteroskedastic, for many units and periods. Losses: clustered by unit. Anything else, and
    what is of another criterion: the bootstrap, where the fit says which estimator made it.

    Parameters
    ----------
    fit : Fit
        The fit.
    bandwidth : str or float, default "rule"
        Bandwidth of the fixed-T variance, as in `FixedT`.
    bootstrap : int, optional
        Number of draws of the bootstrap; none if 0. If left out, 100 for common slopes with
        profiles and where there is no other method, none else.
    balanced : bool, default True
        Whether the panel has no gaps.

    Returns
    -------
    dict of str to Inference
        Methods by name, in the order of the tables.
    """
    model = fit.model
    methods: dict[str, Inference] = {}
    draws = 0
    if model.loss:
        methods["clustered"] = LossErrors()
    elif model.criterion or (model.soft and not (balanced or model.mixture)):
        draws = DRAWS
    elif model.soft:
        methods["sandwich"] = MixtureErrors() if model.mixture else FuzzySandwich()
    elif model.profiles and not model.unit_slopes:
        methods["large_t"] = LargeT(small_sample=SMALL_SAMPLE)
        more = model.group_slopes or model.time_basis is not None or model.levels or model.prior
        more = more or model.jackknife
        if balanced and not more:
            methods["fixed_t"] = FixedT(bandwidth=bandwidth)
        draws = DRAWS
    elif fit.beta is not None and fit.unit_slopes is not None and not model.profiles:
        methods["homoskedastic"] = SlopeErrors()
        methods["clustered"] = SlopeErrors(errors="clustered")
    elif fit.factors is not None:
        methods["clustered"] = FactorErrors(small_sample="freedom")
        methods["white"] = FactorErrors("white", small_sample="freedom")
    else:
        draws = DRAWS
    draws = draws if bootstrap is None else bootstrap
    if draws and fit.estimator is not None:
        methods["bootstrap"] = Bootstrap(draws=draws)
    return methods


def require_format(format: str) -> None:  # noqa: A002
    """Raise `InputError` unless a summary can be written in the format."""
    known = ("json", *FORMATS)
    require(format in known, "There is no such format", format, f"There are {', '.join(known)}")


def write(text: str, path: Path | None) -> list[Path]:
    """Write text to a file; nothing if there is no path.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    if path is None:
        return []
    try:
        put(path, text.encode(errors="backslashreplace"))
    except OSError as error:
        raise InputError(
            "The output must have a place where it can be written", str(error), "Choose another"
        ) from None
    return [path]


def recognised_lag(panel: Panel) -> int | None:
    """Return the position of the regressor that is the lagged outcome; None if none is."""
    if panel.shape[1] < 2:
        return None
    tolerance = LAG_TOLERANCE * float(np.ptp(panel.y))
    both = panel.observed[:, 1:] & panel.observed[:, :-1]
    if not both.any():
        return None
    for k in range(panel.shape[2]):
        if np.abs(panel.x[:, 1:, k] - panel.y[:, :-1])[both].max() <= tolerance:
            return k
    return None


def long_run_effects(panel: Panel, lag: int) -> dict[str, Derived]:
    """Return the long-run effect of every regressor but the lagged outcome, by name."""
    return {
        f"long-run {name}": LongRun(regressor=k, lag=lag)
        for k, name in enumerate(panel.regressors)
        if k != lag
    }


def _short_panel(panel: Panel, fit: Fit, lag: str) -> str:
    """Say what unit effects do to slopes beside a lagged outcome, or what was done about it."""
    start = f"{lag} is {panel.outcome} of the period before: beside unit effects"
    if fit.model.jackknife:
        return (
            f"{start} slopes have a bias of order 1/T (Nickell 1981), which the half-panel "
            "jackknife takes away; groups are those of the estimates that it corrects, and the "
            "variance for large T is the same."
        )
    mean = panel.observed.sum() / panel.shape[0]
    return f"{start} its slope is too low by an order of 1/T, here 1/{mean:.3g} (Nickell 1981)" + (
        "; --jackknife, HalfPanelJackknife, corrects it." if type(fit.estimator) is GFE else "."
    )


def _put_errors(frame: pd.DataFrame, method: str, errors: Any, of: str) -> None:
    """Add columns with standard errors and the bounds of 95% intervals."""
    z = float(norm.isf((1 - LEVEL) / 2))
    frame[f"se_{method}"] = np.asarray(errors, np.float64)
    frame[f"low_{method}"] = frame[of] - z * frame[f"se_{method}"]
    frame[f"high_{method}"] = frame[of] + z * frame[f"se_{method}"]
