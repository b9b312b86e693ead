"""Which combinations of factors are cells, and what too many of them would cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from gfe_mc.canonical import fingerprint
from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.seeds import generator
from gfe_mc.study.factors import require_taken
from gfe_mc.study.faults import require_fault, summary

if TYPE_CHECKING:
    from gfe_mc.study.experiment import Experiment

MOST_CELLS = 20_000
"""Cells of a study: each is made, drawn once and kept in memory before anything runs."""
MOST_COMBINATIONS = 1_000_000
"""Combinations that are asked whether they are cells."""
_YEAR = 365.25 * 24 * 3600
_UNITS = ((_YEAR, "years"), (24 * 3600, "days"), (3600, "hours"), (60, "minutes"))


def combinations(
    experiment: Experiment,
    panel: Panel | None,
    grid: Mapping[str, Sequence[Any]],
    replications: int,
) -> list[tuple[int, ...]]:
    """Return the cells of a grid, as positions among the values of each factor.

    Parameters
    ----------
    experiment : Experiment
        The experiment.
    panel : Panel, optional
        What its designs are calibrated to.
    grid : mapping of str to sequence
        Values of its factors.
    replications : int
        Replications of each cell, for what too many cells would cost.

    Raises
    ------
    InputError
        No cells, or too many, with what they would cost.
    """
    n = prod(len(values) for values in grid.values())
    within = experiment.within
    if within is not None:
        require_taken(within, "within", (), dict.fromkeys(grid))
    first = [0] * len(grid)
    if n <= (MOST_CELLS if within is None else MOST_COMBINATIONS):
        cells = list(product(*(range(len(values)) for values in grid.values())))
        if within is not None:
            cells = [places for places in cells if _is_within(within, _chosen(grid, places))]
        require(
            len(cells) > 0,
            f"`within` of {experiment.name} must leave some cells",
            f"none of {n} combinations of {', '.join(grid)}",
            "Give other values, or another `within`",
        )
        if len(cells) <= MOST_CELLS:
            return cells
        n, first = len(cells), list(cells[0])
    cost = _cost(experiment, panel, _chosen(grid, first), n * replications)
    raise InputError(
        f"The grid of {experiment.name} must have at most {MOST_CELLS:,} cells",
        f"{n:,} of {replications:,} replications{cost}",
        "Give fewer values of its factors, or say by `within` which combinations are cells",
    )


def _chosen(grid: Mapping[str, Sequence[Any]], places: Sequence[int]) -> dict[str, Any]:
    return {name: values[place] for (name, values), place in zip(grid.items(), places, strict=True)}


def _is_within(within: Callable[..., bool], factors: Mapping[str, Any]) -> bool:
    try:
        return bool(within(**factors))
    except BaseException as error:
        require_fault(error)
        raise InputError(
            "`within` must say of each combination of the factors whether it is a cell",
            f"{summary(error)} at {', '.join(f'{k}={v}' for k, v in factors.items())}",
            "Correct it",
        ) from error


def _cost(
    experiment: Experiment, panel: Panel | None, factors: Mapping[str, Any], samples: int
) -> str:
    """Say what so many samples would cost if each took as long as one of this cell."""
    try:
        seconds = _seconds(experiment, panel, factors)
    except BaseException as error:
        # What cannot be timed has no cost to be told; that there are too many is said anyway.
        require_fault(error)
        return ""
    return f": {_in_words(seconds * samples)} of one core if all took as the first one does"


def _seconds(experiment: Experiment, panel: Panel | None, factors: Mapping[str, Any]) -> float:
    """Seconds that one replication takes; the second one, since the first compiles."""
    declared = experiment.estimators
    estimators = declared(**factors) if callable(declared) else declared
    dgp = experiment.dgp(panel, **factors)
    address, took = fingerprint("cost"), 0.0
    for number in range(2):
        started = time.perf_counter()
        sample = dgp.draw(generator(experiment.seed, address, number, "data"))
        for estimator in estimators.values():
            try:
                estimator.fit(sample.panel, generator(experiment.seed, address, number, "fit"))
            except Exception as error:
                require_fault(error)
        took = time.perf_counter() - started
    return took


def _in_words(seconds: float) -> str:
    for size, name in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {name}"
    return f"{seconds:,.0f} seconds"
