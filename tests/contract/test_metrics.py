"""Every metric, through the same properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from gfe_mc import (
    FCR,
    GFE,
    AdjustedRand,
    CorrectNumber,
    Covariance,
    Fit,
    FixedT,
    GroupErrors,
    GroupSlopes,
    KnownGroups,
    LargeT,
    Misclassification,
    NumberOfGroups,
    Outcome,
    Panel,
    ProfileErrors,
    Profiles,
    RandomRelabellings,
    Sample,
    SlopeErrors,
    Softness,
    StandardErrors,
    Truth,
    UnitSlopes,
    Variable,
)
from gfe_mc.canonical import fingerprint
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.outcome import Metric, Undeclared
from gfe_mc.metrics.path import Path
from gfe_mc.metrics.recorded import PROVIDED
from gfe_mc.metrics.variable import INFERENCE
from gfe_mc.parameters import Parameters
from gfe_mc.study.method import of_inference
from tests.contract.properties import (
    SLOPE_GROUPS,
    assert_is_frozen_and_known,
    bits,
    exported,
    profiles,
    rows,
    slopes,
)


def made(
    panel: Panel, truth: Truth, fit: Fit, covariances: Mapping[str, Covariance] | None = None
) -> Outcome:
    """Return an outcome whose streams are those of a replication."""
    names = tuple(f"theta{k + 1}" for k in range(panel.shape[2]))
    return Outcome(
        Sample(panel, truth),
        fit,
        {} if covariances is None else covariances,
        Parameters.of(names, {}),
        lambda purpose: np.random.default_rng([5, *purpose.encode()]),
    )


@cache
def with_profiles() -> Outcome:
    """Seven groups with profiles, some units of which are in another one, and a path."""
    panel = profiles()
    rng = np.random.default_rng(1)
    truth = np.arange(panel.shape[0]) % 7
    found = np.roll(np.arange(7), 2)[truth]
    found[:2] = found[1::-1]
    alpha = rng.standard_normal((7, panel.shape[1]))
    fit = Fit(np.full(1, 0.4), alpha=alpha + 0.1, groups=found, path=np.arange(9.0, 2.0, -1.0))
    return made(panel, Truth(np.full(1, 0.5), alpha=alpha, groups=truth), fit)


@cache
def with_slopes() -> Outcome:
    """Two groups with slopes, by known groups, and their standard errors by two methods."""
    panel, groups = slopes(), SLOPE_GROUPS
    beta = np.array([[1.0, 0.0], [-2.0, 3.0]])
    fit = KnownGroups(tuple(groups.tolist())).fit(panel, np.random.default_rng())
    methods = {"own": SlopeErrors(), "clustered": SlopeErrors("clustered")}
    covariances = {
        name: method.covariance(panel, fit, np.random.default_rng())
        for name, method in methods.items()
    }
    truth = Truth(beta[groups].mean(axis=0), groups=groups, beta=beta)
    return made(panel, truth, fit, covariances)


@cache
def with_profile_errors() -> Outcome:
    """Three groups with profiles, and their standard errors by two methods."""
    panel, rng = profiles(), np.random.default_rng(3)
    fit = GFE(3).fit(panel, rng)
    methods: dict[str, Inference] = {
        "large_t": LargeT(profiles="given_theta"),
        "fixed_t": FixedT(),
    }
    covariances = {name: one.covariance(panel, fit, rng) for name, one in methods.items()}
    truth = Truth(np.full(1, 0.5), alpha=fit.alpha[::-1], groups=2 - fit.groups)
    return made(panel, truth, fit, covariances)


@cache
def with_memberships() -> Outcome:
    """Three soft groups."""
    panel = profiles()
    fit = FCR(3, m=1.5).fit(panel, np.random.default_rng(4))
    return made(panel, Truth(np.full(1, 0.5)), fit)


@cache
def plain() -> Outcome:
    """Slopes that all units have in common, and nothing else: what some metrics cannot score."""
    panel = profiles()
    return made(panel, Truth(np.full(1, 0.5)), Fit(np.full(1, 0.4)))


@dataclass(frozen=True)
class Row:
    """A metric, the outcome of a replication that it is tried on, and what it is known by."""

    name: str
    metric: Any
    outcome: Callable[[], Outcome]
    known_by: str
    """How its fingerprint begins, by which results are found again."""
    fails: Mapping[str, str] = field(default_factory=dict)
    """Properties that do not hold, and why."""


# A new metric is one more row.
METRICS: list[Row] = [
    Row("misclassification", Misclassification(), with_profiles, "86eeaffc8524"),
    Row("random relabellings", RandomRelabellings(40), with_profiles, "62b54e5d1ba3"),
    Row("adjusted Rand index", AdjustedRand(), with_profiles, "1bb2550eb5f0"),
    Row("profiles", Profiles(), with_profiles, "9e3dd327e6d6"),
    Row("path", Path(), with_profiles, "c789df9400f8"),
    Row("slopes of units", UnitSlopes(), with_slopes, "e92debd5253b"),
    Row("number of groups", NumberOfGroups(), with_slopes, "a62fbc771075"),
    Row("slopes of groups", GroupSlopes(), with_slopes, "7b8c60905add"),
    Row("errors of groups", GroupErrors(), with_slopes, "c223046a2ed6"),
    Row("errors of profiles", ProfileErrors(), with_profile_errors, "e5eb9bfc8bc6"),
    Row("softness", Softness(), with_memberships, "f88a730ade83"),
    Row("standard errors", StandardErrors(), with_slopes, "05e4dec42e02"),
    Row("correct number", CorrectNumber(), with_slopes, "690f151e4563"),
]


def everything(outcome: Outcome) -> Any:
    """All arrays that a metric can reach."""
    covariances = {name: bits(one) for name, one in outcome.covariances.items()}
    return bits(outcome.sample), bits(outcome.fit), covariances


def recorded(metric: Metric, outcome: Outcome) -> dict[str, np.ndarray]:
    return {
        name: metric.variables[name].checked(name, value)
        for name, value in metric.record(outcome).items()
    }


def test_all_metrics_are_in_the_table() -> None:
    tried = {type(row.metric) for row in METRICS}
    assert tried == set(PROVIDED.values())
    assert exported("record") <= tried


def test_no_two_record_the_same() -> None:
    names = [name for row in METRICS for name in row.metric.variables]
    assert len(names) == len(set(names))


@rows(METRICS)
def test_it_is_frozen_and_known_by_its_options(row: Row) -> None:
    assert_is_frozen_and_known(row.metric)


@rows(METRICS)
def test_results_are_found_by_what_it_was_always_known_by(row: Row) -> None:
    assert fingerprint(row.metric)[:12] == row.known_by


@rows(METRICS)
def test_what_it_records_is_as_declared(row: Row) -> None:
    found = row.metric.record(row.outcome())
    assert set(found) == set(row.metric.variables)
    sizes: dict[str, int] = {}
    for name, value in found.items():
        declared: Variable = row.metric.variables[name]
        kept = declared.checked(name, value)
        assert kept.dtype == declared.stored
        np.testing.assert_array_equal(kept, np.asarray(value))
        assert declared.has_values(kept).any()
        for dim, size in zip(declared.dims, kept.shape, strict=True):
            assert sizes.setdefault(dim, size) == size, dim
        assert declared.title
    if INFERENCE in sizes:
        assert sizes[INFERENCE] == len(row.outcome().covariances)


@rows(METRICS)
def test_the_same_outcome_has_the_same_record(row: Row) -> None:
    first, again = (recorded(row.metric, row.outcome()) for _ in range(2))
    assert {name: bits(one) for name, one in first.items()} == {
        name: bits(one) for name, one in again.items()
    }


@rows(METRICS)
def test_it_leaves_the_outcome_as_it_is(row: Row) -> None:
    outcome = row.outcome()
    before = everything(outcome)
    recorded(row.metric, outcome)
    assert everything(outcome) == before


@rows(METRICS)
def test_where_it_does_not_apply_it_records_nothing(row: Row) -> None:
    assert row.metric.record(plain()) == {}


@rows(METRICS)
def test_it_reads_covariances_only_if_it_says_so(row: Row) -> None:
    """Without those of one method, what others have stays as it is."""
    outcome = row.outcome()
    says = getattr(row.metric, "needs_covariances", False)
    if not (of_inference(row.metric.variables) or says):
        without = recorded(row.metric, replace(outcome, covariances=Undeclared()))
        assert without.keys() == recorded(row.metric, outcome).keys()
        return
    whole = recorded(row.metric, outcome)
    for n, (name, one) in enumerate(outcome.covariances.items()):
        alone = recorded(row.metric, replace(outcome, covariances={name: one}))
        for variable, array in alone.items():
            np.testing.assert_array_equal(array[0], whole[variable][n])
