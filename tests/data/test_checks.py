"""What arrays, cells and names of a panel may be."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gfe_mc import GFE, CKMeans, MinimumSize, Panel, Pooled
from tests.helpers import refused

PLAIN = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    "value",
    [
        *(1j, np.complex64(1), np.clongdouble(1), "1", b"1", bytearray(b"1"), np.array([1.0])),
        *(np.datetime64("2000"), np.timedelta64(1, "s"), pd.NaT, pd.NA, None, 10**400, [1.0]),
        *(Decimal("sNaN"), object()),
    ],
)
def test_objects_that_are_no_numbers_are_refused(value: object) -> None:
    y = PLAIN.astype(object)
    y[0, 0] = value
    with refused("`y` must"):
        Panel.from_arrays(y)


@pytest.mark.parametrize("value", [Decimal("1.5"), Fraction(3, 2), np.float32(1.5), 1.5])
def test_objects_that_are_numbers_are_those(value: object) -> None:
    y = PLAIN.astype(object)
    y[0, 0] = value
    assert Panel.from_arrays(y).y[0, 0] == 1.5


@pytest.mark.parametrize("kind", [complex, str, "S3", "M8[s]", "m8[s]"])
def test_masked_arrays_are_of_numbers_too(kind: Any) -> None:
    masked = np.ma.array(PLAIN.astype("i8").astype(kind), mask=np.zeros((2, 3), bool))
    with refused("`y` must hold numbers"):
        Panel.from_arrays(masked)


def test_what_is_behind_a_mask_need_be_no_number() -> None:
    y = np.ma.array(PLAIN.astype(object), mask=np.eye(2, 3, dtype=np.bool_))
    y.data[0, 0] = "none"
    panel = Panel.from_arrays(y, observed=~np.eye(2, 3, dtype=np.bool_))
    np.testing.assert_array_equal(panel.y, np.where(panel.observed, PLAIN, 0.0))


def test_numbers_that_float64_cannot_hold_are_not_finite() -> None:
    with refused("finite"):
        Panel.from_arrays(PLAIN * np.longdouble("1e400"))


def test_panels_of_one_content_have_one_layout() -> None:
    x = np.arange(12.0).reshape(2, 3, 2)
    panel = Panel.from_arrays(np.asfortranarray(PLAIN), np.asfortranarray(x))
    assert panel.y.flags.c_contiguous
    assert panel.x.flags.c_contiguous


@pytest.mark.parametrize(
    "observed",
    [
        [[True], [True, False]],
        np.ma.array(np.ones((2, 3), bool), mask=np.eye(2, 3, dtype=np.bool_)),
    ],
)
def test_cells_are_booleans(observed: object) -> None:
    with refused("`observed` must be a boolean array"):
        Panel.from_arrays(PLAIN, observed=observed)


@pytest.mark.parametrize(
    "units",
    [
        *("ab", b"ab", {"a", "b"}, 5, np.array(1), itertools.count(), [float("nan"), 1]),
        *([pd.NaT, 1], [pd.NA, 1], [([1],), 1], ["\ud800", "a"], ["a"], ["a", "a"]),
        [1, True],
    ],
)
def test_names_can_be_told_apart_and_written(units: Any) -> None:
    with pytest.raises(ValueError, match="`units`") as caught:
        Panel.from_arrays(PLAIN, units=units)
    assert type(caught.value).__name__ == "InputError"


@pytest.mark.parametrize("regressors", ["ab", 5, np.array("a")])
def test_names_of_regressors_are_a_list(regressors: Any) -> None:
    with refused("`regressors` must be a list of names"):
        Panel.from_arrays(PLAIN, np.zeros((2, 3, 2)), regressors=regressors)


@pytest.mark.parametrize("frame", [None, {"y": [1]}, np.zeros((2, 2)), "frame"])
def test_what_is_no_frame_or_dataset_is_refused(frame: Any) -> None:
    columns: dict[str, Any] = {"outcome": "y", "unit": "unit", "time": "time"}
    with refused("must be a DataFrame"):
        Panel.from_frame(frame, **columns)
    with refused("must be a Dataset"):
        Panel.from_dataset(frame, **columns)


def test_entries_that_are_no_names_are_refused() -> None:
    frame = pd.DataFrame({"unit": [[1], [2]], "time": [1, 1], "y": [0.0, 1.0]})
    with refused("`unit` must hold names"):
        Panel.from_frame(frame, outcome="y", unit="unit", time="time")
    with refused("Columns must be known by their names"):
        Panel.from_frame(frame, outcome="y", unit=["unit"], time="time")  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [1e-150, 1e160, 1e308])
def test_squares_that_a_computer_does_not_hold_are_refused(scale: float) -> None:
    draw = np.random.default_rng(0)
    panel = Panel.from_arrays(scale * draw.uniform(-1, 1, (6, 4)), draw.standard_normal((6, 4, 1)))
    for estimator in (GFE(2), GFE(2, unit_effects=True), Pooled()):
        with refused("the computer can hold"):
            estimator.fit(panel, draw)


def test_variation_that_would_count_as_rounding_is_refused() -> None:
    draw = np.random.default_rng(0)
    y, x = draw.standard_normal((6, 4)), draw.standard_normal((6, 4, 1))
    level = 2e12 * (np.arange(6) < 3)[:, None, None]
    for far in (Panel.from_arrays(y + 1e13, x), Panel.from_arrays(y, x + level)):
        with refused("must vary by more than rounding"):
            CKMeans(2, minimum=MinimumSize(1)).fit(far, draw)
