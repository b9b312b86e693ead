"""Which differences are explained."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gfe_mc.errors import InputError
from gfe_mc.report.compared import read_compared
from gfe_mc.report.explained import EXPLAINED, Explanation, explained_by, read_explanations
from tests.report.results import SEARCH, put_study


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put_study(tmp_path, "mine", explained=SEARCH)


@pytest.fixture
def compared(folder: Path) -> pd.DataFrame:
    return read_compared(folder)[0]


def entry(agrees: str = "", **where: tuple[str, ...]) -> Explanation:
    return Explanation(where, "It is so.", ("table.md",), agrees)


def test_where_and_only_what_differs(compared: pd.DataFrame) -> None:
    assert compared.index[entry(method=("vns",)).of(compared)].tolist() == [2, 3]
    assert compared.index[entry(G=("5",), parameter=("theta2",)).of(compared)].tolist() == [3, 8]
    # What is the same in all replications differs where it is not as printed.
    assert compared.index[entry(G=("3",)).of(compared)].tolist() == [5]


def test_another_method_agrees(folder: Path, compared: pd.DataFrame) -> None:
    """Of the two figures of "vns" that differ, "genetic" agrees with one."""
    (made,) = read_explanations(folder)
    assert made.agrees == "genetic"
    assert compared.index[made.of(compared)].tolist() == [2]
    assert explained_by(compared, [made], folder).tolist() == [-1, -1, 0] + [-1] * 7


def test_the_first_of_several_counts(folder: Path, compared: pd.DataFrame) -> None:
    found = explained_by(compared, [entry("genetic", method=("vns",)), entry(G=("5",))], folder)
    assert found[found >= 0].to_dict() == {2: 0, 3: 1, 8: 1}


@pytest.mark.parametrize(
    ("made", "wrong", "came"),
    [
        (entry(G=("10",)), "of figures that differ", "G = 10"),
        (entry("vns", method=("vns",)), "of figures that differ", "vns agreeing"),
        (entry(G=("3", "5", "10")), "Every value", "G = ['10']"),
        (entry(groups=("3",)), "No such column", "groups"),
        (entry("best", G=("3",)), "No such method", "best"),
    ],
)
def test_what_explains_nothing(
    folder: Path, compared: pd.DataFrame, made: Explanation, wrong: str, came: str
) -> None:
    with pytest.raises(InputError, match=wrong) as raised:
        explained_by(compared, [made], folder)
    assert came in raised.value.came
    assert str(folder / EXPLAINED) in raised.value.came
    assert raised.value.remedy


GOOD = 'where = { G = 3 }\nbecause = "It is so."\nshown = "table.md"\n'


def test_without_a_file_nothing_is_explained(tmp_path: Path) -> None:
    assert read_explanations(tmp_path) == ()


def test_numbers_and_single_values(folder: Path) -> None:
    (folder / EXPLAINED).write_text(f"[[explained]]\n{GOOD}")
    assert read_explanations(folder) == (entry(G=("3",)),)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[[explained", "must be TOML"),
        ("[[explains]]\n" + GOOD, r"tables \[\[explained\]\]"),
        ("[explained]\n" + GOOD, r"tables \[\[explained\]\]"),
        ("[[explained]]\nwhy = 1\n" + GOOD, "must say `where`"),
        ("[[explained]]\n" + GOOD.replace("{ G = 3 }", "{}"), "must say `where`"),
        ("[[explained]]\n" + GOOD.replace('"It is so."', '""'), "must say `where`"),
        ("[[explained]]\n" + GOOD.replace('"table.md"', "[]"), "files that show it"),
        ("[[explained]]\n" + GOOD.replace("table.md", "no.md"), "files that show it"),
    ],
)
def test_files_that_are_refused(folder: Path, text: str, wrong: str) -> None:
    (folder / EXPLAINED).write_text(text)
    with pytest.raises(InputError, match=wrong) as raised:
        read_explanations(folder)
    assert str(folder / EXPLAINED) in raised.value.came
