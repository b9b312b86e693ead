"""What a page is made of: options in words, grids, commands, drawings, runs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gfe_mc.fit import Status
from gfe_mc.report.figures.style import drawn, new_figure, styled
from gfe_mc.report.html.declared import source, tables
from gfe_mc.report.html.failed import Command, failed
from gfe_mc.report.html.grid import grid
from gfe_mc.report.html.options import in_words
from gfe_mc.report.html.origin import facts, runs_table
from gfe_mc.report.html.svg import inline
from gfe_mc.report.html.unfinished import unfinished
from gfe_mc.report.render import Table
from tests.report.html.pages import RUN, by_hand, declared


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("<function f>", "<function f>"),
        (None, "None"),
        ([1, "a", None], "[1, 'a', None]"),
        ({"mapping": {"a": 1.5}}, "{'a': 1.5}"),
        ({"type": "Pair", "fields": [1, 2]}, "Pair(1, 2)"),
        ({"type": "Metres", "value": 3}, "Metres(3)"),
        ({"array": "0123456789", "dtype": "<f8", "shape": [3, 7]}, "array(3 x 7, 01234567)"),
        ({"date": "2020-01-01"}, "2020-01-01"),
        ({"scalar": 1.5, "dtype": "<f4"}, "1.5"),
        ({"type": "P", "parameters": {"m": {"type": "M", "parameters": {}}}}, "P(m=M())"),
        ({"of": "another kind"}, '{"of": "another kind"}'),
    ],
)
def test_options_in_words(form: Any, words: str) -> None:
    assert in_words(form) == words


def test_a_declaration_has_cells_and_the_options_in_each() -> None:
    said = declared(by_hand(inferred=True))
    cells, estimators, inference, metrics = tables(said)
    assert cells.rows[0] == ("0", "3", "normal", "vns: 40, genetic: 40")
    assert estimators.rows[0] == ("vns", "GFE(groups=3)", "0")
    assert len(estimators.rows) == 4
    assert inference.rows[0][-2:] == ("Known()", "all")
    assert metrics.rows == (("Misclassification", "Misclassification()", "all"),)


def test_the_file_of_a_study(tmp_path: Path) -> None:
    text = source("bm_table3")
    assert text is not None
    assert "experiment = democracy_experiment(" in text
    assert source("no_such_study") is None
    assert source(str(tmp_path / "gone.py")) is None


def test_a_factor_that_is_the_same_in_all_rows_has_no_column() -> None:
    rows = (("3", "7", "vns", "1.5", "2.0"), ("5", "7", "vns", "not run", "-"))
    table = Table("T", ("G", "T", "estimator", "ours", "z"), rows, (), ((0, 4, "differs"),))
    made = grid(table)
    assert made.throughout == "T = 7"
    assert [one.text for one in made.header] == ["G", "estimator", "ours", "z"]
    assert [one.classes for one in made.header] == ["number", "", "number", "number"]
    assert [one.label for one in made.header] == [False, True, False, False]
    assert (made.rows[0][3].symbol, made.rows[0][3].verdict) == ("\u2717", "differs")
    assert made.rows[1][3].symbol == ""
    assert grid(Table("T", ("G", "estimator"), rows=(("3", "a"),))).throughout == ""
    assert grid(Table("T", ("G", "estimator"), rows=())).rows == ()


def test_commands_are_quoted_and_names_are_no_options() -> None:
    command = Command("mine file.py", seed=7, output="a'b")
    assert shlex.split(command.replay(2, 17, "-x y")) == [
        *("gfe-mc", "replay", "mine file.py", "--cell", "2", "--replication", "17"),
        *("--estimator=-x y", "--seed", "7", "--output", "a'b"),
    ]


def test_failures_say_of_what_they_are() -> None:
    inferred, fitted = failed(by_hand(inferred=True), Command("by_hand"))
    assert (inferred.who, inferred.status) == ("vns, inference bootstrap", "NOT_POSITIVE_DEFINITE")
    assert (fitted.who, fitted.status) == ("genetic", "ESTIMATOR_FAILED")
    assert fitted.where == "cell 0 (G = 3, errors = normal)"
    assert (fitted.number, fitted.message) == (1, "RuntimeError: no sample will do")
    assert "--replication 5" in fitted.command


def test_runs_stand_side_by_side_while_they_are_few() -> None:
    few = runs_table({"runs": [RUN, {"gfe_mc": "0.1.0", "seconds_inside_replications": 1.0}]})
    assert few.header == ("run", "1", "2")
    assert {row[0]: row[1:] for row in few.rows}["commit"] == ("0123456789ab-dirty", "-")
    many = runs_table({"runs": [RUN] * 4})
    assert (len(many.rows), many.header[0]) == (4, "started")


def test_the_dataset_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "replications.nc").write_bytes(b"")
    said = dict(facts({"panel": None, "runs": [RUN]}, tmp_path))
    assert said["SHA-256 of replications.nc"].startswith("e3b0c44298fc1c14")
    assert said["Computing"] == "12 s inside replications, 7.0 s passed"


def test_a_finished_study_lacks_nothing(tmp_path: Path) -> None:
    assert unfinished(by_hand(), tmp_path) is None


def test_replications_that_were_not_run_are_missing(tmp_path: Path) -> None:
    study = by_hand()
    study["status"][1, 0, 30:] = Status.NOT_RUN
    found = unfinished(study, tmp_path)
    assert found is not None
    assert (found.done, found.planned, found.blocks) == (150, 160, 0)
    assert found.table.rows == (("5", "normal", "vns", "30", "40"),)


def test_a_drawing_in_a_page_has_names_of_its_own() -> None:
    with styled():
        figure = new_figure(2.0, 1.5)
        figure.subplots().plot([1, 2.123456], marker="o")
    text = inline(drawn(figure, ".svg"), "one", 'a "label" <b>')
    root = ElementTree.fromstring(text)
    assert root.attrib["aria-label"] == 'a "label" <b>'
    assert (root.attrib["width"], root.attrib["height"]) == ("192", "144")
    ids = {one.attrib["id"] for one in root.iter() if "id" in one.attrib}
    assert all(one.startswith("one-") for one in ids)
    used = {one.attrib["href"][1:] for one in root.iter() if "href" in one.attrib}
    assert used <= ids
    assert used
    assert "http" not in text
    assert "<style" not in text
    assert max(len(number.partition(".")[2]) for number in places(root)) == 2


def places(root: ElementTree.Element) -> list[str]:
    """Numbers of the line that is drawn."""
    paths = [one.attrib["d"] for one in root.iter("path") if one.get("clip-path")]
    return [word for path in paths for word in path.split() if "." in word]
