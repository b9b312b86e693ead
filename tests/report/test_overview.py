"""One page for all exhibits."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from gfe_mc.errors import InputError
from gfe_mc.published.exhibits import exhibits, papers
from gfe_mc.published.loader import names
from gfe_mc.report.explained import read_explanations
from gfe_mc.report.overview import OVERVIEW, overview
from gfe_mc.study import catalogue
from tests.committed import RESULTS, with_file
from tests.report.results import SEARCH, put_study


@pytest.fixture
def results(tmp_path: Path) -> Path:
    put_study(tmp_path, "bm_table3", explained=SEARCH)
    (tmp_path / "bm_table3" / "FINDINGS.md").write_text("# Found\n")
    put_study(tmp_path, "bm_figure_s1", printed=False)
    put_study(tmp_path, "mine", printed=False)
    put_study(tmp_path, "bm_table4-synthetic")
    return tmp_path


def rows(page: str, start: str) -> list[list[str]]:
    """Rows of tables whose first entry is this."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    split = [[entry.strip() for entry in line.strip("|").split("|")] for line in lines]
    return [row for row in split if row[0] == start]


def test_by_hand(results: Path) -> None:
    page = overview(results)
    study = "[bm_table3](bm_table3/FINDINGS.md)"
    vns, genetic = rows(page, "Table 3")[:2]
    assert vns[1:4] == [study, "vns", "2"]
    assert vns[4:] == ["5", "1", "0", "1", "0", "1", "1", "1 not run", "8.67 of 3", "below 0.001"]
    assert genetic[1:4] == [study, "genetic", "2"]
    assert genetic[4:] == ["5", "1", "1", "0", "0", "0", "2", "1 not run", "5.00 of 3", "0.020"]
    assert (
        "- Table 3, vns: 1 figure. Search error: the better groupings of the same samples agree. "
        "([table.md](bm_table3/table.md))"
    ) in page
    assert rows(page, "Figure S1")[0][2] == "[bm_figure_s1](bm_figure_s1/table.md)"
    assert rows(page, "Figure S2")[0][2] == "not rerun: no results of bm_figure_s2"
    assert "not public" in rows(page, "Table 5")[1][2]
    assert "synthetic" not in page
    assert page.endswith("- [mine](mine/table.md): Title of mine (no paper)\n")
    assert overview(results) == page


def test_totals_add_up(results: Path) -> None:
    page = overview(results)
    own = np.sum([[int(n) for n in row[4:11]] for row in rows(page, "Table 3")[:2]], axis=0)
    (paper,) = rows(page, papers()["bm"])
    (whole,) = rows(page, "all")
    assert [int(n) for n in paper[7:14]] == own.tolist() == [int(n) for n in whole[7:14]]
    assert own[0] == own[1:].sum() + 2 == 10
    assert paper[5:7] == whole[5:7] == ["5", "1"]
    assert paper[14] == whole[14] == "2 not run"
    numbers = [int(n) for n in whole[1:5]]
    assert numbers[0] == len(exhibits()) == sum(numbers[1:])
    assert numbers[1:3] == [1, 2]


def test_what_scripts_wrote(results: Path) -> None:
    before = rows(overview(results), papers()["bm"])[0]
    assert rows(overview(results), "Table B6")[0][2] == (
        "not rerun: no results of bm_application/groups.md"
    )
    (results / "bm_application").mkdir()
    (results / "bm_application" / "groups.md").write_text("groups\n")
    page = overview(results)
    assert rows(page, "Table B6")[0][2] == "[groups.md](bm_application/groups.md)"
    after = rows(page, papers()["bm"])[0]
    numbers = [[int(n) for n in row[1:5]] for row in (before, after)]
    assert np.subtract(numbers[1], numbers[0]).tolist() == [0, 0, 1, -1]


def test_what_is_not_there(results: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There must be results"):
        overview(tmp_path / "nowhere")
    (results / "bm_table3" / "compared.csv").unlink()
    with pytest.raises(InputError, match="gfe-mc report bm_table3 --write"):
        overview(results)


# What is committed.


def test_exhibits_are_of_papers_tables_and_studies() -> None:
    assert {exhibit.paper for exhibit in exhibits()} == set(papers())
    assert len({(exhibit.paper, exhibit.name) for exhibit in exhibits()}) == len(exhibits())
    for exhibit in exhibits():
        assert exhibit.about
        assert exhibit.table in ("", *names())
        assert set(exhibit.studies) <= set(catalogue.names())
        assert exhibit.table or exhibit.studies or exhibit.files or exhibit.missing
        assert not (exhibit.studies and (exhibit.table or exhibit.missing))
        assert not (exhibit.files and (exhibit.table or exhibit.missing))


def test_every_study_beside_a_print_is_of_an_exhibit() -> None:
    tables = [exhibit.table for exhibit in exhibits() if exhibit.table]
    assert len(set(tables)) == len(tables)
    declared = [catalogue.find(name).report for name in catalogue.names()]
    printed = {report.published.table for report in declared if report and report.published}
    assert printed == set(tables)


@pytest.mark.slow
def test_the_committed_page() -> None:
    page = (RESULTS / OVERVIEW).read_text()
    assert page == overview(RESULTS)
    targets = re.findall(r"\]\(([^)]+)\)", page)
    assert len(targets) > len(with_file("provenance.json"))
    assert [target for target in targets if not (RESULTS / target).is_file()] == []


def test_explanations_are_shown_by_what_is_written_here() -> None:
    """No explanation of a committed study rests on its findings alone."""
    for name in with_file("explained.toml"):
        for entry in read_explanations(RESULTS / name):
            assert any(not shown.endswith("FINDINGS.md") for shown in entry.shown), entry
