"""Finished replications of one method, as arrays: what a worker returns and a store keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus
from gfe_mc.metrics.variable import INFERENCE, Variable
from gfe_mc.study.method import FIT, Keyed, Part

CORE: dict[str, Variable] = {
    "truth": Variable("true value", ("parameter",), of_sample=True),
    "estimate": Variable("estimate", ("parameter",)),
    "objective": Variable("objective of the fit"),
    "n_best": Variable("tries that met the best objective", dtype="i4", fill=0),
    "n_tries": Variable("tries of the search", dtype="i4", fill=0),
    "seconds": Variable("CPU seconds of the estimator", units="s"),
    "status": Variable("how the fit ended", dtype="i1", fill=int(Status.NOT_RUN)),
    "message": Variable("what went wrong with the fit", dtype="O"),
}
"""What is recorded of every fit."""

INFERRED: dict[str, Variable] = {
    "inference_status": Variable(
        "how inference ended", dtype="i1", fill=int(InferenceStatus.NOT_RUN)
    ),
    "inference_seconds": Variable("CPU seconds of the inference method", units="s"),
    "inference_message": Variable("what a reader should know of the inference", dtype="O"),
}
"""What is recorded of every inference method."""

SCORED: dict[str, Variable] = {
    "metric_status": Variable("how the metric ended", dtype="i1", fill=int(MetricStatus.NOT_RUN)),
    "metric_message": Variable("what went wrong with the metric", dtype="O"),
}
"""What is recorded of every metric beside its own variables."""

NO_FIT = (
    Status.ESTIMATOR_FAILED,
    Status.DGP_FAILED,
    Status.WORKER_LOST,
    Status.TIME_LIMIT,
)
"""How a replication ends that left nothing to infer from or to score."""

MOST = 2**31
"""Replications that a study can number."""

Values = dict[str, Any]
"""Values of one part of one replication, by name of the variable."""


def variables_of(part: Part, own: Mapping[str, Variable] | None = None) -> dict[str, Variable]:
    """Return the variables of a part, without the dimension of inference methods.

    A part is of one inference method.

    Parameters
    ----------
    part : Part
        The part.
    own : mapping of str to Variable, optional
        Variables of its metric, if it is a metric's; ignored otherwise.
    """
    if part.kind == "fit":
        return CORE
    if part.kind == "inference":
        return INFERRED
    return SCORED | {name: sliced(variable) for name, variable in (own or {}).items()}


def own_variables(keyed: Keyed, part: Part) -> Mapping[str, Variable]:
    """Return the variables of a part of a method, without the dimension of inference methods."""
    return variables_of(part, keyed.variables.get(part.name))


def sliced(variable: Variable) -> Variable:
    """Return a variable as it is of one inference method."""
    if variable.dims[:1] != (INFERENCE,):
        return variable
    return replace(variable, dims=variable.dims[1:])


@dataclass
class Row:
    """One replication of one method: the values of each part that was computed.

    Attributes
    ----------
    parts : dict of Part to dict of str to object
        Values of each part, by name of the variable.
    """

    parts: dict[Part, Values]

    @property
    def fit(self) -> Values:
        """Values of the fit."""
        return self.parts[FIT]

    @property
    def status(self) -> Status:
        """How the fit ended."""
        return Status(self.fit["status"])

    def metric(self, name: str, inference: str = "") -> Values:
        """Return the values of a metric."""
        return self.parts[Part("metric", name, inference)]

    def inference(self, name: str) -> Values:
        """Return the values of an inference method."""
        return self.parts[Part("inference", name)]


@dataclass(frozen=True, eq=False)
class Block:
    """Some replications of one method.

    Attributes
    ----------
    method : str
        Key of the method.
    replications : (n,) array
        Their numbers.
    values : dict of Part to dict of str to array
        For each part, and each of its variables, an array with n rows.
    wall : float
        Seconds that passed inside the replications.
    """

    method: str
    replications: np.ndarray
    values: dict[Part, dict[str, np.ndarray]] = field(repr=False)
    wall: float

    @classmethod
    def of_rows(
        cls, keyed: Keyed, replications: Sequence[int], rows: Sequence[Row], wall: float
    ) -> Block:
        """Put rows together, which have the same parts."""
        values: dict[Part, dict[str, np.ndarray]] = {}
        for part in rows[0].parts:
            values[part] = {}
            for name, variable in own_variables(keyed, part).items():
                given = [row.parts[part].get(name) for row in rows]
                entries = [
                    None if one is None else np.asarray(one, variable.stored) for one in given
                ]
                values[part][name] = variable.stacked(entries)
        return cls(keyed.key, np.array(replications, np.int64), values, wall)

    @property
    def n_failed(self) -> int:
        """How many of the replications ended without an estimate."""
        if FIT not in self.values:
            return 0
        return sum(not Status(code).usable for code in self.values[FIT]["status"].tolist())

    def faults(self) -> list[str]:
        """Return what was raised, a message each: by estimators, inference methods and metrics."""
        said: list[str] = []
        for part, values in self.values.items():
            status, message, codes = _FAULTS[part.kind]
            raised = np.isin(values[status], [int(code) for code in codes])
            who = " ".join(filter(None, part[1:]))
            said += [f"{who}: {text}" if who else str(text) for text in values[message][raised]]
        return said


_FAULTS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "fit": (
        "status",
        "message",
        NO_FIT,
    ),
    "inference": (
        "inference_status",
        "inference_message",
        (InferenceStatus.INFERENCE_FAILED,),
    ),
    "metric": ("metric_status", "metric_message", (MetricStatus.METRIC_FAILED,)),
}
"""Variables that say how each kind of part ended, and the codes of what was raised."""
