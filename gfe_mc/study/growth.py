"""A study that grows until its target is reached: from one decision to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from gfe_mc.study.method import FIT
from gfe_mc.study.plan import Plan
from gfe_mc.study.precision import Precision, precisions, require_figures, require_target, whose
from gfe_mc.study.remaining import Again, Remaining
from gfe_mc.study.store import Store


def grow(
    store: Store,
    again: Again,
    begin: Callable[[Store], object],
    run: Callable[[Store, Remaining], bool],
    say: Callable[[str], object] = id,
    note: Callable[[], object] = list,
) -> xr.Dataset:
    """Run a study until its target is reached in every cell, and return its dataset.

    Every decision is taken again from what is stored, in the order of `Target.sizes`: a run that
    goes on where another was stopped takes the same ones.

    Parameters
    ----------
    store : Store
        Of a plan with a target.
    again : Again
        What is run again although it is finished; it is run first, as far as it is there.
    begin : callable
        Is told before something is run, or the dataset written, what the study is from now on.
    run : callable
        Runs what is missing, writes it to the store, and says whether there was time for all of
        it: where there was not, the dataset of what is finished is returned.
    say : callable, optional
        Is told of each decision in words.
    note : callable, optional
        As in `Store.consolidate`.

    Raises
    ------
    InputError
        No cell has a figure of the target.
    """
    plan = store.plan
    if not _run_again(store, again, begin, run):
        return store.consolidate(note)
    sizes = dict.fromkeys(_numbers(plan), 0)
    going = list(sizes)
    path: list[dict[str, Any]] = []
    settled: dict[int, list[Precision]] = {}
    study: xr.Dataset | None = None
    for size in require_target(plan).sizes():
        sizes |= dict.fromkeys(going, size)
        at = replace(store, plan=plan.sized(sizes, _path(path, settled)))
        remaining = at.remaining()
        if any(remaining.values()):
            begin(at)
            if not run(at, remaining):
                return at.consolidate(note)
            study = None
        if at.has_blocks():
            study = at.consolidate(note)
        elif study is None:
            study = at.dataset()
        found = {
            cell.number: precisions(plan, study, cell, size)
            for cell in plan.cells
            if cell.number in going
        }
        if not path:
            require_figures(plan, [one for own in found.values() for one in own], study)
        settled |= found
        going = [number for number in going if not all(one.reached for one in found[number])]
        path.append(_decision(size, found, going))
        say(_in_words(path[-1]))
        if not going:
            break
    end = replace(store, plan=plan.sized(sizes, _path(path, settled)))
    finished = None if end.has_blocks() else end.presented()
    if finished is None:
        begin(end)
        finished = end.consolidate(note)
    return finished


def _numbers(plan: Plan) -> list[int]:
    return [cell.number for cell in plan.cells]


def _run_again(
    store: Store,
    again: Again,
    begin: Callable[[Store], object],
    run: Callable[[Store, Remaining], bool],
) -> bool:
    """Run again what is asked for, of the replications that are there."""
    if again == Again():
        return True
    rows = store.rows()
    there = {key: set(np.flatnonzero(parts[FIT][1]).tolist()) for key, parts in rows.items()}
    asked: Remaining = {}
    for key, works in store.remaining(again).items():
        kept = [(work, [n for n in numbers if n in there[key]]) for work, numbers in works]
        asked[key] = [(work, numbers) for work, numbers in kept if numbers]
    if not any(asked.values()):
        return True
    begin(store)
    return run(store, asked)


def _path(
    path: Sequence[Mapping[str, Any]], settled: Mapping[int, Sequence[Precision]]
) -> dict[str, Any]:
    """What was decided so far: at each size, and last in each cell."""
    cells = [one.describe() | {"reached": one.reached} for own in settled.values() for one in own]
    return {"path": list(path), "cells": cells}


def _decision(
    size: int, found: Mapping[int, Sequence[Precision]], going: Sequence[int]
) -> dict[str, Any]:
    """What was decided at a size: how many cells go on, and which figure has most to go."""
    every = [one for own in found.values() for one in own]
    worst = max(every, key=lambda one: one.ratio, default=None)
    return {
        "replications": size,
        "cells": len(found),
        "go_on": len(going),
        "worst": None if worst is None else worst.describe(),
    }


def _in_words(decision: Mapping[str, Any]) -> str:
    cells, go_on = decision["cells"], decision["go_on"]
    reached = f"reached in {cells - go_on} of {cells} cells"
    said = f"Target: at {decision['replications']} replications {reached}"
    worst = decision["worst"]
    if worst is None or not go_on:
        return f"{said}."
    error = "not known yet" if worst["error"] is None else f"{worst['error']:.2g}"
    which = f"{worst['goal']} ({whose(worst)}) in cell {worst['cell']}"
    return f"{said}; {which} has an error of {error} for {worst['bound']:g}."
