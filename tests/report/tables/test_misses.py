"""Better groupings that were missed."""

from __future__ import annotations

from gfe_mc.metrics.paired import missed
from tests.report.tables.studies import MISSES, STUDY, records


def test_misses() -> None:
    table = records(MISSES)
    frame = missed(STUDY, "vns", "genetic")
    assert list(table["missed"]) == [str(count) for count in frame["count"]]
    assert table["compared"].tolist() == ["39", "40"]
    assert " to " in table["95% bounds"][0]
