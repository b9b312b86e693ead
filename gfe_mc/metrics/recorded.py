"""Metrics that come with the package, and how recorded numbers are summarised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.adjusted_rand import AdjustedRand
from gfe_mc.metrics.correct_number import CorrectNumber
from gfe_mc.metrics.group_errors import GroupErrors
from gfe_mc.metrics.group_slopes import GroupSlopes
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.moments import Figure
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.metrics.path import Path
from gfe_mc.metrics.profile_errors import ProfileErrors
from gfe_mc.metrics.profiles import Profiles
from gfe_mc.metrics.relabellings import RandomRelabellings
from gfe_mc.metrics.softness import Softness
from gfe_mc.metrics.standard_errors import StandardErrors
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.metrics.variable import Variable

_SCORES: tuple[type[Any], ...] = (Misclassification, RandomRelabellings)
_FURTHER: tuple[type[Any], ...] = (
    UnitSlopes,
    NumberOfGroups,
    GroupSlopes,
    GroupErrors,
    Path,
    Profiles,
    StandardErrors,
    AdjustedRand,
    ProfileErrors,
    Softness,
    CorrectNumber,
)
PROVIDED: dict[str, type[Any]] = {kind.__name__: kind for kind in (*_SCORES, *_FURTHER)}
"""Metrics that come with the package, by the name under which they are stored."""


def owner(study: xr.Dataset, variable: str) -> str | None:
    """Return the name of the metric that a variable is of; None if it is none's."""
    said = study.variables[variable].attrs.get("metric")
    return None if said is None else str(said)


def recorded(study: xr.Dataset) -> dict[str, list[str]]:
    """Return variables by name of the metric, the package's first, in the order of tables."""
    found: dict[str, list[str]] = {}
    for variable in map(str, study.data_vars):
        name = owner(study, variable)
        if name is not None:
            found.setdefault(name, []).append(variable)
    order = [*PROVIDED, *sorted(set(found) - set(PROVIDED))]
    return {name: found[name] for name in order if name in found}


def declared(study: xr.Dataset, variable: str) -> Variable:
    """Return what a dataset says of a variable of it."""
    attrs = study.variables[variable].attrs
    fill = attrs.get("fill")
    leading = ("cell", "estimator", "replication")
    dims = tuple(str(dim) for dim in study.variables[variable].dims if dim not in leading)
    return Variable(
        str(attrs.get("long_name", "")),
        dims,
        str(attrs.get("type", "f8")),
        # A file has NumPy's numbers, which no text of a block does.
        fill.item() if isinstance(fill, np.generic) else fill,
        bool(attrs.get("of_sample", 0)),
        str(attrs.get("units", "")),
    )


def figures(one: xr.Dataset, own: Mapping[str, Any]) -> Iterator[tuple[str, str, Figure]]:
    """Compute figures of one cell and estimator: parameter, statistic, figure.

    Parameters
    ----------
    one : xarray.Dataset
        The replications that are used.
    own : mapping of str to object
        A user's own metrics by name, which say how they are summarised.
    """
    there = recorded(one)
    scores = [kind.__name__ for kind in _SCORES if kind.__name__ in there]
    for name in scores:
        yield from _of_metric(one, name, there[name], own)
    for statistic, figure in of_search(one):
        yield "none", statistic, figure
    for name, variables in there.items():
        if name not in scores:
            yield from _of_metric(one, name, variables, own)


def summarised_by(name: str, variables: Sequence[str], own: Mapping[str, Any]) -> Any:
    """Return what says how a metric is summarised: the declared one, or else the package's.

    A user's own metric that is not at hand may have the name of one of the package.
    """
    kind = own.get(name, PROVIDED.get(name))
    return kind if kind is not None and set(variables) <= set(kind.variables) else None


def _of_metric(
    one: xr.Dataset, name: str, variables: Sequence[str], own: Mapping[str, Any]
) -> Iterator[tuple[str, str, Figure]]:
    summary = getattr(summarised_by(name, variables, own), "figures", None)
    if summary is not None:
        yield from summary(one)
        return
    for variable in variables:
        yield from of_scalar(one, variable)


def of_scalar(one: xr.Dataset, variable: str) -> Iterator[tuple[str, str, Figure]]:
    """Compute mean and standard deviation of a scalar; of what is yes or no, its share."""
    said = declared(one, variable)
    if said.dims or said.dtype == "O":
        return
    values = counts.array(one, variable)
    values = np.where(said.has_values(values), values.astype(np.float64), np.nan)
    if said.dtype == "bool":
        yield "none", variable, moments.proportion(values)
        return
    yield "none", variable, moments.mean(values)
    yield "none", f"{variable}_sd", moments.sd(values)


def of_search(one: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """Compute figures of the search and its cost."""
    tries = counts.array(one, "n_tries")
    # Without a try there is no share.
    share = 100 * counts.array(one, "n_best") / np.where(tries > 0, tries, np.nan)
    yield "best_share_percent", moments.mean(share)
    yield "objective", moments.mean(counts.array(one, "objective"))
    yield "median_seconds", moments.median(counts.array(one, "seconds"))


def titles(study: xr.Dataset, own: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Headings of the statistics that belong to an estimator, in the order of tables.

    Parameters
    ----------
    study
        The dataset.
    own
        A user's own metrics by name, which may have `titles`.
    """
    found: dict[str, str] = {}
    for name, variables in recorded(study).items():
        kind = summarised_by(name, variables, own or {})
        if hasattr(kind, "titles"):
            found |= kind.titles
            continue
        for variable in variables:
            said = declared(study, variable)
            if not said.dims and said.dtype != "O":
                title = said.title or variable.replace("_", " ")
                found[variable] = title
                if said.dtype != "bool":
                    found[f"{variable}_sd"] = f"{title}: sd"
    return found
