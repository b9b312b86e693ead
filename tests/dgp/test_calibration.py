"""Fits turned into parameters of a design."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gfe_mc import FCR, GFE, Fit, InteractiveFixedEffects, Mixture, Panel, Status
from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.dgp.calibration import Calibration, calibrate
from gfe_mc.dgp.embedded import synthetic_calibration
from tests.helpers import refused, tiny_calibration

LAG = "lag_democracy"


@pytest.fixture(scope="module")
def fit(democracy: Panel) -> Fit:
    """Three groups of the income and democracy panel."""
    return GFE(groups=3).fit(democracy, np.random.default_rng(0))


@pytest.fixture(scope="module")
def calibration(democracy: Panel, fit: Fit) -> Calibration:
    """The calibration to it."""
    return calibrate(democracy, fit, lag=LAG, source="income and democracy")


def origins(made: Calibration, calibration: Calibration) -> np.ndarray:
    """Which unit of a calibration each unit of another one is a copy of."""
    rows = {row.tobytes(): i for i, row in enumerate(calibration.residuals)}
    assert len(rows) == len(calibration.residuals)
    return np.array([rows[row.tobytes()] for row in made.residuals])


def sizes(calibration: Calibration) -> np.ndarray:
    """Number of units of each group."""
    return np.bincount(calibration.groups, minlength=calibration.n_groups)


# What a fit is turned into.


def test_parameters_are_the_estimates(democracy: Panel, fit: Fit, calibration: Calibration) -> None:
    assert calibration.theta == pytest.approx([0.40646, 0.08942], abs=1e-5)
    assert calibration.n_groups == 3
    assert calibration.alpha.shape == (3, 7)
    np.testing.assert_array_equal(calibration.alpha, fit.alpha)
    np.testing.assert_array_equal(calibration.groups, fit.groups)
    np.testing.assert_array_equal(calibration.x, democracy.x)
    assert calibration.regressors == ("lag_democracy", "lag_income")
    assert calibration.lag == 0
    assert not calibration.synthetic
    assert calibration.source == "income and democracy"


@pytest.mark.parametrize(
    ("divisor", "freedom"),
    [("NT", 630), ("NT-GT-K", 630 - 21 - 2), ("NT-GT-N-K", 630 - 21 - 90 - 2)],
)
def test_error_variance(democracy: Panel, fit: Fit, divisor: str, freedom: int) -> None:
    """Bonhomme and Manresa (2012), footnote 30; the objective is 16.59874."""
    made = calibrate(democracy, fit, lag=LAG, divisor=divisor)
    assert made.error_variance == pytest.approx(16.59874 / freedom, abs=5e-6 / freedom)


def test_the_default_divisor_is_the_paper_s(calibration: Calibration) -> None:
    assert calibration.error_variance == pytest.approx(16.59874 / 517, rel=1e-6)


def test_residuals_are_those_of_the_fit(
    democracy: Panel, fit: Fit, calibration: Calibration
) -> None:
    by_hand = democracy.y - democracy.x @ calibration.theta - calibration.alpha[calibration.groups]
    np.testing.assert_allclose(calibration.residuals, by_hand, atol=1e-12)
    assert (calibration.residuals**2).sum() == pytest.approx(fit.objective, rel=1e-10)


def test_the_initial_outcome_is_the_lag_of_the_first_year(
    democracy: Panel, fit: Fit, calibration: Calibration
) -> None:
    np.testing.assert_array_equal(calibration.initial, democracy.x[:, 0, 0])
    static = calibrate(democracy, fit)
    assert static.lag is None
    np.testing.assert_array_equal(static.initial, np.zeros(90))


def test_it_cannot_be_changed(calibration: Calibration) -> None:
    with pytest.raises(ValueError, match="read-only"):
        calibration.theta[0] = 1.0
    with pytest.raises(AttributeError):
        calibration.error_variance = 1.0  # type: ignore[misc]


def test_the_fit_is_left_as_it_was(democracy: Panel) -> None:
    mine = GFE(groups=2).fit(democracy, np.random.default_rng(0))
    calibrate(democracy, mine)
    mine.theta[0] = 1.0


# Bad input.


def test_an_unknown_divisor_is_refused(democracy: Panel, fit: Fit) -> None:
    with refused("`divisor` must be known; got 'N-1'"):
        calibrate(democracy, fit, divisor="N-1")


def test_an_unknown_lag_is_refused(democracy: Panel, fit: Fit) -> None:
    with refused("must be one of the regressors; got democracy"):
        calibrate(democracy, fit, lag="democracy")


def test_a_regressor_that_is_not_the_lag_is_refused(democracy: Panel, fit: Fit) -> None:
    with refused("`lag_income` must be democracy of the period before"):
        calibrate(democracy, fit, lag="lag_income")


def test_a_lag_that_is_off_in_one_cell_is_refused(democracy: Panel, fit: Fit) -> None:
    x = democracy.x.copy()
    x[50, 3, 0] += 0.01
    shifted = Panel.from_arrays(democracy.y, x, regressors=democracy.regressors)
    with refused("a difference of 0.01"):
        calibrate(shifted, fit, lag=LAG)


def test_too_few_degrees_of_freedom_are_refused() -> None:
    panel = Panel.from_arrays(np.eye(2))
    perfect = Fit(theta=np.zeros(0), alpha=np.eye(2), groups=np.arange(2), objective=0.0)
    with refused("NT-GT-N-K must be positive; got -2 with N=2, T=2, G=2, K=0"):
        calibrate(panel, perfect)
    with refused("NT-GT-K must be positive; got 0"):
        calibrate(panel, perfect, divisor="NT-GT-K")
    assert calibrate(panel, perfect, divisor="NT").error_variance == 0.0


@pytest.mark.parametrize("status", [s for s in Status if s != Status.SUCCESS])
def test_a_failed_fit_is_refused(democracy: Panel, fit: Fit, status: Status) -> None:
    with refused("a fit with groups that succeeded"):
        calibrate(democracy, replace(fit, status=status))


@pytest.mark.parametrize("missing", ["alpha", "groups"])
def test_a_fit_without_groups_is_refused(democracy: Panel, fit: Fit, missing: str) -> None:
    alpha = None if missing == "alpha" else fit.alpha
    groups = None if missing == "groups" else fit.groups
    with refused("got a fit without groups"):
        calibrate(democracy, Fit(fit.theta, alpha, groups, fit.objective))


def test_a_fit_of_another_model_is_refused_by_its_name(democracy: Panel) -> None:
    fit = FCR(2, 1.5).fit(democracy, np.random.default_rng(0))
    with refused("got a fit of soft groups with profiles over time"):
        calibrate(democracy, fit)


def test_a_fit_of_the_panel_without_gaps_is_refused(democracy: Panel, fit: Fit) -> None:
    observed = np.ones((90, 7), bool)
    observed[3, 2] = False
    gappy = Panel.from_arrays(democracy.y, democracy.x, observed=observed)
    with refused("The fit must be one of this panel"):
        calibrate(gappy, fit)


# Files.


@pytest.mark.parametrize("lag", [LAG, None])
def test_save_and_load(democracy: Panel, fit: Fit, tmp_path: Path, lag: str | None) -> None:
    made = calibrate(democracy, fit, lag=lag, source="here" if lag else "")
    path = tmp_path / "calibration"
    made.save(path)
    loaded = Calibration.load(path)
    assert fingerprint(loaded) == fingerprint(made)
    for name in ("lag", "regressors", "source", "synthetic", "error_variance"):
        assert getattr(loaded, name) == getattr(made, name)
        assert type(getattr(loaded, name)) is type(getattr(made, name))
    with pytest.raises(ValueError, match="read-only"):
        loaded.x[0] = 0.0


def test_save_and_load_without_regressors(tmp_path: Path) -> None:
    bare = replace(
        tiny_calibration(lag=None), theta=np.zeros(0), x=np.zeros((2, 3, 0)), regressors=()
    )
    bare.save(tmp_path / "bare.npz")
    loaded = Calibration.load(str(tmp_path / "bare.npz"))
    assert fingerprint(loaded) == fingerprint(bare)
    assert loaded.regressors == ()


def test_a_file_that_is_missing_or_another_one_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", theta=np.zeros(2))
    for path in (tmp_path / "none.npz", tmp_path / "other.npz"):
        with refused("must hold a calibration"):
            Calibration.load(path)


@pytest.mark.parametrize("content", ["", "text", "cut", "array"])
def test_a_file_that_is_no_calibration_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.npy"
    if content == "array":
        np.save(path, np.zeros(3))
    elif content == "cut":
        tiny_calibration().save(path)
        path.write_bytes(path.read_bytes()[:500])
    else:
        path.write_text(content)
    with refused("must hold a calibration"):
        Calibration.load(path)


# Other numbers of units.


@pytest.mark.parametrize("n_groups", [3, 10])
@pytest.mark.parametrize("n_units", [45, 60, 90, 91, 135, 180, 900])
def test_groups_keep_their_shares(n_units: int, n_groups: int) -> None:
    """To within one unit, as the smallest group has 1 in 45."""
    made = synthetic_calibration(n_groups, "NT")
    grown = made.with_units(n_units, np.random.default_rng(0))
    assert len(grown.groups) == n_units
    assert np.abs(sizes(grown) - n_units * sizes(made) / 90).max() < 1


@pytest.mark.parametrize("n_units", [10, 11, 20])
def test_small_groups_keep_one_unit(n_units: int) -> None:
    shrunk = synthetic_calibration(10, "NT").with_units(n_units, np.random.default_rng(0))
    assert sizes(shrunk).min() == 1
    assert sizes(shrunk).sum() == n_units


@pytest.mark.parametrize("n_units", [3, 40, 90, 200])
def test_units_are_copied_whole_and_within_their_group(
    calibration: Calibration, n_units: int
) -> None:
    made = calibration.with_units(n_units, np.random.default_rng(1))
    chosen = origins(made, calibration)
    np.testing.assert_array_equal(made.groups, calibration.groups[chosen])
    np.testing.assert_array_equal(made.x, calibration.x[chosen])
    np.testing.assert_array_equal(made.initial, calibration.initial[chosen])
    np.testing.assert_array_equal(made.alpha, calibration.alpha)
    np.testing.assert_array_equal(made.theta, calibration.theta)
    assert made.error_variance == calibration.error_variance
    assert (made.lag, made.regressors) == (calibration.lag, calibration.regressors)


@pytest.mark.parametrize("n_units", [40, 200])
def test_members_of_a_group_are_used_evenly(calibration: Calibration, n_units: int) -> None:
    """Below the panel's N none twice; above it each as often as any other, or once more."""
    made = calibration.with_units(n_units, np.random.default_rng(1))
    times = np.bincount(origins(made, calibration), minlength=90)
    for g in range(3):
        members = times[calibration.groups == g]
        assert np.ptp(members) == 1
        assert members.min() == (0 if n_units < 90 else 2)


@pytest.mark.parametrize("n_groups", [3, 5, 10])
@pytest.mark.parametrize("copies", [1, 2, 5])
def test_a_whole_multiple_copies_every_member_equally(n_groups: int, copies: int) -> None:
    made = synthetic_calibration(n_groups, "NT")
    grown = made.with_units(90 * copies, np.random.default_rng(0))
    np.testing.assert_array_equal(origins(grown, made), np.repeat(np.arange(90), copies))


def test_the_remainder_is_random_and_replays(calibration: Calibration) -> None:
    def made(seed: int) -> str:
        return fingerprint(calibration.with_units(100, np.random.default_rng(seed)))

    assert made(0) == made(0)
    assert made(0) != made(1)


@pytest.mark.parametrize("n_units", [2, 0, -1, 90.0])
def test_fewer_units_than_groups_are_refused(calibration: Calibration, n_units: int) -> None:
    with refused("`n_units` must be a whole number"):
        calibration.with_units(n_units, np.random.default_rng(0))


# Other numbers of periods.


@pytest.mark.parametrize(
    ("n_periods", "there"),
    [(2, [0, 1]), (3, [0, 1, 2]), (5, [0, 1, 2, 2, 1]), (8, [0, 1, 2, 2, 1, 0, 0, 1])],
)
def test_periods_run_back_and_forth(n_periods: int, there: list[int]) -> None:
    whole = tiny_calibration()
    assert whole.alpha.shape[1] == 3
    made = whole.with_periods(n_periods)
    np.testing.assert_array_equal(made.alpha, whole.alpha[:, there])
    np.testing.assert_array_equal(made.x, whole.x[:, there])
    np.testing.assert_array_equal(made.residuals, whole.residuals[:, there])
    np.testing.assert_array_equal(made.initial, whole.initial)
    np.testing.assert_array_equal(made.groups, whole.groups)


@pytest.mark.parametrize(("n_units", "n_periods"), [(30, 4), (90, 7), (200, 25)])
def test_a_design_of_any_size(calibration: Calibration, n_units: int, n_periods: int) -> None:
    made = calibration.with_units(n_units, np.random.default_rng(0)).with_periods(n_periods)
    sample = CalibratedDGP(made).draw(np.random.default_rng(1))
    assert sample.panel.shape == (n_units, n_periods, 2)
    assert sample.truth.alpha is not None
    assert sample.truth.alpha.shape == (3, n_periods)
    # The lagged outcome is that of the sample, across the turn as well.
    np.testing.assert_array_equal(sample.panel.x[:, 1:, 0], sample.panel.y[:, :-1])
    # What is drawn of the first periods does not depend on how many follow.
    shorter = CalibratedDGP(made.with_periods(3))
    assert shorter.calibration.alpha.tolist() == calibration.alpha[:, :3].tolist()


def test_periods_of_a_panel_with_gaps() -> None:
    whole = tiny_calibration()
    seen = np.ones(whole.residuals.shape, bool)
    seen[0, 2] = False
    gaps = replace(whole, observed=seen)
    assert gaps.with_periods(2).observed is not None
    np.testing.assert_array_equal(gaps.with_periods(2).observed, seen[:, :2])
    with refused("no more periods than its panel", "4 periods of 3", "at most 3"):
        gaps.with_periods(4)
    with refused("`n_periods` must be a whole number"):
        whole.with_periods(0)


# Factors and mixtures.


@pytest.mark.parametrize("gaps", [False, True])
def test_factors_are_profiles_of_units(democracy: Panel, gaps: bool) -> None:
    """Outcomes are slopes, factors and residuals, with as many parameters as there are."""
    panel = democracy
    if gaps:
        observed = np.ones((90, 7), bool)
        observed[[3, 50], [0, 6]] = False
        panel = Panel.from_arrays(panel.y, panel.x, observed=observed, regressors=panel.regressors)
    fit = InteractiveFixedEffects(2).fit(panel, np.random.default_rng(0))
    made = calibrate(panel, fit, lag=LAG)
    np.testing.assert_array_equal(made.groups, np.arange(90))
    np.testing.assert_allclose(made.residuals, fit.residuals(panel), atol=1e-12)
    assert np.linalg.matrix_rank(made.alpha, tol=1e-8) == 2
    size = 628 if gaps else 630
    for divisor, taken in (("NT", 0), ("NT-GT-K", 102), ("NT-GT-N-K", 192)):  # 2 (90 + 7 - 2) + 2
        variance = calibrate(panel, fit, lag=LAG, divisor=divisor).error_variance
        assert variance == pytest.approx(fit.objective / (size - taken), rel=1e-9)
    sample = CalibratedDGP(made).draw(np.random.default_rng(1)).panel
    assert sample.balanced == (not gaps)


def test_a_mixture_has_its_likeliest_groups(democracy: Panel) -> None:
    for unit_effects in (False, True):
        fit = Mixture(3, starts=2, unit_effects=unit_effects).fit(
            democracy, np.random.default_rng(0)
        )
        made = calibrate(democracy, fit, lag=LAG)
        np.testing.assert_array_equal(made.groups, fit.memberships.argmax(axis=1))
        assert made.error_variance == fit.sigma2[0]
        mu = np.zeros(90) if fit.mu is None else fit.mu
        ours = democracy.x @ fit.theta + fit.alpha[fit.groups] + mu[:, None]
        np.testing.assert_allclose(made.residuals, democracy.y - ours, atol=1e-12)
        assert (made.mu is not None) == unit_effects


def test_what_other_fits_are_refused(democracy: Panel) -> None:
    factors = InteractiveFixedEffects(1).fit(democracy, np.random.default_rng(0))
    other = Panel.from_arrays(democracy.y + 1.0, democracy.x, regressors=democracy.regressors)
    with refused("The fit must be one of this panel; got a sum of squared residuals that is "):
        calibrate(other, factors)
    fewer = Panel.from_arrays(democracy.y[:80], democracy.x[:80], regressors=democracy.regressors)
    with refused("The fit must be one of this panel; got one of 90 units, 7 periods and 2 regr"):
        calibrate(fewer, factors)
    variances = Mixture(2, variance="group", starts=2).fit(democracy, np.random.default_rng(0))
    with refused("A calibration has one error variance; got a mixture with variances by group"):
        calibrate(democracy, variances)
    with refused("A calibration is of groups with profiles over time; got a fit of "):
        calibrate(democracy, FCR(3, 2.0).fit(democracy, np.random.default_rng(0)))
