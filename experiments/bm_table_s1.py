"""Bonhomme and Manresa (2012), Table S1: bias of GFE under resampled errors.

As Table 3, but each unit receives the residuals of a unit drawn with replacement: errors that are
not normal, and dependent over time. The residuals are taken as they are: divisor NT.
"""

from functools import partial

from gfe_mc.papers.income_democracy import (
    COLUMNS,
    CUMULATIVE,
    DATASET,
    PARAMETERS,
    SEARCH_MISSES,
    calibrated_dgp,
    searches,
)
from gfe_mc.published.table import PublishedTable
from gfe_mc.study.experiment import Experiment

experiment = Experiment(
    name="bm_table_s1",
    title="Bias of the GFE estimator, resampled errors",
    source="Bonhomme and Manresa (2012), supplement, Table S1",
    factors={"G": (3, 5, 10), "errors": ("resampled",)},
    dgp=partial(calibrated_dgp, divisor="NT"),
    estimators=searches,
    parameters=PARAMETERS,
    derived={"cumulative": CUMULATIVE},
    replications=1000,
    first={"genetic_long": 100},
    permutations=500_000,
    published=PublishedTable(
        table="bm_table_s1",
        keys={"G": "G", "dgp": "errors"},
        replications=1000,
        statistics={"misclassification_percent": "misclassification_permutations_percent"},
    ),
    columns=COLUMNS,
    dataset=DATASET,
    misses=SEARCH_MISSES,
    cost="3 minutes on 2 cores",
)
