"""The number of groups that criteria choose, against criteria computed here."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import binomtest

from gfe_mc.fit import Status
from gfe_mc.metrics.choice import across_cells, along_paths
from gfe_mc.metrics.summary import COLUMNS
from gfe_mc.selection.criterion import BIC, Penalty, SteepBIC
from tests.helpers import refused

MakeStudy = Callable[..., xr.Dataset]
N, T, K = 20, 6, 2
PENALTIES: dict[str, Penalty] = {"bic": BIC(), "steep_bic": SteepBIC()}
PATHS = np.array(
    [
        [100.0, 40.0, 39.0, 38.5],  # little is gained beyond two groups
        [100.0, 40.0, 20.0, 19.8],  # and here beyond three
        [100.0, 41.0, 38.5, 38.0],
        [100.0, 99.0, 98.0, 97.0],  # nothing is gained by groups
        [100.0, 60.0, 30.0, 10.0],  # ever more
    ]
)


def criterion(path: np.ndarray, steep: bool = False) -> list[float]:
    """Q / (N T) + sigma^2 ln(N T) / (N T) times the number of parameters."""
    size = N * T
    sigma2 = path[-1] / (size - len(path) * T - N - K)
    values = []
    for g, objective in enumerate(path, start=1):
        parameters = g * (T + N - g) if steep else g * T + N + K
        values.append(objective / size + sigma2 * parameters * np.log(size) / size)
    return values


def chosen(paths: np.ndarray, steep: bool = False) -> list[int]:
    return [int(np.argmin(criterion(path, steep))) + 1 for path in paths]


def row(frame: pd.DataFrame, **where: object) -> dict[Hashable, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    (record,) = frame.to_dict("records")
    return record


def test_the_paths_tell_criteria_apart() -> None:
    """So that what is tested below is not the same for both."""
    assert chosen(PATHS) == [2, 3, 2, 1, 4]
    assert chosen(PATHS, steep=True) != chosen(PATHS)


# Along paths.


@pytest.fixture
def study(make_study: MakeStudy) -> xr.Dataset:
    """Two cells and two estimators; the first estimator has paths."""
    study = make_study(np.zeros((2, 2, len(PATHS), 1)))
    paths = np.full((2, 2, len(PATHS), 4), np.nan)
    paths[0, 0], paths[1, 0] = PATHS, PATHS[::-1] / 7.0
    study["path"] = (("cell", "estimator", "replication", "number_of_groups"), paths)
    return study.assign_coords(N=("cell", [N, N]), T=("cell", [T, T]))


def test_shares_along_paths(study: xr.Dataset) -> None:
    frame = along_paths(study, PENALTIES, K)
    assert set(frame["estimator"]) == {"vns"}
    assert len(frame) == 2 * 2 * 4
    for (name, steep), g in [
        (one, g) for one in zip(PENALTIES, (0, 1), strict=True) for g in range(1, 5)
    ]:
        count = chosen(PATHS, bool(steep)).count(g)
        found = row(frame, cell=0, parameter=str(g), statistic=f"{name}_percent")
        theirs = binomtest(count, 5).proportion_ci(method="wilson")
        assert found["value"] == pytest.approx(100 * count / 5)
        assert found["error"] == pytest.approx(100 * np.sqrt(count / 5 * (1 - count / 5) / 5))
        assert (found["low"], found["high"]) == pytest.approx((100 * theirs.low, 100 * theirs.high))
        assert (found["attempted"], found["failed"], found["used"]) == (5, 0, 5)
        assert (found["inference"], found["G"], found["errors"]) == ("none", 3, "normal")
    totals = frame.groupby(["cell", "statistic"])["value"].sum()
    assert totals.to_numpy() == pytest.approx(100.0)


def test_choices_do_not_depend_on_the_unit_of_the_outcome(study: xr.Dataset) -> None:
    """The second cell has the same objectives in another unit and order."""
    frame = along_paths(study, PENALTIES, K)
    values = [frame.loc[frame["cell"] == cell, "value"].tolist() for cell in (0, 1)]
    assert values[0] == pytest.approx(values[1])


def test_columns_are_those_of_a_summary(study: xr.Dataset) -> None:
    frame = along_paths(study, PENALTIES, K)
    assert [name for name in frame if name not in ("G", "errors", "N", "T")] == list(COLUMNS)


def test_only_replications_that_are_used_choose(study: xr.Dataset) -> None:
    study["status"][0, 0, 4] = Status.NOT_FINITE
    study["path"][0, 0, 4] = np.nan
    study["status"][0, 0, 3] = Status.NOT_RUN
    study["path"][0, 0, 3] = np.nan
    found = row(along_paths(study, PENALTIES, K), cell=0, parameter="2", statistic="bic_percent")
    assert (found["attempted"], found["failed"], found["used"]) == (4, 1, 3)
    assert found["value"] == pytest.approx(200 / 3)


def test_the_penalty_is_the_one_that_is_given(study: xr.Dataset) -> None:
    """One that costs nothing chooses all groups there are, and a forbidding one a single one."""
    free: dict[str, Any] = {"free": lambda *_: 0.0, "dear": lambda n, t, g, k: 1e9 * g}  # noqa: ARG005
    frame = along_paths(study, free, K)
    assert row(frame, cell=0, parameter="4", statistic="free_percent")["value"] == 100.0
    assert row(frame, cell=0, parameter="1", statistic="dear_percent")["value"] == 100.0


def test_paths_of_different_lengths(study: xr.Dataset) -> None:
    """Each estimator chooses among the numbers of groups that it was asked to fit."""
    study["path"][0, 1, :, :3] = PATHS[:, :3]
    frame = along_paths(study, PENALTIES, K)
    shorter = frame[(frame["estimator"] == "genetic") & (frame["statistic"] == "bic_percent")]
    shares = dict(zip(shorter["parameter"], shorter["value"], strict=True))
    assert [shares[str(g)] for g in (1, 2, 3)] == pytest.approx(
        [20.0 * chosen(PATHS[:, :3]).count(g) for g in (1, 2, 3)]
    )
    assert shares.get("4", 0.0) == 0.0


def test_a_study_without_paths_is_refused(study: xr.Dataset) -> None:
    with refused("The study must have paths"):
        along_paths(study.drop_vars("path"), PENALTIES, K)


# Across cells.


@pytest.fixture
def cells(make_study: MakeStudy) -> xr.Dataset:
    """A cell each for 4, 2, 3 and 1 groups and for no number, five replications each."""
    study = make_study(np.zeros((5, 1, 5, 1))).drop_vars("errors")
    study["objective"][:, 0] = np.vstack([PATHS.T[[3, 1, 2, 0]], np.full(5, 7.0)])
    numbers = ("cell", ["4", "2", "3", "1", "FE"])
    return study.assign_coords(G=numbers, N=("cell", [N] * 5), T=("cell", [T] * 5))


def test_criteria_across_cells(cells: xr.Dataset) -> None:
    frame = across_cells(cells, PENALTIES, K)
    values = np.array([criterion(path) for path in PATHS])
    for g, cell in [(1, 3), (2, 1), (3, 2), (4, 0)]:
        mean = row(frame, G=str(g), statistic="bic")
        assert mean["cell"] == cell
        assert mean["value"] == pytest.approx(values[:, g - 1].mean())
        assert mean["error"] == pytest.approx(values[:, g - 1].std(ddof=1) / np.sqrt(5))
        count = chosen(PATHS).count(g)
        share = row(frame, G=str(g), statistic="bic_percent")
        theirs = binomtest(count, 5).proportion_ci(method="wilson")
        assert share["value"] == pytest.approx(20.0 * count)
        assert (share["low"], share["high"]) == pytest.approx((100 * theirs.low, 100 * theirs.high))
        assert (share["attempted"], share["failed"], share["used"]) == (5, 0, 5)
    assert set(frame["parameter"]) == set(frame["inference"]) == {"none"}
    assert "FE" not in set(frame["G"])
    steep = frame.loc[frame["statistic"] == "steep_bic_percent", ["G", "value"]]
    expected = chosen(PATHS, steep=True)
    assert {str(g): v for g, v in steep.to_numpy()} == {
        str(g): pytest.approx(20.0 * expected.count(g)) for g in range(1, 5)
    }


def test_across_cells_is_along_paths(cells: xr.Dataset, study: xr.Dataset) -> None:
    across, along = across_cells(cells, PENALTIES, K), along_paths(study, PENALTIES, K)
    for name in PENALTIES:
        for g in "1234":
            one = row(across, G=g, statistic=f"{name}_percent")
            other = row(along, cell=0, parameter=g, statistic=f"{name}_percent")
            assert one["value"] == pytest.approx(other["value"])


def test_a_replication_chooses_only_where_every_number_was_fitted(cells: xr.Dataset) -> None:
    cells["status"][2, 0, 0] = Status.NOT_FINITE
    cells["status"][:, 0, 4] = Status.NOT_RUN
    frame = across_cells(cells, PENALTIES, K)
    assert set(frame["attempted"]) == {4}
    assert set(frame["failed"]) == {1}
    assert set(frame["used"]) == {3}
    assert row(frame, G="3", statistic="bic_percent")["value"] == pytest.approx(100 / 3)


def test_numbers_of_groups_may_be_numbers(cells: xr.Dataset) -> None:
    four = cells.isel(cell=slice(4)).assign_coords(G=("cell", [4, 2, 3, 1]))
    assert across_cells(four, PENALTIES, K)["value"].tolist() == (
        across_cells(cells, PENALTIES, K)["value"].tolist()
    )


def test_missing_numbers_of_groups_are_refused(cells: xr.Dataset) -> None:
    with refused("Cells must have every number of groups from 1 in the factor G; got [2, 3, 4]"):
        across_cells(cells.isel(cell=[0, 1, 2, 4]), PENALTIES, K)


def test_a_factor_that_the_study_lacks_is_refused(cells: xr.Dataset) -> None:
    with refused("groups"):
        across_cells(cells, PENALTIES, K, factor="groups")


def test_cells_with_the_same_number_are_refused(cells: xr.Dataset) -> None:
    """Cells that differ in another factor as well do not have the same samples."""
    doubled = xr.concat([cells, cells], dim="cell").assign_coords(
        cell=np.arange(10), errors=("cell", ["normal"] * 5 + ["wild"] * 5)
    )
    with refused("Cells must differ in the factor G alone"):
        across_cells(doubled, PENALTIES, K)
