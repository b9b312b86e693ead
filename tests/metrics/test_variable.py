"""What a metric says of what it records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gfe_mc import Variable
from tests.helpers import refused


@pytest.mark.parametrize(
    ("dtype", "blank", "stored"),
    [
        ("i1", -128, "i1"),
        ("i4", -(2**31), "i4"),
        ("i8", -(2**63), "i8"),
        ("bool", -128, "i1"),
        ("O", "", "O"),
    ],
)
def test_where_there_is_none(dtype: str, blank: object, stored: str) -> None:
    variable = Variable(dtype=dtype)
    empty = variable.empty((2,))
    assert empty.tolist() == [blank] * 2
    assert empty.dtype == np.dtype(stored)
    assert not variable.has_values(empty).any()


def test_a_fill_of_its_own() -> None:
    assert np.isnan(Variable().empty((1,)))[0]
    variable = Variable(fill=-1.0)
    # One that is not a number was recorded.
    assert variable.has_values(np.array([-1.0, np.nan, 2.0])).tolist() == [False, True, True]
    assert Variable(dtype="i4", fill=0).has_values(np.array([0, 3])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("variable", "value", "kept"),
    [
        (Variable(), 2, 2.0),
        (Variable(), True, 1.0),
        (Variable(dtype="i4"), 2.0, 2),
        (Variable(dtype="bool"), np.True_, 1),
        (Variable(dtype="bool"), 0, 0),
        (Variable(dtype="O"), "text", "text"),
        (Variable(dtype="O"), np.str_("text"), "text"),
        (Variable(dtype="O"), "x" * 1000, "x" * 1000),
        (Variable(dims=("unit",), dtype="O"), np.array(["a", "bc"]), ["a", "bc"]),
        (Variable(dtype="i8"), 2**63 - 1, 2**63 - 1),
        (Variable(dtype="i8"), -float(2**63), -(2**63)),
        (Variable(dims=("group",), dtype="i1"), [1, -127], [1, -127]),
    ],
)
def test_what_fits_is_kept(variable: Variable, value: Any, kept: object) -> None:
    found = variable.checked("x", value)
    assert found.tolist() == kept
    assert found.dtype == variable.stored


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        (Variable(), "text"),
        (Variable(), None),
        (Variable(), 1j),
        (Variable(dtype="i4"), 2.5),
        (Variable(dtype="i4"), np.nan),
        (Variable(dtype="i1"), 128),
        (Variable(dtype="bool"), 2),
        (Variable(dtype="O"), 3.0),
        (Variable(), object()),
        (Variable(dtype="i4"), 2**40),
        (Variable(dtype="i8"), 2**63),
        (Variable(dtype="i8"), float(2**63)),
        (Variable(dtype="i8"), np.inf),
        (Variable(dtype="O"), b"bytes"),
        (Variable(dtype="O"), None),
        (Variable(dtype="O"), "x" * 1001),
        (Variable(dtype="O"), "half \ud800 a pair"),
        (Variable(dtype="O"), "it ends\0"),
    ],
)
def test_what_does_not_fit_is_refused(variable: Variable, value: Any) -> None:
    with refused("`x` must"):
        variable.checked("x", value)


@pytest.mark.parametrize("value", [1.0, [[1.0]]])
def test_other_dimensions_are_refused(value: Any) -> None:
    with refused("`x` must have the dimensions (group)"):
        Variable(dims=("group",)).checked("x", value)


def test_declarations_are_checked() -> None:
    with refused("The type of a variable must be known; got 'f4'"):
        Variable(dtype="f4")
    with refused("`dims` must be a tuple of names"):
        Variable(dims="group")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dtype", "fill"),
    [("f8", "none"), ("f8", 1j), ("i4", 2**40), ("i4", 0.5), ("i1", 200), ("O", 1), ("O", "\0")],
)
def test_a_fill_that_its_type_cannot_hold_is_refused(dtype: str, fill: Any) -> None:
    with refused("The fill of a variable must be of its type"):
        Variable(dtype=dtype, fill=fill)


@pytest.mark.parametrize("options", [{"title": 3}, {"units": None}, {"title": "\ud800"}])
def test_titles_and_units_that_are_no_text_are_refused(options: dict[str, Any]) -> None:
    with refused("must be text"):
        Variable(**options)


def test_entries_of_several_sizes_are_filled_up() -> None:
    variable = Variable(dims=("group", "slope"), dtype="i4", fill=0)
    one, other = np.array([[1, 2]], "i4"), np.array([[3], [4]], "i4")
    assert variable.stacked([one, None, other]).tolist() == [
        [[1, 2], [0, 0]],
        [[0, 0], [0, 0]],
        [[3, 0], [4, 0]],
    ]
    assert variable.stacked([None]).shape == (1, 0, 0)
