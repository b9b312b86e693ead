"""A fit of one panel, with its standard errors, ready to be read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.fit import Fit
from gfe_mc.inference.bootstrap import Bootstrap
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.parameters import Derived, LongRun
from gfe_mc.report.digits import alone, fixed
from gfe_mc.report.figures.profiles import draw_profiles
from gfe_mc.report.figures.style import save
from gfe_mc.report.render import FORMATS, Table, render
from gfe_mc.seeds import Streams
from gfe_mc.selection.criterion import PENALTIES, Choice, choose
from gfe_mc.selection.path import ChosenGFE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVEL = 0.95
LAG_TOLERANCE = 1e-5
"""A regressor this near to the outcome of the period before, in units of its range, is that."""
SMALL_SAMPLE = "NT-GT-K"


@dataclass(frozen=True, eq=False)
class Summary:
    """What there is to say of a fit of one panel.

    Attributes
    ----------
    panel, fit
        The panel, and the fit of it.
    covariances
        By name of the inference method.
    derived
        Further parameters by name.
    choice
        What a criterion chooses along the path of the fit, if it has one.
    notes
        One sentence each.
    """

    panel: Panel
    fit: Fit
    covariances: Mapping[str, Covariance]
    derived: Mapping[str, Derived]
    choice: Choice | None = None
    notes: tuple[str, ...] = field(default=())

    def coefficients(self) -> pd.DataFrame:
        """Return a row a parameter: estimate, and standard error and 95% bounds by each method."""
        theta = self.fit.theta
        names = [*self.panel.regressors, *self.derived]
        values = [*theta, *[parameter.value(theta) for parameter in self.derived.values()]]
        frame = pd.DataFrame({"parameter": names, "estimate": values})
        for method, covariance in self.covariances.items():
            derived = [covariance.error_of(p, theta) for p in self.derived.values()]
            _put_errors(frame, method, [*covariance.standard_errors, *derived], "estimate")
        return frame

    def groups(self) -> pd.DataFrame:
        """Return a row a unit: its name, and its group from 1."""
        groups = self._labels() + 1
        return pd.DataFrame({"unit": list(self.panel.units), "group": groups})

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
        """Return the tables of the summary: coefficients, groups, and the path if there is one."""
        made = [self._coefficient_table(), self._group_table()]
        if self.choice is not None:
            made.append(self._path_table(self.choice))
        return made

    def render(self, format: str = "text") -> str:  # noqa: A002
        """Write the summary in one of the formats of `gfe_mc.report.render`, or as "json".

        CSV is the table of coefficients alone, unrounded.

        Raises
        ------
        InputError
            There is no such format.
        """
        if format == "json":
            return json.dumps(self._record(), indent=1) + "\n"
        if format == "csv":
            return self.coefficients().to_csv(index=False, lineterminator="\n")
        require_format(format)
        return "\n".join(render(table, format) for table in self.tables())

    def figure(self, errors: str | None = None) -> Figure:
        """Draw the group profiles with 95% bands.

        Parameters
        ----------
        errors
            Inference method of the bands; the last one that succeeded if None.

        Raises
        ------
        InputError
            Matplotlib is not installed, or there is no such method.
        """
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
        return draw_profiles(self.profiles(), method, self.panel.outcome, LEVEL)

    def save_figure(self, stem: Path | None) -> list[Path]:
        """Write the figure to STEM.svg and STEM.png; nothing if there is no stem."""
        return [] if stem is None else save(self.figure(), stem)

    def __str__(self) -> str:
        return self.render("text")

    def _labels(self) -> np.ndarray:
        if self.fit.groups is None:
            raise InputError("The fit must have groups", "none", "Use an estimator with groups")
        return self.fit.groups

    def _profiles(self) -> np.ndarray:
        if self.fit.alpha is None:
            raise InputError("The fit must have profiles", "none", "Use an estimator with groups")
        return self.fit.alpha

    def _coefficient_table(self) -> Table:
        n_units, n_periods, _ = self.panel.shape
        fit = self.fit
        rows = []
        for record in self.coefficients().to_dict("records"):
            errors = [alone(record[f"se_{method}"], 3) for method in self.covariances]
            rows.append((str(record["parameter"]), fixed(record["estimate"], 4), *errors))
        notes = [
            f"{self.panel.outcome}: {n_units} units, {n_periods} periods, "
            f"{len(self._profiles())} groups. Sum of squared residuals {fit.objective:.6f}; "
            f"the best objective was met {fit.n_best} times in {fit.n_tries}.",
            f"The fit: {fit.status.message}.",
            *self.notes,
        ]
        for method, covariance in self.covariances.items():
            notes += [f"{method}: {note}." for note in covariance.notes]
        header = ("parameter", "estimate", *[f"se {method}" for method in self.covariances])
        return Table("Coefficients and standard errors", header, tuple(rows), tuple(notes))

    def _group_table(self) -> Table:
        rows = []
        for group, one in self.groups().groupby("group"):
            rows.append((str(group), str(len(one)), "; ".join(map(str, one["unit"]))))
        return Table("Groups", ("group", "size", "units"), tuple(rows))

    def _path_table(self, choice: Choice) -> Table:
        assert self.fit.path is not None
        rows = [
            (
                f"{groups}{'*' if groups == choice.n_groups else ''}",
                f"{objective:.6f}",
                f"{value:.5f}",
            )
            for groups, (objective, value) in enumerate(
                zip(self.fit.path, choice.values, strict=True), start=1
            )
        ]
        notes = [f"* chosen. sigma^2 = {choice.variance:.6f}, from the largest number of groups."]
        if choice.n_groups == len(choice.values):
            notes.append("The largest number is chosen: a larger one may be better.")
        header = ("G", "objective", "criterion")
        return Table("Number of groups", header, tuple(rows), tuple(notes))

    def _record(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        n_units, n_periods, n_slopes = self.panel.shape
        fit, choice = self.fit, self.choice
        return {
            "outcome": self.panel.outcome,
            "shape": {"N": n_units, "T": n_periods, "K": n_slopes, "G": len(self._profiles())},
            "objective": fit.objective,
            "status": fit.status.name,
            "n_best": fit.n_best,
            "n_tries": fit.n_tries,
            "coefficients": _records(self.coefficients()),
            "covariances": {
                method: {
                    "status": covariance.status.name,
                    "notes": list(covariance.notes),
                    "theta": [[_number(v) for v in row] for row in covariance.theta],
                }
                for method, covariance in self.covariances.items()
            },
            "groups": _records(self.groups()),
            "profiles": _records(self.profiles()),
            "path": None if fit.path is None else [_number(v) for v in fit.path],
            "criterion": None if choice is None else [_number(v) for v in choice.values],
            "notes": list(self.notes),
        }


def summarize_fit(
    fit: Fit,
    *,
    inference: Mapping[str, Inference] | None = None,
    derived: Mapping[str, Derived] | None = None,
    choice: Choice | None = None,
    seed: int = 0,
) -> Summary:
    """Compute the standard errors of a fit, and put everything together.

    Parameters
    ----------
    fit
        A fit with groups, by an estimator that keeps its panel, as `GFE` does.
    inference
        Methods by name; the clustered large-T one with degrees of freedom, the fixed-T one and
        the bootstrap if left out.
    derived
        Further parameters by name; if left out, the long-run effect of every other regressor
        where one regressor is the outcome of the period before.
    choice
        Of `gfe_mc.selection.criterion.choose` along the path of the fit, if it has one.
    seed
        Of the bootstrap's random streams.

    Raises
    ------
    InputError
        The estimator did not keep its panel, or found no groups.
    """
    panel = fit.panel
    require(
        fit.beta is None,
        "A summary is of groups with profiles",
        "a fit whose groups differ in slopes",
        "Read beta, groups and unit_slopes of the fit; SlopeErrors has its standard errors",
    )
    if panel is None or fit.groups is None or fit.alpha is None:
        raise InputError(
            "A summary needs a fit with groups that keeps its panel",
            "a fit without a panel" if panel is None else "a fit without groups",
            "Fit with GFE, or set `panel`, `groups` and `alpha` of the fit",
        )
    notes = []
    inference = standard_inference() if inference is None else inference
    if inference.get("large_t") == LargeT(small_sample=SMALL_SAMPLE):
        notes.append(f"large_t: clustered by unit, variances times NT / ({SMALL_SAMPLE}).")
    if derived is None:
        lag = recognised_lag(panel)
        derived = {} if lag is None else long_run_effects(panel, lag)
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
    return Summary(panel, fit, covariances, derived, choice, tuple(notes))


def fit_panel(
    panel: Panel,
    *,
    groups: int | None = None,
    maximum: int | None = None,
    penalty: str = "bic",
    bandwidth: str | float = "rule",
    bootstrap: int = 100,
    seed: int = 0,
) -> Summary:
    """Fit grouped fixed effects to a panel, and compute the standard errors.

    Parameters
    ----------
    panel
        A balanced panel.
    groups
        Number of groups; None where it is to be chosen.
    maximum
        Largest number of groups to choose from; None where `groups` is given.
    penalty
        Name of the criterion's penalty in `gfe_mc.selection.criterion.PENALTIES`.
    bandwidth, bootstrap
        As in `standard_inference`.
    seed
        Of all random streams.

    Raises
    ------
    InputError
        Both or neither of `groups` and `maximum`, an unknown penalty, or the errors of `GFE.fit`
        and `ChosenGFE.fit`.
    """
    require(
        (groups is None) != (maximum is None),
        "Give the number of groups, or the largest number to choose from",
        f"groups={groups} and maximum={maximum}",
        "Give one of them",
    )
    require(
        penalty in PENALTIES,
        "The penalty must be known",
        repr(penalty),
        f"Give one of {', '.join(PENALTIES)}",
    )
    inference = standard_inference(bandwidth=bandwidth, bootstrap=bootstrap)
    rng = np.random.default_rng(seed)
    choice = None
    if groups is not None:
        fit = GFE(groups).fit(panel, rng)
    else:
        assert maximum is not None
        fit = ChosenGFE(maximum, PENALTIES[penalty]).fit(panel, rng)
        assert fit.path is not None
        choice = choose(fit.path, *panel.shape, PENALTIES[penalty])
    return summarize_fit(fit, inference=inference, choice=choice, seed=seed)


def standard_inference(
    *, bandwidth: str | float = "rule", bootstrap: int = 100
) -> dict[str, Inference]:
    """Return the three standard errors of Bonhomme and Manresa (2012), Table B2, by name.

    Parameters
    ----------
    bandwidth
        Of the fixed-T variance.
    bootstrap
        Number of draws; no bootstrap if 0.
    """
    methods: dict[str, Inference] = {
        "large_t": LargeT(small_sample=SMALL_SAMPLE),
        "fixed_t": FixedT(bandwidth=bandwidth),
    }
    if bootstrap:
        methods["bootstrap"] = Bootstrap(draws=bootstrap)
    return methods


def read_bandwidth(text: str) -> str | float:
    """Read a bandwidth from text: a number if it is one, else the name of a rule."""
    try:
        return float(text)
    except ValueError:
        return text


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
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            "The output must have a place where it can be written", str(error), "Choose another"
        ) from None
    return [path]


def recognised_lag(panel: Panel) -> int | None:
    """Return which regressor is the outcome of the period before; None if none is."""
    if panel.shape[1] < 2:
        return None
    tolerance = LAG_TOLERANCE * float(np.ptp(panel.y))
    for k in range(panel.shape[2]):
        if np.abs(panel.x[:, 1:, k] - panel.y[:, :-1]).max(initial=0.0) <= tolerance:
            return k
    return None


def long_run_effects(panel: Panel, lag: int) -> dict[str, Derived]:
    """Return the long-run effect of every regressor but the lagged outcome, by name."""
    return {
        f"long-run {name}": LongRun(regressor=k, lag=lag)
        for k, name in enumerate(panel.regressors)
        if k != lag
    }


def _put_errors(frame: pd.DataFrame, method: str, errors: Any, of: str) -> None:
    """Add columns with standard errors and the bounds of 95% intervals."""
    z = float(norm.isf((1 - LEVEL) / 2))
    frame[f"se_{method}"] = np.asarray(errors, np.float64)
    frame[f"low_{method}"] = frame[of] - z * frame[f"se_{method}"]
    frame[f"high_{method}"] = frame[of] + z * frame[f"se_{method}"]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): _number(value) for name, value in record.items()}
        for record in frame.to_dict("records")
    ]


def _number(value: Any) -> Any:
    """A value as JSON can hold it: NaN and infinities as null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, int | float | str | None) else str(value)
