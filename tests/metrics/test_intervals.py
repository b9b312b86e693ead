"""Coverage, size, power and ratios of standard errors: by hand, and by simulation."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from gfe_mc.metrics import intervals
from gfe_mc.metrics.moments import Figure

ESTIMATES = np.array([0.0, 1.0, 2.0, 3.0])
ERRORS = np.array([0.4, 0.4, 0.6, 0.9])
TRUTHS = np.ones(4)
Ratio = Callable[[np.ndarray, np.ndarray], Figure]


def covers(estimate: float, error: float, value: float, z: float) -> bool:
    """Whether one interval holds a value, by its two ends."""
    return estimate - z * error <= value <= estimate + z * error


# By hand.


def test_coverage_by_hand() -> None:
    """Errors of 1, 0, 1, 2 over 1.96 standard errors of 0.78, 0.78, 1.18, 1.76."""
    figure = intervals.coverage(ESTIMATES, ERRORS, TRUTHS)
    assert figure[:3] == pytest.approx((0.5, 0.25, 4))
    theirs = binomtest(2, 4).proportion_ci(method="wilson")
    assert (figure.low, figure.high) == pytest.approx((theirs.low, theirs.high))


def test_bias_eliminated_coverage_by_hand() -> None:
    """Around the mean, 1.5: 1.5, 0.5, 0.5, 1.5 over the same."""
    assert intervals.bias_eliminated_coverage(ESTIMATES, ERRORS)[:2] == pytest.approx(
        (0.75, math.sqrt(0.75 * 0.25 / 4))
    )


def test_power_by_hand() -> None:
    """Of zero: 0, 1, 2, 3 over the same."""
    assert intervals.rejection(ESTIMATES, ERRORS, np.zeros(4)).value == 0.75


def test_a_value_on_the_bound_is_held() -> None:
    z = float(norm.isf((1 - intervals.LEVEL) / 2))
    one = np.ones(1)
    assert intervals.coverage(z * one, one, np.zeros(1)).value == 1.0
    assert intervals.coverage(1.0001 * z * one, one, np.zeros(1)).value == 0.0


def test_the_level_is_that_of_the_interval() -> None:
    """Errors of 1.5 standard errors: within 90% intervals, and not within 80% ones."""
    estimates, errors, truths = np.full(3, 1.5), np.ones(3), np.zeros(3)
    assert intervals.coverage(estimates, errors, truths, level=0.9).value == 1.0
    assert intervals.coverage(estimates, errors, truths, level=0.8).value == 0.0
    assert intervals.rejection(estimates, errors, truths, level=0.8).value == 1.0


def test_ratio_of_mean_by_hand() -> None:
    """Standard deviation sqrt(5 / 3), mean standard error 0.575."""
    sd, mean = math.sqrt(5 / 3), 0.575
    figure = intervals.ratio_of_mean(ESTIMATES, ERRORS)
    linear = [
        (error - mean) / sd - mean / sd * ((estimate - 1.5) ** 2 - 5 / 3) / (10 / 3)
        for estimate, error in zip(ESTIMATES, ERRORS, strict=True)
    ]
    assert figure[:3] == pytest.approx((mean / sd, np.std(linear, ddof=1) / 2, 4))


def test_ratio_of_median_by_hand() -> None:
    assert intervals.ratio_of_median(ESTIMATES, ERRORS).value == pytest.approx(
        0.5 / math.sqrt(5 / 3)
    )


# Properties.

samples = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        *[
            st.lists(st.floats(low, 10.0), min_size=n, max_size=n).map(np.array)
            for low in (-10.0, 0.01, -10.0)
        ]
    )
)


@given(samples, st.sampled_from([0.5, 0.9, 0.95]))
def test_coverage_is_the_share_of_intervals_that_hold(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray], level: float
) -> None:
    z = float(norm.ppf((1 + level) / 2))
    held = [covers(*one, z) for one in zip(*sample, strict=True)]
    figure = intervals.coverage(*sample, level)
    assert figure.value == pytest.approx(np.mean(held))
    theirs = binomtest(sum(held), len(held)).proportion_ci(method="wilson")
    assert (figure.low, figure.high) == pytest.approx((theirs.low, theirs.high))


@given(samples)
def test_size_and_coverage_add_up_to_one(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    covered, rejected = intervals.coverage(*sample), intervals.rejection(*sample)
    assert covered.value + rejected.value == pytest.approx(1.0)
    assert covered.low + rejected.high == pytest.approx(1.0)
    assert (covered.error, covered.used) == pytest.approx((rejected.error, rejected.used))


@pytest.mark.parametrize("ratio", [intervals.ratio_of_mean, intervals.ratio_of_median])
@given(samples, st.floats(0.1, 100.0), st.floats(-100.0, 100.0))
def test_figures_depend_on_no_scale(
    ratio: Ratio,
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
    scale: float,
    shift: float,
) -> None:
    estimates, errors, truths = sample
    rng = np.random.default_rng(len(estimates))
    estimates = estimates + rng.standard_normal(len(estimates))  # no value on a bound
    moved = shift + scale * estimates, scale * errors, shift + scale * truths
    for before, after in [
        (ratio(estimates, errors), ratio(*moved[:2])),
        (intervals.coverage(estimates, errors, truths), intervals.coverage(*moved)),
    ]:
        assert after[:2] == pytest.approx(before[:2], rel=1e-5, nan_ok=True)


# Replications without estimates or standard errors.

PAD = {
    "no standard error": (5.0, np.nan),
    "an infinite one": (5.0, np.inf),
    "no estimate": (np.nan, 1.0),
}


@pytest.mark.parametrize("pad", PAD.values(), ids=PAD)
def test_replications_without_one_are_left_out(pad: tuple[float, float]) -> None:
    estimates, errors = np.append(ESTIMATES, pad[0]), np.append(ERRORS, pad[1])
    for figure, bare in [
        (
            intervals.coverage(estimates, errors, np.ones(5)),
            intervals.coverage(ESTIMATES, ERRORS, TRUTHS),
        ),
        (
            intervals.rejection(estimates, errors, np.zeros(5)),
            intervals.rejection(ESTIMATES, ERRORS, np.zeros(4)),
        ),
        (intervals.ratio_of_mean(estimates, errors), intervals.ratio_of_mean(ESTIMATES, ERRORS)),
        (
            intervals.ratio_of_median(estimates, errors),
            intervals.ratio_of_median(ESTIMATES, ERRORS),
        ),
    ]:
        np.testing.assert_equal(tuple(figure), tuple(bare))
        assert figure.used == 4


def test_an_unknown_truth_leaves_a_replication_out() -> None:
    truths = np.array([1.0, np.nan, 1.0, 1.0])
    figure = intervals.coverage(ESTIMATES, ERRORS, truths)
    assert (figure.value, figure.used) == pytest.approx((1 / 3, 3))


def test_bias_is_that_of_all_estimates() -> None:
    """That of a replication without a standard error is as good an estimate as any: mean 4."""
    estimates, errors = np.append(ESTIMATES, 14.0), np.append(ERRORS, np.nan)
    figure = intervals.bias_eliminated_coverage(estimates, errors)
    assert (figure.value, figure.used) == (0.25, 4)


def test_nothing_to_compute_from() -> None:
    nothing = np.full(3, np.nan)
    for figure in [
        intervals.coverage(nothing, nothing, TRUTHS[:3]),
        intervals.coverage(ESTIMATES[:3], nothing, TRUTHS[:3]),
        intervals.bias_eliminated_coverage(nothing, nothing),
        intervals.rejection(nothing, nothing, TRUTHS[:3]),
        intervals.ratio_of_mean(nothing, nothing),
        intervals.ratio_of_median(nothing, nothing),
    ]:
        assert figure.used == 0
        assert all(math.isnan(number) for number in (figure.value, figure.error, figure.low))


@pytest.mark.parametrize("ratio", [intervals.ratio_of_mean, intervals.ratio_of_median])
@pytest.mark.parametrize(
    "estimates",
    [
        np.array([1.0]),
        np.full(4, 0.5),
        # Their mean is not 0.407 to the last bit, and their variance not zero.
        np.full(20, 0.407),
    ],
)
def test_estimates_that_do_not_vary_have_no_ratio(ratio: Ratio, estimates: np.ndarray) -> None:
    figure = ratio(estimates, np.full(len(estimates), 0.1))
    assert math.isnan(figure.value)
    assert math.isnan(figure.error)
    assert figure.used == len(estimates)


# Simulation.


def normals(n: int, bias: float = 0.0, factor: float = 1.0) -> tuple[np.ndarray, ...]:
    """Estimates of 0.5 with standard errors that are known up to a factor, and the truth."""
    rng = np.random.default_rng(20240503)
    errors = rng.uniform(0.5, 2.0, n)
    return 0.5 + bias + errors * rng.standard_normal(n), factor * errors, np.full(n, 0.5)


def test_intervals_of_normal_estimates_have_their_level() -> None:
    n = 100_000
    estimates, errors, truths = normals(n)
    for level in (0.5, 0.9, 0.95, 0.99):
        figure = intervals.coverage(estimates, errors, truths, level)
        assert figure.error == pytest.approx(math.sqrt(level * (1 - level) / n), rel=0.02)
        assert figure.value == pytest.approx(level, abs=4 * figure.error)


def test_standard_errors_that_are_too_small_cost_coverage() -> None:
    estimates, errors, truths = normals(100_000, factor=0.5)
    figure = intervals.coverage(estimates, errors, truths)
    expected = 1 - 2 * norm.sf(norm.isf(0.025) / 2)
    assert figure.value == pytest.approx(expected, abs=4 * figure.error)


def test_bias_is_eliminated() -> None:
    """Of a bias of 1.5 standard errors, coverage shows all and bias-eliminated coverage none."""
    rng = np.random.default_rng(20240504)
    n, z = 100_000, norm.isf(0.025)
    estimates, errors, truths = 1.5 + rng.standard_normal(n), np.ones(n), np.zeros(n)
    covered = intervals.coverage(estimates, errors, truths)
    assert covered.value == pytest.approx(norm.cdf(z - 1.5) - norm.cdf(-z - 1.5), abs=0.006)
    eliminated = intervals.bias_eliminated_coverage(estimates, errors)
    assert eliminated.value == pytest.approx(0.95, abs=4 * eliminated.error)


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 2.8])
def test_power_is_that_of_the_normal_test(shift: float) -> None:
    n, z = 100_000, norm.isf(0.025)
    estimates = shift + np.random.default_rng(20240505).standard_normal(n)
    figure = intervals.rejection(estimates, np.ones(n), np.zeros(n))
    expected = norm.sf(z - shift) + norm.cdf(-z - shift)
    assert figure.value == pytest.approx(expected, abs=4 * figure.error)


def independent(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Normal estimates, and standard errors that know nothing of them."""
    return rng.standard_normal(shape), rng.uniform(0.5, 1.5, shape)


def skewed(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Estimates whose standard errors grow with them, as of a mean of counts."""
    counts = rng.poisson(8.0, shape) + 1.0
    return counts, np.sqrt(counts) * rng.uniform(0.9, 1.1, shape)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ratio", "draw"),
    [
        (intervals.ratio_of_mean, independent),
        (intervals.ratio_of_mean, skewed),
        (intervals.ratio_of_median, independent),
    ],
)
def test_error_of_a_ratio_is_the_spread_over_studies(
    ratio: Ratio, draw: Callable[..., tuple[np.ndarray, np.ndarray]]
) -> None:
    studies, n = 2000, 400
    drawn = draw(np.random.default_rng(20240506), (studies, n))
    found = np.array([ratio(*one)[:2] for one in zip(*drawn, strict=True)])
    spread, claimed = np.var(found[:, 0], ddof=1), np.mean(found[:, 1] ** 2)
    # As for other figures; the resampled error of a median is too large by some 3% at n = 400.
    noise = spread * math.sqrt(2 / studies)
    more = 2 / math.sqrt(n) if ratio is intervals.ratio_of_median else 0.0
    assert claimed > spread * (1 - 10 / n) - 4 * noise
    assert claimed < spread * (1 + 10 / n + more) + 4 * noise


def test_ratios_of_exact_standard_errors_are_one() -> None:
    rng = np.random.default_rng(20240507)
    estimates, errors = 3.0 * rng.standard_normal(50_000), np.full(50_000, 3.0)
    for ratio in (intervals.ratio_of_mean, intervals.ratio_of_median):
        figure = ratio(estimates, errors)
        assert figure.value == pytest.approx(1.0, abs=4 * figure.error)
        # The standard deviation of normals alone: 1 / sqrt(2 n).
        assert figure.error == pytest.approx(1 / math.sqrt(2 * 50_000), rel=0.05)
