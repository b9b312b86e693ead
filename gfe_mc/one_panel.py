"""One panel, from the choice of an estimator by name to its summary."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gfe_mc.data.columns import Columns
from gfe_mc.data.files import read_columns
from gfe_mc.data.formula import Formula
from gfe_mc.data.panel import Panel
from gfe_mc.data.period_values import read_period_values
from gfe_mc.data.unit_values import read_unit_values
from gfe_mc.errors import InputError, require, require_whole
from gfe_mc.estimators.factors.interactive import InteractiveFixedEffects
from gfe_mc.estimators.fuzzy.fcr import FCR
from gfe_mc.estimators.losses.grouped_m import GroupedM
from gfe_mc.estimators.losses.loss import LOSSES
from gfe_mc.estimators.mixtures.mixture import Mixture
from gfe_mc.estimators.profiles.basis import Functions, Polynomial, Splines, as_basis
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.jackknife import HalfPanelJackknife
from gfe_mc.estimators.profiles.prior import Prior, as_prior
from gfe_mc.estimators.profiles.prior_columns import prior_of_columns
from gfe_mc.estimators.profiles.two_layers import TwoLayerGFE
from gfe_mc.estimators.profiles.two_way import TwoWay
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.ck_means import CKMeans, UnitMoves
from gfe_mc.estimators.slopes.given_groups import Pooled, UnitByUnit
from gfe_mc.estimators.slopes.grouped_slopes import GroupedSlopes
from gfe_mc.estimators.slopes.products import MinimumSize
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.fit import TimeBasis
from gfe_mc.fitted.summary import Summary
from gfe_mc.selection.chosen_slopes import ChosenByBIC
from gfe_mc.selection.criterion import PENALTIES, choose
from gfe_mc.selection.path import ChosenGFE
from gfe_mc.summary import standard_inference, summarize

PATTERNS = {"levels": 0, "linear": 1, "quadratic": 2, "cubic": 3}
"""Patterns over time by name, and the degree of their polynomials."""
MOST_DRAWS = 1_000_000
"""Of the bootstrap: the error of its standard errors is then below a thousandth."""


@dataclass(frozen=True)
class Named:
    """Estimator that can be chosen by name, and the options that it has.

    Attributes
    ----------
    make : callable
        Makes it of its options.
    options : tuple of str
        Their names, `groups` among them where it has a number of groups.
    chosen : callable, optional
        Makes the estimator that chooses the number of groups, of the largest number as `groups`,
        the penalty's name, and the other options; None where there is no such one.
    """

    make: Callable[..., Estimator]
    options: tuple[str, ...]
    chosen: Callable[..., Estimator] | None = None


def _slopes(estimator: Callable[..., Any]) -> Callable[..., Any]:
    """Make an estimator of slopes by groups, whose fewest units are given as a number."""

    def make(minimum: int | None = None, **options: Any) -> Any:
        size = MinimumSize() if minimum is None else MinimumSize(minimum, share=0.0)
        return estimator(minimum=size, **options)

    return make


def _slopes_chosen(estimator: Callable[..., Any]) -> Callable[..., Estimator]:
    make = _slopes(estimator)
    return lambda penalty, **options: ChosenByBIC(make(**options))  # noqa: ARG005


def _gfe(
    groups: int,
    unit_effects: bool = False,
    group_specific: tuple[str, ...] = (),
    patterns: str | None = None,
    jackknife: bool = False,
    prior: Prior | None = None,
    loss: str | None = None,
    time_basis: TimeBasis | None = None,
) -> Estimator:
    """Make GFE, profiles of patterns over time if these are named, its jackknife, or a loss's."""
    require(
        patterns is None or time_basis is None,
        "Profiles are made of patterns by name, or of a time basis",
        f"patterns={patterns!r} and a time basis",
        "Leave one of them out",
    )
    if loss is not None:
        beside = {
            "unit effects": unit_effects,
            "slopes by group": bool(group_specific),
            "the jackknife": jackknife,
            "prior information or links": prior is not None,
            "a time basis of one's own": time_basis is not None,
        }
        return _grouped_m(groups, loss, patterns, [said for said, there in beside.items() if there])
    basis = time_basis if patterns is None else read_patterns(patterns)
    made = GFE(
        groups,
        unit_effects=unit_effects,
        group_slopes=group_specific,
        time_basis=basis,
        prior=prior,
    )
    return HalfPanelJackknife(made) if jackknife else made


def _grouped_m(groups: int, loss: str, patterns: str | None, more: list[str]) -> Estimator:
    """Make the estimator under a loss, which has profiles that are free or constant."""
    require(
        loss in LOSSES, "The loss must be known", repr(loss), f"Give one of {', '.join(LOSSES)}"
    )
    require(
        not more and patterns in (None, "levels"),
        f"Groups of {loss} outcomes have profiles, free or constant, and nothing beside them",
        " and ".join(more) if more else f"patterns={patterns!r}",
        "Leave it out, or give patterns levels for constant ones",
    )
    return GroupedM(LOSSES[loss], groups, "time" if patterns is None else "constant")


def read_patterns(text: str) -> TimeBasis:
    """Read functions of time from text: one of `PATTERNS`, or splines:R for so many.

    Raises
    ------
    InputError
        It is neither.
    """
    name, _, number = text.partition(":")
    if name == "splines" and number.isdigit():
        return Splines(int(number))
    require(
        text in PATTERNS,
        "Patterns over time must be known",
        repr(text),
        f"Give one of {', '.join(PATTERNS)}, or splines:5 for five cubic splines",
    )
    return Polynomial(PATTERNS[text])


def _gfe_chosen(groups: int, penalty: str) -> Estimator:
    return ChosenGFE(groups, PENALTIES[penalty])


def _interactive(factors: int | None = None) -> Estimator:
    if factors is None:
        raise InputError(
            "Interactive effects need a number of factors", "none", "Give `factors`, such as 1"
        )
    return InteractiveFixedEffects(factors)


def _two_layers(groups: int, secondary: tuple[int, ...] = ()) -> Estimator:
    """Make the estimator of two layers; a single number of secondary groups is that of all."""
    require(
        len(secondary) > 0,
        "Two layers need numbers of secondary groups",
        "none",
        "Give `secondary`, a number for each group or one for all",
    )
    return TwoLayerGFE(groups, secondary[0] if len(secondary) == 1 else secondary)


_BESIDE_PROFILES = (
    *("unit_effects", "group_specific", "patterns", "time_basis"),
    *("jackknife", "prior", "loss"),
)
_BY_SLOPES = ("groups", "common", "individual", "minimum")
_OF_MIXTURES = (
    *("groups", "membership", "characteristics", "membership_only"),
    *("variance", "unit_effects", "starts"),
)
ESTIMATORS: dict[str, Named] = {
    "gfe": Named(_gfe, ("groups", *_BESIDE_PROFILES), _gfe_chosen),
    "two-layer": Named(_two_layers, ("groups", "secondary")),
    "fcr": Named(FCR, ("groups", "m", "group_specific", "unit_effects")),
    "mixture": Named(Mixture, _OF_MIXTURES),
    "ck-means": Named(_slopes(CKMeans), (*_BY_SLOPES, "starts"), _slopes_chosen(CKMeans)),
    "unit-moves": Named(_slopes(UnitMoves), (*_BY_SLOPES, "starts"), _slopes_chosen(UnitMoves)),
    "grouped-slopes": Named(_slopes(GroupedSlopes), _BY_SLOPES, _slopes_chosen(GroupedSlopes)),
    "pseudo": Named(_slopes(Pseudo), _BY_SLOPES, _slopes_chosen(Pseudo)),
    "interactive": Named(_interactive, ("factors",)),
    "two-way": Named(TwoWay, ()),
    "pooled": Named(Pooled, ("individual",)),
    "unit-by-unit": Named(UnitByUnit, ()),
}
"""Estimators by name."""


def fit_panel(
    panel: Panel | pd.DataFrame,
    *,
    formula: str | None = None,
    estimator: str = "gfe",
    groups: int | None = None,
    maximum: int | None = None,
    penalty: str = "bic",
    bandwidth: str | float = "rule",
    bootstrap: int | None = None,
    seed: int = 0,
    unit: str | None = None,
    time: str | None = None,
    drop_missing: bool = False,
    **options: Any,
) -> Summary:
    """Estimate a panel by an estimator of a name, and compute the standard errors.

    Parameters
    ----------
    panel : Panel or pandas.DataFrame
        The panel, which may have gaps; a frame with a `formula`.
    formula : str, optional
        Outcome and regressors as columns of the frame, as in `Panel.from_formula`.
    estimator : str, default "gfe"
        Name of the estimator in `ESTIMATORS`.
    groups : int, optional
        Number of groups; None where it is to be chosen, or the estimator has none.
    maximum : int, optional
        Largest number of groups to choose from; None where `groups` is given.
    penalty : str, default "bic"
        Name of the criterion's penalty in `gfe_mc.selection.criterion.PENALTIES`, for GFE; slopes
        by groups have the modified BIC.
    bandwidth : str or float, default "rule"
        As in `gfe_mc.summary.standard_inference`.
    bootstrap : int, optional
        As in `gfe_mc.summary.standard_inference`.
    seed : int, default 0
        Root of all random streams, a whole number from 0.
    unit, time : str, optional
        Names of the columns with units and periods; with a formula, those of the frame.
    drop_missing : bool, default False
        Of a frame: whether rows in which a column of the formula is missing make gaps.
    **options : object
        Those of the estimator: `unit_effects` (gfe, fcr, mixture), `group_specific` (gfe, fcr:
        regressors whose slopes differ by group), `patterns` (gfe: "levels", "linear", "quadratic",
        "cubic" or "splines:R"), `time_basis` (gfe: in place of them, functions of time of one's
        own), `jackknife` (gfe with unit effects), `prior` (gfe: a `Prior`, with links perhaps, or
        probabilities), `loss` (gfe: "logit", "probit" or "poisson", with profiles that are free or
        "levels"), `secondary` (two-layer), `m` (fcr), `membership`, `characteristics`,
        `membership_only` and `variance` (mixture), `common`, `individual` and `minimum` (fewest
        units of a group; slopes by groups), `starts` (mixture, slopes by groups), `factors`
        (interactive). None, False and () count as left out.

    Raises
    ------
    InputError
        Both or neither of `groups` and `maximum`, an unknown estimator or penalty, an option that
        the estimator does not have, a frame without a formula, or the errors of
        `Panel.from_formula` and of the estimator's `fit`.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gfe_mc import fit_panel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"firm": np.repeat(list("abcdefgh"), 5), "year": [*range(5)] * 8})
    >>> frame["x"] = rng.gamma(2.0, size=40)
    >>> frame["y"] = 2.0 * np.log(frame["x"]) + 5.0 * (frame["firm"] > "d") + rng.normal(size=40)
    >>> summary = fit_panel(
    ...     frame, formula="y ~ log(x)", unit="firm", time="year", groups=2, bootstrap=0
    ... )
    >>> summary.groups()["group"].tolist()
    [1, 1, 1, 1, 2, 2, 2, 2]
    >>> bool(abs(summary.params["log(x)"] - 2.0) < 3 * summary.std_errors["log(x)"])
    True
    """
    panel = _panel_of(panel, formula, unit, time, drop_missing)
    seed = require_whole("seed", seed, 0)
    if bootstrap is not None:
        bootstrap = require_whole("bootstrap", bootstrap, 0)
        require(
            bootstrap <= MOST_DRAWS,
            "`bootstrap` must be a number of draws that ends",
            bootstrap,
            f"Give at most {MOST_DRAWS}",
        )
    require(
        penalty in PENALTIES,
        "The penalty must be known",
        repr(penalty),
        f"Give one of {', '.join(PENALTIES)}",
    )
    options["prior"] = as_prior(options.get("prior"))
    options["time_basis"] = as_basis(options.get("time_basis"))
    given = {k: v for k, v in options.items() if v is not None and v is not False and v != ()}
    made = _estimator(estimator, groups, maximum, penalty, given)
    fit = made.fit(panel, np.random.default_rng(seed))
    choice = None
    if fit.path is not None:
        size = None if panel.balanced else int(np.count_nonzero(panel.observed))
        choice = choose(fit.path, *panel.shape, PENALTIES[penalty], size)
    methods = standard_inference(
        fit, bandwidth=bandwidth, bootstrap=bootstrap, balanced=panel.balanced
    )
    return summarize(panel, fit, inference=methods, choice=choice, seed=seed, unit=unit, time=time)


def _panel_of(
    panel: Panel | pd.DataFrame,
    formula: str | None,
    unit: str | None,
    time: str | None,
    drop_missing: bool,
) -> Panel:
    """The panel that is to be fitted, made by the formula where there is one."""
    if formula is None:
        if isinstance(panel, Panel):
            return panel
        raise InputError(
            "What is fitted must be a panel, or a frame with a formula",
            f"a {type(panel).__qualname__} without one",
            'Give formula="y ~ x1", unit and time; or make it a Panel',
        )
    if isinstance(panel, Panel) or unit is None or time is None:
        raise InputError(
            "A formula is of the columns of a frame, and needs the names of units and periods",
            "a Panel" if isinstance(panel, Panel) else f"unit={unit!r} and time={time!r}",
            "Give the frame in its place, with unit= and time=",
        )
    return Panel.from_formula(formula, panel, unit=unit, time=time, drop_missing=drop_missing)


@dataclass(frozen=True)
class FileColumns:
    """Columns of a panel file: an outcome and regressors, or a formula.

    Attributes
    ----------
    outcome : str or None
        Column with the outcome.
    regressors : tuple of str
        Columns with the regressors.
    unit, time : str
        Columns with units and periods.
    formula : str or None
        In place of outcome and regressors.

    Raises
    ------
    InputError
        Both an outcome or regressors and a formula, or neither.
    """

    outcome: str | None
    regressors: tuple[str, ...]
    unit: str
    time: str
    formula: str | None = None

    def __post_init__(self) -> None:
        require(
            (self.outcome is None) != (self.formula is None)
            and not (self.formula is not None and self.regressors),
            "Give the outcome and the regressors, or a formula of them",
            f"outcome={self.outcome!r}, regressors={self.regressors} and formula={self.formula!r}",
            "Use --outcome with --regressors, or --formula alone",
        )

    @property
    def columns(self) -> Columns:
        """The columns that are read: of a formula, all that it needs."""
        if self.formula is None:
            return Columns(str(self.outcome), self.regressors, self.unit, self.time)
        outcome, *others = Formula(self.formula).variables
        return Columns(outcome, tuple(others), self.unit, self.time)

    def read(self, path: str | Path, drop_missing: bool = False) -> Panel:
        """Read the panel; errors are those of `Panel.from_file` and `Panel.from_formula`."""
        columns = replace(self.columns, drop_missing=drop_missing)
        if self.formula is None:
            return columns.read(path)
        frame, notes = read_columns(str(path), columns)
        panel = Panel.from_formula(
            self.formula, frame, unit=self.unit, time=self.time, drop_missing=drop_missing
        )
        return replace(panel, notes=(*notes, *panel.notes))


def _estimator(
    name: str, groups: int | None, maximum: int | None, penalty: str, options: Mapping[str, Any]
) -> Estimator:
    """Make the estimator of a name, or the one that chooses its number of groups."""
    require(
        name in ESTIMATORS,
        "The estimator must be known",
        repr(name),
        f"Give one of {', '.join(ESTIMATORS)}",
    )
    named = ESTIMATORS[name]
    if "groups" not in named.options:
        require(
            groups is None and maximum is None,
            f"{name} has no number of groups to give",
            f"groups={groups} and maximum={maximum}",
            "Leave it out",
        )
        return named.make(**_known(name, named.options, options))
    require(
        (groups is None) != (maximum is None),
        "Give the number of groups, or the largest number to choose from",
        f"groups={groups} and maximum={maximum}",
        "Give one of them",
    )
    if groups is not None:
        return named.make(groups=groups, **_known(name, named.options, options))
    if named.chosen is None:
        choosing = [other for other, one in ESTIMATORS.items() if one.chosen is not None]
        raise InputError(
            f"The number of groups of {name} cannot be chosen from the data",
            f"maximum={maximum}",
            f"Give `groups`, or choose by {', '.join(choosing)}",
        )
    # There is no criterion for profiles beside anything else.
    able = tuple(option for option in named.options if option not in _BESIDE_PROFILES)
    return named.chosen(groups=maximum, penalty=penalty, **_known(name, able, options))


def _known(name: str, able: tuple[str, ...], options: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse options that the estimator does not have."""
    for option in options:
        having = [other for other, one in ESTIMATORS.items() if option in one.options]
        came = "it, or links," if option == "prior" else "it"
        require(
            option in able,
            f"`{option}` must be an option of the estimator",
            f"{came} for {name}"
            + (", the number of groups to be chosen" if name in having else ""),
            f"Leave it out, or use {' or '.join(having)}" + (" with `groups`" * (name in having))
            if having
            else f"Give some of {', '.join(able)}",
        )
    return dict(options)


def read_prior(
    path: str | Path,
    columns: Columns,
    panel: Panel,
    names: tuple[str, ...],
    groups: int | None,
    strength: float | None = None,
    weight: float | None = None,
) -> tuple[Panel, Prior | None]:
    """Read prior information from columns of a panel's file; none without columns.

    Parameters
    ----------
    path, columns, panel
        The file, and what was read of it.
    names : tuple of str
        The columns, as in `gfe_mc.estimators.profiles.prior_columns.prior_of_columns`.
    groups : int or None
        Number of groups.
    strength, weight : float, optional
        As there.

    Returns
    -------
    panel : Panel
        The panel, whose notes also say which group is which.
    prior : Prior or None
        What is known.

    Raises
    ------
    InputError
        A strength or a weight without columns, no number of groups, or the errors of reading them.
    """
    if not names:
        require(
            strength is None and weight is None,
            "The strength and the weight of a prior are for columns with it",
            f"strength={strength} and weight={weight} without columns",
            "Name the columns, or leave both out",
        )
        return panel, None
    if groups is None:
        raise InputError(
            "A prior is on a number of groups that is given",
            "no number of groups",
            "Give `groups`",
        )
    groups = require_whole("groups", groups, 2)
    values = read_unit_values(path, columns, names, panel)
    prior, said = prior_of_columns(panel, values, groups, strength, weight)
    return replace(panel, notes=(*panel.notes, said)), prior


def read_links(
    panel: Panel,
    prior: Prior | None,
    together: Sequence[str],
    apart: Sequence[str],
    groups: int | None,
) -> tuple[Panel, Prior | None]:
    """Add links between units to prior information; as it is without any.

    Parameters
    ----------
    panel : Panel
        The panel.
    prior : Prior or None
        What is known beside them.
    together, apart : sequence of str
        Names of two units each, with a comma between them: "A,B". Names may have commas.
    groups : int or None
        Number of groups.

    Returns
    -------
    panel : Panel
        The panel, whose notes also say the links.
    prior : Prior or None
        What is known.

    Raises
    ------
    InputError
        No number of groups, a link that is not of two units, or one of a unit that the panel does
        not have.
    """
    if not (together or apart):
        return panel, prior
    if groups is None:
        raise InputError(
            "Links are for a number of groups that is given",
            "no number of groups",
            "Give `groups`",
        )
    known = Prior() if prior is None else prior
    pairs = {
        "together": tuple(_link(panel, text) for text in together),
        "apart": tuple(_link(panel, text) for text in apart),
    }
    said = tuple(
        f"In {how}: {'; '.join(f'{a} and {b}' for a, b in pairs[name])}."
        for name, how in (("together", "one group"), ("apart", "different groups"))
        if pairs[name]
    )
    known = replace(known, together=pairs["together"], apart=pairs["apart"])
    return replace(panel, notes=(*panel.notes, *said)), known


def _link(panel: Panel, text: str) -> tuple[Hashable, Hashable]:
    """The two units that a link names: at whichever comma both sides are units."""
    units = {str(unit): unit for unit in panel.units}
    parts = text.split(",")
    splits = [
        (",".join(parts[:n]).strip(), ",".join(parts[n:]).strip()) for n in range(1, len(parts))
    ]
    found = [(units[a], units[b]) for a, b in splits if a in units and b in units]
    if len(found) == 1:
        return found[0]
    if len(splits) == 1:
        unknown = [name for name in splits[0] if name not in units]
        raise InputError(
            "Links must name units of the panel",
            f"{text!r}, and no unit {' or '.join(repr(name) for name in unknown)}",
            "Give names of units as the panel has them",
        )
    raise InputError(
        "A link must name two units of the panel, with a comma between them",
        f"{text!r}, which {'can be read in several ways' if found else 'names no two of them'}",
        "Give it as A,B, names of units as the panel has them",
    )


def read_time_basis(path: str | Path | None, panel: Panel) -> tuple[Panel, Functions | None]:
    """Read functions of time that profiles are made of from a file; none without a file.

    Parameters
    ----------
    path : str or Path or None
        The file, as by `gfe_mc.data.period_values.read_period_values`.
    panel : Panel
        The panel.

    Returns
    -------
    panel : Panel
        The panel, whose notes also name the functions.
    basis : Functions or None
        The functions.

    Raises
    ------
    InputError
        The errors of reading them.
    """
    if path is None:
        return panel, None
    names, values = read_period_values(path, panel)
    said = f"Profiles are made of functions of time in {Path(path).name}: {', '.join(names)}."
    return replace(panel, notes=(*panel.notes, said)), Functions(values)


def read_bandwidth(text: str) -> str | float:
    """Read a bandwidth from text: a number if it is one, else the name of a rule."""
    try:
        return float(text)
    except ValueError:
        return text
