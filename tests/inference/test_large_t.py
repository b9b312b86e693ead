"""Variances as if the groups were known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import (
    FCR,
    GFE,
    CKMeans,
    Fit,
    FixedT,
    FuzzySandwich,
    InferenceStatus,
    LargeT,
    MinimumSize,
    Panel,
    SlopeErrors,
    Status,
    TwoWay,
)
from gfe_mc.inference.large_t import DEVIATIONS, ERRORS, PROFILES
from gfe_mc.papers.income_democracy import CUMULATIVE
from gfe_mc.published.loader import published
from tests.helpers import PooledOLS, refused
from tests.inference.panels import RNG, fitted, grouped, parts
from tests.reference.inference_numpy import design, sandwich

WORSE_IN_PRINT = (12, 13)
"""Numbers of groups whose printed estimates are of a local minimum."""


def test_by_hand() -> None:
    """One group: xd is -1, 1 and 0 by unit, sum xd^2 = 4, and residuals are the outcomes.

    The scores of theta are 1, 1 and 0. White's alone have squares 1, 4, 1, 4. An error of theta
    moves alpha_t by as much the other way, as x has mean 1.
    """
    y = np.array([[1.0, -2.0], [-1.0, 2.0], [0.0, 0.0]])
    panel = Panel.from_arrays(y, np.repeat([[0.0], [2.0], [1.0]], 2, axis=1)[:, :, None])
    fit = Fit(theta=np.zeros(1), alpha=np.zeros((1, 2)), groups=np.zeros(3, int))

    def joint(method: LargeT) -> np.ndarray:
        found = method.covariance(panel, fit, RNG)
        assert found.joint is not None
        return found.joint

    given = [[2 / 16, 0, 0], [0, 2 / 9, -4 / 9], [0, -4 / 9, 8 / 9]]
    np.testing.assert_allclose(joint(LargeT(profiles="given_theta")), given, rtol=1e-14)
    # By unit, theta: 3, 3, 0; alpha_1: 4 - 3, -4 - 3, 0; alpha_2: -8 - 3, 8 - 3, 0; all over 12.
    influences = np.array([[3.0, 1.0, -11.0], [3.0, -7.0, 5.0]]) / 12
    np.testing.assert_allclose(joint(LargeT()), influences.T @ influences, rtol=1e-14)
    white = joint(LargeT(errors="white", profiles="given_theta"))
    np.testing.assert_allclose(white, np.diag([10 / 16, 2 / 9, 8 / 9]), rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("n_regressors", [0, 1, 2])
@pytest.mark.parametrize("errors", ["clustered", "white", "newey_west"])
def test_it_is_the_sandwich_of_least_squares_with_dummies(errors: str, n_regressors: int) -> None:
    panel = grouped(1, n_regressors=n_regressors)
    fit = fitted(panel)
    _, _, groups = parts(fit)
    lags = 2 if errors == "newey_west" else None
    weight = {
        "clustered": np.ones(4),
        "white": np.array([1.0, 0.0, 0.0, 0.0]),
        "newey_west": np.array([1.0, 2 / 3, 1 / 3, 0.0]),
    }[errors]
    expected = sandwich(design(panel.x, groups, 3), fit.residuals(panel), weight)
    found = LargeT(errors=errors, lags=lags).covariance(panel, fit, RNG)
    assert found.status == InferenceStatus.SUCCESS
    assert found.joint is not None
    np.testing.assert_allclose(found.joint, expected, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found.theta, expected[:n_regressors, :n_regressors], rtol=1e-8)


def test_no_lags_is_white_and_all_lags_weigh_by_bartlett() -> None:
    panel = grouped(2)
    fit = fitted(panel)
    white = LargeT(errors="white").covariance(panel, fit, RNG)
    none = LargeT(errors="newey_west", lags=0).covariance(panel, fit, RNG)
    np.testing.assert_array_equal(white.theta, none.theta)
    # With T = 4 the rule of thumb gives one lag: 4 (4 / 100)^(2/9) = 1.96.
    rule = LargeT(errors="newey_west").covariance(panel, fit, RNG)
    one = LargeT(errors="newey_west", lags=1).covariance(panel, fit, RNG)
    np.testing.assert_array_equal(rule.theta, one.theta)


def test_white_given_theta_is_equation_22() -> None:
    panel = grouped(3)
    fit = fitted(panel)
    _, alpha, groups = parts(fit)
    found = LargeT(errors="white", profiles="given_theta").covariance(panel, fit, RNG)
    residuals = fit.residuals(panel)
    expected = np.array(
        [
            [sum(residuals[groups == g, t] ** 2) / sum(groups == g) ** 2 for t in range(4)]
            for g in range(len(alpha))
        ]
    )
    np.testing.assert_allclose(found.profile_errors(3, 4), np.sqrt(expected), rtol=1e-12)
    assert found.joint is not None
    assert (found.joint[:2, 2:] == 0.0).all()
    assert (found.joint[2:, :2] == 0.0).all()
    # The estimation of theta changes the errors of the profiles, and not those of theta.
    joint = LargeT(errors="white").covariance(panel, fit, RNG)
    np.testing.assert_allclose(joint.theta, found.theta, rtol=1e-12)
    assert not np.allclose(joint.profile_errors(3, 4), found.profile_errors(3, 4), rtol=1e-3)


def test_clustered_given_theta_has_the_products_within_units() -> None:
    panel = grouped(12)
    fit = fitted(panel)
    _, alpha, groups = parts(fit)
    found = LargeT(profiles="given_theta").covariance(panel, fit, RNG).joint
    assert found is not None
    residuals = fit.residuals(panel)
    expected = np.zeros((12, 12))
    for g in range(len(alpha)):
        own = residuals[groups == g] / sum(groups == g)
        expected[4 * g : 4 * g + 4, 4 * g : 4 * g + 4] = own.T @ own
    np.testing.assert_allclose(found[2:, 2:], expected, rtol=1e-12, atol=1e-16)
    assert (found[:2, 2:] == 0.0).all()
    assert (found[2:, :2] == 0.0).all()


def test_small_sample_factors_by_hand() -> None:
    panel = grouped(4)  # N T = 96, G T + K = 14.
    fit = fitted(panel)
    plain = LargeT().covariance(panel, fit, RNG).theta
    degrees = LargeT(small_sample="NT-GT-K").covariance(panel, fit, RNG).theta
    np.testing.assert_allclose(degrees, plain * 96 / 82, rtol=1e-12)
    cluster = LargeT(small_sample="cluster").covariance(panel, fit, RNG).theta
    np.testing.assert_allclose(cluster, plain * 24 / 23 * 95 / 82, rtol=1e-12)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    errors=st.sampled_from(ERRORS),
    profiles=st.sampled_from(PROFILES),
    labels=st.permutations(range(3)),
)
def test_relabelling_and_the_order_of_units_do_not_matter(
    seed: int, errors: str, profiles: str, labels: list[int]
) -> None:
    panel = grouped(seed)
    fit = fitted(panel)
    _, alpha, groups = parts(fit)
    method = LargeT(errors=errors, profiles=profiles)
    before = method.covariance(panel, fit, RNG)
    order = np.random.default_rng(seed).permutation(24)
    shuffled = Panel.from_arrays(panel.y[order], panel.x[order])
    relabelled = replace(fit, alpha=alpha[labels], groups=np.argsort(labels)[groups][order])
    after = method.covariance(shuffled, relabelled, RNG)
    assert after.status == before.status == InferenceStatus.SUCCESS
    np.testing.assert_allclose(after.theta, before.theta, rtol=1e-8)
    np.testing.assert_allclose(
        after.profile_errors(3, 4), before.profile_errors(3, 4)[labels], rtol=1e-8
    )


def test_scales_of_outcome_and_regressors() -> None:
    panel = grouped(6)
    before = LargeT().covariance(panel, fitted(panel), RNG)
    scale = np.array([10.0, 0.01])
    scaled = Panel.from_arrays(100.0 * panel.y, scale * panel.x)
    after = LargeT().covariance(scaled, fitted(scaled), RNG)
    np.testing.assert_allclose(
        after.standard_errors, 100.0 / scale * before.standard_errors, rtol=1e-8
    )


def test_unit_effects_are_least_squares_with_unit_dummies() -> None:
    panel = grouped(7, n_groups=2)
    fit = TwoWay().fit(panel, RNG)
    n_units, n_periods, _ = panel.shape
    units = np.repeat(np.eye(n_units), n_periods, axis=0)[:, 1:].reshape(n_units, n_periods, -1)
    periods = np.tile(np.eye(n_periods), (n_units, 1)).reshape(n_units, n_periods, -1)
    w = np.concatenate([panel.x, units, periods], axis=2)
    flat = w.reshape(-1, w.shape[2])
    coefficients = np.linalg.lstsq(flat, panel.y.ravel(), rcond=None)[0]
    residuals = (panel.y.ravel() - flat @ coefficients).reshape(n_units, n_periods)
    np.testing.assert_allclose(fit.theta, coefficients[:2], rtol=1e-9)
    expected = sandwich(w, residuals, np.ones(n_periods))[:2, :2]
    found = LargeT(unit_effects=True).covariance(panel, fit, RNG)
    np.testing.assert_allclose(found.theta, expected, rtol=1e-8)
    cluster = LargeT(unit_effects=True, small_sample="cluster").covariance(panel, fit, RNG)
    factor = 24 / 23 * 95 / (96 - 2 - 4 - 23)
    np.testing.assert_allclose(cluster.theta, factor * expected, rtol=1e-8)
    degrees = LargeT(unit_effects=True, small_sample="NT-GT-K").covariance(panel, fit, RNG)
    np.testing.assert_allclose(degrees.theta, 96 / (96 - 2 - 4 - 23) * expected, rtol=1e-8)


def test_a_group_of_one_unit_has_no_errors_and_a_note_says_so() -> None:
    panel = grouped(8, n_units=13, n_groups=3)
    fit = fitted(panel)
    alone = replace(fit, objective=np.nan, groups=np.array([2, *[0, 1] * 6]))
    residual_free = replace(alone, alpha=_means(panel, alone))
    found = LargeT().covariance(panel, residual_free, RNG)
    assert found.status == InferenceStatus.SUCCESS
    errors = found.profile_errors(3, 4)
    assert np.isnan(errors[2]).all()
    assert np.isfinite(errors[:2]).all()
    assert np.isfinite(found.theta).all()
    assert any("group 3" in note for note in found.notes)
    assert found.joint is not None
    alone_in_joint = np.arange(14) >= 2 + 2 * 4
    np.testing.assert_array_equal(
        np.isnan(found.joint), alone_in_joint[:, None] | alone_in_joint[None, :]
    )


def _means(panel: Panel, fit: Fit) -> np.ndarray:
    assert fit.groups is not None
    rest = panel.y - panel.x @ fit.theta
    return np.array([rest[fit.groups == g].mean(axis=0) for g in range(3)])


def test_what_cannot_be_computed_is_a_status() -> None:
    panel = grouped(9)
    fit = fitted(panel)

    def status(method: LargeT, panel: Panel, fit: Fit) -> InferenceStatus:
        found = method.covariance(panel, fit, RNG)
        assert np.isnan(found.theta).all()
        assert found.notes
        return found.status

    failed = replace(fit, theta=np.full(2, np.nan), status=Status.COLLINEAR)
    assert status(LargeT(), panel, failed) == InferenceStatus.FIT_FAILED
    # A regressor that is constant within each group and period.
    _, alpha, groups = parts(fit)
    x = panel.x.copy()
    x[:, :, 1] = alpha[groups]
    constant = Panel.from_arrays(panel.y, x)
    assert status(LargeT(), constant, replace(fit, objective=np.nan)) == InferenceStatus.SINGULAR
    few = Panel.from_arrays(panel.y[:2], panel.x[:2])
    of_few = replace(fit, objective=np.nan, groups=np.array([0, 1]), alpha=alpha[:2])
    assert status(LargeT(), few, of_few) == InferenceStatus.TOO_FEW_UNITS
    assert status(LargeT(errors="white"), few, of_few) == InferenceStatus.NO_FREEDOM
    # Products of residuals of this size are beyond the largest number.
    huge = Panel.from_arrays(panel.y * 1e160, panel.x)
    of_huge = replace(fit, objective=np.nan, theta=1e160 * fit.theta, alpha=1e160 * alpha)
    assert status(LargeT(), huge, of_huge) == InferenceStatus.NOT_FINITE
    wide = Panel.from_arrays(panel.y, panel.x * 1e160)
    of_wide = replace(fit, objective=np.nan, theta=1e-160 * fit.theta)
    assert status(LargeT(), wide, of_wide) == InferenceStatus.NOT_FINITE


@pytest.mark.parametrize("n_regressors", [0, 2])
def test_profiles_that_are_not_numbers_are_a_status(n_regressors: int) -> None:
    panel = grouped(9, n_regressors=n_regressors)
    fit = fitted(panel)
    lost = parts(fit)[1].copy()
    lost[0] = np.nan
    found = LargeT().covariance(panel, replace(fit, alpha=lost), RNG)
    assert found.status == InferenceStatus.NOT_FINITE
    assert found.joint is None


def test_whether_regressors_vary_is_judged_in_their_own_units() -> None:
    panel = grouped(13)
    fit = fitted(panel)
    before = LargeT().covariance(panel, fit, RNG).standard_errors
    for scale in (1e-9, 1e9):
        scaled = Panel.from_arrays(panel.y, panel.x * scale)
        found = LargeT().covariance(
            scaled, replace(fit, objective=np.nan, theta=fit.theta / scale), RNG
        )
        assert found.status == InferenceStatus.SUCCESS
        np.testing.assert_allclose(found.standard_errors, before / scale, rtol=1e-8)


def test_fewer_units_than_parameters_is_noted() -> None:
    panel = grouped(10, n_units=12)
    found = LargeT().covariance(panel, fitted(panel), RNG)
    assert found.status == InferenceStatus.SUCCESS
    assert any("fewer units (12)" in note for note in found.notes)


def test_options_are_checked() -> None:
    with refused("`errors` must be known"):
        LargeT(errors="robust")
    with refused("`small_sample` must be known"):
        LargeT(small_sample="N")
    with refused("`profiles` must be known"):
        LargeT(profiles="none")
    with refused("`lags` is a whole number"):
        LargeT(lags=1)
    for lags in (-1, 1.5, True):
        with refused("`lags` is a whole number"):
            LargeT(errors="newey_west", lags=lags)  # type: ignore[arg-type]
    panel = grouped(11)
    with refused("There must be fewer lags than periods"):
        LargeT(errors="newey_west", lags=4).covariance(panel, fitted(panel), RNG)
    observed = np.ones((24, 4), bool)
    observed[0, 0] = False
    gaps = Panel.from_arrays(panel.y, panel.x, observed=observed)
    with refused("LargeT does what the fit's model says"):
        LargeT(profiles="given_theta").covariance(gaps, fitted(panel), RNG)


def test_a_fit_of_another_panel_is_refused() -> None:
    panel = grouped(4)
    shorter = Panel.from_arrays(panel.y[:, :3], panel.x[:, :3])
    with refused("The fit must be one of this panel"):
        LargeT().covariance(shorter, fitted(panel), RNG)


@pytest.fixture(scope="module")
def fits(democracy: Panel) -> dict[int, Fit]:
    return {g: GFE(g).fit(democracy, np.random.default_rng(0)) for g in range(1, 16)}


def test_unrounded_published_errors(
    democracy: Panel, fits: dict[int, Fit], democracy_estimates_path: str
) -> None:
    expected = pd.read_csv(democracy_estimates_path).set_index("groups")
    for groups, fit in fits.items():
        if groups in WORSE_IN_PRINT:
            continue
        found = LargeT(small_sample="NT-GT-K").covariance(democracy, fit, RNG)
        row = expected.loc[groups]
        errors = [*found.standard_errors, found.error_of(CUMULATIVE, fit.theta)]
        names = ("lag_democracy", "income", "cumulative_income")
        for error, name in zip(errors, names, strict=True):
            assert error == pytest.approx(row[f"se_large_t_{name}"], abs=1e-5), (groups, name)


def test_printed_errors(democracy: Panel, fits: dict[int, Fit]) -> None:
    table = published("bm_table_b2")
    chosen = table[(table["statistic"] == "se") & (table["variance"] == "large_t")]
    compared = 0
    for record in chosen.to_dict("records"):
        groups, parameter = str(record["G"]), str(record["parameter"])
        fit: Fit
        if groups == "FE":
            fit = TwoWay().fit(democracy, RNG)
            method = LargeT(small_sample="cluster", unit_effects=True)
        else:
            if int(groups) in WORSE_IN_PRINT:
                continue
            fit = fits[int(groups)]
            # The print has the factor of clusters in this one entry.
            special = groups == "1" and parameter == "theta1"
            method = LargeT(small_sample="cluster" if special else "NT-GT-K")
        found = method.covariance(democracy, fit, RNG)
        errors = dict(zip(("theta1", "theta2"), found.standard_errors, strict=True))
        errors["cumulative"] = found.error_of(CUMULATIVE, fit.theta)
        assert f"{errors[parameter]:.3f}" == f"{record['value']:.3f}", (groups, parameter)
        compared += 1
    assert compared == 3 * 14


def known_groups_sandwich(panel: Panel, fit: Fit) -> np.ndarray:
    """Clustered errors of least squares with group-period dummies, in deviations by unit."""
    _, alpha, groups = parts(fit)
    y = panel.y - panel.y.mean(axis=1, keepdims=True)
    x = panel.x - panel.x.mean(axis=1, keepdims=True)
    w = design(x, groups, len(alpha))
    flat = w.reshape(y.size, -1)
    # Dummies of a group's periods sum to what deviations have taken out.
    coefficients = np.linalg.lstsq(flat, y.ravel(), rcond=None)[0]
    residuals = (y.ravel() - flat @ coefficients).reshape(y.shape)
    covariance = sandwich(w, residuals, np.ones(panel.shape[1]))
    slopes = panel.shape[2]
    return np.asarray(np.sqrt(np.diag(covariance)[:slopes]))


@pytest.mark.parametrize(
    "estimator", [GFE(3, unit_effects=True), TwoWay(), FCR(3, 1.01, unit_effects=True)]
)
def test_unit_effects_of_the_model_are_taken_out_and_counted(estimator: Any) -> None:
    plain = grouped(12, n_units=30, n_periods=6)
    panel = Panel.from_arrays(plain.y + 50.0 * np.arange(30.0)[:, None], plain.x)
    fit = estimator.fit(panel, np.random.default_rng(0))
    expected = known_groups_sandwich(panel, fit)
    found = LargeT().covariance(panel, fit, RNG)
    np.testing.assert_allclose(found.standard_errors, expected, rtol=2e-3)
    size, n_groups = 180, len(parts(fit)[1])
    # Slopes, the effects of units, and profiles less one period: the units of a group have that.
    freedom = size - 2 - 5 * n_groups - 30
    scaled = LargeT(small_sample="NT-GT-K").covariance(panel, fit, RNG)
    np.testing.assert_allclose(
        scaled.standard_errors, np.sqrt(size / freedom) * found.standard_errors, rtol=1e-12
    )
    assert scaled.notes == LargeT().covariance(panel, fit, RNG).notes
    for small_sample in ("none", "NT-GT-K", "cluster"):
        told = LargeT(small_sample=small_sample, unit_effects=True).covariance(panel, fit, RNG)
        knew = LargeT(small_sample=small_sample).covariance(panel, fit, RNG)
        np.testing.assert_array_equal(told.theta, knew.theta)


def test_a_panel_in_deviations_is_noticed_where_the_fit_does_not_say() -> None:
    panel = grouped(13)
    seen = panel.within_units()
    method = LargeT(small_sample="NT-GT-K")
    assert DEVIATIONS in method.covariance(seen, fitted(seen), RNG).notes
    assert DEVIATIONS not in method.covariance(panel, fitted(panel), RNG).notes
    known = TwoWay().fit(panel, RNG)
    assert DEVIATIONS not in method.covariance(panel, known, RNG).notes


def test_fits_of_another_model_are_refused_with_what_would_do() -> None:
    panel = grouped(14, n_periods=7)
    rng = np.random.default_rng(0)
    small = MinimumSize(1, 0.0)
    for estimator, use in (
        (CKMeans(2, minimum=small), "Use SlopeErrors"),
        (FCR(2, 1.5, group_specific=("x1",)), "Use FuzzySandwich"),
        (PooledOLS(), "Use Bootstrap"),
    ):
        fit = estimator.fit(panel, rng)
        with refused(use):
            LargeT().covariance(panel, fit, RNG)
        with refused(use):
            FixedT().covariance(panel, fit, RNG)
    with refused("Use FuzzySandwich"):
        FixedT().covariance(panel, FCR(2, 1.5).fit(panel, rng), RNG)
    for other in (SlopeErrors(), FuzzySandwich()):
        with refused("Use LargeT, FixedT or Bootstrap"):
            other.covariance(panel, fitted(panel), RNG)
    with refused("Use FuzzySandwich"):
        SlopeErrors().covariance(panel, FCR(2, 1.5).fit(panel, rng), RNG)
    with refused("Use SlopeErrors"):
        FuzzySandwich().covariance(panel, CKMeans(2, minimum=small).fit(panel, rng), RNG)


def test_a_seed_is_no_generator() -> None:
    panel = grouped(14, n_periods=7)
    for method in (LargeT(), FixedT(), SlopeErrors(), FuzzySandwich()):
        with refused("Randomness must come from a generator; got 3"):
            method.covariance(panel, fitted(panel), 3)  # type: ignore[arg-type]


def test_fixed_t_takes_unit_effects_out() -> None:
    rng = np.random.default_rng(15)
    profiles = np.array([[0.0, 1.0, 2.0, 3.0], [3.0, 0.0, 3.0, 0.0]])
    x = rng.standard_normal((40, 4, 2))
    y = 9.0 * rng.standard_normal((40, 1)) + profiles[np.arange(40) % 2] + x.sum(axis=2)
    panel = Panel.from_arrays(y + 0.5 * rng.standard_normal((40, 4)), x)
    fit = GFE(2, unit_effects=True).fit(panel, np.random.default_rng(0))
    seen = panel.within_units()
    expected = FixedT().covariance(seen, GFE(2).fit(seen, np.random.default_rng(0)), RNG)
    found = FixedT().covariance(panel, fit, RNG)
    assert found.status == expected.status == InferenceStatus.SUCCESS
    np.testing.assert_array_equal(found.theta, expected.theta)
