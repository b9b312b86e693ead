"""From an experiment to its plan: every cell made, and checked by its first sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require, require_whole
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.outcome import Metric
from gfe_mc.metrics.variable import Variable
from gfe_mc.study import factors as of_factors
from gfe_mc.study import record as of_record
from gfe_mc.study.block import MOST
from gfe_mc.study.faults import require_fault, summary
from gfe_mc.study.first import First, first_samples
from gfe_mc.study.grid import combinations
from gfe_mc.study.method import Keyed, Method, Place
from gfe_mc.study.packing import require_packable
from gfe_mc.study.plan import Cell, Plan, limited
from gfe_mc.study.precision import require_known
from gfe_mc.study.target import Target, as_target

if TYPE_CHECKING:
    from gfe_mc.study.experiment import Experiment


def make_plan(
    experiment: Experiment,
    panel: Panel | None,
    replications: int | None = None,
    seed: int | None = None,
    start: int = 0,
    target: Target | str | None = None,
) -> Plan:
    """Make every cell of the grid; see `Experiment.plan`."""
    aim = _aim(experiment, replications, start, target)
    if aim is not None:
        replications = aim.maximum
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
    require_whole("start", start, 0)
    require(
        start < replications,
        "The first replication must be one of those that there are",
        f"{start} of {replications}",
        f"Give 0 to {replications - 1}",
    )
    grid = of_factors.checked(experiment.factors)
    written = {name: of_factors.labels(values) for name, values in grid.items()}
    record = of_record.declared(experiment.record, inferred=experiment.inference is not None)
    of_record.require_apart({name: own for name, (_, own) in record.items()}, {*grid, "N", "T"})
    drafts = []
    for number, places in enumerate(combinations(experiment, panel, grid, replications)):
        factors = {name: grid[name][place] for name, place in zip(grid, places, strict=True)}
        labels = {name: written[name][place] for name, place in zip(grid, places, strict=True)}
        drafts.append(_draft(experiment, panel, number, factors, labels, seed, record))
    firsts = first_samples([(one.refused, next(iter(one.methods.values()))) for one in drafts])
    cells = [
        _cell(experiment, draft, first, replications)
        for draft, first in zip(drafts, firsts, strict=True)
    ]
    most = max(first.n_slopes for first in firsts)
    _require_names_of_slopes(experiment, most, "in any cell")
    _require_known_names(experiment, cells)
    plan = Plan(experiment, tuple(cells), replications, seed, start, aim)
    if aim is not None:
        require_known(plan)
    return plan


def _aim(
    experiment: Experiment, replications: int | None, start: int, target: Target | str | None
) -> Target | None:
    """The target with its numbers, unless there is none."""
    if target is None:
        return None
    require(
        replications is None,
        "A study has a number of replications or a target",
        f"{replications} replications and a target",
        "Give the largest number by --max-replications, or leave the target out",
    )
    require(
        start == 0,
        "A target is decided on all replications from the first one on",
        f"a target, and replications from {start} on",
        "Leave one of them out",
    )
    return as_target(target).within(experiment.replications)


@dataclass(frozen=True)
class _Draft:
    """A cell that was declared, and not drawn yet.

    Attributes
    ----------
    number
        Its number.
    labels
        Its factors as they are written.
    methods
        Its methods by name of the estimator.
    refused
        What is said if it cannot be drawn.
    """

    number: int
    labels: dict[str, Any]
    methods: dict[str, Keyed]
    refused: str

    @property
    def where(self) -> str:
        """Its factors in words."""
        return _words(self.labels)


def _words(labels: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels.items())


def _draft(
    experiment: Experiment,
    panel: Panel | None,
    number: int,
    factors: dict[str, Any],
    labels: dict[str, Any],
    seed: int,
    record: Mapping[str, tuple[Metric, Mapping[str, Variable]]],
) -> _Draft:
    """Make what a cell declares."""
    refused = f"Cell {number} of {experiment.name} ({_words(labels)}) must be one that can be drawn"
    of_factors.require_taken(experiment.dgp, "dgp", (panel,), factors)
    metrics = {name: metric for name, (metric, _) in record.items()}
    variables = {name: own for name, (_, own) in record.items()}
    try:
        dgp = experiment.dgp(panel, **factors)
        estimators = _given(experiment.estimators, "estimators", factors)
        inference = _inference(experiment, factors, estimators)
        parameters = experiment.reported()
        methods = {
            name: Keyed.of(
                Method(seed, dgp, estimator, parameters, inference.get(name, {}), metrics),
                variables,
                Place(experiment.name, number, name),
            )
            for name, estimator in estimators.items()
        }
    except BaseException as error:
        # A declaration that ends the process, by `sys.exit` say, must not do so without a word.
        require_fault(error)
        raise InputError(refused, summary(error), "Correct its design") from error
    for keyed in methods.values():
        require_packable(keyed)
    return _Draft(number, labels, methods, refused)


def _cell(experiment: Experiment, draft: _Draft, first: First, replications: int) -> Cell:
    """Make a cell from its declaration and its first sample."""
    estimators = {name: one.method.estimator for name, one in draft.methods.items()}
    _require_fitting(experiment, estimators, first, draft.where)
    shape = {"N": first.n_units, "T": first.n_periods}
    for name, value in shape.items():
        require(
            draft.labels.get(name, value) == value,
            f"The factor {name} must be the one of the panels that are drawn",
            f"{draft.labels.get(name)} for panels of {value} at {draft.where}",
            "Let the DGP use it, or give the factor another name",
        )
    planned = {name: limited(experiment, name, replications) for name in estimators}
    return Cell(draft.number, {**draft.labels, **shape}, draft.methods, planned)


def _given(given: Any, what: str, factors: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is declared for a cell: by a function of the factors, or the same everywhere."""
    if callable(given):
        of_factors.require_taken(given, what, (), factors)
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


def _require_fitting(
    experiment: Experiment, estimators: Mapping[str, Estimator], first: First, where: str
) -> None:
    """Refuse estimators and names that do not go with the samples."""
    n_units, n_slopes = first.n_units, first.n_slopes
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
