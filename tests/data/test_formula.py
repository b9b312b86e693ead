"""Panels by a formula: what it makes of columns, what it refuses, and what it learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import Panel
from gfe_mc.canonical import fingerprint
from gfe_mc.data.formula import CONSTANT, Formula
from tests.helpers import refused

N, T = 6, 4


def rows(seed: int = 0) -> pd.DataFrame:
    """A frame of six firms over four years."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "firm": np.repeat([f"firm {i}" for i in range(N)], T),
            "year": np.tile(np.arange(2000, 2000 + T), N),
            "y": rng.gamma(2.0, size=N * T),
            "x1": rng.normal(size=N * T),
            "x2": rng.normal(size=N * T),
            "region": np.tile(["north", "south", "west"], N * T // 3),
            "size": np.tile([1, 2], N * T // 2),
            "two words": np.arange(1.0, 1.0 + N * T),
        }
    )


def made(formula: str, frame: pd.DataFrame | None = None, **options: Any) -> Panel:
    frame = rows() if frame is None else frame
    return Panel.from_formula(formula, frame, unit="firm", time="year", **options)


def test_plain_names_are_what_column_names_are() -> None:
    panel = made("y ~ x1 + x2")
    plain = Panel.from_frame(rows(), outcome="y", regressors=["x1", "x2"], unit="firm", time="year")
    assert fingerprint(panel) == fingerprint(plain)
    assert panel.notes == (CONSTANT,)


def test_transformations_by_hand() -> None:
    frame = rows()
    panel = made("log(y) ~ x1:x2 + C(region) + I(x1**2) + np.exp(x2) + center(x1)", frame)
    assert panel.outcome == "log(y)"
    assert panel.regressors == (
        "C(region)[T.south]",
        "C(region)[T.west]",
        "I(x1 ** 2)",
        "np.exp(x2)",
        "center(x1)",
        "x1:x2",
    )
    x1, x2 = frame["x1"], frame["x2"]
    expected = [
        frame["region"] == "south",
        frame["region"] == "west",
        x1**2,
        np.exp(x2),
        x1 - x1.mean(),
        x1 * x2,
    ]
    np.testing.assert_allclose(panel.x.reshape(N * T, -1).T, np.array(expected, float), atol=1e-14)
    np.testing.assert_allclose(panel.y.ravel(), np.log(frame["y"]))


@pytest.mark.parametrize("without", ["y ~ 0 + C(size)", "y ~ C(size) - 1", "y ~ C(size)"])
def test_the_constant_is_left_out_and_categories_keep_their_base(without: str) -> None:
    assert made(without).regressors == ("C(size)[T.2]",)


def test_names_in_backticks_and_in_the_index() -> None:
    assert made("y ~ `two words`").regressors == ("two words",)
    indexed = rows().set_index(["firm", "year"])
    np.testing.assert_array_equal(made("y ~ x1", indexed).x, made("y ~ x1").x)


def test_no_regressors() -> None:
    assert made("y ~ 1").shape == (N, T, 0)


def test_missing_values_are_refused_or_make_gaps() -> None:
    frame = rows()
    frame.loc[5, "x1"], frame.loc[9, "region"] = np.nan, None
    with refused("Every column of the formula must be given", "`region` missing in 1 rows"):
        made("y ~ region + x1", frame)
    panel = made("y ~ region + center(x1)", frame, drop_missing=True)
    assert np.argwhere(~panel.observed).tolist() == [[1, 1], [2, 1]]
    kept = frame.drop([5, 9])
    again = Panel.from_formula("y ~ region + center(x1)", kept, unit="firm", time="year")
    np.testing.assert_array_equal(panel.x, again.x)
    # A column that the formula does not use may be missing.
    assert made("y ~ x2", frame).balanced


def test_what_a_transformation_cannot_take_is_missing_as_well() -> None:
    frame = rows()
    frame.loc[3, "x2"] = -1.0
    frame["x2"] = frame["x2"].abs().where(frame.index != 3, -1.0)
    with refused("`log(x2)` must be finite wherever it is observed"):
        made("y ~ log(x2)", frame)
    assert int((~made("y ~ log(x2)", frame, drop_missing=True).observed).sum()) == 1


REFUSED = {
    "x1": "must have an outcome on its left side",
    "~ x1": "must have an outcome on its left side",
    "y + x1 ~ x2": "must have one outcome",
    "region ~ x1": "must have one outcome, in one column",
    "y ~ x1 | x2": "must have one part",
    "y ~ nothing": "must be a column of the data; got no nothing among firm, year, y",
    "y ~ log(x1": "must be one that can be evaluated",
    "y ~ lag(x1)": "Lags in a formula would be of rows",
    "y ~ x1.shift(1)": "may transform columns, and do nothing else",
    "y ~ np.load(x1)": "may transform columns, and do nothing else",
    "y ~ open(region)": "may transform columns, and do nothing else",
    "y ~ I(__import__)": "may transform columns, and do nothing else",
    "y ~ I([x for x in x1])": "may transform columns, and do nothing else",
    "y ~ contr.sum.__class__(x1)": "may transform columns, and do nothing else",
    "y ~ year": "must be different columns",
}


@pytest.mark.parametrize(("formula", "words"), REFUSED.items(), ids=REFUSED)
def test_wrong_formulas_are_refused_in_three_parts(formula: str, words: str) -> None:
    with refused(words):
        made(formula)


def test_no_text_and_no_frame_are_refused() -> None:
    with refused("A formula must be text"):
        made(3)  # type: ignore[arg-type]
    with refused("`frame` must be a DataFrame"):
        made("y ~ x1", "frame")  # type: ignore[arg-type]
    with refused("must have the columns firm and year"):
        made("y ~ x1", rows().drop(columns="year"))


def test_without_formulaic_it_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("gfe_mc.optional.import_module", missing)
    with refused("formulaic must be installed for formulas", "pip install formulaic"):
        made("y ~ x1")


LEARNT = "y ~ center(x1) + scale(x2) + poly(x1, 2) + bs(x2, df=4) + C(region):x1 + C(size)"


@given(st.lists(st.integers(0, N * T - 1), min_size=1, max_size=8))
def test_what_was_learnt_holds_for_any_other_rows(chosen: list[int]) -> None:
    frame = rows()
    values, learnt = Formula(LEARNT).learn(frame)
    again = learnt.regressors(frame.iloc[chosen])
    assert list(again.columns) == list(values.columns[1:])
    np.testing.assert_allclose(again, values.iloc[chosen, 1:], atol=1e-12)


def test_learning_is_done_once() -> None:
    frame = rows()
    _, learnt = Formula("y ~ center(x1) + region").learn(frame)
    kept = dict(learnt.transforms["center(x1)"])
    learnt.regressors(frame.iloc[:3])
    assert learnt.transforms["center(x1)"] == kept
    assert learnt.needed == ("region", "x1")
    assert learnt.variables == ("region", "x1", "y")
    with refused("must be one that can be evaluated", "outside of the nominated levels"):
        learnt.regressors(frame.iloc[:3].assign(region="east"))
