"""A study made by hand, and what its tables are made of."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.metrics import recorded
from gfe_mc.metrics.choice import across_cells, along_paths
from gfe_mc.metrics.failures import failures
from gfe_mc.metrics.paired import missed, paired
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.compare import compare
from gfe_mc.report.render import Table
from gfe_mc.report.tables.choice import choice_table
from gfe_mc.report.tables.comparison import comparison_table
from gfe_mc.report.tables.criterion import criterion_table
from gfe_mc.report.tables.failures import failures_table
from gfe_mc.report.tables.figures import figures_table
from gfe_mc.report.tables.inference import inference_table
from gfe_mc.report.tables.misses import misses_table
from gfe_mc.selection.criterion import PENALTIES

TABLE3 = PublishedTable(
    "bm_table3",
    {"dgp": "errors", "G": "G"},
    statistics={"misclassification_percent": "misclassification_permutations_percent"},
)
TRUTH = np.array([0.407, 0.089, 0.150])


def make_study() -> xr.Dataset:
    """Two cells of Table 3, two estimators, 40 replications, one of them failed."""
    rng = np.random.default_rng(7)
    of = ("cell", "estimator", "replication")
    shape = (2, 2, 40)
    estimate = TRUTH + rng.normal(0, 0.03, (*shape, 3))
    estimate[:, 1] += 0.5
    status = np.full(shape, Status.SUCCESS, np.int8)
    status[0, 1, 5] = Status.ESTIMATOR_FAILED
    misclassification = rng.uniform(0, 0.2, shape)
    misclassification[1, 0, 0] = np.nan
    return xr.Dataset(
        {
            "truth": (("cell", "replication", "parameter"), np.tile(TRUTH, (2, 40, 1))),
            "estimate": ((*of, "parameter"), estimate),
            "objective": (of, np.where(rng.uniform(size=shape) < 0.3, 1.1, 1.0)),
            "misclassification": (of, misclassification, {"metric": "Misclassification"}),
            "misclassification_permutations": (
                of,
                rng.uniform(0, 0.2, shape),
                {"metric": "RandomRelabellings"},
            ),
            "n_best": (of, np.ones(shape, int)),
            "n_tries": (of, np.full(shape, 2)),
            "seconds": (of, rng.exponential(size=shape)),
            "status": (of, status),
        },
        {
            "cell": [0, 1],
            "G": ("cell", [3, 5]),
            "errors": ("cell", ["normal", "normal"]),
            "estimator": ["vns", "genetic"],
            "parameter": ["theta1", "theta2", "cumulative"],
        },
    )


def with_inference(study: xr.Dataset) -> xr.Dataset:
    """The same with two methods; the second has no standard error in one replication.

    Only the first estimator has them, and in one cell the derived parameter has none in two.
    """
    rng = np.random.default_rng(8)
    of = ("cell", "estimator", "replication", "inference")
    errors = rng.uniform(0.02, 0.04, (2, 2, 40, 2, 3))
    status = np.full((2, 2, 40, 2), InferenceStatus.SUCCESS, np.int8)
    errors[:, 1] = errors[0, 0, 4, 1] = errors[1, 0, :2, 0, 2] = np.nan
    status[:, 1] = InferenceStatus.NOT_RUN
    status[0, 0, 4, 1] = InferenceStatus.NOT_POSITIVE_DEFINITE
    return study.assign(
        standard_error=((*of, "parameter"), errors),
        inference_status=(of, status),
        inference_seconds=(of, rng.exponential(size=(2, 2, 40, 2))),
    ).assign_coords(inference=["large_t", "bootstrap"])


def with_numbers_of_groups(study: xr.Dataset) -> xr.Dataset:
    """The same, its cells with one and two groups of the same samples, and a path in each."""
    rng = np.random.default_rng(9)
    paths = np.sort(rng.uniform(1.0, 9.0, (2, 2, 40, 2)))[..., ::-1]
    of = ("cell", "estimator", "replication")
    study = study.assign(
        path=((*of, "number_of_groups"), paths),
        objective=(of, np.moveaxis(paths[0], -1, 0)),
    )
    return study.assign_coords(G=("cell", [1, 2]), N=("cell", [9, 9]), T=("cell", [4, 4]))


STUDY = make_study()
INFERRED = summarize_study(with_inference(STUDY))
NUMBERED = with_numbers_of_groups(STUDY)
CHOICES = along_paths(NUMBERED, PENALTIES, 2)
CRITERIA = across_cells(NUMBERED, PENALTIES, 2)
SUMMARY = summarize_study(STUDY)
COMPARISONS = {name: compare(SUMMARY, TABLE3, name) for name in ("vns", "genetic")}
PAIRED = paired(STUDY, "vns", "genetic")
COMPARISON = comparison_table(COMPARISONS, TABLE3, SUMMARY, PAIRED)
FIGURES = figures_table(SUMMARY, recorded.titles(STUDY))
MISSES = misses_table(missed(STUDY, "vns", "genetic"))
INFERENCE = inference_table(INFERRED)
CHOICE = choice_table(CHOICES)
CRITERION = criterion_table(CRITERIA)
FAILURES = failures_table(failures(with_inference(STUDY)))
ALL = {
    "print": COMPARISON,
    "all": FIGURES,
    "missed": MISSES,
    "inference": INFERENCE,
    "choice": CHOICE,
    "criterion": CRITERION,
    "failures": FAILURES,
}


def row(frame: pd.DataFrame, **where: str) -> dict[Hashable, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


def records(table: Table) -> pd.DataFrame:
    return pd.DataFrame(list(table.rows), columns=list(table.header))
