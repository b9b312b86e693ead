"""Figures by hand, and Monte Carlo standard errors against simulation."""

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from gfe_mc.metrics import moments
from gfe_mc.metrics.moments import Figure

VALUES = np.array([1.0, 2.0, 6.0])


def absolute(errors: np.ndarray) -> Figure:
    return moments.mean(np.abs(errors))


def test_by_hand() -> None:
    assert moments.mean(VALUES)[:3] == pytest.approx((3.0, math.sqrt(7 / 3), 3))
    assert moments.rmse(VALUES).value == pytest.approx(math.sqrt(41 / 3))
    # Squares 1, 4, 36 have the variance 1129 / 3.
    error = math.sqrt(1129 / 3 / 3) / (2 * math.sqrt(41 / 3))
    assert moments.rmse(VALUES).error == pytest.approx(error)
    # Squared deviations 4, 1, 9 have the variance 49 / 3.
    assert moments.sd(VALUES)[:3] == pytest.approx(
        (math.sqrt(7), math.sqrt(49 / 3 / 3) / (2 * math.sqrt(7)), 3)
    )
    assert moments.median(VALUES).value == 2.0


@pytest.mark.parametrize("figure", [moments.mean, moments.rmse, moments.sd, moments.median])
def test_only_finite_values_count(figure: Callable[[np.ndarray], Figure]) -> None:
    padded = np.array([np.nan, 1.0, 2.0, np.inf, 6.0, -np.inf])
    np.testing.assert_equal(tuple(figure(padded)), tuple(figure(VALUES)))


@pytest.mark.parametrize(
    "figure", [moments.mean, moments.true, moments.rmse, moments.sd, moments.median]
)
def test_nothing_to_compute_from(figure: Callable[[np.ndarray], Figure]) -> None:
    value, error, used, low, high = figure(np.array([np.nan]))
    assert math.isnan(value)
    assert math.isnan(error)
    assert used == 0
    assert math.isnan(low)
    assert math.isnan(high)


def test_one_replication_has_no_error() -> None:
    one = np.array([2.0])
    assert moments.mean(one).value == 2.0
    assert math.isnan(moments.mean(one).error)
    assert math.isnan(moments.sd(one).value)
    assert moments.rmse(one).value == 2.0
    assert math.isnan(moments.rmse(one).error)
    assert moments.median(one).value == 2.0
    assert math.isnan(moments.median(one).error)


def test_the_same_in_every_replication() -> None:
    same = np.full(1000, 0.407)
    assert moments.true(same)[:3] == (0.407, 0.0, 1000)
    assert moments.sd(same).value == pytest.approx(0.0, abs=1e-15)
    assert moments.rmse(np.zeros(5))[:3] == (0.0, 0.0, 5)
    assert moments.median(same)[:3] == (0.407, 0.0, 1000)


def test_order_does_not_matter() -> None:
    values = np.random.default_rng(1).lognormal(0, 3, 1000)
    for figure in (moments.mean, moments.rmse, moments.sd, moments.median):
        np.testing.assert_equal(tuple(figure(values)), tuple(figure(values[::-1])))


@pytest.mark.parametrize("figure", [moments.mean, absolute, moments.rmse, moments.sd])
@pytest.mark.parametrize("draw", ["normal", "exponential"])
def test_error_is_the_spread_over_studies(
    draw: str, figure: Callable[[np.ndarray], Figure]
) -> None:
    """The mean squared error bar is the variance of the figure over repeated studies."""
    studies, n = 2000, 400
    draws = getattr(np.random.default_rng(20240501), draw)(size=(studies, n))
    found = np.array([figure(0.2 + row)[:2] for row in draws])
    spread, claimed = np.var(found[:, 0], ddof=1), np.mean(found[:, 1] ** 2)
    # Five standard errors of a variance over studies of a figure that is nearly normal, and as
    # much again as the delta method leaves out, which is of order 1 / n.
    noise = spread * math.sqrt(2 / studies)
    assert claimed == pytest.approx(spread, abs=4 * noise + spread * 10 / n)


def resampled_medians(values: np.ndarray) -> float:
    """Standard deviation of the median over all samples of n from n values, each as likely."""
    return float(np.std([np.median(sample) for sample in product(values, repeat=len(values))]))


@pytest.mark.parametrize(
    "values", [[1.0, 2.0, 6.0], [3.0, 1.0, 2.0, 7.0, 6.0], [1.0, 5.0, 5.0, 2.0, 9.0]]
)
def test_error_of_a_median_is_the_spread_over_all_resamples(values: list[float]) -> None:
    assert moments.median(np.array(values)).error == pytest.approx(
        resampled_medians(np.array(values))
    )


@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 2.0, 3.0, 6.0]])
def test_error_of_a_median_of_an_even_number(values: list[float]) -> None:
    """The middle of two order statistics varies no more than a single one in their place."""
    spread = resampled_medians(np.array(values))
    assert spread <= moments.median(np.array(values)).error < 1.5 * spread


@pytest.mark.parametrize("n", [200, 201])
@pytest.mark.parametrize("draw", ["normal", "exponential"])
def test_error_of_a_median_is_the_spread_over_studies(draw: str, n: int) -> None:
    studies = 2000
    draws = getattr(np.random.default_rng(20240502), draw)(size=(studies, n))
    found = np.array([moments.median(row)[:2] for row in draws])
    spread, claimed = np.var(found[:, 0], ddof=1), np.mean(found[:, 1] ** 2)
    # Unlike that of a mean, the resampled variance of a median has a bias of order n^(-1/2),
    # upwards, and itself varies by a share of order n^(-1/4).
    noise = spread * math.sqrt(2 / studies) + found[:, 1].var() / math.sqrt(studies)
    assert claimed > spread - 4 * noise
    assert claimed < spread * (1 + 2 / math.sqrt(n)) + 4 * noise


def test_error_of_a_median_of_normals_nears_its_limit() -> None:
    """Sqrt(pi / 2) sigma / sqrt(n), the median's asymptotic standard deviation."""
    n = 20_001
    draws = 3.0 * np.random.default_rng(3).standard_normal((30, n))
    errors = [moments.median(row).error for row in draws]
    # One such error varies by some n^(-1/4), 8%; the mean of thirty by a fifth of it.
    assert np.mean(errors) == pytest.approx(3.0 * math.sqrt(math.pi / 2 / n), rel=0.06)


@given(st.integers(1, 25), st.floats(0.1, 100.0), st.floats(-10.0, 10.0))
def test_error_of_a_median_moves_with_the_scale_alone(n: int, scale: float, shift: float) -> None:
    values = np.random.default_rng(n).standard_normal(2 * n + 1)
    before, after = moments.median(values), moments.median(shift + scale * values)
    assert after.value == pytest.approx(shift + scale * before.value, rel=1e-9, abs=1e-9)
    assert after.error == pytest.approx(scale * before.error, rel=1e-6)


@pytest.mark.parametrize("spread", [1e-17, 1e-12, 1e-9, 1e-6])
def test_error_of_a_median_of_values_that_differ_by_little(spread: float) -> None:
    """Such as standard errors of the same fit, summed in another order."""
    values = 0.05 + spread * np.random.default_rng(5).standard_normal(101)
    scaled = moments.median((values - 0.05) / spread).error
    assert moments.median(values).error == pytest.approx(spread * scaled, rel=1e-5)


def test_share() -> None:
    assert moments.share(1, 4)[:3] == pytest.approx((0.25, math.sqrt(0.25 * 0.75 / 4), 4))
    assert math.isnan(moments.share(0, 0).value)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 0.277533), (5, 0.236593, 0.763407), (10, 0.722467, 1.0)],
)
def test_wilson(count: int, low: float, high: float) -> None:
    assert moments.wilson(count, 10) == pytest.approx((low, high), abs=1e-6)


@given(st.integers(0, 2000), st.integers(1, 2000), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_wilson_is_that_of_scipy(count: int, of: int, level: float) -> None:
    count = min(count, of)
    theirs = binomtest(count, of).proportion_ci(level, method="wilson")
    assert moments.wilson(count, of, level) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilson_of_nothing() -> None:
    assert all(math.isnan(bound) for bound in moments.wilson(0, 0))
