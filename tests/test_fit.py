"""A fit knows its model, its estimator, and whether it can be used."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gfe_mc
from gfe_mc import (
    FCR,
    GFE,
    TPWD,
    Annealing,
    ChosenByBIC,
    ChosenByTest,
    ChosenGFE,
    CKMeans,
    Fit,
    FuzzyFit,
    KnownGroups,
    MinimumSize,
    Model,
    OracleGFE,
    Panel,
    Polynomial,
    Pooled,
    ProfileFit,
    Pseudo,
    SlopeFit,
    Status,
    TwoStepGFE,
    TwoWay,
    UnitByUnit,
    UnitMoves,
)
from gfe_mc.fit import positions, residuals_of
from tests.helpers import PooledOLS, refused
from tests.inference.panels import grouped

ANY = MinimumSize(1, 0.0)
FEW = Annealing(starts=5, hits=2)
PROFILES = Model(profiles=True)
BOTH = Model(unit_effects=True, group_slopes=("x1", "x2"))
CASES: dict[str, tuple[Any, type[Fit], Model, str | None]] = {
    "gfe": (GFE(2), ProfileFit, PROFILES, "groups with profiles over time"),
    "gfe with unit effects": (
        GFE(2, unit_effects=True),
        ProfileFit,
        Model(unit_effects=True, profiles=True),
        "groups with profiles over time, unit effects",
    ),
    "chosen gfe": (ChosenGFE(2), ProfileFit, PROFILES, "groups with profiles over time"),
    "two-way": (
        TwoWay(),
        ProfileFit,
        Model(unit_effects=True, profiles=True),
        "period effects, unit effects",
    ),
    "pooled ols": (
        gfe_mc.PooledOLS(),
        ProfileFit,
        Model(profiles=True, time_basis=Polynomial(0)),
        "common levels",
    ),
    "oracle": (
        OracleGFE((0, 1) * 12, unit_effects=True),
        ProfileFit,
        Model(unit_effects=True, profiles=True),
        "groups with profiles over time, unit effects",
    ),
    "two-step": (TwoStepGFE(2), ProfileFit, PROFILES, "groups with profiles over time"),
    "tpwd": (TPWD(groups=2), ProfileFit, PROFILES, "groups with profiles over time"),
    "fcr": (
        FCR(2, 1.5, FEW, ("x2",), unit_effects=True),
        FuzzyFit,
        Model(unit_effects=True, profiles=True, group_slopes=("x2",), soft=True),
        "soft groups with profiles over time and slopes of x2, unit effects",
    ),
    "ck-means": (
        CKMeans(2, minimum=ANY),
        SlopeFit,
        BOTH,
        "groups with slopes of x1, x2, unit effects",
    ),
    "unit moves": (
        UnitMoves(2, minimum=ANY, common=("x1",)),
        SlopeFit,
        Model(unit_effects=True, group_slopes=("x2",)),
        "groups with slopes of x2, unit effects",
    ),
    "individual": (
        CKMeans(2, minimum=ANY, individual=("x1",)),
        SlopeFit,
        Model(unit_effects=True, group_slopes=("x2",), unit_slopes=("x1",)),
        "groups with slopes of x2, each unit's own slopes of x1, unit effects",
    ),
    "pseudo": (
        Pseudo(2, ANY),
        SlopeFit,
        BOTH,
        "groups with slopes of x1, x2, unit effects",
    ),
    "pooled": (
        Pooled(),
        SlopeFit,
        Model(unit_effects=True),
        "slopes common to all units, unit effects",
    ),
    "unit by unit": (
        UnitByUnit(),
        SlopeFit,
        BOTH,
        "each unit's own slopes of x1, x2, unit effects",
    ),
    "known": (
        KnownGroups((0, 1) * 12),
        SlopeFit,
        BOTH,
        "groups with slopes of x1, x2, unit effects",
    ),
    "by BIC": (
        ChosenByBIC(CKMeans(2, minimum=ANY)),
        SlopeFit,
        BOTH,
        None,
    ),
    "by test": (ChosenByTest(Pseudo(2, ANY)), SlopeFit, BOTH, None),
}


@pytest.mark.parametrize(("estimator", "family", "model", "words"), CASES.values(), ids=CASES)
def test_every_estimator_says_what_it_fitted(
    estimator: Any, family: type[Fit], model: Model, words: str | None
) -> None:
    panel = grouped(1, n_periods=7)
    fit = estimator.fit(panel, np.random.default_rng(0))
    assert type(fit) is family
    assert fit.model == model
    assert fit.estimator is estimator
    assert fit.status.usable
    if words is not None:
        assert fit.description == words
    residuals = fit.residuals(panel)
    assert residuals.shape == (24, 7)
    if not fit.model.soft:
        assert (residuals**2).sum() == pytest.approx(fit.objective, rel=1e-9)
    if fit.model.unit_effects:
        moved = Panel.from_arrays(panel.y + np.arange(24.0)[:, None], panel.x)
        np.testing.assert_allclose(fit.residuals(moved), residuals, atol=1e-12)
        np.testing.assert_array_equal(residuals, residuals_of(panel.within_units(), fit))


@pytest.mark.parametrize("estimator", [case[0] for case in CASES.values()], ids=CASES)
def test_a_seed_is_refused_by_every_estimator(estimator: Any) -> None:
    with refused("Randomness must come from a generator; got 0"):
        estimator.fit(grouped(1, n_periods=7), 0)


def test_a_plain_fit_is_told_by_its_estimates() -> None:
    theta, groups = np.zeros(2), np.array([0, 1, 0])
    alpha, beta = np.zeros((2, 4)), np.array([[1.0, 3.0], [2.0, 3.0]])
    assert Fit(theta).model == Model()
    assert Fit(theta).n_groups is None
    assert str(Fit(theta).model) == "slopes common to all units"
    assert Fit(theta, groups=groups).model == Model()
    assert Fit(theta, groups=groups).n_groups == 2
    assert Fit(theta, alpha, groups).model == PROFILES
    by_slopes = Fit(theta, groups=groups, beta=beta, unit_slopes=beta[groups])
    assert by_slopes.model == Model(unit_effects=True, group_slopes=(0,))
    assert str(by_slopes.model) == "groups with slopes of x1, unit effects"
    own = Fit(theta, groups=groups, beta=np.array([[1.0, np.nan]] * 2), unit_slopes=beta[groups])
    assert own.model == Model(unit_effects=True, unit_slopes=(1,))
    soft = Fit(theta, alpha, groups, memberships=np.full((3, 2), 0.5), fuzziness=1.5)
    assert soft.model == Model(profiles=True, soft=True)
    failed = Fit(np.full(2, np.nan), groups=groups, beta=np.full((2, 2), np.nan))
    assert failed.model.unit_slopes == ()


def test_a_model_without_its_estimates_is_refused() -> None:
    fit = GFE(2).fit(grouped(1), np.random.default_rng(0))
    with refused("A fit with profiles must have alpha, groups; got no alpha"):
        replace(fit, alpha=None)  # type: ignore[arg-type]
    with refused("A fit with slopes of groups must have beta, groups; got no beta, groups"):
        Fit(np.zeros(1), model=Model(group_slopes=("x1",)))


def test_slopes_of_a_model_are_found_in_the_panel() -> None:
    panel = grouped(1, n_regressors=3)
    assert positions(panel, ("x3", "x1")) == [0, 2]
    assert positions(panel, (2, 0)) == [0, 2]
    with refused("The fit must be one of this panel; got slopes of income"):
        positions(panel, ("income",))


def test_which_statuses_can_be_used() -> None:
    assert {status for status in Status if status.usable} == {
        Status.MEMBERSHIP_SEPARATED,
        Status.PROFILE_SEPARATED,
        Status.SUCCESS,
        Status.ITERATION_LIMIT,
    }


def test_an_estimator_of_ones_own_need_not_say_anything() -> None:
    fit = PooledOLS().fit(grouped(1), np.random.default_rng(0))
    assert fit.model == Model()
    assert fit.estimator is None
