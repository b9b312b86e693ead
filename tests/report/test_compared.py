"""Figures beside the print as CSV."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gfe_mc.errors import InputError
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.columns import joint
from gfe_mc.report.compared import (
    COLUMNS,
    COMPARED,
    Comparisons,
    columns_compared,
    compare_methods,
    figures_compared,
    read_compared,
)
from tests.report.results import put_study
from tests.report.tables.studies import STUDY, TABLE3


@pytest.fixture(scope="module")
def comparisons() -> Comparisons:
    methods = ("vns", "genetic")
    return compare_methods(summarize_study(STUDY, influences=methods), TABLE3, methods)


def test_files_hold_what_was_compared(comparisons: Comparisons, tmp_path: Path) -> None:
    figures_compared(comparisons, TABLE3).to_csv(tmp_path / COMPARED, index=False)
    columns_compared(comparisons, TABLE3).to_csv(tmp_path / COLUMNS, index=False)
    compared, columns = read_compared(tmp_path)
    (alike,) = comparisons
    assert list(dict.fromkeys(compared["method"])) == ["vns", "genetic"] == list(alike)
    for name, frame in alike.items():
        own = compared[compared["method"] == name]
        assert set(own["table"]) == {TABLE3.table}
        assert own["verdict"].tolist() == frame["verdict"].tolist()
        np.testing.assert_allclose(own["z"], frame["z"], rtol=1e-3)
        np.testing.assert_allclose(own["ours"], frame["ours"], rtol=1e-7)
        tested, (row,) = joint(frame), columns[columns["method"] == name].to_dict("records")
        assert tested is not None
        assert row["mean_square"] == pytest.approx(tested.mean_square, rel=1e-3)
        assert (row["figures"], row["left_out"]) == (str(tested.figures), str(tested.left_out))


def test_errors_of_rounding_are_none(comparisons: Comparisons) -> None:
    frame = pd.DataFrame(comparisons[0]["vns"]).copy()
    frame.loc[frame.index[0], ["ours", "error"]] = [0.4, 1e-17]
    made = figures_compared([{"vns": frame}], TABLE3)
    assert made["error"].iloc[0] == 0.0
    assert (made["error"].iloc[1:] == 0).sum() == (frame["error"].iloc[1:] == 0).sum()


def test_estimators_of_one_printed_name_are_judged_together() -> None:
    named = PublishedTable(
        "fcr_table1",
        {"G": "G"},
        statistics={"bias": "mae"},
        columns={"inference": "inference"},
        estimator="estimator",
        estimators={"vns": "gfe", "genetic": "fcr"},
    )
    found = compare_methods(summarize_study(STUDY), named, ("vns", "genetic"))
    assert [list(alike) for alike in found] == [["vns"], ["genetic"]]
    assert list(figures_compared(found, named)["printed_as"].unique()) == ["gfe", "fcr"]
    alike = replace(named, estimators={"vns": "gfe", "genetic": "gfe"})
    found = compare_methods(summarize_study(STUDY), alike, ("vns", "genetic"))
    assert [list(alike) for alike in found] == [["vns", "genetic"]]


@pytest.mark.parametrize("name", [COMPARED, COLUMNS])
@pytest.mark.parametrize("content", [None, b"", b"a,b\n1,2\n", b"\xff\xfe"])
def test_what_is_no_such_file(tmp_path: Path, name: str, content: bytes | None) -> None:
    folder = put_study(tmp_path, "mine")
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(InputError, match="figures as CSV") as raised:
        read_compared(folder)
    assert name in raised.value.came
    assert "gfe-mc report mine --write" in raised.value.remedy
