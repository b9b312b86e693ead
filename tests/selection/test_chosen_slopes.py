"""The number of groups by slopes: equation (7) of Lin and Ng (2011), and a sequence of tests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from gfe_mc import (
    ChosenByBIC,
    ChosenByTest,
    CKMeans,
    Fit,
    KnownGroups,
    MinimumSize,
    Panel,
    Pooled,
    Pseudo,
    StaticSlopes,
    UnitMoves,
    dispersion,
)
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import Status
from gfe_mc.selection.criterion import slope_bic
from tests.helpers import refused
from tests.reference import slopes_numpy as ref

SIZE = MinimumSize(3, 0.0)
PATHS: list[CKMeans | Pseudo] = [CKMeans(4, 5, SIZE), UnitMoves(4, 5, SIZE), Pseudo(4, SIZE)]
KINDS = pytest.mark.parametrize("estimator", PATHS, ids=lambda path: type(path).__name__)


def random_panel(seed: int, n_units: int = 24, n_slopes: int = 2) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), n_units, 8, n_slopes, 3)


def separated(seed: int, n_groups: int, n_units: int = 60) -> Panel:
    """Groups in turn, whose slopes differ by three."""
    slopes = tuple((3.0 * g, -3.0 * g) for g in range(n_groups))
    groups = tuple((np.arange(n_units) % n_groups).tolist())
    return StaticSlopes(30, slopes, groups).draw(np.random.default_rng(seed)).panel


def fit(estimator: Estimator, panel: Panel, seed: int = 0) -> Fit:
    return estimator.fit(panel, np.random.default_rng(seed))


def groups_of(found: Fit) -> np.ndarray:
    assert found.groups is not None
    return found.groups


def same(one: Fit, other: Fit) -> bool:
    return groups_of(one).tolist() == groups_of(other).tolist() and one.objective == other.objective


def test_criterion_by_hand() -> None:
    # Six units of T = 4 periods in groups of four and two, K = 1; squares 8 and 2.
    fitted = Fit(
        theta=np.zeros(1),
        groups=np.array([0, 0, 1, 0, 0, 1]),
        objective=10.0,
        group_objectives=np.array([8.0, 2.0]),
    )
    penalty = 2 * 1 * 2.0 * math.log(24) / 24 + math.log(36) / 36  # sqrt(min(6, 4)) = 2
    groups = (8 / 16 + 2 / 8) / 2
    assert slope_bic(fitted, 4, 1) == pytest.approx(math.log(groups) + penalty, rel=1e-14)
    pooled = slope_bic(fitted, 4, 1, "pooled")
    assert pooled == pytest.approx(math.log(10 / 24) + penalty, rel=1e-14)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.integers(1, 3), st.integers(1, 4), st.integers(0, 2))
def test_criterion_is_equation_7(seed: int, n_slopes: int, n_groups: int, n_common: int) -> None:
    panel, n_common = random_panel(seed, 14, n_slopes), min(n_common, n_slopes - 1)
    groups = np.random.default_rng(seed).permutation(np.arange(14) % n_groups)
    common = panel.regressors[:n_common]
    found = fit(KnownGroups(tuple(groups.tolist()), common), panel)
    squares = found.residuals(panel) ** 2
    each = np.mean([squares[groups == g].mean() for g in range(n_groups)])
    own = n_slopes - n_common
    penalty = n_groups * own * math.sqrt(8) * math.log(112) / 112
    penalty += (n_groups - 1) * math.log(14**2) / 14**2
    assert slope_bic(found, 8, own) == pytest.approx(math.log(each) + penalty, rel=1e-8)
    expected = math.log(squares.mean()) + penalty
    assert slope_bic(found, 8, own, "pooled") == pytest.approx(expected, rel=1e-8)


def test_an_exact_fit_is_as_good_as_it_gets() -> None:
    exact = Fit(np.zeros(1), groups=np.zeros(3, int), group_objectives=np.array([-1e-17]))
    assert slope_bic(exact, 5, 1) == -math.inf


@KINDS
@pytest.mark.parametrize("variance", ["groups", "pooled"])
def test_the_criterion_chooses_its_least_value_along_the_path(
    estimator: CKMeans | Pseudo, variance: str
) -> None:
    chosen = set()
    for seed in range(12):
        panel = random_panel(seed)
        path = estimator.path(panel, np.random.default_rng(seed))
        values = [slope_bic(found, 8, 2, variance) for found in path]
        found = fit(ChosenByBIC(estimator, variance), panel, seed)
        assert same(found, path[int(np.argmin(values))])
        chosen.add(len(np.unique(groups_of(found))))
    assert len(chosen) > 1


def test_only_group_specific_slopes_count() -> None:
    differ = 0
    for seed in range(12):
        panel = random_panel(seed, 24, 3)
        estimator = Pseudo(4, SIZE, common=("x2",), individual=("x3",))
        path = estimator.path(panel, np.random.default_rng(0))
        one, three = ([slope_bic(found, 8, own) for found in path] for own in (1, 3))
        assert same(fit(ChosenByBIC(estimator), panel), path[int(np.argmin(one))])
        differ += int(np.argmin(one) != np.argmin(three))
    assert differ > 0


def test_numbers_of_groups_that_are_not_identified_are_left_out() -> None:
    panel = random_panel(0, 12)
    x = panel.x.copy()
    x[:6, :, 1] = 0.0  # Half of the units have no second slope, and groups of them no estimate.
    panel = Panel.from_arrays(x[:, :, 0] * (np.arange(12) < 6)[:, None] + 0.1 * panel.y, x)
    estimator = CKMeans(3, 20, SIZE)
    path = estimator.path(panel, np.random.default_rng(0))
    assert [found.status for found in path] == [Status.SUCCESS, *[Status.COLLINEAR] * 2]
    assert same(fit(ChosenByBIC(estimator), panel), path[0])
    twice = Panel.from_arrays(panel.y, panel.x[:, :, [0, 0]])
    assert fit(ChosenByBIC(estimator), twice).status == Status.COLLINEAR
    short = fit(ChosenByBIC(CKMeans(2, 1, SIZE, limit=1)), random_panel(1))
    assert short.status in (Status.SUCCESS, Status.ITERATION_LIMIT)


@pytest.mark.parametrize("estimator", PATHS[:2])
def test_the_tests_stop_where_none_rejects(estimator: CKMeans) -> None:
    chosen = set()
    for seed in range(12):
        panel = random_panel(seed)
        path = estimator.path(panel, np.random.default_rng(seed))
        largest = [dispersion(panel, found.groups).max() for found in path[:-1]]
        found = fit(ChosenByTest(estimator, 0.01), panel, seed)
        assert same(found, path[int(np.argmax([*(np.array(largest) <= norm.isf(0.01)), True]))])
        chosen.add(len(np.unique(groups_of(found))))
    assert len(chosen) > 1


def test_pseudo_splits_the_group_that_is_rejected_most() -> None:
    numbers, several = set(), 0
    for seed in range(30):
        panel = ref.grouped_panel(np.random.default_rng(seed), 30, 8, 2, 4)
        expected, stuck = np.zeros(30, np.int64), False
        while expected.max() < 2:
            statistics = dispersion(panel, expected)
            members = np.flatnonzero(expected == np.argmax(statistics))
            if statistics.max() <= norm.isf(0.05):
                break
            parted = ref.threshold(panel, members, expected, 3)
            if stuck := parted is expected:
                break
            several += int((statistics > norm.isf(0.05)).sum() > 1)
            expected = parted
        if stuck:
            continue  # Then another one that is rejected may be split.
        found = fit(ChosenByTest(Pseudo(3, SIZE)), panel)
        together = groups_of(found)[:, None] == groups_of(found)
        np.testing.assert_array_equal(together, expected[:, None] == expected)
        numbers.add(int(expected.max()))
    assert numbers == {1, 2}
    assert several > 0


@KINDS
@pytest.mark.parametrize("n_groups", [1, 2, 3])
def test_clearly_separated_groups_are_counted(estimator: CKMeans | Pseudo, n_groups: int) -> None:
    choices: list[Estimator] = [ChosenByBIC(estimator), ChosenByTest(estimator, 0.001)]
    for choice in choices:
        for seed in range(5):
            found = fit(choice, separated(seed, n_groups), seed)
            assert groups_of(found).tolist() == (np.arange(60) % n_groups).tolist()


def test_no_more_groups_than_the_largest_number() -> None:
    for estimator in (CKMeans(2), UnitMoves(2), Pseudo(2)):
        found = fit(ChosenByTest(estimator), separated(0, 3))
        assert len(np.unique(groups_of(found))) == 2
        assert found.status == Status.SUCCESS
    # Twelve units have no room for two groups of ten.
    assert set(groups_of(fit(ChosenByTest(Pseudo(2)), separated(0, 3, 12)))) == {0}


def test_bad_input_is_refused() -> None:
    for kind in (ChosenByBIC, ChosenByTest):
        with refused("`estimator` must estimate every number of groups"):
            kind(Pooled())  # type: ignore[arg-type]
    with refused("`variance` must be known; got 'mean'"):
        ChosenByBIC(Pseudo(2), "mean")
    for level in (0.0, 1.0, 1, math.nan):
        with refused("`level` must be a probability"):
            ChosenByTest(Pseudo(2), level)
    panel = random_panel(0)
    with refused("The fit must have groups with slopes"):
        slope_bic(Fit(np.zeros(2), groups=np.zeros(24, np.int64)), 8, 2)
    short = Panel.from_arrays(panel.y[:, :3], panel.x[:, :3])
    for estimator in PATHS:
        with refused("from more than K + 1 periods"):
            fit(ChosenByTest(estimator), short)
        with refused("needs regressors"):
            fit(ChosenByBIC(estimator), Panel.from_arrays(panel.y))


def test_an_unknown_variance_of_the_criterion_is_refused() -> None:
    with refused("`variance` must be known"):
        slope_bic(fit(Pooled(), random_panel(0)), 8, 2, "mean")
