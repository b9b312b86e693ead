"""All figures."""

from __future__ import annotations

import numpy as np

from gfe_mc.metrics import recorded
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.report.tables.figures import figures_table
from tests.report.tables.studies import FIGURES, INFERRED, STUDY, records, row


def test_figures_have_a_row_for_every_cell_estimator_and_parameter() -> None:
    table = records(FIGURES)
    assert len(table) == 2 * 2 * 3
    theta = row(table, G="3", estimator="genetic", parameter="theta2")
    assert theta["true"] == "0.08900"
    assert theta["bias"].startswith(("0.5", "0.4"))
    assert (theta["attempted"], theta["failed"], theta["used"]) == ("40", "1", "39")
    assert "-" not in theta.values()


def test_figures_are_the_same_beside_inference() -> None:
    titles = recorded.titles(STUDY)
    assert figures_table(INFERRED, titles).rows == FIGURES.rows
    assert figures_table(INFERRED, titles).header == FIGURES.header


def test_misclassification_is_left_out_where_there_is_none() -> None:
    study = STUDY.copy(deep=True)
    study["misclassification"][:] = np.nan
    table = figures_table(summarize_study(study), recorded.titles(study))
    assert "misclassified %" not in table.header
    assert "misclassified % (random relabellings)" in table.header
