"""What of a plan is missing, or is to be run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.errors import require
from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.study.block import NO_FIT
from gfe_mc.study.method import FIT, Keyed, Part
from gfe_mc.study.pool import Rows
from gfe_mc.study.replicate import Work

if TYPE_CHECKING:
    from gfe_mc.study.plan import Plan

Remaining = dict[str, list[tuple[Work, list[int]]]]
"""By key of the method: parts that are missing together, and in which replications."""


@dataclass(frozen=True)
class Again:
    """What is run again although it is finished.

    Attributes
    ----------
    failed
        Whether what failed is: a fit, an inference method or a metric that raised, a sample that
        could not be drawn. What a worker died of is run again in any case.
    names
        Names of estimators, inference methods or metrics.
    """

    failed: bool = False
    names: tuple[str, ...] = ()


def missing(
    keyed: Keyed,
    found: Mapping[Part, tuple[Rows, np.ndarray]],
    planned: int,
    again: Again,
    name: str,
    start: int = 0,
) -> list[tuple[Work, list[int]]]:
    """Parts of a method that are missing together, and in which replications from the start on."""
    parts = sorted(found)
    missing = np.array(
        [
            ~done[:planned] | _again(part, *found[part], again, name)[:planned]
            for part, (_, done) in ((part, found[part]) for part in parts)
        ]
    )
    # A worker may have died by no fault of what it ran: that is no result.
    missing |= _lost(found[FIT][0])[None, :planned]
    if again.failed:
        # What failed as a whole is run again as a whole.
        missing |= _failed_fit(found[FIT][0])[None, :planned]
        # What is made of a covariance that was not there may be had with it.
        for row, part in zip(missing.copy(), parts, strict=True):
            if part.kind == "inference":
                missing[[keyed.reads(other, part.name) for other in parts]] |= row
    missing[:, :start] = False
    works: list[tuple[Work, list[int]]] = []
    patterns, which = np.unique(missing, axis=1, return_inverse=True)
    for n, pattern in enumerate(patterns.T):
        if pattern.any():
            chosen = frozenset(part for part, out in zip(parts, pattern, strict=True) if out)
            numbers = np.flatnonzero(which.ravel() == n).tolist()
            works.append((Work(keyed, chosen), numbers))
    return works


def _again(part: Part, rows: Rows, done: np.ndarray, again: Again, estimator: str) -> np.ndarray:
    """Which replications of a part are to be run again, as asked for."""
    if estimator in again.names or {part.name, part.inference} & set(again.names):
        return np.ones(len(done), bool)
    if not again.failed:
        return np.zeros(len(done), bool)
    codes = {
        "inference": ("inference_status", InferenceStatus.INFERENCE_FAILED),
        "metric": ("metric_status", MetricStatus.METRIC_FAILED),
    }
    if part.kind not in codes:
        return np.zeros(len(done), bool)
    variable, code = codes[part.kind]
    failed = np.zeros(len(done), bool)
    failed[: len(rows[variable])] = rows[variable] == code
    return failed


def _lost(rows: Rows) -> np.ndarray:
    return np.asarray(rows["status"] == Status.WORKER_LOST)


def _failed_fit(rows: Rows) -> np.ndarray:
    return np.isin(rows["status"], [int(code) for code in NO_FIT])


def require_known(plan: Plan, names: tuple[str, ...]) -> None:
    """Refuse names of what is run again that are none of the study's."""
    known = {name for cell in plan.cells for name in cell.methods}
    for keyed in plan.methods.values():
        known |= {part.name for part in keyed.parts if part.name}
    unknown = [name for name in names if name not in known]
    require(
        not unknown,
        "What is run again must be an estimator, an inference method or a metric of the study",
        ", ".join(unknown),
        f"Give some of {', '.join(sorted(known))}",
    )
