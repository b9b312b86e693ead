"""Every estimator, through the same properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    FCR,
    GFE,
    PAGFL,
    TPWD,
    VNS,
    Annealing,
    BaiIteration,
    ChosenByBIC,
    ChosenByCriterion,
    ChosenByEigengap,
    ChosenByEigenvalues,
    ChosenByGap,
    ChosenByTest,
    ChosenByValidation,
    ChosenGFE,
    CKMeans,
    CLasso,
    DirectMinimization,
    Experiment,
    Fit,
    FuzzyGenetic,
    Genetic,
    GivenGroupsM,
    GroupedM,
    GroupedSlopes,
    HalfPanelJackknife,
    InteractiveFixedEffects,
    KnownGroups,
    MinimumSize,
    Mixture,
    MultiStart,
    NuclearNorm,
    OracleGFE,
    Panel,
    PaperProgram,
    Poisson,
    Polynomial,
    Pooled,
    PooledOLS,
    PostNuclearNorm,
    PostSpectral,
    ProfileNewton,
    Pseudo,
    RandomGroups,
    SeededStarts,
    SpectralSlopes,
    StandardizedPseudo,
    Status,
    ThreeSteps,
    TwoLayerGFE,
    TwoStepGFE,
    TwoWay,
    TwoWayGroups,
    UnitByUnit,
    UnitMoves,
    WeightedGFE,
)
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import FuzzyFit, LossFit, MixtureFit
from tests.contract.properties import (
    SLOPE_GROUPS,
    assert_is_frozen_and_known,
    assert_pickles,
    bits,
    exported,
    long_profiles,
    profiles,
    rows,
    slopes,
    taken,
)
from tests.estimators.losses.panels import drawn
from tests.helpers import refused
from tests.inference.panels import grouped


def _same(estimator: Any, order: np.ndarray) -> Any:  # noqa: ARG001
    return estimator


def _known(estimator: Any, order: np.ndarray) -> Any:
    return replace(estimator, groups=tuple(np.array(estimator.groups)[order].tolist()))


@dataclass(frozen=True)
class Row:
    """An estimator, and what it is tried on."""

    name: str
    estimator: Estimator
    panel: Callable[[], Panel]
    """A panel on which it finds its optimum."""
    too_many: Estimator | None = None
    """The same with far more groups than units; None if it cannot be asked for them."""
    reordered: Callable[[Any, np.ndarray], Any] = _same
    """The estimator for the panel's units in another order."""
    groups: bool = True
    """Whether its units are in groups."""
    gaps: bool = False
    """Whether it takes panels with gaps."""
    fails: Mapping[str, str] = field(default_factory=dict)
    """Properties that do not hold, and why."""
    refusal: str = "balanced panel"
    """What it says of a panel with gaps if it does not."""
    too_large: str = "The squares of `y`"
    """What it says of values that cannot be squared."""


ANY = MinimumSize(1, 0.0)
QUICK = Genetic(population=4, patience=20, hits=6)
MANY = 1000
PROFILE_GROUPS = (0, 1, 1, 2, 0, 2, 1, 0, 2, 1, 1, 0, 2, 1)
HALVES = HalfPanelJackknife(GFE(2, QUICK, unit_effects=True))
FACTORS: dict[str, Any] = {"groups": False, "gaps": True}


def _factors(number: int, search: Any) -> InteractiveFixedEffects:
    return InteractiveFixedEffects(number, search)


def _given(estimator: GivenGroupsM, order: np.ndarray) -> GivenGroupsM:
    """Given groups keep the numbers that they have; those here are by first appearance."""
    groups, _ = by_first_appearance(np.array(estimator.groups)[order], 2)
    return replace(estimator, groups=tuple(groups.tolist()))


def counts() -> Panel:
    """Counts of two groups of units that are far apart."""
    return drawn("poisson", 0, 16)


COUNTS: dict[str, Any] = {"gaps": True, "too_large": "must be"}
STARTS = SeededStarts(8, kicks=3)
LOGIT = Mixture(2, "logit", ("x1",), starts=10)

# A new estimator is one more row.
ESTIMATORS = [
    Row("gfe genetic", GFE(3, Genetic()), profiles, GFE(MANY), gaps=True),
    Row("gfe group slopes", GFE(2, QUICK, group_slopes=("x1",)), profiles, GFE(MANY), gaps=True),
    Row("gfe trends", GFE(2, QUICK, time_basis=Polynomial(1)), profiles, GFE(MANY), gaps=True),
    Row("gfe unit effects", GFE(2, QUICK, unit_effects=True), profiles, GFE(MANY), gaps=True),
    Row("jackknife", HALVES, profiles, HalfPanelJackknife(GFE(MANY, unit_effects=True)), gaps=True),
    Row("gfe vns", GFE(3, VNS(5, 5, 5)), profiles, GFE(MANY, VNS(1, 1, 0)), gaps=True),
    Row("gfe multi-start", GFE(3, MultiStart(50)), profiles, GFE(MANY, MultiStart(2)), gaps=True),
    Row(
        "gfe three steps",
        GFE(3, ThreeSteps(sample=12)),
        profiles,
        GFE(MANY, ThreeSteps()),
        gaps=True,
    ),
    Row("two-layer", TwoLayerGFE(2, 2), profiles, TwoLayerGFE(2, MANY), gaps=True),
    Row("two-layer multi-start", TwoLayerGFE(3, 1, MultiStart(50)), profiles, gaps=True),
    Row("two-way", TwoWay(), profiles, gaps=True),
    Row("pooled ols", PooledOLS(), profiles, gaps=True),
    Row("oracle", OracleGFE(PROFILE_GROUPS), profiles, None, _known, gaps=True),
    Row("oracle unit effects", OracleGFE(PROFILE_GROUPS, True), profiles, None, _known, gaps=True),
    Row(
        "random groups",
        RandomGroups(3),
        profiles,
        RandomGroups(MANY),
        gaps=True,
        fails={"test_the_order_of_units_does_not_matter": "groups are drawn by position"},
    ),
    Row("tpwd", TPWD(0.9), profiles, TPWD(groups=MANY), gaps=True),
    Row("two-step", TwoStepGFE(3), profiles, TwoStepGFE(MANY), gaps=True),
    Row("two-step chosen", TwoStepGFE(), profiles, gaps=True),
    Row("weighted gfe", WeightedGFE(3), profiles, WeightedGFE(MANY), gaps=True),
    Row("post-spectral", PostSpectral(2), long_profiles, PostSpectral(MANY)),
    Row("two-way groups", TwoWayGroups(3, 2), profiles, TwoWayGroups(MANY, 2)),
    Row("chosen gfe", ChosenGFE(4, search=MultiStart(50)), profiles, ChosenGFE(MANY), gaps=True),
    Row("fcr genetic", FCR(3, search=FuzzyGenetic()), profiles, FCR(MANY), gaps=True),
    Row("fcr annealing", FCR(3, search=Annealing(50)), profiles, FCR(MANY), gaps=True),
    Row("fcr soft", FCR(3, 1.5, Annealing(50)), profiles, FCR(MANY, 1.5), gaps=True),
    Row("fcr group-specific", FCR(3, 1.5, Annealing(50), ("x1",)), profiles, FCR(MANY), gaps=True),
    Row(
        "fcr unit effects",
        FCR(2, 1.5, Annealing(50), unit_effects=True),
        profiles,
        FCR(MANY),
        gaps=True,
    ),
    Row(
        "fcr direct",
        FCR(3, 1.5, DirectMinimization(10)),
        profiles,
        FCR(MANY),
        refusal="cross-products",
    ),
    Row("fcr paper", FCR(2, 1.5, PaperProgram(5)), profiles, FCR(MANY), refusal="cross-products"),
    Row("mixture", Mixture(3, starts=10), profiles, Mixture(MANY), gaps=True),
    Row("mixture logit", LOGIT, lambda: grouped(2), replace(LOGIT, groups=MANY), gaps=True),
    Row("mixture variances", Mixture(2, variance="group"), profiles, Mixture(MANY), gaps=True),
    Row("mixture unit effects", Mixture(2, unit_effects=True), profiles, gaps=True),
    Row(
        "grouped m",
        GroupedM(Poisson(), 2, search=STARTS),
        counts,
        GroupedM(Poisson(), MANY),
        **COUNTS,
    ),
    Row("grouped m levels", GroupedM(Poisson(), 2, "constant", STARTS), counts, **COUNTS),
    Row("given groups m", GivenGroupsM(Poisson(), (0, 1) * 8), counts, None, _given, **COUNTS),
    Row("ck-means", CKMeans(2, minimum=ANY), slopes, CKMeans(MANY, minimum=ANY), gaps=True),
    Row(
        "ck-means common", CKMeans(2, minimum=ANY, common=("x1",)), slopes, CKMeans(MANY), gaps=True
    ),
    Row(
        "ck-means individual",
        CKMeans(2, minimum=ANY, individual=("x1",)),
        slopes,
        CKMeans(MANY),
        gaps=True,
    ),
    Row("unit moves", UnitMoves(2, minimum=ANY), slopes, UnitMoves(MANY, minimum=ANY), gaps=True),
    Row("grouped slopes", GroupedSlopes(2, ANY), slopes, GroupedSlopes(MANY, ANY), gaps=True),
    Row(
        "grouped slopes common",
        GroupedSlopes(2, ANY, ("x1",)),
        slopes,
        GroupedSlopes(MANY),
        gaps=True,
    ),
    Row("pseudo", Pseudo(2, ANY), slopes, gaps=True),
    Row("standardized pseudo", StandardizedPseudo(2, ANY), slopes, gaps=True),
    Row("known groups", KnownGroups(tuple(SLOPE_GROUPS.tolist())), slopes, None, _known, gaps=True),
    Row("pooled", Pooled(), slopes, gaps=True),
    Row("pooled individual", Pooled(("x1",)), slopes, gaps=True),
    Row("unit by unit", UnitByUnit(), slopes, gaps=True),
    Row("chosen by bic", ChosenByBIC(UnitMoves(3, minimum=ANY)), slopes, gaps=True),
    Row("chosen by test", ChosenByTest(Pseudo(3, ANY)), slopes, gaps=True),
    Row("chosen by test of moves", ChosenByTest(UnitMoves(3, minimum=ANY)), slopes, gaps=True),
    Row("c-lasso", CLasso(2), slopes, CLasso(MANY), gaps=True),
    Row("pagfl", PAGFL(), slopes, gaps=True),
    Row("spectral slopes", SpectralSlopes(2), slopes, SpectralSlopes(MANY)),
    Row("chosen by criterion", ChosenByCriterion(CLasso(3)), slopes, gaps=True),
    Row("chosen by validation", ChosenByValidation(UnitMoves(3, minimum=ANY)), slopes),
    Row("chosen by gap", ChosenByGap(UnitMoves(3, minimum=ANY), draws=10), slopes),
    Row(
        "chosen by eigengap",
        ChosenByEigengap(SpectralSlopes(3)),
        slopes,
        ChosenByEigengap(SpectralSlopes(MANY)),
    ),
    Row(
        "chosen by eigenvalues",
        ChosenByEigenvalues(3, search=QUICK),
        profiles,
        ChosenByEigenvalues(MANY),
    ),
    Row(
        "factors newton",
        _factors(1, ProfileNewton()),
        profiles,
        _factors(MANY, ProfileNewton()),
        **FACTORS,
    ),
    Row("nuclear norm", NuclearNorm(), profiles, **FACTORS),
    Row("post nuclear norm", PostNuclearNorm(1), profiles, PostNuclearNorm(MANY), **FACTORS),
    Row("factors bai", _factors(1, BaiIteration()), slopes, **FACTORS),
]
# More groups than units: `Pseudo`, and what chooses the number of groups of slopes, take `groups`
# as the largest number, and fit as many as there is room for.


def fit(estimator: Estimator, panel: Panel) -> Fit:
    return estimator.fit(panel, np.random.default_rng(7))


@cache
def fitted(name: str) -> Fit:
    """The fit of a row, of which there is one a session."""
    row = next(row for row in ESTIMATORS if row.name == name)
    return fit(row.estimator, row.panel())


def groups_of(found: Fit) -> np.ndarray:
    assert found.groups is not None
    return found.groups


def test_every_public_estimator_is_here() -> None:
    assert {type(row.estimator) for row in ESTIMATORS} == exported("fit")
    searches = {type(getattr(row.estimator, "search", None)) for row in ESTIMATORS}
    # An experiment runs as well, and is no search.
    known = (exported("run") - {Experiment}) | exported("minimize")
    assert searches - {type(None)} == known


@rows(ESTIMATORS)
def test_it_is_frozen_and_known_by_its_options(row: Row) -> None:
    assert_is_frozen_and_known(row.estimator)


@rows(ESTIMATORS)
def test_the_same_generator_gives_the_same_fit(row: Row) -> None:
    assert bits(fit(row.estimator, row.panel())) == bits(fitted(row.name))


@rows(ESTIMATORS)
def test_the_order_of_units_does_not_matter(row: Row) -> None:
    before, panel = fitted(row.name), row.panel()
    order = np.random.default_rng(1).permutation(panel.shape[0])
    after = fit(row.reordered(row.estimator, order), taken(panel, order))
    assert after.objective == pytest.approx(before.objective, rel=1e-6)
    np.testing.assert_allclose(after.theta, before.theta, rtol=1e-4)
    if not row.groups:
        assert before.groups is None
        return
    n_groups = len(np.unique(groups_of(before)))
    expected, _ = by_first_appearance(
        np.unique(groups_of(before), return_inverse=True)[1][order], n_groups
    )
    np.testing.assert_array_equal(groups_of(after), expected)


@rows(ESTIMATORS)
def test_the_panel_is_left_as_it_was(row: Row) -> None:
    panel = taken(row.panel(), np.arange(row.panel().shape[0]))
    before = bits(panel)
    fit(row.estimator, panel)
    assert bits(panel) == before
    assert not any(a.flags.writeable for a in (panel.y, panel.x, panel.observed))


@rows(ESTIMATORS)
def test_what_it_returns_has_the_shapes_of_the_panel(row: Row) -> None:
    found = fitted(row.name)
    n_units, n_periods, n_slopes = row.panel().shape
    n_groups = max(len(part) for part in (found.alpha, found.beta, [0]) if part is not None)
    assert type(found.status) is Status
    assert found.status == Status.SUCCESS
    assert isinstance(found.objective, float)
    assert 1 <= found.n_best <= found.n_tries
    shapes: dict[str, tuple[int, ...]] = {
        "theta": (n_slopes,),
        "alpha": (n_groups, n_periods),
        "groups": (n_units,),
        "beta": (n_groups, n_slopes),
        "unit_slopes": (n_units, n_slopes),
        "group_objectives": (n_groups,),
        "memberships": (n_units, n_groups),
        "factors": (n_periods, found.model.factors),
        "loadings": (n_units, found.model.factors),
    }
    for name, shape in shapes.items():
        part = getattr(found, name)
        assert part is None or part.shape == shape, name


@rows([row for row in ESTIMATORS if row.groups])
def test_groups_are_numbered_by_first_appearance(row: Row) -> None:
    groups = groups_of(fitted(row.name))
    assert list(dict.fromkeys(groups.tolist())) == list(range(len(np.unique(groups))))
    assert groups.dtype.kind == "i"


@rows(ESTIMATORS)
def test_the_fit_pickles(row: Row) -> None:
    assert_pickles(fitted(row.name))


def with_gap(panel: Panel, y: float = 0.0) -> Panel:
    """The panel without one cell, of which nothing may matter."""
    observed, values = np.ones(panel.y.shape, bool), panel.y.copy()
    observed[2, 1], values[2, 1] = False, y
    return Panel.from_arrays(values, panel.x, observed=observed)


@rows([row for row in ESTIMATORS if not row.gaps])
def test_a_panel_with_gaps_is_refused(row: Row) -> None:
    with refused(row.refusal):
        fit(row.estimator, with_gap(row.panel()))


@rows([row for row in ESTIMATORS if row.gaps])
def test_what_is_not_observed_does_not_matter(row: Row) -> None:
    panel = row.panel()
    one, other = fit(row.estimator, with_gap(panel)), fit(row.estimator, with_gap(panel, np.nan))
    assert one.objective == other.objective
    residuals = one.residuals(with_gap(panel))
    assert residuals[2, 1] == 0.0
    penalised = isinstance(row.estimator, NuclearNorm)
    weighted = one.model.criterion == "weights by group"
    if penalised or weighted or isinstance(one, MixtureFit | FuzzyFit | LossFit):
        return  # Objectives that are no squares.
    assert (residuals**2).sum() == pytest.approx(one.objective, rel=1e-6)


@rows([row for row in ESTIMATORS if row.too_many is not None])
def test_more_groups_or_factors_than_units_are_refused(row: Row) -> None:
    assert row.too_many is not None
    with refused("; got"):
        fit(row.too_many, row.panel())


@rows(ESTIMATORS)
def test_values_that_cannot_be_squared_are_refused(row: Row) -> None:
    panel = row.panel()
    with np.errstate(over="ignore", invalid="ignore"), refused(row.too_large):
        fit(row.estimator, Panel.from_arrays(panel.y * 1e200, panel.x))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("panel", [profiles, slopes])
def test_values_that_are_not_finite_do_not_reach_it(
    value: float, panel: Callable[[], Panel]
) -> None:
    for part in ("y", "x"):
        arrays: dict[str, Any] = {"y": panel().y.copy(), "x": panel().x.copy()}
        arrays[part][1, 2] = value
        with refused("must be finite"):
            Panel.from_arrays(**arrays)
