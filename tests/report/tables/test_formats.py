"""Every table in every format."""

from __future__ import annotations

import pytest

from gfe_mc.report.render import FORMATS, Table, render
from tests.report.tables.studies import ALL


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("table", ALL.values(), ids=ALL)
def test_every_format_holds_the_numbers(table: Table, format: str) -> None:  # noqa: A002
    text = render(table, format)
    numbers = [entry for row in table.rows for entry in row if entry[:1].isdigit()]
    assert numbers
    assert all(number in text for number in numbers)
