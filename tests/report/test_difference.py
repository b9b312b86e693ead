"""One figure against a printed one: its z and probability."""

import math

import numpy as np
import pytest
from scipy.stats import norm, t

from gfe_mc.metrics import moments
from gfe_mc.report.difference import difference


def test_their_error_is_scaled_to_their_replications() -> None:
    z = difference(1.0, 0.1, 250, 0.0, 6, 1000).z
    assert z == pytest.approx(1 / math.sqrt(0.1**2 + 0.05**2), rel=1e-6)


def test_few_samples_have_a_t() -> None:
    few = difference(1.0, 0.5, 20, 0.0, 9, 1_000_000)
    assert few.p == pytest.approx(2 * t.sf(2.0, 19), rel=1e-4)
    assert few.score == pytest.approx(norm.isf(t.sf(2.0, 19)), rel=1e-4)
    many = difference(1.0, 0.5, 1000, 0.0, 9, 1_000_000_000)
    assert many.score == many.z


def test_rounding_is_known_and_adds_degrees_of_freedom() -> None:
    """Satterthwaite's, of a variance of which half is estimated: four times as many."""
    rounding = 0.1 / math.sqrt(12)
    half = difference(0.1, rounding, 20, 0.0, 1, 10**9)
    assert half.p == pytest.approx(2 * t.sf(half.z, 4 * 19), rel=1e-6)


def test_nothing_without_an_error() -> None:
    missing = difference(1.0, math.nan, 20, 0.0, 3, 1000)
    assert math.isnan(missing.z)
    assert math.isnan(missing.p)
    assert math.isnan(missing.score)


def test_a_share_is_by_the_pooled_one() -> None:
    """The score test of two shares, whose inversion is Wilson's interval where one is known."""
    share = difference(0.5, 0.05, 100, 0.4, 6, 10**9, 1.0)
    assert share.z == pytest.approx(0.1 / math.sqrt(0.4 * 0.6 / 100), rel=1e-3)
    low, high = moments.wilson(50, 100)
    for bound in (low, high):
        at = difference(0.5, 0.05, 100, bound, 9, 10**9, 1.0)
        assert abs(at.z) == pytest.approx(norm.isf(0.025), rel=1e-3)
        assert at.p == pytest.approx(0.05, rel=1e-2)


@pytest.mark.parametrize("samples", [10, 20, 50])
def test_size_with_few_samples(samples: int) -> None:
    """Seeded: 5% and 0.5% tests of means and standard deviations keep their size, or less."""
    rng = np.random.default_rng(samples)
    runs = 3000
    p = np.empty((runs, 2))
    for r in range(runs):
        ours, theirs = rng.normal(size=samples), rng.normal(size=1000)
        printed = theirs.mean(), theirs.std(ddof=1)
        for k, (of, root) in enumerate(((moments.mean, False), (moments.sd, True))):
            value, error, used = of(ours)[:3]
            found = difference(value, error, used, printed[k], 9, 1000, root=root)
            p[r, k] = found.p
    for level in (0.05, 0.005):
        size = (p < level).mean(axis=0)
        slack = 4 * math.sqrt(level / runs)
        assert abs(size[0] - level) < slack
        # The larger of two errors is taken for a standard deviation.
        assert size[1] < 1.3 * level + slack
