"""Groups of the application: their numbers, the print, and what scripts wrote of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gfe_mc import GFE, Panel
from gfe_mc.fit import ProfileFit
from gfe_mc.papers.application import (
    FOLDER,
    LEVELS,
    SPECIFICATIONS,
    Numbered,
    differing,
    estimate,
    numbered,
    printed_groups,
    said,
)
from gfe_mc.published.loader import published
from gfe_mc.report.render import render
from tests.committed import RESULTS
from tests.helpers import refused, script


@pytest.fixture(scope="module")
def four(democracy: Panel) -> Numbered:
    return estimate(democracy, "G4")


def test_numbers_by_hand() -> None:
    fit = ProfileFit(
        theta=np.zeros(0), alpha=np.array([[1.0], [2.0], [3.0]]), groups=np.array([0, 1, 2, 2, 1])
    )
    found = numbered(fit, np.array([2, 0, 1, -1, 1]))
    np.testing.assert_array_equal(found.groups, [2, 0, 1, 1, 0])
    np.testing.assert_array_equal(found.alpha, [[2.0], [3.0], [1.0]])
    assert differing(found.groups, np.array([2, 0, 1, -1, 1])).tolist() == [4]


def test_fewer_printed_groups_than_fitted() -> None:
    fit = ProfileFit(
        theta=np.zeros(0), alpha=np.array([[1.0], [2.0], [3.0]]), groups=np.array([0, 1, 2])
    )
    found = numbered(fit, np.array([-1, 1, 0]))
    np.testing.assert_array_equal(found.groups, [2, 1, 0])


def test_the_print(democracy: Panel) -> None:
    for name in (*SPECIFICATIONS, "two_layer_level"):
        own = printed_groups(name, democracy.units)
        missing = [democracy.units[i] for i in np.flatnonzero(own < 0)]
        assert missing == (["Turkey"] if name in ("G2", "G3", "G6") else [])
    assert printed_groups("two_layer_level", democracy.units).max() + 1 == len(LEVELS)
    with refused("such a column", "G7"):
        printed_groups("G7", democracy.units)


@pytest.mark.parametrize(
    ("ours", "word"),
    [(0.2474, "as printed"), (0.24646, "rounded twice"), (0.2462, "not as printed")],
)
def test_verdicts(ours: float, word: str) -> None:
    assert said(ours, 0.247, 3) == word


def test_four_groups_are_those_of_the_print(democracy: Panel, four: Numbered) -> None:
    np.testing.assert_array_equal(four.groups, printed_groups("G4", democracy.units))
    assert np.bincount(four.groups).tolist() == [33, 26, 13, 18]


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_every_column(democracy: Panel, name: str) -> None:
    found = estimate(democracy, name)
    assert len(differing(found.groups, printed_groups(name, democracy.units))) == 0


# What scripts wrote.


def test_transitions_as_committed(democracy: Panel, four: Numbered) -> None:
    made = render(script("application_groups").transitions(democracy, four), "markdown")
    assert made == (RESULTS / FOLDER / "transitions.md").read_text()


@pytest.mark.slow
def test_characteristics_as_committed(democracy: Panel, data_folder: Path) -> None:
    module = script("application_characteristics")
    frame = module.characteristics(democracy, str(data_folder / "income_democracy_covariates.csv"))
    made = "\n\n".join(render(one(frame), "markdown") for one in (module.averages, module.logits))
    assert made == (RESULTS / FOLDER / "characteristics.md").read_text()


def test_a_sum_of_squares_by_dummies(democracy: Panel) -> None:
    fit = GFE(2).fit(democracy, np.random.default_rng(0))
    found = script("application_groups").sum_of_squares(
        democracy, fit.groups, np.zeros(len(fit.groups), int)
    )
    assert found == pytest.approx(fit.objective)


def test_iterations_of_algorithm_1_end_at_a_fixed_point(democracy: Panel) -> None:
    module = script("application_unbalanced")
    fit = GFE(4).fit(democracy, np.random.default_rng(0))
    found = module.iterate(democracy, fit.groups)
    assert found.objective == pytest.approx(fit.objective)
    np.testing.assert_array_equal(found.groups, fit.groups)
    np.testing.assert_allclose(found.theta, fit.theta)


def test_bands_hold_more_than_half_of_the_paths() -> None:
    paths = np.random.default_rng(0).normal(size=(9, 4))
    mean, width = script("application_figures").uniform_band(paths)
    inside = (np.abs(paths - mean) <= width * (1 + 1e-12)).all(axis=1)
    assert int(inside.sum()) == 5


def test_every_country_has_a_region(democracy: Panel) -> None:
    region = script("application_figures").regions(democracy)
    assert np.bincount(region).tolist() == [20, 3, 19, 18, 30]


def test_readable_figures_of_table_5() -> None:
    table = published("bm_table5")
    assert table["variable"].nunique() == 9
    assert (table.groupby("column").size() > 0).sum() == 10
