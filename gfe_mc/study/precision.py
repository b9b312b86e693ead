"""How precise the figures of a target are: their errors, and how many replications they need."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr
from scipy.stats import norm

from gfe_mc.errors import InputError, require
from gfe_mc.metrics.figure_names import PERCENT, FigureNames, figure_names
from gfe_mc.metrics.summary import factors, summarize_study
from gfe_mc.study.target import Goal, Target

if TYPE_CHECKING:
    from gfe_mc.study.plan import Cell, Plan

_Z = float(norm.isf(0.025))
_MOST = 2.0**53
_COLUMNS = ("parameter", "estimator", "inference")


@dataclass(frozen=True)
class Precision:
    """Precision of a figure in a cell, by the method and parameter that have most to go.

    Attributes
    ----------
    cell : int
        Number of the cell.
    goal : str
        The figure, as the target names it.
    bound : float
        What its error is to be at most.
    estimator, inference, parameter : str
        Whose figure it is; "none" where it has no parameter or inference method.
    replications : int
        Replications that were looked at.
    error : float or None
        The figure's Monte Carlo standard error; None if it cannot be told yet. Of a share it is
        that of Wilson's interval if this is larger, as a share of 0 or 1 has no other.
    needed : int or None
        Replications at which it would be at the bound; None if that cannot be told.
    """

    cell: int
    goal: str
    bound: float
    estimator: str
    inference: str
    parameter: str
    replications: int
    error: float | None
    needed: int | None

    @property
    def reached(self) -> bool:
        """Whether the error is at most the bound."""
        return self.error is not None and self.error <= self.bound

    @property
    def ratio(self) -> float:
        """Error over bound; infinite if the error cannot be told."""
        return math.inf if self.error is None else self.error / self.bound

    def describe(self) -> dict[str, Any]:
        """Return what it is, as JSON can hold it."""
        return asdict(self)


def whose(one: Mapping[str, Any]) -> str:
    """Say of a precision, as it is described, of which parameter and method it is."""
    names = (one["parameter"], one["estimator"], one["inference"])
    return ", ".join(name for name in names if name != "none")


def precisions(
    plan: Plan, study: xr.Dataset, cell: Cell, replications: int, *, cautious: bool = False
) -> list[Precision]:
    """Return the precision of each figure of a plan's target in a cell; none where it has none.

    Parameters
    ----------
    plan : Plan
        With a target.
    study : xarray.Dataset
        Of the plan.
    cell : Cell
        The cell.
    replications : int
        The first so many are looked at.
    cautious : bool, default False
        Whether shares are taken for those in the middle of Wilson's interval, in telling how many
        replications are needed: of few, all or none say little.
    """
    target = require_target(plan)
    estimators = deciding(plan, cell)
    chosen = [n for n, name in enumerate(study["estimator"].to_numpy()) if str(name) in estimators]
    one = study.isel(cell=[cell.number], estimator=chosen, replication=slice(replications))
    named = {goal.figure for goal in target.goals}
    statistics = {name: one for name, one in plan.experiment.summaries().items() if name in named}
    summary = summarize_study(one, plan.experiment.metrics(), statistics)
    found = []
    for goal in target.goals:
        rows = _chosen(summary, goal).to_dict("records")
        each = [_precision(row, goal, cell.number, cautious) for row in rows]
        if each:
            found.append(max(each, key=lambda one: one.ratio))
    return found


def deciding(plan: Plan, cell: Cell) -> list[str]:
    """Return the estimators of a cell that decide: those that run on all replications."""
    maximum = require_target(plan).sizes()[-1]
    first = plan.experiment.first
    return [name for name in cell.methods if first.get(name, maximum) >= maximum]


def require_target(plan: Plan) -> Target:
    """Return the target of a plan.

    Raises
    ------
    InputError
        It has none.
    """
    if plan.target is None:
        raise InputError("The plan must have a target", "none", "Give plan(target=...)")
    return plan.target


def require_known(plan: Plan) -> None:
    """Refuse a target with figures or names that a plan has not.

    Raises
    ------
    InputError
        A figure, parameter, estimator, inference method or factor that there is not, or an
        estimator that runs on the first replications only.
    """
    target = require_target(plan)
    names = known_figures(plan)
    known = _known_words(plan)
    idle = {name for cell in plan.cells for name in set(cell.methods) - set(deciding(plan, cell))}
    for goal in target.goals:
        require(
            names.has(goal.figure),
            "A target must name figures that the study has, and no times",
            goal.figure,
            f"Give some of {_listed(names)}",
        )
        unknown = [word for word in goal.where if word not in known]
        require(
            not unknown,
            f"What a target says of {goal.figure} must be names of the study",
            ", ".join(unknown),
            f"Give some of {', '.join(known)}",
        )
        late = [word for word in goal.where if word.removeprefix("estimator=") in idle]
        require(
            not late,
            "Estimators of a target must run on all replications",
            f"{', '.join(late)}, which run on the first ones only",
            "Leave them out of the target",
        )


def known_figures(plan: Plan) -> FigureNames:
    """Return the names that figures of a target may have."""
    experiment = plan.experiment
    inferred = any(one.method.inference for one in plan.methods.values())
    return figure_names(
        plan.variables, experiment.metrics(), experiment.summaries(), inferred=inferred
    )


def require_figures(plan: Plan, found: Sequence[Precision], study: xr.Dataset) -> None:
    """Refuse a target with a figure that no cell has, though it might have had one.

    Raises
    ------
    InputError
        There is one.
    """
    had = {one.goal for one in found}
    lacking = [goal.name for goal in require_target(plan).goals if goal.name not in had]
    if lacking:
        summary = summarize_study(study, plan.experiment.metrics())
        there = summary.loc[_exists(summary), "statistic"]
        raise InputError(
            "A target must name figures that the study has",
            f"{', '.join(lacking)}, of which no cell has any",
            f"Give some of {', '.join(dict.fromkeys(map(str, there)))}; what is finished is kept",
        )


def _known_words(plan: Plan) -> list[str]:
    """What a goal may say of its figure."""
    inference = [name for one in plan.methods.values() for name in one.method.inference]
    kinds: Mapping[str, Collection[str]] = {
        "parameter": plan.experiment.reported().names,
        "estimator": list(plan.names.values()),
        "inference": inference,
    }
    words = [name for names in kinds.values() for name in names]
    alone = [name for name in words if sum(name in names for names in kinds.values()) == 1]
    told = [f"{kind}={name}" for kind, names in kinds.items() for name in names]
    told += [f"cell={cell.number}" for cell in plan.cells]
    told += [f"{name}={value}" for cell in plan.cells for name, value in cell.factors.items()]
    return list(dict.fromkeys([*alone, *told]))


def _listed(names: FigureNames) -> str:
    """Names of figures as a target takes them: shares are shares of one."""
    told = [name.removesuffix(PERCENT) for name in names.known]
    also = ["what your own metrics say"] if names.others else []
    return ", ".join([*told, *also])


def _chosen(summary: pd.DataFrame, goal: Goal) -> pd.DataFrame:
    """Rows of a summary that a goal is about, and that have a figure."""
    names = [goal.figure]
    if not (summary["statistic"] == goal.figure).any():
        names = [f"{goal.figure}{PERCENT}"]
    chosen = summary["statistic"].isin(names) & _exists(summary)
    for word in goal.where:
        name, _, value = word.partition("=")
        if value and name in ("cell", *factors(summary), *_COLUMNS):
            chosen &= summary[name].astype(str) == value
        else:
            chosen &= (summary[list(_COLUMNS)] == word).any(axis=1)
    return summary[chosen]


def _exists(summary: pd.DataFrame) -> pd.Series:
    return (summary["used"] > 0) & summary["value"].notna()


def _precision(row: Mapping[Any, Any], goal: Goal, cell: int, cautious: bool) -> Precision:
    percent = str(row["statistic"]).endswith(PERCENT)
    unit = 100.0 if percent and goal.figure != row["statistic"] else 1.0
    error, used, attempted = row["error"] / unit, int(row["used"]), int(row["attempted"])
    if math.isfinite(row["low"]):
        whole = 100.0 if percent else 1.0
        share = row["value"] / whole
        scale = whole / unit
        error = scale * share_error(share, used)
        if cautious:
            share = (row["low"] + row["high"]) / (2 * whole)
        needed = share_needs(share, goal.bound / scale)
    elif cautious and error == 0:
        needed = math.nan  # Of few that are the same nothing can be told.
    else:
        needed = used * (error / goal.bound) ** 2
    # Failed replications have no figure, and will not have.
    needed = math.ceil(needed * attempted / used) if math.isfinite(needed) else math.nan
    return Precision(
        cell,
        goal.name,
        goal.bound,
        str(row["estimator"]),
        str(row["inference"]),
        str(row["parameter"]),
        attempted,
        float(error) if math.isfinite(error) else None,
        max(int(needed), 1) if needed <= _MOST else None,
    )


def share_error(share: float, of: float) -> float:
    """Return the error of a share of replications: the binomial one, or Wilson's if larger.

    Wilson's interval has a length where the share is 0 or 1; a 1.96th of half of it stands for the
    error.

    Parameters
    ----------
    share : float
        From 0 to 1.
    of : float
        Number of replications.
    """
    spread = share * (1 - share) / of
    half = math.sqrt(spread + (_Z / (2 * of)) ** 2) / (1 + _Z**2 / of)
    return max(math.sqrt(spread), half)


def share_needs(share: float, bound: float) -> float:
    """Return the number of replications at which a share has an error of at most a bound."""
    low, high = 0.0, 1.0
    while share_error(share, high) > bound:
        low, high = high, 2 * high
    while high - low > 1:
        middle = math.floor((low + high) / 2)
        low, high = (middle, high) if share_error(share, middle) > bound else (low, middle)
    return high
