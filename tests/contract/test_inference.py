"""Every inference method, through the same properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from gfe_mc import (
    FCR,
    GFE,
    Annealing,
    Bootstrap,
    CKMeans,
    Covariance,
    FactorErrors,
    Fit,
    FixedT,
    FuzzySandwich,
    GroupedM,
    InferenceStatus,
    InteractiveFixedEffects,
    LargeT,
    LossErrors,
    MinimumSize,
    Mixture,
    MixtureErrors,
    MultiStart,
    Panel,
    Poisson,
    Pooled,
    SeededStarts,
    SlopeErrors,
    Status,
    TwoLayerGFE,
    TwoWay,
)
from gfe_mc.inference.protocol import Inference
from tests.contract.properties import (
    assert_is_frozen_and_known,
    assert_pickles,
    bits,
    exported,
    profiles,
    rows,
    slopes,
    taken,
)
from tests.estimators.losses.panels import drawn
from tests.helpers import refused
from tests.inference.panels import grouped


@dataclass(frozen=True)
class Row:
    """An inference method, and the fit that it is tried on."""

    name: str
    method: Inference
    estimator: Any
    panel: Callable[[], Panel]
    gaps: bool = False
    """Whether it takes panels with gaps."""
    refusal: str = "balanced panel"
    """What it says of one if it does not."""
    fails: Mapping[str, str] = field(default_factory=dict)
    """Properties that do not hold, and why."""


HARD, SOFT = GFE(3, MultiStart(50)), FCR(3, 1.5, Annealing(50))
MEANS = CKMeans(2, minimum=MinimumSize(1, 0.0))
OWN = CKMeans(2, minimum=MinimumSize(1, 0.0), individual=("x1",))
FACTORS = InteractiveFixedEffects(2)
BY_PLACE = {
    "test_the_order_of_units_does_not_matter": "units are drawn by their places in the panel"
}


@cache
def overlapping() -> Panel:
    """Groups that are not far apart: between such, no unit would be near a hyperplane."""
    return grouped(2, n_regressors=1)


COUNTS = GroupedM(Poisson(), 2, search=SeededStarts(8, kicks=3))


def counts() -> Panel:
    """Counts of two groups of units."""
    return drawn("poisson", 0, 16)


# A new method is one more row.
METHODS = [
    Row("large-T clustered", LargeT(), HARD, profiles, gaps=True),
    Row("large-T white", LargeT("white", small_sample="NT-GT-K"), HARD, profiles, gaps=True),
    Row("large-T newey-west", LargeT("newey_west", lags=2), HARD, profiles, gaps=True),
    Row(
        "large-T given theta", LargeT(profiles="given_theta"), HARD, profiles, refusal="model says"
    ),
    Row("large-T unit effects", LargeT(unit_effects=True), TwoWay(), profiles, gaps=True),
    Row("large-T two layers", LargeT(), TwoLayerGFE(2, 2), profiles),
    Row("fixed-T", FixedT(), HARD, overlapping),
    Row("fixed-T bandwidth", FixedT(0.3), HARD, overlapping),
    Row("bootstrap", Bootstrap(20, MultiStart(5)), HARD, profiles, gaps=True, fails=BY_PLACE),
    Row("fuzzy sandwich", FuzzySandwich(), SOFT, profiles),
    Row("mixture sandwich", MixtureErrors(), Mixture(2, starts=10), overlapping, gaps=True),
    Row("mixture information", MixtureErrors("information"), Mixture(2), overlapping, gaps=True),
    Row("loss sandwich", LossErrors(), COUNTS, counts, gaps=True),
    Row("loss information", LossErrors("information"), COUNTS, counts, gaps=True),
    Row("slopes homoskedastic", SlopeErrors(), MEANS, slopes, gaps=True),
    Row("slopes clustered", SlopeErrors("clustered"), MEANS, slopes, gaps=True),
    Row("slopes pooled", SlopeErrors(), Pooled(), slopes, gaps=True),
    Row("slopes individual", SlopeErrors(), OWN, slopes, gaps=True),
    Row("factors clustered", FactorErrors(), FACTORS, slopes, gaps=True),
    Row("factors white", FactorErrors("white", "freedom"), FACTORS, slopes, gaps=True),
    Row("factors homoskedastic", FactorErrors("homoskedastic"), FACTORS, slopes, gaps=True),
]


@cache
def fit(estimator: Any, panel: Panel) -> Fit:
    found: Fit = estimator.fit(panel, np.random.default_rng(7))
    return found


def infer(row: Row, panel: Panel, found: Fit) -> Covariance:
    return row.method.covariance(panel, found, np.random.default_rng(11))


@cache
def inferred(name: str) -> Covariance:
    """The covariance of a row, of which there is one a session."""
    row = next(row for row in METHODS if row.name == name)
    return infer(row, row.panel(), fit(row.estimator, row.panel()))


def test_every_public_method_is_here() -> None:
    assert {type(row.method) for row in METHODS} == exported("covariance")


@rows(METHODS)
def test_it_is_frozen_and_known_by_its_options(row: Row) -> None:
    assert_is_frozen_and_known(row.method)


@rows(METHODS)
def test_the_same_generator_gives_the_same_covariance(row: Row) -> None:
    panel = row.panel()
    assert bits(infer(row, panel, fit(row.estimator, panel))) == bits(inferred(row.name))


@rows(METHODS)
def test_panel_and_fit_are_left_as_they_were(row: Row) -> None:
    panel = row.panel()
    found = fit(row.estimator, panel)
    before = bits(panel), bits(found)
    infer(row, panel, found)
    assert (bits(panel), bits(found)) == before


@rows(METHODS)
def test_covariances_are_symmetric_and_not_negative(row: Row) -> None:
    found, n_slopes = inferred(row.name), row.panel().shape[2]
    assert type(found.status) is InferenceStatus
    assert found.status == InferenceStatus.SUCCESS
    assert found.theta.shape == (n_slopes, n_slopes)
    assert found.standard_errors.shape == (n_slopes,)
    assert (found.standard_errors > 0).all()
    for matrix in (found.theta, found.joint):
        if matrix is None:
            continue
        kept = np.isfinite(np.diag(matrix))
        matrix = matrix[np.ix_(kept, kept)]
        scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
        assert np.isfinite(matrix).all()
        np.testing.assert_allclose(matrix / scale, matrix.T / scale, atol=1e-9)
        assert np.linalg.eigvalsh(matrix / scale)[0] > -1e-9
    if found.joint is not None:
        np.testing.assert_array_equal(found.joint[:n_slopes, :n_slopes], found.theta)


@rows(METHODS)
def test_the_order_of_units_does_not_matter(row: Row) -> None:
    panel = row.panel()
    other = taken(panel, np.random.default_rng(1).permutation(panel.shape[0]))
    np.testing.assert_allclose(
        infer(row, other, fit(row.estimator, other)).theta, inferred(row.name).theta, rtol=1e-5
    )


@rows(METHODS)
def test_the_covariance_pickles(row: Row) -> None:
    assert_pickles(inferred(row.name))


@rows(METHODS)
def test_a_fit_of_another_panel_is_refused(row: Row) -> None:
    """One of other units, as far as their number shows it."""
    panel = row.panel()
    with refused("The fit must be one of this panel"):
        infer(row, taken(panel, np.arange(panel.shape[0] - 1)), fit(row.estimator, panel))


@rows(METHODS)
def test_a_panel_with_gaps_is_refused_or_taken(row: Row) -> None:
    panel = row.panel()
    observed = np.ones(panel.y.shape, bool)
    observed[2, 1] = False
    gaps = Panel.from_arrays(panel.y, panel.x, observed=observed)
    if row.gaps:
        found = infer(row, gaps, row.estimator.fit(gaps, np.random.default_rng(7)))
        assert found.status == InferenceStatus.SUCCESS
        return
    with refused(row.refusal):
        infer(row, gaps, fit(row.estimator, panel))


@rows(METHODS)
def test_a_fit_of_a_model_that_it_does_not_cover_is_refused(row: Row) -> None:
    """A fit with nothing but slopes, of an estimator that it does not say."""
    panel = row.panel()
    with refused(" fit"):
        infer(row, panel, Fit(theta=np.zeros(panel.shape[2])))


@rows(METHODS)
def test_a_fit_that_failed_is_no_success(row: Row) -> None:
    """The status says it, and there are no figures."""
    panel = row.panel()
    failed = replace(
        fit(row.estimator, panel),
        theta=np.full(panel.shape[2], np.nan),
        status=Status.COLLINEAR,
    )
    found = infer(row, panel, failed)
    assert found.status == InferenceStatus.FIT_FAILED
    assert np.isnan(found.theta).all()
    assert found.notes
