"""Bonhomme and Manresa (2012), Table S1: bias of GFE under resampled errors.

As Table 3, but each unit receives the residuals of a unit drawn with replacement: errors that are
not normal, and dependent over time. The residuals are taken as they are: divisor NT.
"""

from functools import partial

from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.relabellings import RandomRelabellings
from gfe_mc.papers.income_democracy import (
    SEARCH_MISSES,
    calibrated_dgp,
    democracy_experiment,
    searches,
)
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report

experiment = democracy_experiment(
    name="bm_table_s1",
    title="Bias of the GFE estimator, resampled errors",
    source="supplement, Table S1",
    factors={"G": (3, 5, 10), "errors": ("resampled",)},
    dgp=partial(calibrated_dgp, divisor="NT"),
    estimators=searches,
    first={"genetic_long": 100},
    cost="3 minutes on 2 cores",
    record=(
        Misclassification(),
        RandomRelabellings(500_000),
    ),
    report=Report(
        published=PublishedTable(
            table="bm_table_s1",
            keys={"G": "G", "dgp": "errors"},
            replications=1000,
            statistics={"misclassification_percent": "misclassification_permutations_percent"},
        ),
        misses=SEARCH_MISSES,
    ),
)
