"""The comparison of estimators of slopes by groups: who is in a cell, how errors are compared."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gfe_mc.study.catalogue import find
from tests.helpers import script

CELL: dict[str, Any] = {"errors": "normal", "separation": 0.5, "G": 5, "T": 10, "N": 50}
DEAR = {"spectral", "pagfl"}


@pytest.fixture(scope="module")
def study() -> Any:
    return find("compare_slope_groups")


@pytest.fixture(scope="module")
def where() -> ModuleType:
    return script("compare_slope_groups")


def test_the_groups_of_a_cell_are_those_of_its_design(study: Any) -> None:
    design, every = study.dgp(None, **CELL), study.estimators(**CELL)
    assert every["known_groups"].groups == tuple(design.groups.tolist())
    assert {one.groups for name, one in every.items() if hasattr(one, "starts")} == {5}
    assert design.error_persistence == 0.0
    assert study.dgp(None, **(CELL | {"errors": "serial"})).error_persistence == 0.5


@pytest.mark.parametrize(
    ("cell", "there"),
    [({}, True), ({"G": 3}, True), ({"N": 200}, False), ({"N": 200, "G": 3}, True)],
)
def test_what_is_dear_is_left_out_of_some_cells(study: Any, cell: Any, there: bool) -> None:
    names = set(study.estimators(**(CELL | cell)))
    assert (names >= DEAR) == there
    serial = set(study.estimators(**(CELL | cell | {"errors": "serial"})))
    assert (serial >= DEAR) == (cell == {"G": 3})
    assert set(study.first) <= names | DEAR


def stored(where: ModuleType, mse: np.ndarray) -> Any:
    """Cells, estimators and replications of errors, and nothing else."""
    used = np.isfinite(mse)
    empty, names = np.full(mse.shape, np.nan), [f"e{j}" for j in range(mse.shape[1])]
    return where.Stored(pd.DataFrame(), names, mse, empty, empty, empty, used, used)


def test_ratios_of_errors_by_hand(where: ModuleType) -> None:
    mse = np.array([[[4.0, 4.0, 16.0, np.nan], [1.0, 1.0, 4.0, 9.0]]])
    value, error = where.log_ratio(stored(where, mse), 0, 0, 1)
    assert value == pytest.approx(np.log(2.0))
    # One is four times the other in each sample that both have.
    assert error == pytest.approx(0.0, abs=1e-15)
    assert where.ratio(stored(where, mse), [0], 0, 1) == "2.000"


def test_errors_of_ratios_are_those_of_the_bootstrap(where: ModuleType) -> None:
    rng = np.random.default_rng(3)
    common = rng.chisquare(20, 200)
    mse = np.stack([common + rng.chisquare(10, 200), common + rng.chisquare(5, 200)])[None]
    _, error = where.log_ratio(stored(where, mse), 0, 0, 1)
    drawn = rng.integers(200, size=(2000, 200))
    again = np.log(mse[0, 0][drawn].mean(axis=1) / mse[0, 1][drawn].mean(axis=1)) / 2
    assert error == pytest.approx(again.std(), rel=0.1)


def test_what_is_missing_is_said(where: ModuleType) -> None:
    mse = np.full((1, 2, 3), np.nan)
    assert where.ratio(stored(where, mse), [0], 0, 1) == "-"
    assert where.together([(np.nan, np.nan)]) == "-"
    assert where.together([(1.0, 0.3), (3.0, 0.4), (np.nan, np.nan)]) == "2.00 (0.25)"
