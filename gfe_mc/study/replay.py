"""One replication run again, alone, and set beside what is stored of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gfe_mc.errors import require
from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.study.block import Row, Values, own_variables
from gfe_mc.study.faults import in_full, require_fault
from gfe_mc.study.folder import DATASET
from gfe_mc.study.gap import TIMES, gap, in_words
from gfe_mc.study.method import FIT, Keyed, Part
from gfe_mc.study.plan import Cell, Plan
from gfe_mc.study.pool import Rows
from gfe_mc.study.replicate import Work, one_blas_thread, replicate
from gfe_mc.study.store import stored_rows

_OF_TODAY = ("truth", "metric_status", "metric_message")
"""What older results do not have for each part."""

Stored = dict[Part, tuple[Rows, np.ndarray]]


def replay(plan: Plan, cell: int, replication: int, estimator: str | None) -> dict[str, Row]:
    """Run one replication of a cell again; the rows by name of the estimator.

    Linear algebra has one thread, as on workers: more of them add in another order.

    Parameters
    ----------
    plan : Plan
        The study.
    cell, replication : int
        Their numbers.
    estimator : str or None
        Its name; all of the cell if None.

    Raises
    ------
    InputError
        No such cell or estimator, or a negative replication.
    """
    methods = _chosen(plan, cell, replication, estimator)
    one_blas_thread()
    return {name: replicate(Work.whole(one), replication) for name, one in methods.items()}


def tracebacks(plan: Plan, cell: int, replication: int, estimator: str | None) -> str:
    """Run one replication again, and return in full what its estimators raise."""
    said = []
    one_blas_thread()
    for name, keyed in _chosen(plan, cell, replication, estimator).items():
        try:
            keyed.fit(keyed.sample(replication), replication)
        except BaseException as error:
            require_fault(error)
            said.append(f"{name}:\n{in_full(error)}")
        else:
            said.append(f"{name}: nothing was raised")
    return "\n".join(said)


def describe(
    plan: Plan, cell: int, replication: int, estimator: str | None, folder: Path | None
) -> str:
    """Replay, and say what came out and whether it is what the folder holds."""
    rows = replay(plan, cell, replication, estimator)
    stored: dict[str, Stored] = {}
    if folder is not None and (folder / DATASET).exists():
        stored = stored_rows(folder, plan)
    chosen = plan.cells[cell]
    where = ", ".join(f"{name}={value}" for name, value in chosen.factors.items())
    lines = [f"cell {cell} ({where}), replication {replication}, seed {plan.seed}"]
    for name, row in rows.items():
        keyed = chosen.methods[name]
        lines += _fitted(name, row, plan.experiment.reported().names)
        for part, values in row.parts.items():
            if part != FIT:
                lines += _said(part, values)
        found = stored.get(keyed.key)
        lines.append(f"    {_verdict(keyed, row, found, replication)}")
    return "\n".join(lines)


def _chosen(plan: Plan, cell: int, replication: int, estimator: str | None) -> dict[str, Keyed]:
    found = _find(plan, cell)
    require(replication >= 0, "Replications are numbered from 0", replication, "Give 0 or more")
    if estimator is None:
        return dict(found.methods)
    require(
        estimator in found.methods,
        "The estimator must be one of the cell",
        repr(estimator),
        f"Give one of {', '.join(found.methods)}",
    )
    return {estimator: found.methods[estimator]}


def _find(plan: Plan, cell: int) -> Cell:
    require(
        0 <= cell < len(plan.cells),
        "The cell must be one of the grid",
        cell,
        f"Give 0 to {len(plan.cells) - 1}",
    )
    return plan.cells[cell]


def _fitted(name: str, row: Row, parameters: list[str]) -> list[str]:
    """Lines about the fit."""
    fit, status = row.fit, row.status
    lines = [f"{name}: {status.name}, {fit['message'] or status.message}"]
    lines += [
        f"    {parameter:12} {estimate: .10f}   (true {truth: .10f})"
        for parameter, estimate, truth in zip(
            parameters, fit["estimate"], fit["truth"], strict=True
        )
    ]
    if "objective" in fit:
        lines.append(
            f"    objective {fit['objective']:.10g}, met {fit['n_best']} times in "
            f"{fit['n_tries']}; {fit['seconds']:.3f} s"
        )
    return lines


def _said(part: Part, values: Values) -> list[str]:
    """Lines about a metric or an inference method: its scalars, or how it failed."""
    if part.kind == "inference":
        status = InferenceStatus(values.get("inference_status", InferenceStatus.NOT_RUN))
        message = values.get("inference_message") or status.message
        return [f"    {part.name}: {status.name}, {message}"]
    if values["metric_status"] == MetricStatus.METRIC_FAILED:
        return [f"    {part.name}: {MetricStatus.METRIC_FAILED.name}, {values['metric_message']}"]
    return [
        f"    {name} {np.asarray(value)}"
        for name, value in values.items()
        if not name.startswith("metric_") and np.ndim(value) == 0
    ]


def _verdict(keyed: Keyed, row: Row, stored: Stored | None, replication: int) -> str:
    """Say whether a row is what is stored."""
    if stored is None or not _has(stored[FIT], replication):
        return "not in the store"
    if stored[FIT][0]["status"][replication] == Status.NOT_RUN:
        return "not in the store"
    differing: dict[str, float] = {}
    missing = []
    for part, values in row.parts.items():
        if not _has(stored[part], replication):
            missing.append(" ".join(filter(None, part)))
            continue
        for name, variable in own_variables(keyed, part).items():
            # What is of the sample is stored by whichever method had it.
            others = variable.of_sample and values.get(name) is None
            if name not in (*TIMES, *_OF_TODAY) and not others:
                whole = stored[part][0][name][replication]
                apart = gap(variable, whole, values.get(name))
                if apart:
                    differing[name] = max(apart, differing.get(name, 0.0))
    if differing:
        return f"NOT the same as in the store: {in_words(differing)}"
    beside = f"; not there: {', '.join(missing)}" if missing else ""
    return f"the same as in the store{beside}"


def _has(found: tuple[Rows, np.ndarray], replication: int) -> bool:
    done = found[1]
    return replication < len(done) and bool(done[replication])
