"""Bonhomme and Manresa (2012), Figure S1: bias of the group profiles, independent normal errors.

Estimated groups are matched to the true ones by the best relabelling of units.
"""

from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.profiles import Profiles
from gfe_mc.papers.income_democracy import democracy_experiment
from gfe_mc.report.declaration import Report

experiment = democracy_experiment(
    name="bm_figure_s1",
    title="Bias of the group-specific time effects",
    source="Figure S1",
    record=(Misclassification(), Profiles()),
    report=Report(figures=("profile_bias",)),
    cost="1 minute on 2 cores",
)
