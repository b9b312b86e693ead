"""Groups by pairwise differences, against triples of units and merges one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import TPWD, Bootstrap, GroupedEffects, LargeT, OracleGFE, Panel, ProfileFit
from gfe_mc.estimators.factors.shrinkage import completed, series_of, shrunk
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.profiles.pairwise import common_distances, triad_distances
from gfe_mc.fit import Status
from tests.contract.properties import long_profiles, profiles
from tests.helpers import refused


def fit(estimator: Any, panel: Panel) -> ProfileFit:
    found: ProfileFit = estimator.fit(panel, np.random.default_rng(0))
    return found


def distances(residuals: np.ndarray) -> np.ndarray:
    """D_ij (N, N), triple by triple."""
    n = len(residuals)
    found = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            others = [k for k in range(n) if k not in (i, j)]
            products = [abs(residuals[k] @ (residuals[i] - residuals[j])) for k in others]
            found[i, j] = 0.0 if i == j else max(products) / residuals.shape[1]
    return found


def distances_in_common(panel: Panel) -> tuple[np.ndarray, list[int]]:
    """D_ij (N, N) of outcomes, triple by triple, and the common periods of each."""
    n, used = len(panel.y), []
    found = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1, n):
            means = []
            for k in set(range(n)) - {i, j}:
                both = panel.observed[[i, j, k]].all(axis=0)
                if both.sum() >= 3:
                    means.append(abs((panel.y[k] * (panel.y[i] - panel.y[j]))[both].mean()))
                    used.append(int(both.sum()))
            found[i, j] = found[j, i] = max(means)
    return found, used


def thinned(panel: Panel, share: float, seed: int = 0) -> Panel:
    """The panel without a share of its cells; of the first four periods all are observed."""
    observed = np.random.default_rng(seed).random(panel.y.shape) >= share
    observed[:, :4] = True
    return Panel.from_arrays(panel.y, panel.x, observed=observed)


def merged(apart: np.ndarray, height: float, n_groups: int, linkage: str) -> list[set[int]]:
    """Merge the nearest two groups again and again, up to a height or a number."""
    groups = [{i} for i in range(len(apart))]
    over: Any = {"average": np.mean, "complete": np.max, "single": np.min}[linkage]
    while len(groups) > max(n_groups, 1):
        pairs = [(a, b) for a in range(len(groups)) for b in range(a)]
        between = [over(apart[np.ix_(list(groups[a]), list(groups[b]))]) for a, b in pairs]
        if n_groups == 0 and min(between) > height:
            break
        a, b = pairs[int(np.argmin(between))]
        groups[b] |= groups.pop(a)
    return groups


def numbered(groups: list[set[int]]) -> np.ndarray:
    labels = np.zeros(sum(map(len, groups)), np.int64)
    for g, group in enumerate(groups):
        labels[list(group)] = g
    return by_first_appearance(labels, len(groups))[0]


def test_distances_by_hand() -> None:
    """(0, 2)(2, 2)' / 2 of the first pair by unit 2, (1, 0)(3, 0)' / 2, (3, 2)(1, -2)' / 2."""
    residuals = np.array([[3.0, 2.0], [1.0, 0.0], [0.0, 2.0]])
    np.testing.assert_allclose(triad_distances(residuals), [2.0, 1.5, 0.5])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["average", "complete", "single"]))
def test_it_merges_one_by_one(seed: int, linkage: Any) -> None:
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((9, 6)) + 2.0 * rng.standard_normal((3, 6))[np.arange(9) % 3]
    panel, apart = Panel.from_arrays(y), distances(y)
    np.testing.assert_allclose(triad_distances(y), apart[np.triu_indices(9, 1)], rtol=1e-10)
    height = 1.5 * y.var(ddof=1) * np.log(6) / np.sqrt(6)
    found = fit(TPWD(linkage=linkage), panel)
    np.testing.assert_array_equal(found.groups, numbered(merged(apart, height, 0, linkage)))
    found = fit(TPWD(linkage=linkage, groups=4), panel)
    np.testing.assert_array_equal(found.groups, numbered(merged(apart, 0.0, 4, linkage)))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["average", "complete", "single"]))
def test_with_gaps_it_merges_by_common_periods(seed: int, linkage: Any) -> None:
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((9, 7)) + 2.0 * rng.standard_normal((3, 7))[np.arange(9) % 3]
    panel = thinned(Panel.from_arrays(y), 0.4, seed)
    apart, used = distances_in_common(panel)
    computed, mean = common_distances(panel.y, panel.observed)
    np.testing.assert_allclose(computed, apart[np.triu_indices(9, 1)], rtol=1e-10)
    assert mean == pytest.approx(np.mean(used))
    height = 1.5 * panel.y[panel.observed].var(ddof=1) * np.log(mean) / np.sqrt(mean)
    found = fit(TPWD(linkage=linkage), panel)
    np.testing.assert_array_equal(found.groups, numbered(merged(apart, height, 0, linkage)))
    found = fit(TPWD(linkage=linkage, groups=4), panel)
    np.testing.assert_array_equal(found.groups, numbered(merged(apart, 0.0, 4, linkage)))


def test_common_periods_of_complete_panels_are_all() -> None:
    y = profiles().y
    computed, mean = common_distances(y, np.ones(y.shape, bool))
    np.testing.assert_allclose(computed, triad_distances(y), rtol=1e-10)
    assert mean == y.shape[1]


@pytest.mark.parametrize("penalty", [0.02, 0.2])
def test_first_slopes_with_gaps_are_the_minimum(penalty: float) -> None:
    """Against a search by simplex, effects made by soft thresholds of singular values."""
    sample = GroupedEffects(12, 6, 2, separation=3.0).draw(np.random.default_rng(0))
    complete = series_of(sample.panel, "TPWD")
    np.testing.assert_allclose(
        completed(complete, penalty, 10_000).slopes.theta,
        shrunk(complete, penalty, 10_000).theta,
        rtol=1e-7,
    )
    panel = thinned(sample.panel, 0.5)
    seen, n = panel.observed, panel.observed.sum()

    def least(theta: float) -> float:
        left, effects = panel.y - theta * panel.x[:, :, 0], np.zeros(seen.shape)
        for _ in range(3000):
            u, values, v = np.linalg.svd(np.where(seen, left, effects), full_matrices=False)
            values = np.maximum(values - penalty * np.sqrt(n), 0.0)
            effects = (u * values) @ v
        squares = ((left - effects)[seen] ** 2).sum() / (2 * n)
        return float(squares + penalty * values.sum() / np.sqrt(n))

    found = completed(series_of(panel, "TPWD", gaps=True), penalty, 10_000).slopes
    assert found.converged
    theta = float(found.theta[0])
    best = least(theta)
    for step in (-1e-3, 1e-3):
        assert least(theta + step) > best
    short = completed(series_of(panel, "TPWD", gaps=True), penalty, 2).slopes
    assert not short.converged


def test_groups_of_panels_with_gaps_are_found() -> None:
    sample = GroupedEffects(24, 16, 3, separation=5.0).draw(np.random.default_rng(1))
    panel = thinned(sample.panel, 0.25)
    assert sample.truth.groups is not None
    truth = by_first_appearance(sample.truth.groups, 3)[0]
    order = np.random.default_rng(2).permutation(24)
    mixed = Panel.from_arrays(panel.y[order], panel.x[order], observed=panel.observed[order])
    for estimator in (TPWD(groups=3), TPWD(0.9, iterations=2)):
        found, again = fit(estimator, panel), fit(estimator, mixed)
        np.testing.assert_array_equal(found.groups, truth)
        known = fit(OracleGFE(tuple(truth.tolist())), panel)
        np.testing.assert_array_equal(found.theta, known.theta)
        np.testing.assert_array_equal(again.groups, by_first_appearance(truth[order], 3)[0])
        np.testing.assert_allclose(again.theta, found.theta, rtol=1e-9)
    errors = LargeT().covariance(panel, found, np.random.default_rng(0))
    assert errors.theta[0, 0] > 0


def test_pairs_without_common_periods_are_named() -> None:
    y, observed = long_profiles().y, np.ones(long_profiles().y.shape, bool)
    observed[4, :4], observed[7, 5:] = False, False
    names = [f"u{i}" for i in range(len(y))]
    with refused("3 periods in common", "1 pairs without, the first u4 and u7"):
        fit(TPWD(), Panel.from_arrays(y, observed=observed, units=names))
    observed[7] = False
    with refused("Every unit must be observed", "the first u7"):
        fit(TPWD(), Panel.from_arrays(y, observed=observed, units=names))


def test_far_apart_groups_are_found_with_their_number() -> None:
    found = fit(TPWD(0.9), profiles())
    truth = (0, 1, 1, 2, 0, 2, 1, 0, 2, 1, 1, 0, 2, 1)
    assert tuple(found.groups.tolist()) == truth
    assert found.status == Status.SUCCESS
    known = fit(OracleGFE(truth), profiles())
    np.testing.assert_array_equal(found.theta, known.theta)
    np.testing.assert_array_equal(found.alpha, known.alpha)
    again = fit(TPWD(0.9, iterations=4), profiles())
    np.testing.assert_array_equal(again.theta, known.theta)


def test_more_iterations_start_from_the_last_slopes() -> None:
    """By hand: groups by residuals at the first fit's slopes."""
    rng = np.random.default_rng(3)
    groups = np.arange(30) % 3
    alpha = np.array([np.ones(7), np.arange(7) / 6, np.zeros(7)])[groups]
    x = rng.standard_normal((30, 7, 1)) / 3 + 0.5 * alpha[:, :, None]
    panel = Panel.from_arrays(x[:, :, 0] + alpha + rng.standard_normal((30, 7)) / 3, x)
    first, second = fit(TPWD(), panel), fit(TPWD(iterations=2), panel)
    left = Panel.from_arrays(panel.y - first.theta[0] * x[:, :, 0])
    np.testing.assert_array_equal(second.groups, fit(TPWD(), left).groups)


def test_the_scale_of_the_outcome_does_not_matter_without_regressors() -> None:
    y = profiles().y
    for scale in (1e-3, 1e3):
        scaled = fit(TPWD(), Panel.from_arrays(scale * y)).groups
        np.testing.assert_array_equal(scaled, fit(TPWD(), Panel.from_arrays(y)).groups)


def test_thresholds_from_one_group_to_units_alone() -> None:
    assert fit(TPWD(threshold=1e6), profiles()).groups.max() == 0
    alone = fit(TPWD(threshold=0), profiles())
    assert alone.status == Status.COLLINEAR
    assert np.isnan(alone.theta).all()


def test_standard_errors_hold_the_number_of_groups() -> None:
    found = fit(TPWD(0.9), profiles())
    assert TPWD(0.9).held(3) == TPWD(0.9, groups=3)
    for method in (LargeT(), Bootstrap(draws=6)):
        errors = method.covariance(profiles(), found, np.random.default_rng(0))
        assert errors.theta[0, 0] > 0


def test_bad_input() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"threshold": -1.0}, "`threshold` must be"),
        ({"threshold": np.nan}, "`threshold` must be"),
        ({"linkage": "ward"}, "`linkage` must be known"),
        ({"penalty": 0.0}, "`penalty` must be"),
        ({"iterations": 0}, "`iterations` must be"),
        ({"groups": 0}, "`groups` must be"),
    )
    for options, said in cases:
        with refused(said):
            TPWD(**options)
    y = profiles().y
    for short in (y[:, :2], y[:2]):
        with refused("third units"):
            fit(TPWD(), Panel.from_arrays(short))
    with refused("no more groups than units"):
        fit(TPWD(groups=15), profiles())
