"""Regressors of growth regressions, by hand and from the panel itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.papers.growth import COLUMNS, SLOPES, growth_panel
from tests.helpers import refused

SQUARES = np.array([1.0, 2.0, 6.0])
"""Income of each country is its number times the square of the years since 1964."""


def tiny(first: int = 1964, last: int = 2003) -> Panel:
    """Three countries; their mean grows by 3 (2 s - 1) in the s-th year after 1964."""
    years = np.arange(first, last + 1)
    y = SQUARES[:, None] * (years - 1964.0) ** 2
    return Panel.from_arrays(y, units=["A", "B", "C"], periods=years.tolist(), outcome="log_rgdpch")


def without(panel: Panel, year: int) -> Panel:
    """The panel, the second country not observed in a year."""
    observed = np.ones(panel.shape[:2], bool)
    observed[1, panel.periods.index(year)] = False
    return Panel.from_arrays(panel.y, observed=observed, units=panel.units, periods=panel.periods)


def test_model_a_by_hand() -> None:
    made = growth_panel(tiny(), "A")
    assert made.shape == (3, 39, 2)
    assert made.regressors == ("rho", "phi")
    assert (made.periods[0], made.periods[-1]) == (1965, 2003)
    assert (made.units, made.outcome) == (("A", "B", "C"), "log_rgdpch")
    np.testing.assert_array_equal(made.y[:, :3], np.outer(SQUARES, [1, 4, 9]))
    np.testing.assert_array_equal(made.x[:, :3, 0], np.outer(SQUARES, [0, 1, 4]))
    for i in range(3):
        np.testing.assert_array_equal(made.x[i, :, 1], np.arange(1, 40))


@pytest.mark.parametrize(
    ("mean_growth", "growth0", "growth1"),
    [("printed", [15, 21, 27], [9, 15, 21]), ("text", [9, 15, 21], [3, 9, 15])],
)
def test_model_b_by_hand(mean_growth: str, growth0: list[int], growth1: list[int]) -> None:
    made = growth_panel(tiny(), "B", mean_growth)
    assert made.shape == (3, 37, 4)
    assert made.regressors == SLOPES
    assert (made.periods[0], made.periods[-1]) == (1967, 2003)
    np.testing.assert_array_equal(made.y[:, :2], np.outer(SQUARES, [9, 16]))
    np.testing.assert_array_equal(made.x[:, :2, 0], np.outer(SQUARES, [4, 9]))
    for i in range(3):
        np.testing.assert_array_equal(made.x[i, :, 1], np.arange(1, 38))
        np.testing.assert_array_equal(made.x[i, :3, 2], growth0)
        np.testing.assert_array_equal(made.x[i, :3, 3], growth1)


def test_the_printed_growth_is_the_default() -> None:
    np.testing.assert_array_equal(
        growth_panel(tiny(), "B").x, growth_panel(tiny(), "B", "printed").x
    )


def test_years_outside_are_left_out() -> None:
    longer = tiny(1960, 2010)
    for model in ("A", "B"):
        expected = growth_panel(tiny(), model)
        for panel in (longer, without(longer, 1963), without(longer, 2004)):
            made = growth_panel(panel, model)
            assert made.periods == expected.periods
            np.testing.assert_array_equal(made.y, expected.y)
            np.testing.assert_array_equal(made.x, expected.x)


def test_the_panel_itself(data_folder: Path) -> None:
    panel = COLUMNS.read(data_folder / "growth_pwt62.csv")
    made = growth_panel(panel, "A")
    assert made.shape == (69, 39, 2)
    i = made.units.index("Algeria")
    at = panel.periods.index(1964)
    np.testing.assert_array_equal(made.x[i, :, 0], panel.y[i, at : at + 39])
    np.testing.assert_array_equal(made.y[i], panel.y[i, at + 1 : at + 40])
    more = growth_panel(panel, "B")
    # Mean growth of a year is that year's change of the mean: each column is the other, led.
    np.testing.assert_array_equal(more.x[:, 1:, 3], more.x[:, :-1, 2])
    change = panel.y[:, at + 3].mean() - panel.y[:, at + 2].mean()
    np.testing.assert_allclose(more.x[:, 0, 2], change)


def test_refusals() -> None:
    with refused("`model` must be known; got 'C'"):
        growth_panel(tiny(), "C")
    with refused("`mean_growth` must be known; got 'lagged'"):
        growth_panel(tiny(), "B", "lagged")
    with refused("must have the years 1964 to 2003; got no [1964]"):
        growth_panel(tiny(1965), "A")
    with refused("must have the years 1964 to 2003; got no [2002, 2003]"):
        growth_panel(tiny(last=2001), "A")
    for year in (1964, 1980, 2003):
        with refused("Every country must be observed from 1964 to 2003; got 1 years missing"):
            growth_panel(without(tiny(), year), "A")
