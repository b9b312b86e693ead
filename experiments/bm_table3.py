"""Bonhomme and Manresa (2012), Table 3: bias of GFE under independent normal errors.

Every sample is estimated by the paper's search, Algorithm 2 (5;10;5), and by the genetic one: the
difference is what the search adds to the table. The first hundred are searched with five times the
patience.
"""

from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.relabellings import RandomRelabellings
from gfe_mc.papers.income_democracy import (
    SEARCH_MISSES,
    democracy_experiment,
    searches,
)
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report

experiment = democracy_experiment(
    name="bm_table3",
    title="Bias of the GFE estimator, independent normal errors",
    source="Table 3",
    estimators=searches,
    first={"genetic_long": 100},
    cost="4 minutes on 2 cores",
    record=(
        Misclassification(),
        RandomRelabellings(500_000),
    ),
    report=Report(
        published=PublishedTable(
            table="bm_table3",
            keys={"G": "G", "dgp": "errors"},
            replications=1000,
            statistics={"misclassification_percent": "misclassification_permutations_percent"},
        ),
        misses=SEARCH_MISSES,
    ),
)
