"""Tests of the standard errors of mixtures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    GFE,
    FixedT,
    FuzzySandwich,
    InferenceStatus,
    LargeT,
    Mixture,
    MixtureErrors,
    MixtureFit,
    MultiStart,
    Panel,
    fit_panel,
    mixture_bic,
    mixture_icl,
)
from gfe_mc.inference.mixture import scores_of
from tests.estimators.mixtures.test_mixture import fitted, with_gaps
from tests.helpers import refused
from tests.inference.panels import RNG, grouped
from tests.reference.mixture_numpy import likelihood_of

OPTIONS: list[dict[str, Any]] = [
    {},
    {"variance": "group"},
    {"unit_effects": True},
    {"membership": "logit", "characteristics": ("x1", "x2"), "membership_only": ("x2",)},
]


def directions(panel: Panel, fit: MixtureFit) -> list[dict[str, np.ndarray]]:
    """What one unit of each parameter of `scores_of` adds to the fit's estimates, in order."""
    reading = scores_of(panel, fit).reading
    made, n_groups = reading.made, len(fit.alpha)
    found: list[dict[str, np.ndarray]] = []
    for j, k in enumerate(reading.used):
        theta = np.zeros(len(fit.theta))
        theta[k] = 1.0
        # What was taken out of the regressor goes with its slope.
        found.append({"theta": theta, "alpha": np.tile(-made.psi @ made.lost[j], (n_groups, 1))})
    for g in range(n_groups):
        for column in made.psi.T:
            alpha = np.zeros(fit.alpha.shape)
            alpha[g] = column
            found.append({"alpha": alpha})
    by_group = fit.variance == "group"
    for g in range(n_groups if by_group else 1):
        sigma2 = np.zeros(n_groups)
        sigma2[g if by_group else slice(None)] = 1.0
        found.append({"sigma2": sigma2})
    for g in range(1, n_groups):
        for column in reading.scale.T:
            gamma = np.zeros(fit.gamma.shape)
            gamma[g] = column
            found.append({"gamma": gamma})
    return found


def moved(fit: MixtureFit, way: dict[str, np.ndarray], step: float) -> MixtureFit:
    changed = {name: getattr(fit, name) + step * by for name, by in way.items()}
    if "sigma2" in way:
        changed["sigma2"] = fit.sigma2 * np.exp(step * way["sigma2"])
    return replace(fit, **changed)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("gaps", [False, True])
def test_scores_and_hessian_are_those_of_finite_differences(
    options: dict[str, Any], gaps: bool
) -> None:
    panel = grouped(5, n_units=14, n_periods=4)
    panel = with_gaps(panel) if gaps else panel
    fit = fitted(panel, 2, starts=4, **options)
    # Away from the maximum, where sums of scores are not zero.
    fit = moved(fit, directions(panel, fit)[0], 0.1)
    fit = moved(fit, directions(panel, fit)[-1], 0.2)
    found = scores_of(panel, fit)
    ways = directions(panel, fit)
    assert found.scores.shape == (14, len(ways))
    assert found.log_likelihood == pytest.approx(likelihood_of(panel, fit).sum(), abs=1e-8)
    h = 1e-5
    for j, way in enumerate(ways):
        up, down = moved(fit, way, h), moved(fit, way, -h)
        scores = (likelihood_of(panel, up) - likelihood_of(panel, down)) / (2 * h)
        np.testing.assert_allclose(found.scores[:, j], scores, atol=1e-6)
        sums = (scores_of(panel, up).scores - scores_of(panel, down).scores).sum(axis=0)
        np.testing.assert_allclose(found.hessian[j], sums / (2 * h), atol=1e-5, rtol=1e-6)


def test_one_group_has_the_errors_of_least_squares() -> None:
    panel = grouped(0)
    fit = fitted(panel, 1)
    x = panel.x - panel.x.mean(axis=0)
    bread = np.linalg.inv(np.einsum("itk,itl->kl", x, x))
    scores = np.einsum("itk,it->ik", x, fit.residuals(panel))
    clustered = bread @ scores.T @ scores @ bread
    found = MixtureErrors().covariance(panel, fit, RNG)
    np.testing.assert_allclose(found.theta, clustered, rtol=1e-6)
    plain = MixtureErrors("information").covariance(panel, fit, RNG)
    np.testing.assert_allclose(plain.theta, fit.sigma2[0] * bread, rtol=1e-6)
    assert plain.joint is not None
    # Profiles are period means of y - x'theta.
    means = panel.x.mean(axis=0)
    expected = fit.sigma2[0] / 24 + np.einsum("tk,kl,tl->t", means, plain.theta, means)
    np.testing.assert_allclose(np.diag(plain.joint)[2:], expected, rtol=1e-6)


def test_groups_far_apart_have_the_errors_of_known_ones() -> None:
    panel = grouped(1)
    panel = Panel.from_arrays(panel.y + 40.0 * (np.arange(24) % 3)[:, None], panel.x)
    fit = fitted(panel, 3)
    gfe = GFE(3, MultiStart(50)).fit(panel, np.random.default_rng(0))
    np.testing.assert_allclose(fit.theta, gfe.theta, rtol=1e-8)
    found = MixtureErrors().covariance(panel, fit, RNG)
    known = LargeT().covariance(panel, gfe, RNG)
    assert found.joint is not None
    assert known.joint is not None
    np.testing.assert_allclose(found.joint, known.joint, rtol=1e-5, atol=1e-12)


def test_unit_effects_leave_profiles_without_a_level() -> None:
    panel = grouped(4)
    fit = fitted(panel, unit_effects=True)
    found = MixtureErrors("information").covariance(panel, fit, RNG)
    assert found.joint is not None
    level = np.kron(np.eye(3), np.ones(4))
    np.testing.assert_allclose(level @ found.joint[2:, 2:], 0.0, atol=1e-12)


def test_slopes_that_are_zero_have_no_errors() -> None:
    panel = grouped(5)
    fit = fitted(panel, 2, **OPTIONS[-1])
    found = MixtureErrors().covariance(panel, fit, RNG)
    assert found.standard_errors[1] == 0.0
    assert found.standard_errors[0] > 0.0
    assert found.membership is not None
    assert np.isnan(found.membership[0]).all()
    assert (found.membership[1] > 0).all()


def test_what_it_is_not_for() -> None:
    panel = grouped(2)
    fit = fitted(panel)
    for method in (LargeT(), FixedT(), FuzzySandwich()):
        with refused("Use MixtureErrors"):
            method.covariance(panel, fit, RNG)
    other = Panel.from_arrays(panel.y + np.arange(24)[:, None] % 2, panel.x)
    with refused("one of this panel", "log-likelihood"):
        MixtureErrors().covariance(other, fit, RNG)
    with refused("`kind` must be known"):
        MixtureErrors("outer")
    lost = replace(fit, alpha=np.where(np.arange(4) == 1, np.nan, fit.alpha))
    assert MixtureErrors().covariance(panel, lost, RNG).status == InferenceStatus.NOT_FINITE


def test_a_summary_says_what_a_mixture_has() -> None:
    panel = grouped(5)
    options: dict[str, Any] = {"membership": "logit", "characteristics": ("x1",), "starts": 4}
    summary = fit_panel(panel, estimator="mixture", groups=2, **options)
    fit = summary.fit
    assert isinstance(fit, MixtureFit)
    text = summary.render("text")
    assert f"Log-likelihood {fit.log_likelihood:.6f}" in text
    assert "mixture of groups with profiles over time, logit of probabilities" in text
    assert "sandwich" in text
    assert f"Error variance: {fit.sigma2[0]:.6g}" in text
    assert f"{fit.gamma[1, 1]:.4f}" in text
    assert f"BIC {mixture_bic(fit):.4f}, ICL {mixture_icl(fit):.4f}" in text
    assert '"log_likelihood"' in summary.render("json")
    assert list(summary.groups().columns) == ["unit", "group", "share_1", "share_2"]
    assert summary.covariances["sandwich"].status == InferenceStatus.SUCCESS


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say() -> None:
    """Overlapping groups, memberships of which are unknown, errors as the mixture says."""
    inside, n = 0, 200
    for seed in range(n):
        rng = np.random.default_rng([14, seed])
        groups = rng.random(150) < 0.4
        alpha = np.where(groups[:, None], [1.5, -1.0, 1.0], 0.0)
        x = rng.standard_normal((150, 3)) + rng.standard_normal((150, 1))
        panel = Panel.from_arrays(0.5 * x + alpha + rng.standard_normal((150, 3)), x[:, :, None])
        fit = Mixture(2, starts=3).fit(panel, rng)
        error = MixtureErrors().covariance(panel, fit, rng).standard_errors[0]
        inside += int(abs(fit.theta[0] - 0.5) <= 1.96 * error)
    assert abs(inside / n - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / n) + 0.01
