"""Values of factors of any kind, and declarations that are refused at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Report
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.study.factors import LONGEST, RESERVED, checked, labels
from gfe_mc.study.folder import DATASET, kept
from gfe_mc.study.store import open_store
from tests.helpers import PooledOLS, TwoLevels, refused, study
from tests.study.stores import assert_same_bytes, complete, counts


@dataclass(frozen=True)
class Shape:
    """A value of a user's own."""

    n_units: int = 6
    gap: float = 1.0


def unpack(value: Any) -> tuple[float, int]:
    """Gap and number of units of a value of any kind."""
    if isinstance(value, Shape):
        return value.gap, value.n_units
    if isinstance(value, dict):
        return value["gap"], value["n_units"]
    if isinstance(value, tuple | np.ndarray):
        return float(value[0]), int(value[1])
    if isinstance(value, str):
        return 1.0, len(value)
    return 1.0, int(value)


def declared(values: Sequence[Any] | np.ndarray, **changes: Any) -> Any:
    """A study whose cells differ in these values."""

    def dgp(panel: object, shape: Any) -> TwoLevels:  # noqa: ARG001
        gap, n_units = unpack(shape)
        return TwoLevels(n_units, gap=gap)

    options: dict[str, Any] = {"factors": {"shape": values}, "dgp": dgp, "replications": 4}
    return study(**(options | changes))


KINDS: list[tuple[Any, list[Any]]] = [
    (((1.0, 6), (5.0, 8)), ["(1.0, 6)", "(5.0, 8)"]),
    (
        ({"gap": 1.0, "n_units": 6}, {"gap": 5.0, "n_units": 8}),
        ["gap=1.0, n_units=6", "gap=5.0, n_units=8"],
    ),
    ((Shape(), Shape(8)), ["Shape(n_units=6, gap=1.0)", "Shape(n_units=8, gap=1.0)"]),
    ((np.int64(6), np.int64(8)), [6, 8]),
    (np.array([6, 8]), [6, 8]),
    (range(6, 9, 2), [6, 8]),
    (["sixsix", "eighteight"], ["sixsix", "eighteight"]),
    ((6, (1.0, 8)), ["6", "(1.0, 8)"]),
]


@pytest.mark.parametrize(("values", "written"), KINDS, ids=lambda value: type(value).__name__)
def test_values_of_any_kind_reach_dataset_and_summary_and_are_resumed(
    tmp_path: Path, values: Any, written: list[Any]
) -> None:
    plan = declared(values).plan()
    dataset = complete(plan, tmp_path)
    assert dataset["shape"].to_numpy().tolist() == written
    assert [cell.factors["shape"] for cell in plan.cells] == written
    with xr.open_dataset(tmp_path / DATASET) as opened:
        assert opened["shape"].to_numpy().tolist() == written
    found = summarize_study(dataset)
    assert list(found["shape"].unique()) == written
    assert not any(open_store(tmp_path, declared(values).plan()).remaining().values())
    # Another value in front of the others leaves what there is as it is.
    grown = declared([(2.0, 10), *values]).plan()
    assert counts(open_store(tmp_path, grown)) == [[0, 1, 2, 3]] * 2
    after = complete(grown, tmp_path).isel(cell=[1, 2]).assign_coords(cell=[0, 1])
    assert_same_bytes(after.assign_coords(shape=dataset["shape"]), dataset, times=True)
    assert kept(tmp_path) == []


def test_arrays_are_told_apart(tmp_path: Path) -> None:
    plan = declared([np.array([1.0, 6.0]), np.array([5.0, 6.0])]).plan()
    written = complete(plan, tmp_path)["shape"].to_numpy().tolist()
    assert len(set(written)) == 2
    assert all(text.startswith("array 2 #") for text in written)
    again = declared([np.array([1.0, 6.0]), np.array([5.0, 6.0])]).plan()
    assert not any(open_store(tmp_path, again).remaining().values())


def test_long_labels_are_cut_and_all_different() -> None:
    values = [tuple(range(n, n + 100)) for n in range(3)] + [(0, *range(1, 99), 7)]
    made = labels(values)
    assert all(len(text) <= LONGEST for text in made)
    assert len(set(made)) == 4
    assert made == labels(values)


def test_functions_are_written_by_their_names() -> None:
    assert labels([unpack, (unpack, 2)])[0] == "unpack"


# Refusals.


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_names_that_are_taken_are_refused(name: str) -> None:
    with refused("A factor must have a name that is not taken"):
        checked({name: (1, 2)})


@pytest.mark.parametrize(
    "values", ["normal", 3, 3.0, None, {1: 2}, np.array(3), {1, 2}, iter((1, 2))]
)
def test_what_is_no_list_of_values_is_refused(values: Any) -> None:
    with refused("Factor `shape` must have a list of values"):
        declared(values)


@pytest.mark.parametrize(
    "values",
    [
        (1, 1),
        (1, np.int64(1)),
        (Shape(), Shape(6)),
        ((1, 2), [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (np.zeros(2), np.zeros(2)),
    ],
)
def test_the_same_value_twice_is_refused(values: Any) -> None:
    with refused("The values of factor `shape` must differ"):
        declared(values)


def test_values_without_content_are_refused() -> None:
    with refused("The values of factor `shape` must be known by their content"):
        declared((object(), object()))


@pytest.mark.parametrize("estimators", [None, PooledOLS(), ("ols",), "ols"])
def test_estimators_that_are_neither_function_nor_mapping_are_refused(estimators: Any) -> None:
    with refused("`estimators` must be a function of the factors, or a mapping by name"):
        study(estimators=estimators)


@pytest.mark.parametrize("inference", [("ols",), "ols", 1])
def test_inference_that_is_neither_function_nor_mapping_is_refused(inference: Any) -> None:
    with refused("`inference` must be a function of the factors, or a mapping by name"):
        study(inference=inference)


def test_a_design_that_is_no_function_is_refused() -> None:
    with refused("`dgp` must be a function of the panel and the factors"):
        study(dgp=TwoLevels())


def test_a_mapping_of_estimators_is_the_same_in_every_cell() -> None:
    plan = study(estimators={"ols": PooledOLS(), "shifted": PooledOLS(shift=1.0)}).plan()
    assert list(plan.methods) == list(study().plan().methods)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"figures": ("zap",)}, "`figures` must be known"),
        ({"penalties": ("aic",)}, "`penalties` must be known"),
        ({"figures": "zip"}, "`figures` must be a tuple"),
        ({"compared": "ols"}, "`compared` must be a tuple"),
        ({"misses": (("ols", "ols"),)}, "`misses` must hold pairs of different estimators"),
        ({"misses": ("ols", "shifted")}, "`misses` must hold pairs of different estimators"),
        ({"published": "bm_table3"}, "`published` must be a PublishedTable"),
    ],
)
def test_a_report_that_cannot_be_made_is_refused(options: dict[str, Any], wrong: str) -> None:
    with refused(wrong):
        Report(**options)


@pytest.mark.parametrize("report", ["zip", {"figures": ("zip",)}, ("zip",)])
def test_what_is_no_report_is_refused(report: Any) -> None:
    with refused("`report` must be a Report"):
        study(report=report)


def test_text_in_the_place_of_parameters_is_refused() -> None:
    with refused("`parameters` must be a tuple of names, or a mapping"):
        study(parameters="theta1")


@pytest.mark.parametrize("statistics", [{"bias": np.median}, {"two words": np.median}, {1: max}])
def test_names_of_statistics_that_are_taken_are_refused(statistics: Any) -> None:
    with refused("A statistic must have a name that is not taken"):
        study(statistics=statistics)
