"""The design that scales: what its numbers mean, in samples."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from gfe_mc import GroupedEffects
from tests.helpers import refused


def drawn(seed: int = 0, **options: Any) -> tuple[np.ndarray, ...]:
    sizes = {"n_units": 60, "n_periods": 40, "n_groups": 3, "separation": 2.0}
    design = GroupedEffects(**(sizes | options))
    sample = design.draw(np.random.default_rng(seed))
    assert sample.truth.alpha is not None
    assert sample.truth.groups is not None
    y, x = sample.panel.y, sample.panel.x
    errors = y - x @ sample.truth.theta - sample.truth.alpha[sample.truth.groups]
    return y, x, errors, sample.truth.alpha, sample.truth.groups


@pytest.mark.parametrize("n_groups", [2, 3, 6])
@pytest.mark.parametrize("separation", [0.0, 0.5, 3.0])
def test_separation_is_the_distance_of_profiles(n_groups: int, separation: float) -> None:
    *_, alpha, _ = drawn(n_groups=n_groups, separation=separation)
    distances = [((alpha[g] - alpha[h]) ** 2).mean() for g, h in combinations(range(n_groups), 2)]
    assert np.mean(distances) == pytest.approx(separation**2)


def test_errors_are_what_is_left() -> None:
    every: tuple[dict[str, Any], ...] = (
        {},
        {"rho": 0.6},
        {"theta": ()},
        {"theta": (1.0, -2.0), "rho": -0.3},
    )
    for options in every:
        _, x, errors, _, _ = drawn(n_units=400, **options)
        assert x.shape[2] == len(options.get("theta", (1.0,))) + ("rho" in options)
        assert errors.std() == pytest.approx(1.0, abs=0.02)


def test_a_lagged_outcome_is_that_of_the_period_before() -> None:
    y, x, *_ = drawn(rho=0.7)
    np.testing.assert_array_equal(x[:, 1:, 0], y[:, :-1])


def test_serial_correlation_and_dispersion_of_errors() -> None:
    _, _, errors, _, _ = drawn(n_units=2000, error_persistence=0.6)
    assert (errors[:, 1:] * errors[:, :-1]).mean() == pytest.approx(0.6, abs=0.02)
    assert errors[:, 0].var() == pytest.approx(1.0, abs=0.1)
    _, _, errors, _, _ = drawn(n_units=4000, n_periods=200, error_dispersion=0.5)
    variances = errors.var(axis=1)
    assert variances.mean() == pytest.approx(1.0, abs=0.03)
    # Sampling of 200 errors adds 2 / 200 E s^4 to the variance of the variances.
    assert variances.var() == pytest.approx(0.25 + 0.01 * 1.25, rel=0.1)


@pytest.mark.parametrize("correlation", [0.0, 0.5, -1.0])
def test_regressors_are_correlated_with_the_effects(correlation: float) -> None:
    _, x, _, alpha, groups = drawn(n_units=900, n_periods=100, correlation=correlation)
    got = np.corrcoef(x[:, :, 0].ravel(), alpha[groups].ravel())[0, 1]
    assert got == pytest.approx(correlation, abs=0.02)
    assert x.var() == pytest.approx(1.0, abs=0.03)


def test_group_sizes() -> None:
    def sizes(n: int, g: int, imbalance: float) -> list[int]:
        design = GroupedEffects(n, 5, g, 1.0, imbalance=imbalance)
        return [int(size) for size in np.bincount(design.groups)]

    assert sizes(9, 3, 1.0) == [3, 3, 3]
    assert sizes(10, 3, 1.0) == [4, 3, 3]
    assert sizes(3, 3, 50.0) == [1, 1, 1]
    assert sizes(300, 2, 4.0) == [239, 61]


def test_samples_are_those_of_their_stream() -> None:
    for one, two in zip(drawn(3, rho=0.4), drawn(3, rho=0.4), strict=True):
        np.testing.assert_array_equal(one, two)
    assert (drawn(3)[0] != drawn(4)[0]).any()


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"n_groups": 70}, "no more groups than units"),
        ({"separation": -1.0}, "`separation` must be a number from 0"),
        ({"separation": float("inf")}, "`separation` must be a number from 0"),
        ({"correlation": 1.5}, "`correlation` must be a number from -1 to 1"),
        ({"rho": 1.0}, "`rho` must be between -1 and 1"),
        ({"error_persistence": "much"}, "`error_persistence` must be between -1 and 1"),
        ({"theta": 1.0}, "`theta` must be slopes"),
        ({"imbalance": 0.5}, "`imbalance` must be a number from 1"),
    ],
)
def test_what_cannot_be(options: dict[str, Any], wrong: str) -> None:
    with refused(wrong):
        drawn(**options)
