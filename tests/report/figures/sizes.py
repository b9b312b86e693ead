"""Studies by hand that compare estimators over sizes and other factors."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from gfe_mc import Criterion, Report
from gfe_mc.fit import Status

RMSE, BIAS = Criterion("rmse", "theta1"), Criterion("bias", "theta1")
WRONG = Criterion("misclassification_percent")
FACTORS: dict[str, Sequence[Any]] = {"G": (2, 3), "N": (20, 80), "T": (5, 10, 20)}


def make(
    factors: Mapping[str, Sequence[Any]] | None = None,
    estimators: Sequence[str] = ("gfe", "pooled", "oracle"),
    criteria: tuple[Criterion, ...] = (RMSE,),
    replications: int = 12,
) -> xr.Dataset:
    """Make a study of every combination of factors.

    The errors of estimator j have the standard deviation (1 + j / 4) / sqrt(N T) and the mean
    j / (4 T); its seconds are N T / (1000 (1 + j)).
    """
    factors = FACTORS if factors is None else factors
    combinations = list(itertools.product(*factors.values()))
    columns = dict(zip(factors, zip(*combinations, strict=True), strict=True))
    rng = np.random.default_rng(14)
    of = ("cell", "estimator", "replication")
    shape = (len(combinations), len(estimators), replications)
    size, periods = (np.array(columns["N"]) * columns["T"])[:, None, None], np.array(columns["T"])
    number = np.arange(shape[1])[:, None]
    # Most of an error is that of the sample, which all share.
    noise = 0.8 * rng.standard_normal((shape[0], 1, shape[2])) + 0.6 * rng.standard_normal(shape)
    errors = noise * (1 + number / 4) / np.sqrt(size) + number / 4 / periods[:, None, None]
    wrong = np.clip(0.3 / np.sqrt(periods)[:, None, None] * np.abs(noise), 0, 1)
    seconds = size / 1000 / (1 + number) * rng.uniform(0.9, 1.1, shape)
    said = {"study": {"report": Report(criteria=criteria).describe()}}
    return xr.Dataset(
        {
            "truth": (("cell", "replication", "parameter"), np.ones((shape[0], shape[2], 1))),
            "estimate": ((*of, "parameter"), 1 + errors[..., None]),
            "objective": (of, np.ones(shape)),
            "misclassification": (of, wrong, {"metric": "Misclassification"}),
            "n_best": (of, np.ones(shape, int)),
            "n_tries": (of, np.ones(shape, int)),
            "seconds": (of, seconds),
            "status": (of, np.full(shape, Status.SUCCESS, np.int8)),
        },
        {
            "cell": np.arange(shape[0]),
            **{name: ("cell", list(values)) for name, values in columns.items()},
            "estimator": list(estimators),
            "replication": np.arange(replications),
            "parameter": ["theta1"],
        },
        {"provenance": json.dumps(said)},
    )


def without(study: xr.Dataset, cell: int, estimator: int) -> xr.Dataset:
    """Take an estimator out of a cell, in place."""
    study["status"][cell, estimator] = Status.NOT_RUN
    for name in ("estimate", "seconds", "misclassification", "objective"):
        study[name][cell, estimator] = np.nan
    return study
