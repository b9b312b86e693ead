"""Finished replications of one arm, as arrays: what a worker returns and a store keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gfe_mc.fit import Status

PER_PARAMETER = ("truth", "estimate")
"""What is recorded for each parameter of a replication."""

PER_REPLICATION: dict[str, tuple[str, float | int | str]] = {
    "objective": ("f8", np.nan),
    "misclassification": ("f8", np.nan),
    "misclassification_permutations": ("f8", np.nan),
    "n_best": ("i4", 0),
    "n_tries": ("i4", 0),
    "seconds": ("f8", np.nan),
    "status": ("i1", int(Status.NOT_RUN)),
    "message": ("O", ""),
}
"""What is recorded once for each replication: its type, and its value where it was not run."""


@dataclass
class Row:
    """One replication of one arm; the fields are those of the dataset.

    Attributes
    ----------
    truth, estimate : (P,)
        Parameters, the derived ones last.
    objective, n_best, n_tries, status
        As in `Fit`.
    misclassification
        Share of units outside their group, under the best relabelling.
    misclassification_permutations
        The same under the best of some random relabellings.
    seconds
        CPU seconds of the estimator.
    message
        What went wrong.
    """

    truth: np.ndarray
    estimate: np.ndarray
    objective: float = np.nan
    misclassification: float = np.nan
    misclassification_permutations: float = np.nan
    n_best: int = 0
    n_tries: int = 0
    seconds: float = np.nan
    status: Status = Status.NOT_RUN
    message: str = ""

    @classmethod
    def empty(cls, n_parameters: int) -> Row:
        """Return a row without results."""
        return cls(np.full(n_parameters, np.nan), np.full(n_parameters, np.nan))


@dataclass(frozen=True, eq=False)
class Block:
    """Some replications of one arm.

    Attributes
    ----------
    arm
        Key of the arm.
    replications : (n,)
        Their numbers.
    values
        For each variable an array with n rows.
    wall
        Seconds that passed inside the replications.
    """

    arm: str
    replications: np.ndarray
    values: dict[str, np.ndarray] = field(repr=False)
    wall: float

    @classmethod
    def of_rows(
        cls, arm: str, replications: Sequence[int], rows: Sequence[Row], wall: float
    ) -> Block:
        """Put rows together."""
        values = {
            name: np.array([getattr(row, name) for row in rows], "f8") for name in PER_PARAMETER
        }
        for name, (dtype, _) in PER_REPLICATION.items():
            values[name] = np.array([getattr(row, name) for row in rows], dtype)
        return cls(arm, np.array(replications, np.int64), values, wall)

    @property
    def n_failed(self) -> int:
        """How many of the replications ended without an estimate."""
        return int((self.values["status"] > Status.ITERATION_LIMIT).sum())
