"""Groups by pairwise differences, against triples of units and merges one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gfe_mc import TPWD, Bootstrap, LargeT, OracleGFE, Panel, ProfileFit
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.profiles.pairwise import triad_distances
from gfe_mc.fit import Status
from tests.contract.properties import profiles
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
