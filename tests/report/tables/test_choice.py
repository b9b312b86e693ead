"""How often criteria choose each number of groups."""

from __future__ import annotations

from gfe_mc.report.digits import with_error
from gfe_mc.report.tables.choice import choice_table
from tests.report.tables.studies import CHOICE, CHOICES, records, row


def test_choice_has_the_share_of_every_number() -> None:
    table = records(CHOICE)
    assert list(table)[-7:] == ["estimator", "criterion", "1", "2", "attempted", "failed", "used"]
    assert len(table) == 2 * 2 * 2
    found = row(table, G="1", estimator="genetic", criterion="bic")
    assert (found["attempted"], found["failed"], found["used"]) == ("40", "1", "39")
    for number in "12":
        figure = row(
            CHOICES[CHOICES["cell"] == 0],
            estimator="genetic",
            statistic="bic_percent",
            parameter=number,
        )
        assert found[number] == with_error(figure["value"], figure["error"])


def test_choice_among_fewer_numbers_is_left_blank() -> None:
    fewer = CHOICES[(CHOICES["estimator"] == "vns") | (CHOICES["parameter"] == "1")]
    table = records(choice_table(fewer))
    assert set(table.loc[table["estimator"] == "genetic", "2"]) == {"-"}
    assert "-" not in set(table.loc[table["estimator"] == "vns", "2"])
