"""Bonhomme and Manresa (2012), Table S2: standard errors and coverage, resampled residuals.

As Table 4, with the errors of Table S1: residuals as they are, drawn with replacement by unit.
"""

from dataclasses import replace
from functools import partial

from gfe_mc.papers.income_democracy import calibrated_dgp
from gfe_mc.published.table import PublishedTable
from gfe_mc.study.catalogue import find

table4 = find("bm_table4")
assert table4.report is not None

experiment = replace(
    table4,
    name="bm_table_s2",
    title="Inference for the GFE estimator, resampled residuals",
    source="Bonhomme and Manresa (2012), Table S2",
    factors={"G": (3, 5, 10), "errors": ("resampled",)},
    dgp=partial(calibrated_dgp, divisor="NT"),
    report=replace(
        table4.report,
        published=PublishedTable(
            "bm_table_s2",
            keys={"G": "G", "dgp": "errors"},
            replications=1000,
            statistics={"mc_sd": "sd"},
            columns={"variance": "inference"},
        ),
    ),
)
