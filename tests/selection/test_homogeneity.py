"""Tests of equal slopes: delta by its plain form and its moments, the bootstrap by its level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from gfe_mc import (
    MinimumSize,
    Panel,
    StaticSlopes,
    TwoGroupsTest,
    UnitByUnit,
    dispersion,
    slope_homogeneity,
)
from gfe_mc.selection.homogeneity import Homogeneity
from gfe_mc.selection.two_groups import _leverages
from tests.helpers import refused
from tests.reference import slopes_numpy as ref
from tests.selection.test_dispersion import plain


def random_panel(seed: int, n_units: int = 12, n_slopes: int = 2) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 8, n_slopes, 2)


def equal(seed: int, n_units: int = 30, n_periods: int = 8) -> Panel:
    """A panel with equal slopes."""
    groups = (0,) * n_units
    return StaticSlopes(n_periods, ((1.0, -1.0),), groups).draw(np.random.default_rng(seed)).panel


def test_two_units_by_hand() -> None:
    # As in the test of dispersion: S / N = 1/2, K = 1, T = 3; the variance is 2 (3 - 2) / 4.
    left, x = np.array([1.0, -2.0, 1.0]), np.array([-1.0, 0.0, 1.0])
    panel = Panel.from_arrays([left + 5.0, 2 * x + left], np.array([x, x + 7.0])[:, :, None])
    found = slope_homogeneity(panel)
    assert found.delta == pytest.approx(-0.5)
    assert found.adjusted == pytest.approx(np.sqrt(2) * -0.5 / np.sqrt(0.5))
    assert found.p_delta == pytest.approx(norm.sf(-0.5))
    assert found.p_adjusted == pytest.approx(norm.sf(-1.0))


@pytest.mark.parametrize("n_slopes", [1, 3])
def test_it_is_the_plain_form(n_slopes: int) -> None:
    for seed in range(3):
        panel = random_panel(seed, 12, n_slopes)
        found = slope_homogeneity(panel)
        expected = plain(panel.y, panel.x)
        assert found.delta == pytest.approx(expected, rel=1e-7)
        assert found.delta == pytest.approx(dispersion(panel)[0], rel=1e-12)
        ratio = (8 - n_slopes - 1) / (8 + 1)
        assert found.adjusted == pytest.approx(expected / np.sqrt(ratio), rel=1e-7)


def test_scales_effects_and_order_do_not_matter() -> None:
    panel, rng = random_panel(1), np.random.default_rng(1)
    order, effects = rng.permutation(12), 10 * rng.standard_normal((12, 1))
    changed = Panel.from_arrays((3.0 * panel.y + effects)[order], panel.x[order] * [0.1, 5.0])
    np.testing.assert_allclose(slope_homogeneity(changed), slope_homogeneity(panel), rtol=1e-7)


def test_taking_out_a_regressor_is_as_having_one_period_less() -> None:
    # Dummies of single periods as regressors with units' own slopes: these periods are left out.
    panel = random_panel(2, 12, 2)
    dummy = np.zeros((12, 8, 1))
    dummy[:, 3] = 1.0
    wide = Panel.from_arrays(panel.y, np.concatenate([panel.x, dummy], axis=2))
    kept = np.delete(np.arange(8), 3)
    short = Panel.from_arrays(panel.y[:, kept], panel.x[:, kept])
    found = slope_homogeneity(wide, individual=("x3",))
    np.testing.assert_allclose(found, slope_homogeneity(short), rtol=1e-7)


def test_adjusted_delta_has_its_mean_and_variance() -> None:
    # With pooled slopes that are nearly the true ones, for a T of seven.
    values = np.array([slope_homogeneity(equal(seed, 60, 7)).adjusted for seed in range(400)])
    assert abs(values.mean()) < 4 / np.sqrt(400)
    assert abs(values.var(ddof=1) - 1) < 4 * np.sqrt(2 / 399)
    assert slope_homogeneity(random_panel(0, 40)).p_adjusted < 1e-6


def test_exact_fits_have_no_statistic() -> None:
    x = np.random.default_rng(0).standard_normal((5, 6, 1))
    found = slope_homogeneity(Panel.from_arrays(2.0 * x[:, :, 0], x))
    assert all(np.isnan(found))
    assert isinstance(found, Homogeneity)


def two(seed: int, apart: float) -> Panel:
    beta = ((1.0, 0.0), (1.0 + apart, 0.0))
    design = StaticSlopes(8, beta, tuple((np.arange(20) % 2).tolist()))
    return design.draw(np.random.default_rng(seed)).panel


QUICK = TwoGroupsTest(draws=19, starts=2)


def test_the_bootstrap_finds_two_groups() -> None:
    found = QUICK.test(two(0, 1.0), np.random.default_rng(0))
    assert found.p_value == 1 / 20
    assert found.statistic > found.draws.max()
    assert found.draws.shape == (19,)
    assert (found.draws > 0).all()


def test_its_statistic_is_that_of_all_groupings() -> None:
    panel = ref.grouped_panel(np.random.default_rng(3), 7, 6, 1, 2)
    found = TwoGroupsTest(1, minimum=MinimumSize(2, 0.0)).test(panel, np.random.default_rng(0))
    one, least = ref.ols(panel, np.zeros(7, int))[1], ref.brute_force(panel, 2, 2)
    assert found.statistic == pytest.approx(one / least - 1, rel=1e-9)


def test_draws_do_not_depend_on_common_slopes_nor_on_their_number() -> None:
    panel = two(1, 0.3)
    moved = Panel.from_arrays(panel.y + panel.x @ [2.0, -3.0], panel.x)
    first = QUICK.test(panel, np.random.default_rng(1))
    other = QUICK.test(moved, np.random.default_rng(1))
    np.testing.assert_allclose(other.draws, first.draws, rtol=1e-6)
    assert other.statistic == pytest.approx(first.statistic, rel=1e-6)
    more = TwoGroupsTest(draws=25, starts=2).test(panel, np.random.default_rng(1))
    np.testing.assert_array_equal(more.draws[:19], first.draws)


def test_errors_have_the_variance_of_the_true_ones_and_the_signs_of_their_blocks() -> None:
    panel = two(2, 0.5)
    x = panel.x - panel.x.mean(axis=1, keepdims=True)
    for i in range(3):
        design = np.column_stack([np.ones(8), panel.x[i]])
        hat = design @ np.linalg.inv(design.T @ design) @ design.T
        np.testing.assert_allclose(_leverages(panel)[i], np.diag(hat), rtol=1e-9)
    # In blocks as long as the panel each unit has one sign: its own slopes are only turned round.
    whole = TwoGroupsTest(draws=4, block=8, starts=4).test(panel, np.random.default_rng(1))
    design = np.einsum("itk,itj->ikj", x, x)
    errors = UnitByUnit().fit(panel, np.random.default_rng(0)).residuals(panel)
    errors /= np.sqrt(1 - _leverages(panel))
    sizes = np.linalg.solve(design, np.einsum("itk,it->ik", x, errors)[:, :, None])
    assert np.abs(sizes).max() > 1e-3
    assert (whole.draws > 0).all()


@pytest.mark.slow
def test_the_bootstrap_has_nearly_its_level() -> None:
    # Variances of errors differ between units, which delta allows for as well.
    rejected, trials = 0, 100
    for seed in range(trials):
        panel = equal(seed, 20, 12)
        noise = np.random.default_rng(seed).standard_normal(panel.y.shape)
        uneven = Panel.from_arrays(panel.y + noise * np.linspace(0, 2, 20)[:, None], panel.x)
        found = TwoGroupsTest(draws=19, starts=2).test(uneven, np.random.default_rng(seed))
        rejected += found.p_value <= 0.1
    # Not refuted at one in a thousand; without the leverages it is a third in such panels.
    assert binomtest(rejected, trials, 0.12, alternative="greater").pvalue > 0.001
    assert binomtest(rejected, trials, 0.08, alternative="less").pvalue > 0.001


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 0}, "`draws` must be a whole number"),
        ({"block": 0}, "`block` must be a whole number"),
        ({"minimum": 2}, "`minimum` must be a minimum size"),
        ({"individual": "x1"}, "`individual` must be a tuple of names"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with refused(message):
        TwoGroupsTest(**options)


def test_bad_panels_are_refused() -> None:
    panel, rng = random_panel(0), np.random.default_rng(0)
    with refused("A block must be no longer than the panel; got 9 of 8 periods"):
        TwoGroupsTest(block=9).test(panel, rng)
    with refused("Every group must have its fewest units; got 2 groups of at least 10"):
        TwoGroupsTest(minimum=MinimumSize(10)).test(panel, rng)
    with refused("TwoGroupsTest needs a regressor with group-specific slopes"):
        TwoGroupsTest(individual=("x1", "x2")).test(panel, rng)
    short = Panel.from_arrays(panel.y[:, :3], panel.x[:, :3])
    with refused("from more than K + 1 periods"):
        TwoGroupsTest().test(short, rng)
    with refused("from more than K + 1 periods"):
        slope_homogeneity(short)
    with refused("There must be slopes to test"):
        slope_homogeneity(panel, ("x1", "x2"))
