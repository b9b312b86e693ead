"""Tests of finite mixtures of groups."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from gfe_mc import (
    GFE,
    LargeT,
    Mixture,
    MixtureErrors,
    MixtureFit,
    MultiStart,
    Panel,
    Status,
    mixture_bic,
    mixture_icl,
)
from gfe_mc.estimators.mixtures.reading import read
from gfe_mc.kernels.mixtures.arrays import empty_mixture
from gfe_mc.kernels.mixtures.ascend import ascend
from gfe_mc.metrics.misclassification import misclassification
from tests.helpers import refused
from tests.inference.panels import grouped
from tests.reference.mixture_numpy import likelihood_of, maximum, unit_logs


def fitted(panel: Panel, groups: int = 3, seed: int = 0, **options: Any) -> MixtureFit:
    options.setdefault("starts", 12)
    return Mixture(groups, **options).fit(panel, np.random.default_rng(seed))


def with_gaps(panel: Panel) -> Panel:
    observed = np.ones(panel.y.shape, bool)
    observed[[0, 3, 5, 5], [1, 0, 2, 3]] = False
    return Panel.from_arrays(panel.y, panel.x, observed=observed)


def drawn(n_units: int, seed: int, *, gap: float = 2.0) -> tuple[Panel, np.ndarray]:
    """Two groups whose shares are a logit in z, with which x goes as well; and the groups."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal(n_units)
    groups = (rng.random(n_units) < 1 / (1 + np.exp(-(0.5 + 1.0 * z)))).astype(int)
    alpha = gap * np.array([[0.0, 0.0, 0.0, 0.0], [1.0, -1.0, 1.0, 0.5]])
    x = rng.standard_normal((n_units, 4)) + z[:, None]
    y = 0.7 * x + alpha[groups] + rng.standard_normal((n_units, 4))
    series = np.stack([x, np.repeat(z[:, None], 4, axis=1)], axis=2)
    return Panel.from_arrays(y, series, regressors=("x", "z")), groups


def panel_of(panel: Panel, name: str) -> Panel:
    """The panel with one of its regressors."""
    k = panel.regressors.index(name)
    return Panel.from_arrays(panel.y, panel.x[:, :, [k]], regressors=(name,))


def test_one_group_is_least_squares_with_period_effects() -> None:
    panel = grouped(0)
    fit = fitted(panel, 1)
    x = (panel.x - panel.x.mean(axis=0)).reshape(-1, 2)
    y = (panel.y - panel.y.mean(axis=0)).ravel()
    theta, squares = np.linalg.lstsq(x, y, rcond=None)[:2]
    np.testing.assert_allclose(fit.theta, theta, rtol=1e-10)
    n_cells = panel.y.size
    np.testing.assert_allclose(fit.sigma2, squares / n_cells, rtol=1e-10)
    expected = -n_cells / 2 * (np.log(2 * np.pi * squares[0] / n_cells) + 1)
    assert fit.log_likelihood == pytest.approx(expected, rel=1e-12)
    assert (fit.n_parameters, fit.n_tries) == (2 + 4 + 1, 1)
    assert fit.description == "period effects"


def test_two_points_far_apart() -> None:
    y = np.array([[0.0], [2.0], [100.0], [102.0], [104.0]])
    fit = fitted(Panel.from_arrays(y), 2)
    np.testing.assert_array_equal(fit.groups, [0, 0, 1, 1, 1])
    np.testing.assert_allclose(fit.alpha, [[1.0], [102.0]], rtol=1e-12)
    np.testing.assert_allclose(fit.probabilities, np.tile([0.4, 0.6], (5, 1)), rtol=1e-12)
    np.testing.assert_allclose(fit.sigma2, (2 + 8) / 5, rtol=1e-12)
    np.testing.assert_allclose(fit.gamma, [[0.0], [np.log(1.5)]], rtol=1e-12)


@pytest.mark.parametrize("n_groups", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_it_is_the_maximum_that_direct_maximisation_finds(n_groups: int) -> None:
    panel = grouped(3, n_units=18, n_periods=2, n_regressors=1)
    fit = fitted(panel, n_groups, starts=40)
    assert fit.status == Status.SUCCESS
    assert fit.log_likelihood == pytest.approx(
        maximum(panel, n_groups, 6 * (n_groups - 1)), abs=1e-5
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"variance": "group"},
        {"unit_effects": True},
        {"membership": "logit", "characteristics": ("x1",)},
        {"membership": "logit", "characteristics": ("x1", "x2"), "membership_only": ("x2",)},
    ],
)
@pytest.mark.parametrize("gaps", [False, True])
def test_likelihood_and_memberships_are_those_of_the_estimates(
    options: dict[str, Any], gaps: bool
) -> None:
    panel = with_gaps(grouped(5)) if gaps else grouped(5)
    fit = fitted(panel, 2, **options)
    units = likelihood_of(panel, fit)
    assert fit.log_likelihood == pytest.approx(units.sum(), abs=1e-8)
    assert fit.objective == -fit.log_likelihood
    logs = unit_logs(
        panel, fit.theta, fit.alpha, fit.sigma2, np.log(fit.probabilities), fit.model.unit_effects
    )
    np.testing.assert_allclose(fit.memberships, np.exp(logs - units[:, None]), atol=1e-9)
    np.testing.assert_array_equal(fit.groups, fit.memberships.argmax(axis=1))
    # It is a maximum: no parameter gains by a step either way.
    for name in ("theta", "alpha", "sigma2", "gamma"):
        value = getattr(fit, name)
        for place in np.ndindex(value.shape):
            if name == "gamma" and place[0] == 0:
                continue
            if name == "theta" and panel.regressors[place[0]] in fit.membership_only:
                continue
            for step in (-0.02, 0.02):
                moved = value.copy()
                moved[... if name == "sigma2" and fit.variance == "common" else place] += step * (
                    fit.sigma2[0] if name == "sigma2" else 1.0
                )
                if name == "alpha" and fit.model.unit_effects:
                    moved[place[0]] -= moved[place[0]].mean()
                assert likelihood_of(panel, fit, **{name: moved}).sum() < fit.log_likelihood


@pytest.mark.parametrize("by_group", [False, True])
@pytest.mark.parametrize("characteristics", [(), ("x1",)])
def test_the_likelihood_never_falls(by_group: bool, characteristics: tuple[str, ...]) -> None:
    panel = with_gaps(grouped(7, n_units=30))
    data = read(panel, unit_effects=False, characteristics=characteristics).data
    rng = np.random.default_rng(0)
    now, path = empty_mixture(data, 3), np.full(400, np.nan)
    for _ in range(5):
        now.shares[:] = rng.dirichlet(np.ones(3), len(data.products))
        value, n, _ = ascend(data, by_group, 1e-9, len(path), now, path)
        assert value == path[n - 1]
        assert n > 3
        assert np.diff(path[:n]).min() >= -1e-10 * abs(value)


@pytest.mark.parametrize("sigma", [0.1, 1.0, 30.0])
def test_with_probabilities_of_their_own_for_units_it_is_gfe(sigma: float) -> None:
    """Equation (S14): the maximum over pi_i is at a vertex, and the rest is least squares."""
    n_units, panel = 7, grouped(11, n_units=7, n_periods=3, n_regressors=1)
    gfe = GFE(2, MultiStart(200)).fit(panel, np.random.default_rng(0))
    inner = np.random.default_rng(1).dirichlet(np.ones(2), n_units)
    best, where = -np.inf, None
    # Parameters of any grouping are candidates; at each, pi_i is chosen freely.
    for labels in itertools.product((0, 1), repeat=n_units - 1):
        groups = np.array([0, *labels])
        if groups.max() == 0:
            continue
        dummies = np.kron(groups[:, None] == [0, 1], np.eye(3))
        design = np.column_stack([dummies, panel.x.ravel()])
        found = np.linalg.lstsq(design, panel.y.ravel(), rcond=None)[0]
        theta, alpha = found[6:], found[:6].reshape(2, 3)
        left = (panel.y - panel.x @ theta)[:, None] - alpha
        logs = norm.logpdf(left, scale=sigma).sum(axis=2)
        value = logs.max(axis=1).sum()
        assert logsumexp(logs + np.log(inner), axis=1).sum() <= value
        if value > best:
            best, where = value, (theta, logs.argmax(axis=1))
    assert where is not None
    np.testing.assert_allclose(where[0], gfe.theta, rtol=1e-8)
    assert misclassification(where[1], gfe.groups) == 0
    constant = -panel.y.size / 2 * np.log(2 * np.pi * sigma**2)
    assert best == pytest.approx(constant - gfe.objective / (2 * sigma**2), rel=1e-9)


def test_units_in_another_order_and_measure() -> None:
    panel = grouped(2)
    fit = fitted(panel)
    order = np.random.default_rng(3).permutation(panel.shape[0])
    again = fitted(Panel.from_arrays(3.0 * panel.y[order] + 1.0, 2.0 * panel.x[order]))
    np.testing.assert_allclose(again.theta, 1.5 * fit.theta, rtol=1e-4)
    np.testing.assert_allclose(again.sigma2, 9.0 * fit.sigma2, rtol=1e-4)
    shift = panel.y.size * np.log(3.0)
    assert again.log_likelihood == pytest.approx(fit.log_likelihood - shift, abs=1e-5)
    assert misclassification(again.groups, fit.groups[order]) == 0


def test_unit_effects_leave_levels_out_of_it() -> None:
    panel = grouped(4)
    levels = 50.0 * np.random.default_rng(0).standard_normal((panel.shape[0], 1))
    fit = fitted(panel, unit_effects=True)
    moved = fitted(Panel.from_arrays(panel.y + levels, panel.x), unit_effects=True)
    np.testing.assert_allclose(moved.theta, fit.theta, rtol=1e-6)
    assert fit.mu is not None
    assert moved.mu is not None
    np.testing.assert_allclose(moved.mu - fit.mu, levels[:, 0], atol=1e-6)
    np.testing.assert_allclose(fit.alpha.sum(axis=1), 0.0, atol=1e-10)
    # T - 1 contrasts a unit.
    one = fitted(panel, 1, unit_effects=True)
    assert one.sigma2[0] == pytest.approx((one.residuals(panel) ** 2).sum() / (24 * 3), rel=1e-10)
    assert one.n_parameters == 2 + 3 + 1


def test_a_logit_finds_what_memberships_go_with() -> None:
    panel, groups = drawn(400, 0)
    options: dict[str, Any] = {"membership": "logit", "characteristics": ("z",)}
    fit = fitted(panel, 2, membership_only=("z",), **options)
    assert misclassification(fit.groups, groups) < 0.1
    assert fit.theta[1] == 0.0
    assert fit.theta[0] == pytest.approx(0.7, abs=0.1)
    # The first component is that of the first unit.
    sign = 1.0 if groups[0] == 0 else -1.0
    np.testing.assert_allclose(sign * fit.gamma[1], [0.5, 1.0], atol=0.5)
    # Its value outside is the same when the characteristic is measured otherwise.
    other = Panel.from_arrays(panel.y, panel.x * [1.0, 1000.0] + [0.0, 5.0], regressors=("x", "z"))
    moved = fitted(other, 2, membership_only=("z",), **options)
    assert moved.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-5)
    np.testing.assert_allclose(moved.probabilities, fit.probabilities, atol=1e-4)


def test_common_probabilities_are_a_logit_in_nothing() -> None:
    panel, _ = drawn(60, 1)
    common = fitted(panel, 2)
    z = np.tile(np.random.default_rng(2).standard_normal((60, 1)), (1, 4))
    with_noise = Panel.from_arrays(
        panel.y, np.concatenate([panel.x, z[:, :, None]], axis=2), regressors=("x", "z", "noise")
    )
    logit = fitted(
        with_noise, 2, membership="logit", characteristics=("noise",), membership_only=("noise",)
    )
    # One parameter more, that means nothing: twice the gain is chi-squared.
    assert 0 <= logit.log_likelihood - common.log_likelihood < 6
    assert logit.n_parameters == common.n_parameters + 1


def test_a_component_that_keeps_one_unit_has_collapsed() -> None:
    rng = np.random.default_rng(0)
    y = rng.standard_normal((5, 6))
    fit = fitted(Panel.from_arrays(y), 3, variance="group")
    assert fit.status == Status.COLLAPSED
    assert not fit.status.usable
    assert fitted(Panel.from_arrays(y), 3).status == Status.SUCCESS
    with refused("need a likelihood"):
        mixture_bic(fit)


def test_no_residuals_are_an_exact_fit() -> None:
    y = np.array([[0.0, 1.0], [0.0, 1.0], [5.0, 3.0], [5.0, 3.0]])
    assert fitted(Panel.from_arrays(y), 2).status == Status.EXACT_FIT


def test_characteristics_that_tell_all_are_separation() -> None:
    panel, groups = drawn(40, 0, gap=20.0)
    x = panel.x.copy()
    x[:, :, 1] = (groups + 0.1 * np.random.default_rng(1).random(40))[:, None]
    told = Panel.from_arrays(panel.y, x, regressors=("x", "z"))
    fit = fitted(told, 2, membership="logit", characteristics=("z",), membership_only=("z",))
    assert fit.status == Status.MEMBERSHIP_SEPARATED
    assert fit.status.usable
    # Slopes and profiles are those of groups that are known.
    gfe = GFE(2, MultiStart(20)).fit(panel_of(told, "x"), np.random.default_rng(0))
    np.testing.assert_allclose(fit.theta[0], gfe.theta[0], rtol=1e-6)
    np.testing.assert_allclose(fit.alpha, gfe.alpha, rtol=1e-6, atol=1e-8)
    found = MixtureErrors().covariance(told, fit, np.random.default_rng(0))
    assert found.membership is not None
    assert np.isnan(found.membership).all()
    known = LargeT().covariance(panel_of(told, "x"), gfe, np.random.default_rng(0))
    np.testing.assert_allclose(found.theta[0, 0], known.theta[0, 0], rtol=1e-5)
    assert any("held where it is" in note for note in found.notes)


def test_a_limit_that_is_reached_is_said() -> None:
    fit = fitted(grouped(6), limit=1)
    assert fit.status == Status.ITERATION_LIMIT


def test_criteria_by_hand() -> None:
    fit = fitted(grouped(8))
    one = replace(
        fit,
        log_likelihood=-10.0,
        n_parameters=3,
        memberships=np.array([[0.5, 0.5], [1.0, 0.0]]),
    )
    assert mixture_bic(one) == pytest.approx(20 + 3 * np.log(2))
    assert mixture_icl(one) == pytest.approx(20 + 3 * np.log(2) + 2 * np.log(2))
    assert fit.n_parameters == 2 + 3 * 4 + 1 + 2
    with refused("need a mixture"):
        mixture_icl(GFE(2, MultiStart(5)).fit(grouped(8), np.random.default_rng(0)))


def test_criteria_choose_the_groups_that_are_far_apart() -> None:
    rng = np.random.default_rng(0)
    y = 4.0 * (np.arange(90) % 3)[:, None] + rng.standard_normal((90, 3))
    fits = [fitted(Panel.from_arrays(y), groups) for groups in (1, 2, 3, 4)]
    for criterion in (mixture_bic, mixture_icl):
        assert int(np.argmin([criterion(fit) for fit in fits])) + 1 == 3


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"membership": "probit"}, "`membership` must be known"),
        ({"membership": "logit"}, "A logit has characteristics"),
        ({"characteristics": ("x1",)}, "A logit has characteristics"),
        ({"membership_only": ("x1",)}, "must be some of the characteristics"),
        ({"variance": "unit"}, "`variance` must be known"),
        ({"tolerance": -1.0}, "`tolerance` must be"),
        ({"starts": 0}, "`starts` must be"),
        ({"unit_effects": "no"}, "`unit_effects` must be"),
    ],
)
def test_options_that_are_refused(options: dict[str, Any], wrong: str) -> None:
    with refused(wrong):
        Mixture(2, **options)


def test_panels_that_are_refused() -> None:
    panel = grouped(0)
    with refused("no more groups than units"):
        fitted(panel, 25)
    logit: dict[str, Any] = {"membership": "logit"}
    with refused("must be regressors of the panel", "income"):
        fitted(panel, characteristics=("income",), **logit)
    flat = panel.x.copy()
    flat[:, 0, 1] = 3.0
    with refused("must vary between units in the first period", "x2"):
        fitted(Panel.from_arrays(panel.y, flat), characteristics=("x2",), **logit)
    twice = panel.x.copy()
    twice[:, 0, 1] = 2.0 * twice[:, 0, 0] - 1.0
    with refused("functions of one another"):
        fitted(Panel.from_arrays(panel.y, twice), characteristics=("x1", "x2"), **logit)
    with refused("at least two periods"):
        fitted(Panel.from_arrays(panel.y[:, :1]), unit_effects=True)


@pytest.mark.slow
def test_it_is_right_on_average() -> None:
    """Overlapping groups: the logit accounts for what groups and x share, common shares do not."""
    estimates = []
    for seed in range(100):
        panel, _ = drawn(120, 100 + seed, gap=1.0)
        told: dict[str, Any] = {"membership": "logit", "characteristics": ("z",)}
        logit = fitted(panel, 2, seed, starts=6, membership_only=("z",), **told)
        only = Panel.from_arrays(panel.y, panel.x[:, :, :1])
        common = fitted(only, 2, seed, starts=6)
        estimates.append([logit.theta[0], common.theta[0]])
    errors = np.array(estimates) - 0.7
    spread = errors.std(axis=0, ddof=1) / np.sqrt(len(errors))
    assert abs(errors[:, 0].mean()) < 3.5 * spread[0]
    assert abs(errors[:, 1].mean()) > 3.5 * spread[1]
