"""Criteria at each number of groups."""

from __future__ import annotations

from gfe_mc.report.digits import with_error
from tests.report.tables.studies import CRITERIA, CRITERION, records, row


def test_criterion_has_a_row_for_every_number() -> None:
    table = records(CRITERION)
    assert list(table)[-5:] == [
        "estimator",
        *["bic", "bic chosen %", "steep bic", "steep bic chosen %"],
    ]
    assert len(table) == 2 * 2
    found = row(table, G="2", estimator="vns")
    for heading, statistic in [("bic", "bic"), ("steep bic chosen %", "steep_bic_percent")]:
        figure = row(CRITERIA[CRITERIA["cell"] == 1], estimator="vns", statistic=statistic)
        assert found[heading] == with_error(figure["value"], figure["error"])
