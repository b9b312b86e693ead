"""Country effects of panels in which countries are observed once, against dummies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gfe_mc import Panel
from gfe_mc.papers.country_effects import CountryEffects, CountryErrors, observed_twice
from gfe_mc.papers.five_year import five_year_panel
from tests.helpers import refused


@pytest.fixture
def panel() -> Panel:
    rng = np.random.default_rng(0)
    seen = rng.random((12, 5)) < 0.7
    seen[0], seen[1] = np.arange(5) == 2, np.arange(5) == 4
    seen[2:4] = True
    x = rng.normal(size=(12, 5, 2))
    y = x @ [0.5, -1.0] + rng.normal(size=(12, 1)) + rng.normal(size=(12, 5))
    return Panel.from_arrays(y, x, observed=seen)


def test_against_dummies(panel: Panel) -> None:
    rng = np.random.default_rng(0)
    fit = CountryEffects().fit(panel, rng)
    unit, period = np.nonzero(panel.observed)
    x, y = panel.x[unit, period], panel.y[unit, period]
    dummies = np.hstack([np.eye(12)[unit], np.eye(5)[period][:, 1:]])
    design = np.hstack([x, dummies])
    slopes = np.linalg.lstsq(design, y, rcond=None)[0]
    residuals = y - design @ slopes
    assert fit.theta == pytest.approx(slopes[:2])
    assert fit.objective == pytest.approx(residuals @ residuals)
    # The sandwich of all observations, clustered by unit.
    scores = np.zeros((12, design.shape[1]))
    np.add.at(scores, unit, design * residuals[:, None])
    bread = np.linalg.inv(design.T @ design)
    expected = (bread @ scores.T @ scores @ bread)[:2, :2]
    factor = 12 / 11 * (len(y) - 1) / (len(y) - design.shape[1])
    found = CountryErrors().covariance(panel, fit, rng)
    np.testing.assert_allclose(found.theta, factor * expected, rtol=1e-9)


def test_countries_observed_once_are_left_out(panel: Panel) -> None:
    counts = panel.observed.sum(axis=1)
    assert observed_twice(panel).shape[0] == int((counts > 1).sum()) == 10
    with refused("rng"):
        CountryErrors().covariance(panel, CountryEffects().fit(panel, np.random.default_rng(0)), 1)  # type: ignore[arg-type]


def test_as_printed(five_year: pd.DataFrame) -> None:
    panel, rng = five_year_panel(five_year, sample="sample_base"), np.random.default_rng(0)
    fit = CountryEffects().fit(panel, rng)
    errors = CountryErrors().covariance(panel, fit, rng).standard_errors
    assert [*fit.theta, *errors] == pytest.approx([0.379, 0.010, 0.051, 0.035], abs=5e-4)
