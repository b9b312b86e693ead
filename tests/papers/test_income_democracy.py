"""The panel of income and democracy, and the designs calibrated to it."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import GFE, VNS, Genetic, Panel
from gfe_mc.canonical import fingerprint
from gfe_mc.data.datasets import INCOME_DEMOCRACY
from gfe_mc.papers.income_democracy import (
    COLUMNS,
    CUMULATIVE,
    PARAMETERS,
    SEARCH_MISSES,
    calibrated_dgp,
    democracy_experiment,
    income_democracy,
    observed_panel,
    searches,
)
from tests.helpers import refused


def test_calibrated_to_three_groups(democracy: Panel) -> None:
    made = income_democracy(democracy, 3)
    assert made.theta == pytest.approx([0.40646, 0.08942], abs=1e-5)
    assert made.error_variance == pytest.approx(16.59874 / 517, rel=1e-6)
    assert not made.synthetic
    assert CUMULATIVE.value(made.theta) == pytest.approx(0.08942 / (1 - 0.40646), abs=1e-4)
    assert len(PARAMETERS) == len(made.theta)


def test_it_is_read_as_its_columns_say(democracy: Panel, democracy_path: str) -> None:
    panel = COLUMNS.read(democracy_path)
    np.testing.assert_array_equal(panel.x, democracy.x)
    np.testing.assert_array_equal(panel.y, democracy.y)


def test_the_panel_from_memory_is_used(democracy: Panel) -> None:
    np.testing.assert_array_equal(income_democracy(democracy, 3).x, democracy.x)
    first = [democracy.units.index(unit) for unit in INCOME_DEMOCRACY.units[:60]]
    part = Panel.from_arrays(
        democracy.y[first], democracy.x[first], regressors=democracy.regressors, outcome="democracy"
    )
    made = income_democracy(part, 3)
    assert made.groups.shape == (60,)
    # The best known objective of the first sixty countries in three groups.
    assert (made.residuals**2).sum() == pytest.approx(10.935, abs=1e-3)


def test_the_same_content_gives_the_same_calibration(democracy: Panel) -> None:
    """Whether its fit was kept from before or is made again."""
    again = Panel.from_arrays(democracy.y, democracy.x, regressors=democracy.regressors)
    kept = fingerprint(income_democracy(democracy, 3))
    assert fingerprint(income_democracy(democracy, 3)) == kept
    assert fingerprint(income_democracy(again, 3)) == kept


def test_without_a_panel_it_is_synthetic() -> None:
    assert income_democracy(None, 3).synthetic


@pytest.mark.parametrize(("divisor", "freedom"), [("NT", 630), ("NT-GT-K", 607)])
def test_the_divisor_is_passed_on(democracy: Panel, divisor: str, freedom: int) -> None:
    for panel in (democracy, None):
        made = income_democracy(panel, 3, divisor=divisor)
        assert made.error_variance == pytest.approx(16.59874 / freedom, rel=1e-6)
        dgp = calibrated_dgp(panel, 3, "wild", divisor)
        assert dgp.errors == "wild"
        assert fingerprint(dgp.calibration) == fingerprint(made)


def test_searches() -> None:
    named = searches(G=5, errors="normal")
    assert list(named) == ["vns", "genetic", "genetic_long"]
    assert {gfe.groups for gfe in named.values()} == {5}
    assert named["vns"].search == VNS(starts=5, neighborhoods=10, iterations=5)
    assert named["genetic"].search == Genetic()
    assert named["genetic_long"].search == Genetic(patience=5 * (340 + 20 * 5), hits=0)
    assert len({fingerprint(gfe) for gfe in named.values()}) == 3
    assert {name for pair in SEARCH_MISSES for name in pair} <= set(named)


def test_what_its_studies_share() -> None:
    study = democracy_experiment("mine", "Mine", "Table 3", replications=7)
    assert (study.name, study.title) == ("mine", "Mine")
    assert study.source == "Bonhomme and Manresa (2012), Table 3"
    assert study.replications == 7
    assert study.columns == COLUMNS
    assert study.dataset == INCOME_DEMOCRACY.name
    assert study.derived == {"cumulative": CUMULATIVE}
    assert list(study.factors["G"]) == [3, 5, 10]
    assert callable(study.estimators)
    assert study.estimators(G=5, errors="normal")["genetic"] == GFE(groups=5)
    wild = democracy_experiment(
        "mine", "Mine", "Table 3", factors={"G": (3,), "errors": ("wild",)}, estimators=searches
    )
    assert wild.factors == {"G": (3,), "errors": ("wild",)}
    assert callable(wild.estimators)
    assert set(wild.estimators(G=3)) == {"vns", "genetic", "genetic_long"}
    with refused("An experiment's name must be an identifier"):
        democracy_experiment("not a name", "Mine", "Table 3")


def test_the_panel_itself_and_its_first_countries(democracy: Panel) -> None:
    assert observed_panel(democracy).panel is democracy
    first = observed_panel(democracy, 30).panel
    assert first.units == INCOME_DEMOCRACY.units[:30]
    row = democracy.units.index(first.units[7])
    np.testing.assert_array_equal(first.y[7], democracy.y[row])
    np.testing.assert_array_equal(first.x[7], democracy.x[row])
    fit = GFE(2, VNS(5, 10, 5)).fit(first, np.random.default_rng(0))
    # The printed objective, 6.159, is cut rather than rounded.
    assert fit.objective == pytest.approx(6.15958, abs=1e-5)


def test_countries_that_there_are_not_are_refused(democracy: Panel) -> None:
    with refused("The study is about the panel of income and democracy"):
        observed_panel(None, 30)
    for wrong in (0, 91):
        with refused("The panel must have the first countries in the order of their codes"):
            observed_panel(democracy, wrong)
    part = Panel.from_arrays(democracy.y[:5], democracy.x[:5], units=democracy.units[:5])
    with refused("The panel must have the first countries in the order of their codes"):
        observed_panel(part, 30)
