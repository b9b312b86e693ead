"""Fits in files: the same to the last bit, and nothing that is not one is taken for one."""

from __future__ import annotations

import dataclasses
import datetime
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gfe_mc import (
    GFE,
    Fit,
    FixedT,
    InferenceStatus,
    LongRun,
    Panel,
    Polynomial,
    Prior,
    load_fit,
    save_fit,
    summarize,
)
from gfe_mc.fitted.codec import Decoder, Encoder
from gfe_mc.selection.criterion import Choice
from tests.fitted.fits import FAMILIES, summary
from tests.helpers import refused


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, type for type and bit for bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return bool(alike and one.tobytes() == other.tobytes())
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one)]
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, float):
        return np.float64(one).tobytes() == np.float64(other).tobytes()
    return bool(one == other)


def coded(value: Any) -> Any:
    """A value as it comes back, through the text of a file."""
    encoder = Encoder()
    form = json.loads(json.dumps(encoder.encode(value), allow_nan=False))
    return Decoder(encoder.arrays).decode(form)


@pytest.mark.parametrize("gaps", [False, True], ids=["whole", "gaps"])
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_comes_back_as_it_was(name: str, gaps: bool, tmp_path: Path) -> None:
    made = summary(name, gaps=gaps, notes=("a note.", "é"))
    made = replace(
        made,
        derived={"long-run x2": LongRun(1, 0)},
        choice=Choice(2, np.array([0.5, 0.25]), 0.1),
        fit=replace(made.fit, path=np.array([2.0, 1.0])),
    )
    path = tmp_path / "fit.npz"
    assert made.save_fit(path) == path
    again = load_fit(path)
    assert same(again, made)
    assert str(again) == str(made)
    assert not again.panel.y.flags.writeable
    pd.testing.assert_series_equal(again.predict(), made.predict())
    save_fit(again, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_a_formula_and_options_come_back(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "firm": np.repeat(list("abcd"), 3),
            "day": list(pd.date_range("2020-01-01", periods=3)) * 4,
            "x": np.arange(1.0, 13.0) ** 1.5,
            "kind": ["p", "q"] * 6,
            "y": np.sin(np.arange(12.0)),
        }
    )
    panel = Panel.from_formula("y ~ poly(x, 2) + kind", frame, unit="firm", time="day")
    prior = Prior(np.full((4, 2), 0.5), 1.0)
    estimator = GFE(2, time_basis=Polynomial(1), prior=prior)
    made = summarize(panel, Fit(theta=np.array([1.0, 2.0, 3.0]), estimator=estimator), inference={})
    again = load_fit(save_fit(made, tmp_path / "fit"))
    assert same(again, made)
    some = frame.iloc[[7, 2]]
    pd.testing.assert_series_equal(again.predict(some), made.predict(some))
    pd.testing.assert_series_equal(again.predict(), made.predict())


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.dates()
        | st.datetimes()
        | npst.arrays(st.sampled_from([np.float64, np.int64, np.bool_, np.uint8]), (2, 3)),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner, inner)
            | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_values_come_back_as_they_were(value: Any) -> None:
    assert same(coded(value), value)


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2020-01-01 10:00:00.123456789"),
        pd.Timestamp("2020-07-01 10:00", tz="Europe/Berlin"),
        pd.Period("2020Q3", freq="Q"),
        np.datetime64("2020-01", "M"),
        np.float32(0.1),
        np.int64(3),
        datetime.date(2020, 1, 1),
        InferenceStatus.SINGULAR,
        FixedT(bandwidth=0.3),
        GFE(3, group_slopes=("x1",)),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    ],
    ids=str,
)
def test_dates_numbers_and_options_come_back_as_they_were(value: Any) -> None:
    assert same(coded(value), value)


@dataclass(frozen=True)
class Mine:
    """An estimator of one's own."""


def test_an_estimator_of_ones_own_is_left_out_and_said(tmp_path: Path) -> None:
    made = summary("plain")
    made = replace(made, fit=replace(made.fit, estimator=Mine()))
    again = load_fit(save_fit(made, tmp_path / "fit.npz"))
    assert again.fit.estimator is None
    assert "The estimator, Mine, is not in the file of this fit." in again.notes
    with refused("What a file of a fit holds must be of the package", "Mine"):
        save_fit(replace(made, derived={"own": Mine()}), tmp_path / "other.npz")  # type: ignore[dict-item]


def changed(path: Path, **changes: Any) -> Path:
    """A file with another header."""
    with np.load(path) as archive:
        arrays = dict(archive)
    header = json.loads(arrays.pop("header").tobytes()) | changes
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, allow_pickle=False, header=text, **arrays)
    return path


def test_foreign_newer_and_damaged_files_are_refused(tmp_path: Path) -> None:
    path = save_fit(summary("profiles"), tmp_path / "fit.npz")
    content = path.read_bytes()
    with refused("The file of a fit must be readable"):
        load_fit(tmp_path / "none.npz")
    other = tmp_path / "other.npz"
    for foreign in (b"", b"text", content[:-200], content[:100]):
        other.write_bytes(foreign)
        with refused("The file must be one of a fit"):
            load_fit(other)
    np.savez(other, a=np.zeros(2))
    with refused("The file must be one of a fit"):
        load_fit(other)
    pickled = io.BytesIO()
    np.save(pickled, np.array([Mine()]), allow_pickle=True)
    other.write_bytes(pickled.getvalue())
    with refused("The file must be one of a fit"):
        load_fit(other)
    spoilt = bytearray(content)
    spoilt[content.index(b"a0.npy") + 200] ^= 1
    other.write_bytes(bytes(spoilt))
    with refused("The file must be one of a fit"):
        load_fit(other)
    other.write_bytes(content)
    with refused("must be of version 1 of the format", "version 2, written by gfe_mc"):
        load_fit(changed(other, version=2))
    other.write_bytes(content)
    with refused("The file must be one of a fit", "something else"):
        load_fit(changed(other, format="a study"))
    other.write_bytes(content)
    with refused("must be as it was written"):
        load_fit(changed(other, arrays="0"))


@pytest.mark.parametrize(
    "form",
    [
        {"type": "os:system", "fields": {}},
        {"type": "gfe_mc.errors:require", "fields": {}},
        {"type": "gfe_mc.fitted.file:Path", "fields": {}},
        {"type": "gfe_mc.nothing:Fit", "fields": {}},
        {"enum": "gfe_mc.fit:Fit", "is": "x"},
        {"named": "gfe_mc.fit:Fit", "items": []},
        {"code": "print()"},
        {},
    ],
    ids=str,
)
def test_nothing_else_is_made_of_what_a_file_says(form: dict[str, Any], tmp_path: Path) -> None:
    path = save_fit(summary("plain"), tmp_path / "fit.npz")
    with np.load(path) as archive:
        held = json.loads(archive["header"].tobytes())["summary"]
    with refused("file of a fit must"):
        load_fit(changed(path, summary=held | {"fit": form}))


def test_only_summaries_are_saved(tmp_path: Path) -> None:
    with refused("What is saved must be a summary"):
        save_fit(summary("plain").fit, tmp_path / "fit.npz")  # type: ignore[arg-type]
    with refused("must have a place where it can be written"):
        save_fit(summary("plain"), tmp_path / "no" / "fit.npz")
