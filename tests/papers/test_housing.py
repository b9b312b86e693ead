"""Regressors of the housing model, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.papers.housing import SHORT_RUN, SLOPES, housing_panel
from tests.helpers import refused


def tiny(n_quarters: int = 12) -> Panel:
    """Permits 2^t and five times that, rates 3^t in both states."""
    t = np.arange(n_quarters)
    y = np.outer([1.0, 5.0], 2.0**t)
    x = np.tile(3.0**t, (2, 1))[:, :, None]
    periods = [f"{1969 + q // 4}Q{q % 4 + 1}" for q in range(n_quarters)]
    return Panel.from_arrays(y, x, units=["Ohio", "Utah"], periods=periods, regressors=["rate"])


def test_by_hand() -> None:
    made = housing_panel(tiny())
    assert made.shape == (2, 8, 8)
    assert made.regressors == SLOPES
    assert made.units == ("Ohio", "Utah")
    assert (made.periods[0], made.periods[-1]) == ("1970Q1", "1971Q4")
    assert made.balanced
    # The fifth quarter: levels 16, 8, 4, 2, 1 and rates 27, 9, 3, 1 before it.
    assert made.y[0, 0] == 15
    assert made.x[0, 0].tolist() == [8, 27, 4, 2, 1, 18, 6, 2]
    assert made.y[1, 0] == 75
    assert made.x[1, 0].tolist() == [40, 27, 20, 10, 5, 18, 6, 2]
    # From quarter to quarter all that is of permits doubles, and all that is of rates triples.
    np.testing.assert_array_equal(made.y[:, 1:], 2 * made.y[:, :-1])
    factors = np.array([2, 3, 2, 2, 2, 3, 3, 3])
    np.testing.assert_array_equal(made.x[:, 1:], factors * made.x[:, :-1])


def test_an_autoregression_of_levels_in_other_words() -> None:
    """Levels of four lags are linear in what stands on the right, so both leave one residual."""
    rng = np.random.default_rng(4)
    y, rate = rng.standard_normal((2, 1, 40)).cumsum(axis=2)
    made = housing_panel(Panel.from_arrays(y, rate[:, :, None], regressors=["rate"]))
    at = np.arange(4, 40)
    lags = np.stack([s[0, at - j] for s in (y, rate) for j in (1, 2, 3, 4)], axis=1)
    residuals = []
    for outcome, x in ((made.y[0], made.x[0]), (y[0, at], lags)):
        residuals.append(outcome - x @ np.linalg.lstsq(x, outcome, rcond=None)[0])
    np.testing.assert_allclose(residuals[0], residuals[1], atol=1e-9)
    assert np.abs(residuals[0]).max() > 0.1


def test_short_run_slopes() -> None:
    assert len(SLOPES) == 8
    assert set(SLOPES) - set(SHORT_RUN) == {"beta1", "beta2"}


@pytest.mark.parametrize("n_quarters", [1, 11])
def test_too_few_quarters_are_refused(n_quarters: int) -> None:
    with refused(f"eight slopes a state; got {n_quarters} quarters"):
        housing_panel(tiny(n_quarters))


def test_an_unbalanced_panel_is_refused() -> None:
    panel = tiny()
    observed = np.ones((2, 12), bool)
    observed[1, 3] = False
    gappy = Panel.from_arrays(panel.y, panel.x, observed=observed, regressors=["rate"])
    with refused("The housing model needs a balanced panel; got 1 of 24 unit-periods missing"):
        housing_panel(gappy)
