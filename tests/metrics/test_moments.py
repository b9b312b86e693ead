"""Figures by hand, and Monte Carlo standard errors against simulation."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from gfe_mc.metrics import moments
from gfe_mc.metrics.moments import Figure

VALUES = np.array([1.0, 2.0, 6.0])


def absolute(errors: np.ndarray) -> Figure:
    return moments.mean(np.abs(errors))


def test_by_hand() -> None:
    assert moments.mean(VALUES) == pytest.approx((3.0, math.sqrt(7 / 3), 3))
    assert moments.rmse(VALUES).value == pytest.approx(math.sqrt(41 / 3))
    # Squares 1, 4, 36 have the variance 1129 / 3.
    error = math.sqrt(1129 / 3 / 3) / (2 * math.sqrt(41 / 3))
    assert moments.rmse(VALUES).error == pytest.approx(error)
    # Squared deviations 4, 1, 9 have the variance 49 / 3.
    assert moments.sd(VALUES) == pytest.approx(
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
    value, error, used = figure(np.array([np.nan]))
    assert math.isnan(value)
    assert math.isnan(error)
    assert used == 0


def test_one_replication_has_no_error() -> None:
    one = np.array([2.0])
    assert moments.mean(one).value == 2.0
    assert math.isnan(moments.mean(one).error)
    assert math.isnan(moments.sd(one).value)
    assert moments.rmse(one).value == 2.0
    assert math.isnan(moments.rmse(one).error)


def test_the_same_in_every_replication() -> None:
    same = np.full(1000, 0.407)
    assert moments.true(same) == (0.407, 0.0, 1000)
    assert moments.sd(same).value == pytest.approx(0.0, abs=1e-15)
    assert moments.rmse(np.zeros(5)) == (0.0, 0.0, 5)


def test_order_does_not_matter() -> None:
    values = np.random.default_rng(1).lognormal(0, 3, 1000)
    for figure in (moments.mean, moments.rmse, moments.sd):
        assert figure(values) == figure(values[::-1])


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


def test_share() -> None:
    assert moments.share(1, 4) == pytest.approx((0.25, math.sqrt(0.25 * 0.75 / 4), 4))
    assert math.isnan(moments.share(0, 0).value)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 0.277533), (5, 0.236593, 0.763407), (10, 0.722467, 1.0)],
)
def test_wilson(count: int, low: float, high: float) -> None:
    assert moments.wilson(count, 10) == pytest.approx((low, high), abs=1e-6)


def test_wilson_of_nothing() -> None:
    assert all(math.isnan(bound) for bound in moments.wilson(0, 0))
