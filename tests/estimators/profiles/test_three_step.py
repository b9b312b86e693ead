"""Three steps for many units: a sample, classification, one update."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import GFE, Genetic, MultiStart, Panel, ThreeSteps
from tests.helpers import refused

N, T = 60, 6


def panel_of(noise: float) -> tuple[Panel, np.ndarray]:
    rng = np.random.default_rng(4)
    groups = np.arange(N) % 3
    alpha = rng.normal(size=(3, T)) + np.array([[-3.0], [0.0], [3.0]])
    x = rng.normal(size=(N, T, 1))
    return Panel.from_arrays(
        x[:, :, 0] + alpha[groups] + noise * rng.normal(size=(N, T)), x
    ), groups


def classified(panel: Panel, theta: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    left = panel.y - panel.x @ theta
    found: np.ndarray = ((left[:, None] - alpha) ** 2).sum(axis=2).argmin(axis=1)
    return found


def test_groups_that_are_told_apart_are_all_found() -> None:
    panel, groups = panel_of(0.3)
    found = GFE(3, ThreeSteps(sample=20)).fit(panel, np.random.default_rng(1))
    full = GFE(3).fit(panel, np.random.default_rng(1))
    np.testing.assert_array_equal(found.groups, groups)
    assert found.objective == pytest.approx(full.objective, rel=1e-12)


def test_they_are_the_steps_of_the_footnote() -> None:
    """By hand: the sample that is drawn is searched, all are classified, and least squares."""
    panel, _ = panel_of(4.0)
    search = Genetic(sample=0)
    found = GFE(3, ThreeSteps(20, search)).fit(panel, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    units = np.sort(rng.choice(N, 20, replace=False))
    # Searched within the periods' means over all units, which the profiles absorb.
    of_sample = GFE(3, search).fit(panel.resampled(units), np.random.default_rng(2))
    groups = classified(panel, of_sample.theta, of_sample.alpha)
    x, y = (
        part - np.stack([part[groups == g].mean(axis=0) for g in range(3)])[groups]
        for part in (panel.x[:, :, 0], panel.y)
    )
    theta = (x * y).sum() / (x * x).sum()
    assert found.objective == pytest.approx(((y - theta * x) ** 2).sum(), rel=1e-9)
    np.testing.assert_allclose(found.theta, [theta])
    full = GFE(3).fit(panel, np.random.default_rng(1))
    assert found.objective > full.objective


def with_gaps(panel: Panel) -> Panel:
    seen = (np.arange(N)[:, None] + 2 * np.arange(T)) % 4 > 0
    return Panel.from_arrays(panel.y, panel.x, observed=seen)


@pytest.mark.parametrize("options", [{}, {"group_slopes": True}, {"unit_effects": True}])
def test_with_gaps_and_slopes_by_group(options: dict[str, bool]) -> None:
    whole, _ = panel_of(0.3)
    panel = with_gaps(whole)
    found = GFE(3, ThreeSteps(20), **options).fit(panel, np.random.default_rng(1))  # type: ignore[arg-type]
    full = GFE(3, **options).fit(panel, np.random.default_rng(1))  # type: ignore[arg-type]
    again = GFE(3, ThreeSteps(20), **options).fit(  # type: ignore[arg-type]
        panel, np.random.default_rng(2), start=full
    )
    for fit in (found, again):
        assert full.objective * (1 - 1e-9) <= fit.objective <= full.objective * 1.001
        assert (fit.groups == full.groups).mean() > 0.95


def test_units_with_gaps_are_classified_by_the_sample() -> None:
    whole, _ = panel_of(4.0)
    panel = with_gaps(whole)
    search = Genetic(sample=0)
    found = GFE(3, ThreeSteps(20, search)).fit(panel, np.random.default_rng(1))
    assert found.objective > GFE(3).fit(panel, np.random.default_rng(1)).objective
    assert np.bincount(found.groups).min() > 0
    # With prior information all units are searched.
    told = np.full((N, 3), 1 / 3)
    known = GFE(3, ThreeSteps(20, search), prior=told).fit(panel, np.random.default_rng(1))
    best = GFE(3, search, prior=told).fit(panel, np.random.default_rng(1))
    assert known.objective == best.objective


def test_a_panel_no_larger_than_the_sample_is_searched_whole() -> None:
    panel, _ = panel_of(2.0)
    for sample in (N, 1000):
        found = GFE(3, ThreeSteps(sample, MultiStart(5))).fit(panel, np.random.default_rng(1))
        full = GFE(3, MultiStart(5)).fit(panel, np.random.default_rng(1))
        assert found.objective == full.objective
        np.testing.assert_array_equal(found.groups, full.groups)


def test_a_search_from_a_fit_begins_there() -> None:
    panel, _ = panel_of(0.3)
    full = GFE(3).fit(panel, np.random.default_rng(1))
    found = GFE(3, ThreeSteps(12, MultiStart(1))).fit(panel, np.random.default_rng(9), start=full)
    assert found.objective == pytest.approx(full.objective, rel=1e-9)


def test_what_cannot_be() -> None:
    panel, _ = panel_of(0.3)
    with refused("`sample` must be a whole number"):
        ThreeSteps(0)
    with refused("`search` must be a search"):
        ThreeSteps(search=GFE(2))  # type: ignore[arg-type]
    with refused("A sample must have as many units as there are groups", "2 units for 3"):
        GFE(3, ThreeSteps(2)).fit(panel, np.random.default_rng(0))
