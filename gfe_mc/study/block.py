"""Finished replications of one arm, as arrays: what a worker returns and a store keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus


class Variable(NamedTuple):
    """What is recorded under one name for each replication."""

    dims: tuple[str, ...]
    """Its dimensions beside the replication; where a replication falls short it is filled up."""
    dtype: str
    fill: float | int | str
    """Its value where there is none."""
    of_sample: bool = False
    """Whether it belongs to the sample rather than to an estimator."""


VARIABLES: dict[str, Variable] = {
    "truth": Variable(("parameter",), "f8", np.nan, of_sample=True),
    "estimate": Variable(("parameter",), "f8", np.nan),
    "objective": Variable((), "f8", np.nan),
    "misclassification": Variable((), "f8", np.nan),
    "misclassification_permutations": Variable((), "f8", np.nan),
    "n_best": Variable((), "i4", 0),
    "n_tries": Variable((), "i4", 0),
    "seconds": Variable((), "f8", np.nan),
    "status": Variable((), "i1", int(Status.NOT_RUN)),
    "message": Variable((), "O", ""),
}
"""What every study records."""

FURTHER: dict[str, Variable] = {
    "standard_error": Variable(("inference", "parameter"), "f8", np.nan),
    "inference_status": Variable(("inference",), "i1", int(InferenceStatus.NOT_RUN)),
    "inference_seconds": Variable(("inference",), "f8", np.nan),
    "inference_message": Variable(("inference",), "O", ""),
    "profiles": Variable(("group", "period"), "f8", np.nan),
    "true_profiles": Variable(("group", "period"), "f8", np.nan, of_sample=True),
    "path": Variable(("number_of_groups",), "f8", np.nan),
    "n_groups": Variable((), "i4", 0),
    "slope_mse": Variable((), "f8", np.nan),
    "group_slopes": Variable(("group", "slope"), "f8", np.nan),
    "group_errors": Variable(("inference", "group", "slope"), "f8", np.nan),
    "group_sizes": Variable(("group",), "i4", 0),
    "group_dispersion": Variable(("group",), "f8", np.nan),
}
"""What studies record that have inference, record profiles, or fit several numbers of groups."""

EVERY = VARIABLES | FURTHER


def blank(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array of a variable in which nothing is recorded yet."""
    return np.full(shape, EVERY[name].fill, EVERY[name].dtype)


def padded(name: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the array, filled up to a shape that is nowhere smaller."""
    if array.shape == shape:
        return array
    whole = blank(name, shape)
    whole[tuple(slice(length) for length in array.shape)] = array
    return whole


def common_shape(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the smallest shape that holds all of them."""
    return tuple(max(lengths) for lengths in zip(*shapes, strict=True))


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
    standard_error : (M, P), optional
        Standard errors by M inference methods.
    inference_status, inference_seconds, inference_message : (M,), optional
        How each of them ended, its CPU seconds, and what a reader should know.
    profiles, true_profiles : (G, T), optional
        Estimated profiles in the order of the true ones, and the true ones.
    path : (G_max,), optional
        Objective at each number of groups from 1.
    n_groups, optional
        Number of groups, where slopes differ between them.
    slope_mse, optional
        Mean over units and regressors of the squared error of the unit's slope.
    group_slopes, group_errors, group_sizes, group_dispersion, optional
        Slopes (G, K) of each group, their standard errors (M, G, K), units (G,), and the
        statistics (G,) of tests that slopes are the same within the group; groups in ascending
        order of their first slope.
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
    standard_error: np.ndarray | None = None
    inference_status: np.ndarray | None = None
    inference_seconds: np.ndarray | None = None
    inference_message: np.ndarray | None = None
    profiles: np.ndarray | None = None
    true_profiles: np.ndarray | None = None
    path: np.ndarray | None = None
    n_groups: int | None = None
    slope_mse: float | None = None
    group_slopes: np.ndarray | None = None
    group_errors: np.ndarray | None = None
    group_sizes: np.ndarray | None = None
    group_dispersion: np.ndarray | None = None

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
        For each variable that any of them has, an array with n rows.
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
        values = {}
        for name, variable in EVERY.items():
            entries = [getattr(row, name) for row in rows]
            present = [np.shape(entry) for entry in entries if entry is not None]
            if present:
                shape = common_shape(present)
                values[name] = blank(name, (len(rows), *shape))
                for n, entry in enumerate(entries):
                    if entry is not None:
                        values[name][n] = padded(name, np.asarray(entry, variable.dtype), shape)
        return cls(arm, np.array(replications, np.int64), values, wall)

    @property
    def n_failed(self) -> int:
        """How many of the replications ended without an estimate."""
        return int((self.values["status"] > Status.ITERATION_LIMIT).sum())
