"""How many groups: criteria, validation, gaps and eigenvalues, against their plain forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    GFE,
    BaiNg,
    ChosenByCriterion,
    ChosenByEigengap,
    ChosenByEigenvalues,
    ChosenByGap,
    ChosenByValidation,
    ChosenGFE,
    CKMeans,
    CLasso,
    CorrectNumber,
    Fit,
    KnownGroups,
    Mehrabani,
    MinimumSize,
    MultiStart,
    Panel,
    SpectralSlopes,
    StaticSlopes,
    SuShiPhillips,
    Truth,
    UnitMoves,
    eigenvalue_ratios,
)
from gfe_mc.fit import Status
from tests.helpers import refused
from tests.metrics.outcomes import outcome
from tests.reference import slopes_numpy as ref

MOVES = UnitMoves(4, starts=3, minimum=MinimumSize(2, 0.0))
CHOOSERS: list[Any] = [
    ChosenByCriterion(MOVES),
    ChosenByCriterion(CLasso(4), Mehrabani()),
    ChosenByValidation(MOVES, folds=3, buffer=1),
    ChosenByGap(MOVES, draws=8),
    ChosenByEigengap(SpectralSlopes(4)),
]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def design(n_groups: int, n_periods: int = 24) -> Panel:
    beta = ((0.0, 2.0), (2.0, 0.0), (-2.0, -2.0))[:n_groups]
    groups = tuple((np.arange(18) % n_groups).tolist())
    return StaticSlopes(n_periods, beta, groups).draw(rng(7)).panel


@pytest.mark.parametrize("chooser", CHOOSERS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("n_groups", [1, 3])
def test_the_number_of_a_design_that_is_clear(chooser: Any, n_groups: int) -> None:
    found = chooser.fit(design(n_groups), rng())
    assert found.n_groups == n_groups
    assert found.groups.tolist() == (np.arange(18) % n_groups).tolist()
    assert found.estimator is chooser
    assert chooser.held(2).groups == 2


def test_penalties_by_hand() -> None:
    n, t, g, k = 50, 20, 3, 2
    assert BaiNg(1)(n, t, g, k) == pytest.approx(3 * 70 / 1000 * np.log(1000 / 70))
    assert BaiNg(2)(n, t, g, k) == pytest.approx(3 * 70 / 1000 * np.log(20))
    assert BaiNg(3)(n, t, g, k) == pytest.approx(3 * np.log(20) / 20)
    assert SuShiPhillips()(n, t, g, k) == pytest.approx(2 / 3 / np.sqrt(1000) * 6)
    assert Mehrabani()(n, t, g, k) == pytest.approx(0.07 * np.log(1000) / np.sqrt(1000) * 6)
    chosen = ChosenGFE(3, BaiNg(2), MultiStart(30)).fit(profiles(2), rng())
    assert chosen.n_groups == 2


def test_criteria_are_of_the_mean_squared_residual() -> None:
    panel = design(2)
    chooser = ChosenByCriterion(MOVES, SuShiPhillips(1.0))
    fits = list(MOVES.path(panel, rng()))
    values = chooser.values(fits, panel)
    size = 18 * 24
    for g, fit in enumerate(fits, start=1):
        _, ssr = ref.ols(panel, np.asarray(fit.groups))
        assert values[g - 1] == pytest.approx(np.log(ssr / size) + 2 * g / np.sqrt(size))
    assert chooser.fit(panel, rng()).n_groups == int(np.argmin(values)) + 1
    failed = Fit(np.ones(2), status=Status.GROUP_TOO_SMALL)
    assert np.isinf(chooser.values([failed], panel)).all()
    assert ChosenByCriterion(MOVES, SuShiPhillips(0.0)).fit(panel, rng()).n_groups == 4


def test_what_is_left_out_is_predicted_by_the_rest() -> None:
    panel = ref.grouped_panel(rng(3), 8, 10, 2, 2)
    groups = (0, 1) * 4

    class Fixed:
        """One group, then two that are known."""

        common: tuple[str, ...] = ()
        individual: tuple[str, ...] = ()

        def path(self, panel: Panel, rng: np.random.Generator) -> list[Fit]:
            return [KnownGroups(one).fit(panel, rng) for one in ((0,) * 8, groups)]

    found = ChosenByValidation(Fixed(), folds=2, buffer=1).losses(panel, rng())
    expected = np.zeros(2)
    for part, rest in ((range(5), range(6, 10)), (range(5, 10), range(4))):
        own, others = list(part), list(rest)
        train = Panel.from_arrays(panel.y[:, others], panel.x[:, others])
        for place, one in enumerate(((0,) * 8, groups)):
            slopes, _ = ref.ols(train, np.array(one))
            left = panel.y[:, own] - np.einsum("itk,ik->it", panel.x[:, own], slopes)
            expected[place] += ((left - left.mean(axis=1, keepdims=True)) ** 2).sum()
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_gaps_are_of_panels_without_groups() -> None:
    panel = design(3, 12)
    gaps = ChosenByGap(MOVES, draws=6).gaps(panel, rng())
    assert gaps.gap.shape == gaps.error.shape == (4,)
    # Common slopes explain as much of what is drawn as of what has no slopes at all.
    assert gaps.gap[2] > gaps.gap[1] > gaps.gap[0]
    assert (gaps.error > 0).all()
    moved = Panel.from_arrays(5.0 * panel.y + panel.x @ [3.0, 1.0], panel.x)
    other = ChosenByGap(MOVES, draws=6).gaps(moved, rng())
    np.testing.assert_allclose(other.gap, gaps.gap, rtol=1e-6)
    np.testing.assert_allclose(other.error, gaps.error, rtol=1e-6)


def profiles(n_groups: int) -> Panel:
    alpha = 4.0 * rng(1).standard_normal((n_groups, 8))
    x = rng(2).standard_normal((24, 8, 1))
    y = x[:, :, 0] + alpha[np.arange(24) % n_groups] + 0.5 * rng(3).standard_normal((24, 8))
    return Panel.from_arrays(y, x)


def test_ratios_of_eigenvalues_are_those_of_lapack() -> None:
    for shape in ((9, 6), (5, 11)):
        rows = rng(4).standard_normal(shape)
        values = np.linalg.svd(rows, compute_uv=False) ** 2 / rows.size
        beyond = np.array([values[k + 1 :].sum() for k in range(len(values))])
        growth = np.log(1 + values[:4] / np.where(beyond > 0, beyond, 1)[:4])
        found = eigenvalue_ratios(rows, 3)
        np.testing.assert_allclose(found.eigenvalues, values[:3] / values[1:4], rtol=1e-9)
        np.testing.assert_allclose(found.growth, growth[:3] / growth[1:4], rtol=1e-9)
    with refused("There must be two eigenvalues beyond the largest number of groups; got 5"):
        eigenvalue_ratios(rows, 5)
    with refused("Something must be left beyond the largest number of groups"):
        eigenvalue_ratios(np.outer(np.arange(6.0), np.ones(6)) * 0.0, 2)


@pytest.mark.parametrize("ratio", ["eigenvalues", "growth"])
def test_groups_with_profiles_are_as_many_as_large_eigenvalues(ratio: str) -> None:
    for n_groups in (1, 2, 3):
        chooser = ChosenByEigenvalues(4, ratio, MultiStart(40))
        found = chooser.fit(profiles(n_groups), rng())
        assert found.n_groups == n_groups
        assert found.groups.tolist() == (np.arange(24) % n_groups).tolist()
        assert found.estimator is chooser
        assert chooser.held(2) == GFE(2, MultiStart(40))


def test_the_share_of_correct_numbers() -> None:
    fit = Fit(np.ones(1), beta=np.arange(2.0)[:, None], groups=np.array([0, 1, 1, 0]))
    for groups, right in (([0, 1, 0, 1], True), ([0, 1, 2, 1], False)):
        truth = Truth(np.ones(1), groups=np.array(groups))
        assert CorrectNumber().record(outcome(fit, truth)) == {"correct_number": right}
    assert CorrectNumber().record(outcome(Fit(np.ones(1)), truth)) == {}
    assert CorrectNumber().record(outcome(fit, Truth(np.ones(1)))) == {}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ChosenByCriterion(KnownGroups((0, 1))), "`estimator` must estimate every number"),  # type: ignore[arg-type]
        (lambda: ChosenByCriterion(MOVES, 1.0), "`penalty` must be a function"),  # type: ignore[arg-type]
        (lambda: ChosenByValidation(MOVES, folds=1), "`folds` must be a whole number"),
        (lambda: ChosenByValidation(MOVES, buffer=-1), "`buffer` must be a whole number"),
        (lambda: ChosenByGap(MOVES, draws=1), "`draws` must be a whole number"),
        (lambda: ChosenByEigengap(CKMeans(2)), "`estimator` must be one whose eigenvalues"),  # type: ignore[arg-type]
        (lambda: ChosenByEigenvalues(3, "scree"), "`ratio` must be known"),
        (lambda: ChosenByEigenvalues(0), "`maximum` must be a whole number"),
        (lambda: BaiNg(4), "`number` must be known"),
        (lambda: SuShiPhillips(-1.0), "`constant` must be a number from 0"),
        (lambda: Mehrabani(np.nan), "`constant` must be a number from 0"),
    ],
)
def test_bad_options_are_refused(make: Any, message: str) -> None:
    with refused(message):
        make()


def test_bad_panels_are_refused() -> None:
    panel = design(2, 8)
    with refused("Every part must have two periods"):
        ChosenByValidation(MOVES, folds=5).fit(panel, rng())
    with refused("There must be periods to estimate from; got a buffer of 8"):
        ChosenByValidation(MOVES, buffer=8).fit(panel, rng())
    with refused("A block must be no longer than the panel"):
        ChosenByGap(MOVES, block=9).fit(panel, rng())
    with refused("The largest number of groups must be below that of units"):
        ChosenByEigengap(SpectralSlopes(18)).fit(panel, rng())
    with refused("There must be two eigenvalues beyond"):
        ChosenByEigenvalues(7).fit(panel, rng())
