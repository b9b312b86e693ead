"""What is finished of a study that is not complete, as a dataset of its own.

Of each cell the longest complete prefix counts: the replications from the first on that every one
of its methods has finished, as far as it was to run. So all methods are compared on the same
samples, and what is shown does not depend on which blocks came back first.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from gfe_mc.errors import require
from gfe_mc.study.dataset import make_dataset, rows_of
from gfe_mc.study.experiment import Experiment
from gfe_mc.study.folder import read_pool, read_provenance, require_own
from gfe_mc.study.layout import Layout
from gfe_mc.study.plan import Cell, Plan
from gfe_mc.study.pool import Pool, first_of
from gfe_mc.study.run import read_panel

PARTIAL = "partial"
"""Attribute of the dataset that says how much of the study it is."""


def plan_of(folder: Path, experiment: Experiment) -> Plan:
    """Plan a study as its folder says that it is run: the same panel, replications and seed.

    Raises
    ------
    InputError
        From `read_provenance`, `read_panel` and `Experiment.plan`.
    """
    study = read_provenance(folder)["study"]
    panel = read_panel(experiment, None, folder).panel
    plan = experiment.plan(
        panel,
        replications=study["replications"],
        seed=study["seed"],
        start=study.get("start", 0),
    )
    # Cells of a study that grows have come to different sizes.
    sizes: dict[int, int] = {}
    for one in study["methods"]:
        sizes[one["cell"]] = max(sizes.get(one["cell"], 0), one["replications"])
    asked = {cell.number for cell in plan.cells}
    return plan.sized(sizes) if sizes.keys() == asked else plan


def read_unfinished(folder: Path, plan: Plan) -> xr.Dataset:
    """Read the complete prefixes of a study that may still be running; nothing is written.

    Parameters
    ----------
    folder : Path
        Its folder.
    plan : Plan
        The study.

    Returns
    -------
    xarray.Dataset
        As of the study with fewer replications in each cell. If that leaves something out, its
        attribute `partial` says what.

    Raises
    ------
    InputError
        The folder holds no study, another one, or nothing that is finished in every cell.
    """
    provenance = read_provenance(folder)
    require_own(folder, provenance["study"], plan)
    pool = read_pool(folder)
    prefixes = _prefixes(plan, pool)
    require(
        max(prefixes) > plan.start,
        "A cell must have a replication that all of its methods have finished",
        f"none in {folder}",
        f"Let it run on: gfe-mc run {plan.experiment.name}",
    )
    cells = tuple(map(_shortened, plan.cells, prefixes))
    shorter = replace(plan, cells=cells, replications=min(plan.replications, max(prefixes)))
    dataset = make_dataset(Layout.of(shorter), _cut(pool, shorter), provenance)
    whole = sum(n >= _planned(cell) for n, cell in zip(prefixes, plan.cells, strict=True))
    if whole < len(plan.cells):
        least, most = (n - plan.start for n in (min(prefixes), max(prefixes)))
        dataset.attrs[PARTIAL] = (
            f"{least} to {most} of {plan.replications - plan.start} replications a cell; "
            f"{whole} of {len(plan.cells)} cells are complete"
        )
    return dataset


def _planned(cell: Cell) -> int:
    """Replications of the method of a cell that has most."""
    return max(cell.replications.values())


def _prefixes(plan: Plan, pool: Pool) -> list[int]:
    """Up to which replication every method of a cell has finished all, as far as it was to run."""
    layout = Layout.of(plan)
    prefixes = [_planned(cell) for cell in plan.cells]
    for cell, method in layout.every():
        for _, done in rows_of(layout, pool, method).values():
            finished = done[plan.start : method.planned]
            if not finished.all():
                prefixes[cell] = min(prefixes[cell], plan.start + int(np.argmin(finished)))
    return prefixes


def _shortened(cell: Cell, n: int) -> Cell:
    """A cell with no more than so many replications."""
    planned = {name: min(number, n) for name, number in cell.replications.items()}
    return replace(cell, replications=planned)


def _cut(pool: Pool, plan: Plan) -> Pool:
    """Of everything that is finished, what is planned."""
    most: dict[str, int] = {}
    for key, keyed in plan.methods.items():
        for part in keyed.parts.values():
            most[part] = max(most.get(part, 0), plan.planned[key])
    cut = Pool()
    for key, n in most.items():
        cut.add(first_of(entry, n) for entry in pool.entries.get(key, []))
    return cut
