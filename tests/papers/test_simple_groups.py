"""The simple cases: levels, what they are estimated by, and what is derived for them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from gfe_mc import GFE, Fit, Panel, Truth
from gfe_mc.papers.simple_groups import (
    GroupLevels,
    KnownLevels,
    Levels,
    half_gap,
    misclassified,
    spurious,
    unit_means,
)
from tests.helpers import refused


def test_a_draw_is_slope_level_and_error() -> None:
    sample = Levels((1.0, 4.0), 5, 3, sigma=1e-9, theta=2.0).draw(np.random.default_rng(0))
    assert sample.truth.groups is not None
    assert sample.truth.groups.tolist() == [0, 1, 0, 1, 0]
    assert sample.panel.shape == (5, 3, 1)
    assert (sample.panel.x == sample.panel.x[:, :1]).all()
    rest = sample.panel.y - 2.0 * sample.panel.x[:, :, 0]
    np.testing.assert_allclose(rest, np.array([1.0, 4.0, 1.0, 4.0, 1.0])[:, None] + 0 * rest)
    np.testing.assert_array_equal(sample.truth.alpha, [[1.0] * 3, [4.0] * 3])


def test_levels_by_hand() -> None:
    """Means 0 and 1 in one group, 10 and 12 in the other; errors over time are in the objective."""
    y = np.array([[-1.0, 1.0], [1.0, 1.0], [10.0, 10.0], [12.0, 12.0]])
    fit = GroupLevels(2).fit(Panel.from_arrays(y), np.random.default_rng(0))
    assert fit.groups.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(fit.alpha, [[0.5, 0.5], [11.0, 11.0]])
    assert fit.objective == pytest.approx(2 + 4 * 0.25 + 4 * 1.0)
    assert half_gap(fit) == pytest.approx(5.25)
    assert fit.estimator == GroupLevels(2)


def test_levels_and_profiles_are_the_same_in_one_period() -> None:
    panel = Levels((0.0, 3.0), 40, 1).draw(np.random.default_rng(1)).panel
    one, other = (e.fit(panel, np.random.default_rng(2)) for e in (GroupLevels(2), GFE(2)))
    np.testing.assert_allclose(one.alpha, other.alpha)
    assert one.theta == pytest.approx(other.theta)
    assert one.objective == pytest.approx(other.objective)


def test_levels_are_the_minimum_over_all_groupings() -> None:
    """Of seven units, slope and levels by least squares in each."""
    panel = Levels((0.0, 1.0), 7, 4).draw(np.random.default_rng(3)).panel
    fit = GroupLevels(2).fit(panel, np.random.default_rng(4))
    x, y = panel.x[:, :, 0].ravel(), panel.y.ravel()
    least = np.inf
    for code in range(1, 64):
        first = np.repeat([(code >> i) & 1 for i in range(7)], 4)
        design = np.column_stack([x, first, 1 - first])
        rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        least = min(least, float(rest @ rest))
    assert fit.objective == pytest.approx(least)


def test_known_levels_classify_to_the_nearest() -> None:
    y = np.array([[0.0, 0.8], [0.7, 0.5], [3.0, -1.0]])
    fit = KnownLevels((0.0, 1.0), ()).fit(Panel.from_arrays(y), np.random.default_rng(0))
    assert fit.groups.tolist() == [0, 1, 1]
    x = np.array([2.0, 0.0, -3.0])[:, None, None] * np.ones((3, 2, 1))
    moved = Panel.from_arrays(y + 0.5 * x[:, :, 0], x)
    again = KnownLevels((0.0, 1.0), (0.5,)).fit(moved, np.random.default_rng(0))
    assert again.groups.tolist() == [0, 1, 1]
    assert again.objective == pytest.approx(fit.objective)


def test_the_share_at_known_levels_is_that_of_the_equation() -> None:
    panel, wrong = Levels((0.0, 1.0), 20_000, 6, sigma=1.5), misclassified(1.0, 1.5, 6)
    sample = panel.draw(np.random.default_rng(5))
    fit = KnownLevels((0.0, 1.0)).fit(sample.panel, np.random.default_rng(0))
    found = np.mean(fit.groups != sample.truth.groups)
    assert found == pytest.approx(wrong, abs=4 * np.sqrt(wrong * (1 - wrong) / 20_000))


def test_what_is_derived_is_the_mean_of_a_half_normal() -> None:
    half = 2 * quad(lambda v: v * norm.pdf(v, scale=1.5 / np.sqrt(7)), 0, 20)[0]
    assert spurious(1.5, 7) == pytest.approx(half)
    assert misclassified(2.0, 1.0, 4) == pytest.approx(1 - norm.cdf(2.0))


def test_half_the_gap_of_profiles() -> None:
    alpha = np.array([[0.0, 0.0], [2.0, 6.0]])
    assert half_gap(Truth(np.ones(1), alpha)) == pytest.approx(np.sqrt(20) / 2)
    assert half_gap(Truth(np.ones(1), alpha[:1])) is None
    assert half_gap(Fit(np.ones(1))) is None


def test_what_is_not_of_the_kind_is_refused() -> None:
    with refused("There must be a level for each group, and no more groups than units"):
        Levels((), 5, 3)
    with refused("`sigma` must be positive"):
        Levels((0.0,), 5, 3, sigma=0.0)
    with refused("There must be levels"):
        KnownLevels(())
    panel = Panel.from_arrays(np.ones((3, 2)), np.arange(6.0).reshape(3, 2, 1))
    with refused("Regressors must not vary over time"):
        unit_means(panel)
    with refused("There must be a slope for each regressor"):
        KnownLevels((0.0,), ()).fit(
            Panel.from_arrays(np.ones((3, 2)), np.ones((3, 2, 1))), np.random.default_rng(0)
        )
