"""Standard errors of grouped M-estimates, against statsmodels and the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from gfe_mc import (
    GFE,
    Bootstrap,
    Covariance,
    FixedT,
    GivenGroupsM,
    GroupedM,
    InferenceStatus,
    LargeT,
    Logit,
    LossErrors,
    LossFit,
    MultiStart,
    Panel,
    SeededStarts,
    calibrate,
)
from tests.estimators.losses.panels import LOSSES, drawn, with_gaps
from tests.helpers import refused
from tests.inference.panels import grouped
from tests.reference.losses_numpy import estimate, regression

RNG = np.random.default_rng(0)
GROUPS = np.arange(40) % 2


def fitted(panel: Panel, name: str) -> LossFit:
    return GivenGroupsM(LOSSES[name], tuple(GROUPS.tolist())).fit(panel, RNG)


def errors(panel: Panel, fit: LossFit, kind: str = "sandwich") -> tuple[np.ndarray, Covariance]:
    """Those of slopes and profile values that are finite."""
    found = LossErrors(kind).covariance(panel, fit, RNG)
    assert found.status == InferenceStatus.SUCCESS
    assert found.joint is not None
    return np.sqrt(np.diag(found.joint)), found


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("gaps", [False, True])
def test_clustered_by_unit(name: str, gaps: bool) -> None:
    panel = drawn(name, seed=2, n_units=40, n_slopes=2)
    panel = with_gaps(panel) if gaps else panel
    fit = fitted(panel, name)
    unit = regression(panel, GROUPS, name).unit
    options = {"groups": unit, "use_correction": False}
    theirs, made = estimate(panel, GROUPS, name, cov_type="cluster", cov_kwds=options)
    ours, found = errors(panel, fit)
    kept = np.concatenate([[True, True], made.kept.ravel()])
    rtol = 0.1 if name == "probit" else 1e-5  # Theirs have the expected Hessian.
    np.testing.assert_allclose(ours[kept], theirs.bse, rtol=rtol)
    assert np.isnan(ours[~kept]).all()
    assert any("without a finite" in note for note in found.notes) == (not made.kept.all())


def test_information() -> None:
    """Of logit and probit by statsmodels' own, which have the Hessian as it is."""
    for name, model in (("logit", sm.Logit), ("probit", sm.Probit)):
        panel = drawn(name, seed=2, n_units=40)
        fit, made = fitted(panel, name), regression(panel, GROUPS, name)
        theirs = model(made.y, made.x).fit(disp=0, tol=1e-12)
        ours, _ = errors(panel, fit, "information")
        np.testing.assert_allclose(ours[np.isfinite(ours)], theirs.bse, rtol=1e-4)


def test_profiles_that_are_constant() -> None:
    panel = drawn("poisson", seed=3, n_units=40)
    fit = GivenGroupsM(LOSSES["poisson"], tuple(GROUPS.tolist()), "constant").fit(panel, RNG)
    dummies = np.eye(2)[GROUPS][:, None].repeat(5, axis=1)
    x = np.concatenate([panel.x, dummies], axis=2).reshape(-1, 3)
    theirs = sm.GLM(panel.y.ravel(), x, family=sm.families.Poisson()).fit(
        tol=1e-13,
        cov_type="cluster",
        cov_kwds={"groups": np.arange(40).repeat(5), "use_correction": False},
    )
    _, found = errors(panel, fit)
    np.testing.assert_allclose(found.standard_errors, theirs.bse[:1], rtol=1e-6)
    expected = np.tile(theirs.bse[1:, None], 5)
    np.testing.assert_allclose(found.profile_errors(2, 5), expected, rtol=1e-6)


def test_the_bootstrap_makes_it_again() -> None:
    """Of given groups it comes near the sandwich; of groups that are searched, above it."""
    panel = drawn("poisson", seed=4, n_units=40)
    given = fitted(panel, "poisson")
    sandwich, _ = errors(panel, given)
    drawn_again = Bootstrap(60).covariance(panel, given, np.random.default_rng(1))
    assert drawn_again.status == InferenceStatus.SUCCESS
    # The standard error of a standard deviation of 60 draws is a tenth of it.
    assert drawn_again.standard_errors[0] == pytest.approx(sandwich[0], rel=0.4)
    search = SeededStarts(2, kicks=1)
    searched = GroupedM(LOSSES["poisson"], 2, search=search).fit(panel, RNG)
    again = Bootstrap(8).covariance(panel, searched, np.random.default_rng(1))
    assert again.status == InferenceStatus.SUCCESS
    assert again.standard_errors[0] > 0


def test_the_bootstrap_of_profile_values_that_are_infinite() -> None:
    """Groups are matched all the same, and slopes have errors."""
    panel = drawn("logit", seed=5, n_units=40)
    y = panel.y.copy()
    y[GROUPS == 0, 1] = 1.0
    made = Panel.from_arrays(y, panel.x)
    fit = fitted(made, "logit")
    assert fit.separated[0, 1]
    found = Bootstrap(20).covariance(made, fit, np.random.default_rng(2))
    assert found.status == InferenceStatus.SUCCESS
    assert np.isfinite(found.standard_errors).all()
    assert np.isnan(found.profile_errors(2, 5)[0, 1])


def test_what_does_not_suit_is_refused() -> None:
    panel = drawn("logit", seed=2, n_units=40)
    fit = fitted(panel, "logit")
    for method in (LargeT(), FixedT()):
        with refused(
            "groups with profiles over time", "logit outcomes", "Use LossErrors or Bootstrap"
        ):
            method.covariance(panel, fit, RNG)
    levels = GivenGroupsM(Logit(), tuple(GROUPS.tolist()), "constant").fit(panel, RNG)
    with refused("groups with profiles over time", "groups with levels, logit outcomes"):
        calibrate(panel, levels)
    squares = grouped(0)
    with refused("LossErrors is for fits under a loss", "Use LargeT"):
        LossErrors().covariance(squares, GFE(2, MultiStart(5)).fit(squares, RNG), RNG)
    with refused("`kind` must be known"):
        LossErrors("robust")
    other = Panel.from_arrays(1.0 - panel.y, panel.x)
    with refused("The fit must be one of this panel"):
        LossErrors().covariance(other, fit, RNG)
    apart = Panel.from_arrays((panel.x[:, :, 0] > 0).astype(float), panel.x)
    failed = GroupedM(Logit(), 1).fit(apart, RNG)
    found = LossErrors().covariance(apart, failed, RNG)
    assert found.status == InferenceStatus.FIT_FAILED
