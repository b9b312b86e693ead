"""Designs of members whose fits are not ones of groups alone, and estimators that ignore a part."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import (
    GFE,
    CalibratedDGP,
    InteractiveFixedEffects,
    Mixture,
    MultiStart,
    Panel,
    ProfileNewton,
)
from gfe_mc.papers.family import required
from tests.helpers import refused
from tests.papers.test_family import declared, small


def test_designs_of_other_members_need_the_panel() -> None:
    with refused("The design is calibrated to the panel of income and democracy; got no panel"):
        required(None)


@pytest.mark.parametrize("factors", [1, 3])
def test_samples_with_factors_have_them(democracy: Panel, factors: int) -> None:
    """Without errors, outcomes less slopes times regressors are of that rank: exact fits."""
    bm_factors = declared("bm_factors")
    fixed = bm_factors.dgp(democracy, factors).calibration
    assert np.linalg.matrix_rank(fixed.alpha, tol=1e-8) == factors
    search = ProfileNewton(random=300)
    fit = InteractiveFixedEffects(factors, search).fit(democracy, np.random.default_rng(0))
    parameters = factors * (90 + 7 - factors) + 2
    assert fixed.error_variance == pytest.approx(fit.objective / (630 - parameters), rel=1e-12)
    np.testing.assert_allclose((fixed.residuals**2).sum(), fit.objective, rtol=1e-9)


def test_groups_of_a_mixture_are_drawn_from_its_probabilities(
    democracy: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    bm_mixture = declared("bm_mixture")
    monkeypatch.setattr(bm_mixture, "_STARTS", 2)
    fixed = bm_mixture.calibrated.__wrapped__(democracy)
    rng = np.random.default_rng(0)
    fit = Mixture(3, "logit", bm_mixture.KNOWN, starts=10).fit(democracy, rng)
    drawn = fit.memberships[np.arange(90), fixed.groups]
    # A draw has its own probability in the mean of sum_g p_g^2, with the variance of that.
    mean = (fit.memberships**2).sum(axis=1)
    variance = (fit.memberships**3).sum(axis=1) - mean**2
    assert abs((drawn - mean).sum()) <= 4.0 * np.sqrt(variance.sum())
    assert fixed.error_variance == fit.sigma2[0]
    assert np.array_equal(fixed.theta, fit.theta)


def test_the_logit_has_the_incomes_of_the_panel(democracy: Panel) -> None:
    bm_logit = declared("bm_logit")
    binary = bm_logit.binary(democracy)
    assert set(np.unique(binary.y)) == {0.0, 1.0}
    np.testing.assert_array_equal(binary.x[:, :, 0], democracy.x[:, :, 1])
    np.testing.assert_array_equal(binary.y == 1.0, democracy.y > 0.5)


def test_whole_units_are_fitted_alone_and_all_are_classified() -> None:
    """Outcomes of units with gaps move no estimate, only their own group."""
    bm_gaps = declared("bm_gaps")
    panel = small(np.random.default_rng(0))
    own = bm_gaps.WholeUnits(GFE(2, MultiStart(5)))
    fit = own.fit(panel, np.random.default_rng(0))
    assert fit.groups is not None
    whole = np.asarray(panel.observed.all(axis=1))
    alone = GFE(2, MultiStart(5)).fit(
        Panel.from_arrays(panel.y[whole], panel.x[whole]), np.random.default_rng(0)
    )
    np.testing.assert_array_equal(fit.theta, alone.theta)
    np.testing.assert_array_equal(fit.groups[whole], alone.groups)
    assert np.array_equal(fit.groups != fit.groups[0], np.arange(24) % 2)
    y = np.where(whole[:, None], panel.y, panel.y + 50.0)
    other = Panel.from_arrays(y, panel.x, observed=panel.observed, regressors=panel.regressors)
    np.testing.assert_array_equal(own.fit(other, np.random.default_rng(0)).theta, alone.theta)


def test_a_sample_of_units_alone_has_no_groups(democracy: Panel) -> None:
    bm_three_steps = declared("bm_three_steps")
    design = bm_three_steps.dgp(democracy, 180)
    assert isinstance(design, CalibratedDGP)
    panel = design.draw(np.random.default_rng(0)).panel
    fit = bm_three_steps.OfASample(GFE(4, MultiStart(3)), 60).fit(panel, np.random.default_rng(1))
    assert fit.groups is None
    drawn = np.sort(np.random.default_rng(1).choice(180, 60, replace=False))
    again = np.random.default_rng(1)
    again.choice(180, 60, replace=False)
    alone = GFE(4, MultiStart(3)).fit(Panel.from_arrays(panel.y[drawn], panel.x[drawn]), again)
    np.testing.assert_array_equal(fit.theta, alone.theta)
