"""What a study records: metrics by name, checked when it is declared."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gfe_mc.code import identity
from gfe_mc.errors import InputError, require
from gfe_mc.metrics.outcome import Metric
from gfe_mc.metrics.standard_errors import StandardErrors
from gfe_mc.metrics.statistic import Statistic
from gfe_mc.metrics.variable import INFERENCE, Variable
from gfe_mc.study.block import CORE, INFERRED, SCORED
from gfe_mc.study.faults import summary
from gfe_mc.study.method import of_inference

_TAKEN = {*CORE, *INFERRED, *SCORED, "best_share_percent", "median_seconds"}
_TEXTS = "_texts"
"""Ends the names under which files keep texts."""
_OF_GRID = {"cell", "estimator", "replication", "metric"}
Variables = dict[str, Variable]
"""What a metric records, by name."""

_STATISTICS = {
    *("true", "mean", "bias", "mae", "rmse", "sd", "median_se", "mean_se", "se_ratio_median"),
    *("se_ratio_mean", "coverage", "bias_eliminated_coverage", "size", "power"),
}


def named(record: Sequence[Metric], *, inferred: bool) -> dict[str, Metric]:
    """Return metrics by name: that of their type.

    Parameters
    ----------
    record : sequence of Metric
        The metrics.
    inferred : bool
        Whether the study has inference methods: standard errors are then recorded as well.

    Raises
    ------
    InputError
        Something that is no metric, variables that cannot be stored, or one that two record.
    """
    return {name: metric for name, (metric, _) in declared(record, inferred=inferred).items()}


def declared(record: Sequence[Metric], *, inferred: bool) -> dict[str, tuple[Metric, Variables]]:
    """Return metrics by name, each with what it records, which is asked for once.

    Parameters and errors are those of `named`.
    """
    require(
        isinstance(record, Sequence) and not isinstance(record, str),
        "`record` must be a tuple of metrics",
        repr(record),
        "Give (Misclassification(),), say",
    )
    found: dict[str, tuple[Metric, Variables]] = {}
    owners: dict[str, str] = {}
    given = [*record]
    if inferred and not any(isinstance(metric, StandardErrors) for metric in given):
        given.append(StandardErrors())
    for metric in given:
        name = type(metric).__name__
        variables = _variables(name, metric)
        for variable in variables:
            require(
                variable not in owners,
                "A variable must be recorded by one metric",
                f"`{variable}` by {owners.get(variable)} and {name}",
                "Drop one of them, or name its variables by its options",
            )
            owners[variable] = name
        require(
            name not in found,
            "Metrics must have types of different names",
            f"two of {name}",
            "Name one of the classes otherwise, or let one record both",
        )
        found[name] = metric, variables
    return found


def _variables(name: str, metric: Any) -> Variables:
    """What a metric records, asked for once, and checked."""
    try:
        given = getattr(metric, "variables", None)
        given = dict(given) if isinstance(given, Mapping) else None
    except Exception as error:
        remedy = "Correct its `variables`"
        raise InputError(f"{name} must say what it records", summary(error), remedy) from error
    require(
        callable(getattr(metric, "record", None))
        and given is not None
        and not isinstance(metric, type),
        "A metric must have `variables` and a method `record`",
        repr(metric),
        "Give an instance of a frozen dataclass with both",
    )
    variables = given or {}
    require(len(variables) > 0, f"{name} must record something", "no variables", "Declare one")
    _require_variables(name, variables)
    _require_identity(name, metric)
    return variables


def _require_variables(name: str, variables: Variables) -> None:
    """Refuse variables that cannot be stored or told apart."""
    spread = [key for key in variables if f"{key}_sd" in variables]
    require(
        not spread,
        f"A variable of {name} must not have the name of another's standard deviation",
        ", ".join(f"{key}_sd beside {key}" for key in spread),
        "Give it another name",
    )
    for variable, declared in variables.items():
        require(
            isinstance(variable, str)
            and variable.isidentifier()
            and variable not in _TAKEN
            and not variable.endswith(_TEXTS),
            f"The variables of {name} must have names that are not taken",
            repr(variable),
            f"Use an identifier that does not end in {_TEXTS} and is none of "
            f"{', '.join(sorted(_TAKEN))}",
        )
        require(
            type(declared) is Variable,
            f"`{variable}` of {name} must be declared by a Variable",
            repr(declared),
            'Give Variable(title="...")',
        )
        wrong = [dim for dim in declared.dims if dim in _OF_GRID or dim == variable]
        wrong += [dim for dim in declared.dims[1:] if dim == INFERENCE]
        require(
            not wrong and len(set(declared.dims)) == len(declared.dims),
            f"`{variable}` of {name} must have dimensions of its own",
            f"({', '.join(declared.dims)})",
            f'Leave out {", ".join(sorted(_OF_GRID))}; "{INFERENCE}" comes first',
        )
    if of_inference(variables):
        others = [key for key, one in variables.items() if one.dims[:1] != (INFERENCE,)]
        require(
            not others,
            f"Either all variables of {name} are of inference methods, or none",
            f"{', '.join(others)} beside others",
            "Make two metrics of it",
        )


def _require_identity(name: str, metric: Any) -> None:
    """Refuse a metric that is not known by its options."""
    try:
        identity(metric)
    except InputError as error:
        raise InputError(
            f"{name} must be known by its options", error.came, "Make it a frozen dataclass"
        ) from None
    require(
        dataclasses.is_dataclass(metric),
        f"{name} must be known by its options",
        f"a {name}",
        "Make it a frozen dataclass",
    )


def require_apart(variables: Mapping[str, Variables], labels: Collection[str]) -> None:
    """Refuse variables and dimensions that have the names of what labels the cells of a study.

    Parameters
    ----------
    variables : mapping of str to mapping of str to Variable
        What each metric records.
    labels : collection of str
        Names of the factors, N and T.

    Raises
    ------
    InputError
        One has the name of another.
    """
    names = {name for own in variables.values() for name in own} | {*_TAKEN}
    for metric, own in variables.items():
        for name, variable in own.items():
            both = [one for one in (name, *variable.dims) if one in labels]
            both += [dim for dim in variable.dims if dim in names]
            require(
                not both,
                f"`{name}` of {metric} must have names of its own, and so must its dimensions",
                f"{', '.join(both)}, which are names of factors or other variables",
                'Name a variable by what it is, and a dimension as "unit" or "period"',
            )


def statistics(given: Mapping[str, Statistic]) -> dict[str, Statistic]:
    """Return further summaries by name.

    Raises
    ------
    InputError
        A name that is taken.
    """
    for name in given:
        require(
            isinstance(name, str) and name.isidentifier() and name not in _STATISTICS,
            "A statistic must have a name that is not taken",
            repr(name),
            f"Use an identifier that is none of {', '.join(sorted(_STATISTICS))}",
        )
    return dict(given)
