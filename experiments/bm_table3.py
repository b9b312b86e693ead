"""Bonhomme and Manresa (2012), Table 3: bias of GFE under independent normal errors.

Every sample is estimated by the paper's search, Algorithm 2 (5;10;5), and by the genetic one: the
difference is what the search adds to the table. The first hundred are searched five times longer.
"""

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
    name="bm_table3",
    title="Bias of the GFE estimator, independent normal errors",
    source="Bonhomme and Manresa (2012), Table 3",
    factors={"G": (3, 5, 10), "errors": ("normal",)},
    dgp=calibrated_dgp,
    estimators=searches,
    parameters=PARAMETERS,
    derived={"cumulative": CUMULATIVE},
    replications=1000,
    first={"genetic_long": 100},
    permutations=500_000,
    published=PublishedTable(
        table="bm_table3",
        keys={"G": "G", "dgp": "errors"},
        replications=1000,
        statistics={"misclassification_percent": "misclassification_permutations_percent"},
    ),
    columns=COLUMNS,
    dataset=DATASET,
    misses=SEARCH_MISSES,
    cost="3 minutes on 2 cores",
)
