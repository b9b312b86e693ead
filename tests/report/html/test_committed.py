"""Pages of what is committed in results/: all of them are of a sensible size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gfe_mc.report.folders import read_study
from tests.report.html.pages import page_of

RESULTS = Path(__file__).resolve().parents[3] / "results"
LARGEST = 3_000_000


def of_today(folder: Path) -> bool:
    """Whether a folder's provenance says what is made of the study; others are read no more."""
    return "report" in json.loads((folder / "provenance.json").read_text())["study"]


NAMES = sorted(path.parent.name for path in RESULTS.glob("*/replications.nc"))
READ = [name for name in NAMES if of_today(RESULTS / name)]


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_a_page_is_below_three_megabytes(name: str) -> None:
    page = page_of(read_study(RESULTS / name), RESULTS / name)
    assert len(page.source.encode()) < LARGEST
    assert page.count("figure") > 0
    assert "was left out" not in page.text
