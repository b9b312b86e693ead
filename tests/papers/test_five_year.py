"""Samples of the five-year panel: by hand, and those of the application."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gfe_mc import Panel
from gfe_mc.papers.five_year import (
    BALANCED,
    BASE,
    BaseSample,
    five_year_panel,
    of_sample,
    with_lags,
)
from tests.helpers import refused

NAN = float("nan")
FRAME = pd.DataFrame(
    {
        "country": ["A", "A", "A", "B", "B", "B", "C"],
        "year": [1970, 1975, 1980, 1970, 1975, 1980, 1980],
        "democracy": [0.1, 0.2, 0.3, 0.4, NAN, 0.6, 0.7],
        "income": [7.0, 8.0, NAN, 5.0, 6.0, 6.5, 9.0],
        "education": [1.0, NAN, 3.0, 4.0, 5.0, 6.0, 7.0],
        "sample": [1, 1, 1, 1, 1, 0, 1],
    }
)


def test_lags_by_hand() -> None:
    made = with_lags(FRAME, ["income"])
    np.testing.assert_array_equal(made["lag_income"], [NAN, 7.0, 8.0, NAN, 5.0, 6.0, NAN])
    assert made["income"].equals(FRAME["income"])


def test_sample_by_hand() -> None:
    panel = five_year_panel(FRAME)
    # B has no democracy in 1975, so that neither 1975 nor 1980 counts; C has no lag.
    assert panel.units == ("A",)
    assert panel.periods == (1975, 1980)
    assert panel.regressors == ("lag_democracy", "lag_income")
    np.testing.assert_array_equal(panel.x[0], [[0.1, 7.0], [0.2, 8.0]])


def test_what_is_asked_for() -> None:
    controlled = five_year_panel(FRAME, controls=["education"])
    assert controlled.periods == (1975,)
    assert controlled.regressors[-1] == "lag_education"
    marked = five_year_panel(FRAME.assign(democracy=FRAME["income"] / 10), sample="sample")
    assert marked.units == ("A", "B")
    assert five_year_panel(FRAME, years=[1980]).periods == (1980,)
    assert five_year_panel(FRAME, balanced=True).balanced


def test_refusals() -> None:
    with refused("must have the columns", "no schooling"):
        five_year_panel(FRAME, controls=["schooling"])
    with refused("must have rows"):
        five_year_panel(FRAME, least=3)
    with refused("different columns"):
        five_year_panel(FRAME, outcome="income")
    with refused("one row", "1 repeated"):
        with_lags(pd.concat([FRAME, FRAME[:1]]), ["income"])
    with refused("about the unbalanced panel", "no panel"):
        of_sample(None, balanced=True)


@pytest.mark.parametrize(("least", "countries"), [(1, 150), (3, 122), (4, 118)])
def test_samples_of_the_application(five_year: pd.DataFrame, least: int, countries: int) -> None:
    panel = five_year_panel(five_year, sample=BASE, least=least)
    assert panel.shape == (countries, 9, 2)
    if least == 1:
        assert int(panel.observed.sum()) == 945


def test_the_balanced_panel_is_the_one_of_the_file(
    five_year: pd.DataFrame, democracy: Panel
) -> None:
    made = five_year_panel(five_year, sample=BALANCED, balanced=True)
    np.testing.assert_array_equal(made.y, democracy.y)
    np.testing.assert_array_equal(made.x, democracy.x)
    assert made.units == democracy.units


def test_the_file_is_read_as_the_base_sample(data_folder: Path, democracy: Panel) -> None:
    panel = BaseSample().read(data_folder / "income_democracy_5year.csv")
    whole, part = (of_sample(panel, balanced=balanced) for balanced in (False, True))
    assert whole.shape == (150, 9, 2)
    assert int(whole.observed.sum()) == 945
    np.testing.assert_array_equal(part.y, democracy.y)
    np.testing.assert_array_equal(part.x, democracy.x)


def test_a_part_of_the_unbalanced_panel() -> None:
    y = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 0.0], [6.0, 0.0, 0.0]])
    mark = np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    x = np.stack([y + 10, y + 20, mark], axis=2)
    names = ["lag_democracy", "lag_income", BALANCED]
    panel = Panel.from_arrays(y, x, observed=y > 0, regressors=names)
    whole, part = (of_sample(panel, balanced=balanced) for balanced in (False, True))
    assert whole.shape == (3, 3, 2)
    np.testing.assert_array_equal(whole.observed, y > 0)
    assert part.shape == (2, 2, 2)
    np.testing.assert_array_equal(part.y, [[2.0, 3.0], [5.0, 0.0]])
    with refused("must have the regressors"):
        of_sample(Panel.from_arrays(y), balanced=True)
