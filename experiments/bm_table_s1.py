"""Bonhomme and Manresa (2012), Table S1: bias of GFE under resampled errors.

As Table 3, but each unit receives the residuals of a unit drawn with replacement: errors that are
not normal, and dependent over time. The residuals are taken as they are: divisor NT.
"""

from dataclasses import replace
from functools import partial

from gfe_mc.papers.income_democracy import calibrated_dgp
from gfe_mc.study.catalogue import find

table3 = find("bm_table3")
assert table3.report is not None
assert table3.report.published is not None

experiment = replace(
    table3,
    name="bm_table_s1",
    title="Bias of the GFE estimator, resampled errors",
    source="Bonhomme and Manresa (2012), supplement, Table S1",
    factors={"G": (3, 5, 10), "errors": ("resampled",)},
    dgp=partial(calibrated_dgp, divisor="NT"),
    report=replace(table3.report, published=replace(table3.report.published, table="bm_table_s1")),
)
