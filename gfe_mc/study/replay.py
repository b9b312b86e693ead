"""One replication run again, alone, and set beside what is stored of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gfe_mc.errors import require
from gfe_mc.fit import Status
from gfe_mc.study.block import EVERY, Row, blank, padded
from gfe_mc.study.experiment import Cell, Plan
from gfe_mc.study.replicate import Addressed, replicate
from gfe_mc.study.store import DATASET, Rows, stored_rows

_COMPARED = [name for name in EVERY if name not in ("seconds", "inference_seconds", "truth")]


def replay(plan: Plan, cell: int, replication: int, estimator: str | None) -> dict[str, Row]:
    """Run one replication of a cell again; the rows by name of the estimator.

    Parameters
    ----------
    plan
        The study.
    cell, replication
        Their numbers.
    estimator
        Its name; all of the cell if None.

    Raises
    ------
    InputError
        No such cell or estimator, or a negative replication.
    """
    chosen = _find(plan, cell)
    require(replication >= 0, "Replications are numbered from 0", replication, "Give 0 or more")
    arms: dict[str, Addressed] = dict(chosen.arms)
    if estimator is not None:
        require(
            estimator in arms,
            "The estimator must be one of the cell",
            repr(estimator),
            f"Give one of {', '.join(arms)}",
        )
        arms = {estimator: arms[estimator]}
    return {name: replicate(arm, replication) for name, arm in arms.items()}


def describe(
    plan: Plan, cell: int, replication: int, estimator: str | None, folder: Path | None
) -> str:
    """Replay, and say what came out and whether it is what the folder holds."""
    rows = replay(plan, cell, replication, estimator)
    stored: dict[str, Rows] = {}
    if folder is not None and (folder / DATASET).exists():
        stored = stored_rows(folder, plan)
    where = ", ".join(f"{name}={value}" for name, value in plan.cells[cell].factors.items())
    lines = [f"cell {cell} ({where}), replication {replication}, seed {plan.seed}"]
    parameters = [*plan.experiment.parameters, *plan.experiment.derived]
    for name, row in rows.items():
        key = plan.cells[cell].arms[name].key
        lines.append(f"{name}: {row.status.name}, {row.message or row.status.message}")
        lines += [
            f"    {parameter:12} {estimate: .10f}   (true {truth: .10f})"
            for parameter, estimate, truth in zip(parameters, row.estimate, row.truth, strict=True)
        ]
        lines.append(
            f"    objective {row.objective:.10g}, met {row.n_best} times in {row.n_tries}; "
            f"misclassified {row.misclassification:.2%}; {row.seconds:.3f} s"
        )
        lines.append(f"    {_verdict(row, stored.get(key), replication)}")
    return "\n".join(lines)


def _find(plan: Plan, cell: int) -> Cell:
    require(
        0 <= cell < len(plan.cells),
        "The cell must be one of the grid",
        cell,
        f"Give 0 to {len(plan.cells) - 1}",
    )
    return plan.cells[cell]


def _verdict(row: Row, stored: Rows | None, replication: int) -> str:
    """Say whether a row is what is stored."""
    if (
        stored is None
        or replication >= len(stored["status"])
        or stored["status"][replication] == Status.NOT_RUN
    ):
        return "not in the store"
    same = all(_equal(name, stored, row, replication) for name in _COMPARED)
    return "the same as in the store" if same else "NOT the same as in the store"


def _equal(name: str, stored: Rows, row: Row, replication: int) -> bool:
    """Whether a variable is what is stored of it, as far as the row goes."""
    entry = getattr(row, name)
    if name not in stored:
        return entry is None
    whole = stored[name][replication : replication + 1]
    if entry is None:
        # Another estimator's row has it: a sample's own is in every row of the cell.
        if EVERY[name].of_sample:
            return True
        ours = blank(name, whole.shape)
    else:
        ours = padded(name, np.asarray([entry], EVERY[name].dtype), whole.shape)
    return bool(np.array_equal(whole, ours, equal_nan=EVERY[name].dtype == "f8"))
