"""Panels calibrated to a fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gfe_mc import GFE, Genetic, Panel, Polynomial
from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.calibrated import ERRORS, CalibratedDGP
from gfe_mc.dgp.calibration import Calibration, calibrate
from gfe_mc.dgp.embedded import synthetic_calibration
from gfe_mc.dgp.sample import Sample
from tests.helpers import refused, tiny_calibration

DRAWS = 200


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    """The synthetic one, whose residuals do not have the error variance before scaling."""
    return synthetic_calibration(3, "NT-GT-N-K")


def errors_of(sample: Sample) -> np.ndarray:
    """What the truth does not explain of a sample, (N, T)."""
    truth, panel = sample.truth, sample.panel
    assert truth.alpha is not None
    assert truth.groups is not None
    errors: np.ndarray = panel.y - panel.x @ truth.theta - truth.alpha[truth.groups]
    return errors


def scaled(calibration: Calibration) -> np.ndarray:
    """Residuals whose mean square is the error variance."""
    residuals = calibration.residuals
    factor = np.sqrt(calibration.error_variance / np.mean(residuals**2))
    return np.asarray(residuals * factor)


# The recursion.


def test_the_recursion_by_hand() -> None:
    """Without errors; what the calibration has for the lag is not used."""
    panel = CalibratedDGP(tiny_calibration(lag=0)).draw(np.random.default_rng(0)).panel
    np.testing.assert_allclose(panel.y, [[5.0, 4.5, 7.25], [1.0, 1.5, 0.75]], rtol=1e-15)
    np.testing.assert_allclose(panel.x[:, :, 0], [[4.0, 5.0, 4.5], [2.0, 1.0, 1.5]], rtol=1e-15)
    np.testing.assert_array_equal(panel.x[:, :, 1], [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    assert panel.regressors == ("lag_y", "x")


def test_the_lag_may_be_any_regressor() -> None:
    tiny = tiny_calibration(lag=0)
    turned = replace(tiny, lag=1, theta=tiny.theta[::-1].copy(), x=tiny.x[:, :, ::-1].copy())
    panel = CalibratedDGP(turned).draw(np.random.default_rng(0)).panel
    np.testing.assert_allclose(panel.y, [[5.0, 4.5, 7.25], [1.0, 1.5, 0.75]], rtol=1e-15)


def test_a_static_model_by_hand() -> None:
    tiny = tiny_calibration(lag=None)
    panel = CalibratedDGP(tiny).draw(np.random.default_rng(0)).panel
    np.testing.assert_array_equal(panel.x, tiny.x)
    np.testing.assert_allclose(panel.y, [[8.0, 12.0, 20.0], [20.0, 26.0, 30.0]], rtol=1e-15)


@pytest.mark.parametrize("errors", ERRORS)
def test_errors_enter_the_outcome_and_its_lag(calibration: Calibration, errors: str) -> None:
    panel = CalibratedDGP(calibration, errors).draw(np.random.default_rng(0)).panel
    np.testing.assert_array_equal(panel.x[:, 1:, 0], panel.y[:, :-1])
    np.testing.assert_array_equal(panel.x[:, 0, 0], calibration.initial)


@pytest.mark.parametrize("errors", ERRORS)
def test_only_errors_change_from_draw_to_draw(calibration: Calibration, errors: str) -> None:
    dgp, rng = CalibratedDGP(calibration, errors), np.random.default_rng(0)
    one, other = dgp.draw(rng), dgp.draw(rng)
    assert not np.any(one.panel.y == other.panel.y)
    for sample in (one, other):
        np.testing.assert_array_equal(sample.panel.x[:, :, 1], calibration.x[:, :, 1])
        np.testing.assert_array_equal(sample.truth.groups, calibration.groups)
        np.testing.assert_array_equal(sample.truth.alpha, calibration.alpha)
        np.testing.assert_array_equal(sample.truth.theta, calibration.theta)


@pytest.mark.parametrize("errors", ERRORS)
@pytest.mark.parametrize("rescale", [False, True])
def test_the_same_generator_gives_the_same_bits(
    calibration: Calibration, errors: str, rescale: bool
) -> None:
    dgp = CalibratedDGP(calibration, errors, rescale)
    one, other = (dgp.draw(np.random.default_rng(5)).panel for _ in range(2))
    assert one.y.tobytes() == other.y.tobytes()
    assert one.x.tobytes() == other.x.tobytes()


def test_the_calibration_is_left_as_it_was(calibration: Calibration) -> None:
    before = fingerprint(calibration)
    CalibratedDGP(calibration).draw(np.random.default_rng(0))
    assert fingerprint(calibration) == before


# The errors.


def test_normal_errors_have_the_variance_and_no_dependence(calibration: Calibration) -> None:
    dgp, rng = CalibratedDGP(calibration), np.random.default_rng(0)
    errors = np.array([errors_of(dgp.draw(rng)) for _ in range(DRAWS)])
    variance, n = calibration.error_variance, errors.size
    assert errors.mean() == pytest.approx(0.0, abs=4 * np.sqrt(variance / n))
    assert errors.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / n))
    over_time = errors[:, :, 1:] * errors[:, :, :-1]
    assert over_time.mean() == pytest.approx(0.0, abs=4 * variance / np.sqrt(over_time.size))
    between_units = errors[:, 1:] * errors[:, :-1]
    assert between_units.mean() == pytest.approx(
        0.0, abs=4 * variance / np.sqrt(between_units.size)
    )
    # The fourth moment of a standard normal draw is 3, its variance 96.
    fourth = np.mean(errors**4) / variance**2
    assert fourth == pytest.approx(3.0, abs=4 * np.sqrt(96 / n))


def test_resampled_errors_are_scaled_residuals_of_some_unit(calibration: Calibration) -> None:
    errors = errors_of(CalibratedDGP(calibration, "resampled").draw(np.random.default_rng(0)))
    distance = np.abs(errors[:, None] - scaled(calibration)[None]).max(axis=2)
    assert distance.min(axis=1).max() < 1e-12
    drawn = np.bincount(distance.argmin(axis=1), minlength=90)
    assert drawn.max() > 1, "drawn with replacement"
    assert np.any(distance.argmin(axis=1) != np.arange(90))


def test_every_unit_s_residuals_are_as_likely(calibration: Calibration) -> None:
    dgp, rng = CalibratedDGP(calibration, "resampled"), np.random.default_rng(0)
    firsts = scaled(calibration)[:, 0]
    drawn = np.zeros(90)
    for _ in range(DRAWS):
        errors = errors_of(dgp.draw(rng))[:, 0]
        drawn += np.bincount(np.abs(errors[:, None] - firsts).argmin(axis=1), minlength=90)
    # Binomial(90 * 200, 1/90): mean 200, standard deviation 14.1; the largest of 90 deviations.
    assert np.abs(drawn - DRAWS).max() < 4.5 * np.sqrt(DRAWS)


def test_wild_errors_are_multiples_of_a_unit_s_own_residuals(calibration: Calibration) -> None:
    dgp, rng = CalibratedDGP(calibration, "wild"), np.random.default_rng(0)
    own = scaled(calibration)
    factors = []
    for _ in range(DRAWS):
        errors = errors_of(dgp.draw(rng))
        factor = (errors * own).sum(axis=1) / (own**2).sum(axis=1)
        np.testing.assert_allclose(errors, factor[:, None] * own, atol=1e-12)
        factors.append(factor)
    assert np.mean(factors) == pytest.approx(0.0, abs=4 / np.sqrt(np.size(factors)))
    assert np.var(factors) == pytest.approx(1.0, abs=4 * np.sqrt(2 / np.size(factors)))


@pytest.mark.parametrize("errors", ["resampled", "wild"])
def test_residual_errors_have_the_variance_on_average(
    calibration: Calibration, errors: str
) -> None:
    dgp, rng = CalibratedDGP(calibration, errors), np.random.default_rng(0)
    squares = [np.mean(errors_of(dgp.draw(rng)) ** 2) for _ in range(DRAWS)]
    error = np.std(squares) / np.sqrt(DRAWS)
    assert np.mean(squares) == pytest.approx(calibration.error_variance, abs=4 * error)


def test_with_the_divisor_nt_residuals_are_as_they_are(democracy: Panel) -> None:
    fit = GFE(groups=3).fit(democracy, np.random.default_rng(0))
    made = calibrate(democracy, fit, lag="lag_democracy", divisor="NT")
    errors = errors_of(CalibratedDGP(made, "resampled").draw(np.random.default_rng(0)))
    residuals = fit.residuals(democracy)
    distance = np.abs(errors[:, None] - residuals[None]).max(axis=2)
    assert distance.min(axis=1).max() < 1e-12


@pytest.mark.parametrize("errors", ERRORS)
def test_rescaled_errors_have_exactly_the_variance(calibration: Calibration, errors: str) -> None:
    rescaled, free = CalibratedDGP(calibration, errors, True), CalibratedDGP(calibration, errors)
    for seed in range(5):
        one = errors_of(rescaled.draw(np.random.default_rng(seed)))
        other = errors_of(free.draw(np.random.default_rng(seed)))
        assert one.var(ddof=1) == pytest.approx(calibration.error_variance, rel=1e-10)
        np.testing.assert_allclose(one / one.std(), other / other.std(), atol=1e-10)
        assert other.var(ddof=1) != pytest.approx(calibration.error_variance, rel=1e-6)


@pytest.mark.parametrize("errors", ["gaussian", "Normal", "", None])
def test_unknown_errors_are_refused(calibration: Calibration, errors: str) -> None:
    with refused("`errors` must be known"):
        CalibratedDGP(calibration, errors)


# What else a fit has.


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"group_slopes": ("x2",)},
        {"unit_effects": True},
        {"time_basis": Polynomial(1), "group_slopes": True},
    ],
)
@pytest.mark.parametrize("gaps", [False, True])
def test_gaps_slopes_by_group_unit_effects_and_patterns(
    options: dict[str, object], gaps: bool
) -> None:
    """Without errors, the estimates of the fit explain everything."""
    rng = np.random.default_rng(3)
    n, t = 16, 6
    x = rng.normal(size=(n, t, 2))
    level = np.where(np.arange(n) % 2 == 0, 0.0, 3.0)
    y = level[:, None] + 0.5 * x.sum(axis=2) + 0.2 * rng.normal(size=(n, t))
    observed = rng.random((n, t)) > 0.2 if gaps else None
    panel = Panel.from_arrays(y, x, observed=observed)
    search = Genetic(population=4, patience=10, hits=4)
    fit = GFE(2, search, **options).fit(panel, rng)  # type: ignore[arg-type]
    made = calibrate(panel, fit, divisor="NT")
    assert made.error_variance == pytest.approx(fit.objective / panel.observed.sum())
    sample = CalibratedDGP(replace(made, error_variance=0.0)).draw(rng)
    np.testing.assert_array_equal(sample.panel.observed, panel.observed)
    np.testing.assert_allclose(fit.residuals(sample.panel), 0.0, atol=1e-10)
    assert (sample.truth.beta is None) == (fit.beta is None)
    smaller = made.with_units(8, rng)
    assert CalibratedDGP(smaller).draw(rng).panel.shape == (8, t, 2)


def test_after_a_gap_the_lag_is_that_of_the_data() -> None:
    rng = np.random.default_rng(5)
    n, t = 12, 5
    y = rng.normal(size=(n, t)) + 3.0 * (np.arange(n) % 2)[:, None]
    lag = np.concatenate([rng.normal(size=(n, 1)), y[:, :-1]], axis=1)
    observed = np.ones((n, t), bool)
    observed[4, 2] = False
    panel = Panel.from_arrays(y, lag[:, :, None], observed=observed, regressors=["lag"])
    made = calibrate(panel, GFE(2).fit(panel, rng), lag="lag", divisor="NT")
    drawn = CalibratedDGP(made).draw(rng).panel
    assert drawn.x[4, 3, 0] == lag[4, 3]
    np.testing.assert_array_equal(drawn.x[5, 1:, 0], drawn.y[5, :-1])
    assert drawn.x[4, 2, 0] == drawn.y[4, 2] == 0.0
    with refused("Errors of units with different gaps"):
        CalibratedDGP(made, "resampled")


def test_a_calibration_with_gaps_is_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    observed = rng.random((8, 4)) > 0.2
    panel = Panel.from_arrays(rng.normal(size=(8, 4)), observed=observed)
    made = calibrate(panel, GFE(2, unit_effects=True).fit(panel, rng), divisor="NT")
    made.save(tmp_path / "calibration.npz")
    again = Calibration.load(tmp_path / "calibration.npz")
    assert fingerprint(again) == fingerprint(made)
