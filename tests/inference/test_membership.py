"""Confidence sets for group membership: by hand, by their plain form, and by their coverage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, t

from gfe_mc import (
    GFE,
    Fit,
    KnownGroups,
    Model,
    MultiStart,
    Panel,
    Pooled,
    StaticSlopes,
    membership_sets,
)
from tests.contract.properties import profiles
from tests.helpers import refused

RNG = np.random.default_rng(0)
GROUPS = tuple((np.arange(20) % 3).tolist())
BETA = ((0.0, 0.0), (0.6, 0.0), (0.0, 2.0))


def slopes(seed: int) -> tuple[Panel, Fit]:
    """A panel with three groups, two of them near, and its fit by the true groups."""
    panel = StaticSlopes(12, BETA, GROUPS).draw(np.random.default_rng(seed)).panel
    return panel, KnownGroups(GROUPS).fit(panel, RNG)


def test_two_profiles_by_hand() -> None:
    # Unit 0 at 0, 0 and 1, profiles zero and one: against the other group d is u (u - (u - 1)) = u,
    # of mean 1/3 and deviation sqrt(2)/3: sqrt(3) / sqrt(2). For group two d is (u - 1)(-1).
    panel = Panel.from_arrays([[0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    fit = Fit(np.empty(0), alpha=np.array([[0.0] * 3, [1.0] * 3]), groups=np.array([0, 1, 0]))
    found = membership_sets(panel, fit, 0.9)
    np.testing.assert_allclose(found.statistics[0], [np.sqrt(1.5), np.sqrt(6)], rtol=1e-12)
    assert found.critical == pytest.approx(np.sqrt(1.5) * t.isf(0.1, 2))
    # Without any errors in its group, a unit is there and nowhere else.
    assert found.statistics[1].tolist() == [np.inf, 0.0]
    assert found.sets.tolist() == [[True, False], [False, True], [True, False]]


@pytest.mark.parametrize("kind", ["unit", "joint"])
def test_they_are_the_plain_form(kind: str) -> None:
    panel, fit = slopes(1)
    found = membership_sets(panel, fit, 0.8, kind)
    y = panel.y - panel.y.mean(axis=1, keepdims=True)
    x = panel.x - panel.x.mean(axis=1, keepdims=True)
    share = 0.2 / 2 / (20 if kind == "joint" else 1)
    limit = t.ppf(1 - share, 11) * np.sqrt(12 / 11)
    assert found.critical == pytest.approx(limit)
    assert fit.beta is not None
    for i in range(20):
        for g in range(3):
            largest = -np.inf
            for h in {0, 1, 2} - {g}:
                one, other = y[i] - x[i] @ fit.beta[g], y[i] - x[i] @ fit.beta[h]
                d = 0.5 * (one**2 - other**2 + (one - other) ** 2)
                largest = max(largest, np.sqrt(12) * d.mean() / d.std())
            assert found.statistics[i, g] == pytest.approx(largest, rel=1e-7)
            assert found.sets[i, g] == (largest <= limit)


def test_joint_sets_hold_sets_of_units_and_both_grow_with_the_level() -> None:
    panel, fit = slopes(2)
    small, large = (membership_sets(panel, fit, level).sets for level in (0.5, 0.99))
    joint = membership_sets(panel, fit, 0.5, "joint").sets
    assert not (small & ~large).any()
    assert not (small & ~joint).any()
    assert large.sum() > small.sum()


def test_scales_and_numbers_of_groups_do_not_matter() -> None:
    panel, fit = slopes(3)
    before = membership_sets(panel, fit)
    assert fit.beta is not None
    turned = Fit(fit.theta, groups=2 - np.asarray(fit.groups), beta=fit.beta[::-1], model=fit.model)
    np.testing.assert_array_equal(membership_sets(panel, turned).sets, before.sets[:, ::-1])
    scaled = Panel.from_arrays(7.0 * panel.y + 3.0, 0.1 * panel.x)
    after = membership_sets(scaled, KnownGroups(GROUPS).fit(scaled, RNG))
    np.testing.assert_allclose(after.statistics, before.statistics, rtol=1e-6)


def test_profiles_that_are_far_away_are_in_no_set() -> None:
    fit = GFE(3, MultiStart(50)).fit(profiles(), np.random.default_rng(0))
    found = membership_sets(profiles(), fit, 0.9)
    # Five periods tell profiles at -5 from all others.
    far = int(np.argmin(fit.alpha[:, 0]))
    others = fit.groups != far
    assert not found.sets[others, far].any()
    assert not np.delete(found.sets[~others], far, axis=1).any()


def test_they_hold_the_true_groups_as_often_as_they_say() -> None:
    # Slopes as known as with many units: the true ones. Errors are normal.
    held, all_held, units, panels = 0, 0, 0, 150
    for seed in range(panels):
        panel = StaticSlopes(12, BETA, GROUPS).draw(np.random.default_rng(seed)).panel
        _, fit = slopes(seed)
        true = Fit(fit.theta, groups=np.array(GROUPS), beta=np.array(BETA), model=fit.model)
        right = (np.arange(20), np.array(GROUPS))
        held += int(membership_sets(panel, true, 0.9).sets[right].sum())
        all_held += bool(membership_sets(panel, true, 0.9, "joint").sets[right].all())
        units += 20
    # Not refuted at one in a thousand; Bonferroni's values hold more than they must.
    assert binomtest(held, units, 0.9, alternative="less").pvalue > 0.001
    assert binomtest(all_held, panels, 0.9, alternative="less").pvalue > 0.001
    assert held / units < 0.99


def test_one_group_is_in_every_set() -> None:
    panel, _ = slopes(4)
    assert membership_sets(panel, Pooled().fit(panel, RNG)).sets.tolist() == [[True]] * 20


def test_slopes_of_units_own_stay_their_own() -> None:
    panel, _ = slopes(5)
    fit = KnownGroups(GROUPS, individual=("x2",)).fit(panel, RNG)
    found = membership_sets(panel, fit)
    squares = (fit.residuals(panel) ** 2).sum(axis=1)
    assert np.isfinite(found.statistics).all()
    assert np.isfinite(squares).all()


def test_bad_input_is_refused() -> None:
    panel, fit = slopes(0)
    with refused("`level` must be a probability"):
        membership_sets(panel, fit, 95)
    with refused("`kind` must be known"):
        membership_sets(panel, fit, kind="each")
    parts: dict[str, Any] = {"alpha": np.zeros((2, 5)), "groups": np.arange(14) % 2}
    soft = Fit(np.ones(1), **parts, memberships=np.full((14, 2), 0.5), fuzziness=1.5)
    with refused("Sets need a fit with one layer of groups that are not soft"):
        membership_sets(profiles(), soft)
    layered = Model(profiles=True, levels=(1, 1))
    second: dict[str, Any] = {"secondary": np.zeros(14, int), "eta": np.zeros((2, 1))}
    layers = Fit(np.ones(1), **parts, **second, model=layered)
    with refused("Sets need a fit with one layer of groups that are not soft"):
        membership_sets(profiles(), layers)
    with refused("Sets need a fit with one layer"):
        membership_sets(panel, Fit(np.ones(2)))
    with refused("The fit must be"):
        membership_sets(profiles(), fit)
