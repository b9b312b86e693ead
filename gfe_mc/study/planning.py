"""From an experiment to its plan: every cell made, and checked by its first sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import Sample
from gfe_mc.errors import InputError, require, require_whole
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.study import factors as of_factors
from gfe_mc.study.method import Keyed, Method
from gfe_mc.study.plan import Cell, Plan

if TYPE_CHECKING:
    from gfe_mc.study.experiment import Experiment

MOST = 2**31
"""Replications that a study can number."""


def make_plan(
    experiment: Experiment, panel: Panel | None, replications: int | None, seed: int | None
) -> Plan:
    """Make every cell of the grid; see `Experiment.plan`."""
    replications = experiment.replications if replications is None else replications
    seed = experiment.seed if seed is None else seed
    require_whole("replications", replications, 1)
    require(
        replications < MOST,
        "There must be fewer replications than can be numbered",
        replications,
        f"Give at most {MOST - 1}",
    )
    require_whole("seed", seed, 0)
    grid = of_factors.checked(experiment.factors)
    written = {name: of_factors.labels(values) for name, values in grid.items()}
    cells, n_slopes = [], 0
    pairs = {name: list(zip(values, written[name], strict=True)) for name, values in grid.items()}
    for number, chosen in enumerate(product(*pairs.values())):
        factors = {name: pair[0] for name, pair in zip(grid, chosen, strict=True)}
        labels = {name: pair[1] for name, pair in zip(grid, chosen, strict=True)}
        cell, first = _make_cell(experiment, panel, number, factors, labels, replications, seed)
        cells.append(cell)
        n_slopes = max(n_slopes, first.truth.theta.size)
    _require_names_of_slopes(experiment, n_slopes, "in any cell")
    _require_known_names(experiment, cells)
    return Plan(experiment, tuple(cells), replications, seed)


def _make_cell(
    experiment: Experiment,
    panel: Panel | None,
    number: int,
    factors: dict[str, Any],
    labels: dict[str, Any],
    replications: int,
    seed: int,
) -> tuple[Cell, Sample]:
    """Make a cell, and its first sample."""
    where = ", ".join(f"{name}={value}" for name, value in labels.items())
    _require_factors(experiment.dgp, "dgp", (panel,), factors)
    try:
        dgp = experiment.dgp(panel, **factors)
        estimators = _given(experiment.estimators, "estimators", factors)
        inference = _inference(experiment, factors, estimators)
        parameters, record = experiment.reported(), experiment.metrics()
        methods = {
            name: Keyed.of(
                Method(seed, dgp, estimator, parameters, inference.get(name, {}), record)
            )
            for name, estimator in estimators.items()
        }
        one = next(iter(methods.values()))
        first = one.sample(0)
        parameters.of_truth(first.truth)
    except Exception as error:
        wrong = f"Cell {number} of {experiment.name} ({where}) must be one that can be drawn"
        raise InputError(wrong, f"{type(error).__name__}: {error}", "Correct its design") from error
    _require_fitting(experiment, estimators, first, where)
    n_units, n_periods, _ = first.panel.shape
    for name, value in (("N", n_units), ("T", n_periods)):
        require(
            labels.get(name, value) == value,
            f"The factor {name} must be the one of the panels that are drawn",
            f"{labels.get(name)} for panels of {value} at {where}",
            "Let the DGP use it, or give the factor another name",
        )
    planned = {
        name: min(replications, experiment.first.get(name, replications)) for name in estimators
    }
    return Cell(number, {**labels, "N": n_units, "T": n_periods}, methods, planned), first


def _given(given: Any, what: str, factors: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is declared for a cell: by a function of the factors, or the same everywhere."""
    if callable(given):
        _require_factors(given, what, (), factors)
        given = given(**factors)
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise TypeError(f"`{what}` are {given!r}, and not a mapping by name")
    if what == "estimators" and not given:
        raise ValueError("no estimators")
    return given


def _inference(
    experiment: Experiment, factors: Mapping[str, Any], estimators: Mapping[str, Estimator]
) -> Mapping[str, Mapping[str, Inference]]:
    """Return the inference methods of a cell, by name of the estimator."""
    if experiment.inference is None:
        return {}
    inference = _given(experiment.inference, "inference", factors)
    unknown = sorted(set(inference) - set(estimators))
    if unknown:
        raise ValueError(f"inference for {', '.join(unknown)}, which are no estimators")
    for methods in inference.values():
        for name, method in methods.items():
            if not callable(getattr(method, "covariance", None)):
                raise TypeError(f"inference method {name} has no method `covariance`")
    for name, derived in experiment.reported().others.items():
        if not isinstance(derived, tuple) and not callable(getattr(derived, "gradient", None)):
            raise TypeError(f"derived parameter {name} has no method `gradient`")
    return inference


def _require_factors(
    function: Callable[..., Any], name: str, before: tuple[Any, ...], factors: Mapping[str, Any]
) -> None:
    try:
        signature(function).bind(*before, **factors)
    except TypeError as error:
        raise InputError(
            f"`{name}` must take the factors {', '.join(factors)}",
            f"a call with {error}",
            "Make factors and parameters agree",
        ) from None


def _require_fitting(
    experiment: Experiment, estimators: Mapping[str, Estimator], sample: Sample, where: str
) -> None:
    """Refuse estimators and names that do not go with the samples."""
    n_units, n_slopes = sample.panel.shape[0], sample.truth.theta.size
    parameters = experiment.reported()
    fewer = n_slopes < len(parameters.slopes) and not parameters.others
    if not fewer:
        _require_names_of_slopes(experiment, n_slopes, f"at {where}")
    for name, estimator in estimators.items():
        require(
            callable(getattr(estimator, "fit", None)) and not isinstance(estimator, type),
            f"Estimator `{name}` must have a method `fit`",
            f"{estimator!r} at {where}",
            "Give it one: fit(panel, rng) -> Fit",
        )
        groups = getattr(estimator, "groups", None)
        require(
            not isinstance(groups, int | np.integer) or int(groups) <= n_units,
            f"Estimator `{name}` must have no more groups than units",
            f"{groups} groups for {n_units} units at {where}",
            "Use fewer groups or more units",
        )


def _require_names_of_slopes(experiment: Experiment, n_slopes: int, where: str) -> None:
    parameters = experiment.reported()
    if not parameters.plain:
        largest = max(parameters.slopes.values(), default=-1)
        require(
            largest < n_slopes,
            "The number of a slope must be one of those that there are",
            f"{largest} of {n_slopes} slopes {where}",
            "Number the slopes of the DGP from 0",
        )
        return
    require(
        n_slopes == len(parameters.slopes),
        "There must be one name for each slope",
        f"{len(parameters.slopes)} names for {n_slopes} slopes {where}",
        "Name the slopes of the DGP in order",
    )


def _require_known_names(experiment: Experiment, cells: Sequence[Cell]) -> None:
    known = {name for cell in cells for name in cell.methods}
    used = {*experiment.first}
    if experiment.report is not None:
        used |= experiment.report.estimators_named()
    unknown = used - known
    require(
        not unknown,
        "`first`, `compared` and `misses` must name estimators of the study",
        ", ".join(sorted(unknown)),
        f"Give some of {', '.join(sorted(known))}",
    )
    keys = [one.key for cell in cells for one in cell.methods.values()]
    require(
        len(set(keys)) == len(keys),
        "Each cell and estimator must be different from every other",
        "two with the same DGP and options",
        "Drop one of them",
    )
