"""Pages of what is committed in results/: all of them are of a sensible size."""

from __future__ import annotations

import pytest

from gfe_mc.report.folders import read_study
from tests.committed import RESULTS, with_file
from tests.report.html.pages import page_of

LARGEST = 3_000_000
CHOSEN = ("bm_table4", "fcr_figures_1_2")
"""Pages that .ci/run makes: all of them would take it minutes."""
EVERY = [
    pytest.param(name, marks=pytest.mark.slow if name in CHOSEN else pytest.mark.long)
    for name in with_file("replications.nc")
]


@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_below_three_megabytes(name: str) -> None:
    page = page_of(read_study(RESULTS / name), RESULTS / name)
    assert len(page.source.encode()) < LARGEST
    assert page.count("figure") > 0
    assert "was left out" not in page.text
