"""Designs and orders that could be behind the printed dynamic panels, and weights of the BIC."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import ChosenByBIC, KnownGroups, Panel, Pseudo
from gfe_mc.dgp.slope_groups import DynamicSlopes, StaticSlopes, assigned_groups
from gfe_mc.papers.dynamic_variants import OrderedByFewer, SecondStart
from gfe_mc.papers.unequal_errors import UnequalErrors
from gfe_mc.papers.weights import WEIGHTS, WeightedBIC
from gfe_mc.study.catalogue import find
from tests.helpers import refused

RNG = np.random.default_rng(0)
RHO = ((0.3, 0.0), (0.8, 0.03))


def test_the_second_start_has_its_variance_and_the_same_errors() -> None:
    groups = assigned_groups(20_000, 2)
    design = DynamicSlopes(4, RHO, groups)
    ours, theirs = (one.draw(np.random.default_rng(1)) for one in (SecondStart(design), design))
    rho, phi = np.array(RHO)[list(groups)].T
    initial = ours.panel.x[:, 0, 0]
    for g, (value, _) in enumerate(RHO):
        own = initial[np.array(groups) == g]
        # Four standard errors of a variance.
        assert own.var() == pytest.approx((1 + value**2), abs=4 * np.sqrt(2 / len(own)) * 1.64)
    np.testing.assert_array_equal(ours.panel.x[:, 1:, 0], ours.panel.y[:, :-1])
    own, other = (
        one.panel.y - rho[:, None] * one.panel.x[:, :, 0] - phi[:, None] * one.panel.x[:, :, 1]
        for one in (ours, theirs)
    )
    np.testing.assert_allclose(own, other, atol=1e-12)


def test_unit_effects_are_refused() -> None:
    with refused("error alone"):
        SecondStart(DynamicSlopes(4, RHO, (0, 1), effect_variance=1.0))


@pytest.mark.parametrize("left_out", ["first", "last"])
def test_units_are_in_the_order_of_fewer_transitions(left_out: str) -> None:
    groups = assigned_groups(60, 2)
    panel = DynamicSlopes(12, RHO, groups).draw(np.random.default_rng(2)).panel
    kept = slice(1, None) if left_out == "first" else slice(None, -1)
    fewer = Panel.from_arrays(panel.y[:, kept], panel.x[:, kept])
    slopes = np.array(
        [
            np.linalg.lstsq(np.column_stack([x, np.ones(11)]), y, rcond=None)[0][:2]
            for y, x in zip(fewer.y, fewer.x, strict=True)
        ]
    )
    best = np.inf
    for k in range(2):
        for n in range(10, 51):
            split = np.zeros(60, int)
            split[np.argsort(slopes[:, k])[n:]] = 1
            best = min(best, KnownGroups(tuple(split.tolist())).fit(panel, RNG).objective)
    fit = OrderedByFewer(2, left_out=left_out).fit(panel, RNG)
    assert fit.objective == pytest.approx(best, rel=1e-9)
    with refused("first"):
        OrderedByFewer(2, left_out="middle")


def test_unequal_errors_have_mean_variance_one() -> None:
    groups = assigned_groups(4000, 2)
    design = StaticSlopes(20, ((0.3,), (0.9,)), groups)
    sample = UnequalErrors(design).draw(np.random.default_rng(3))
    beta = np.array([0.3, 0.9])[list(groups)]
    rest = sample.panel.y - beta[:, None] * sample.panel.x[:, :, 0]
    variances = rest.var(axis=1, ddof=1)
    # Of the uniform distribution on (.1, 1.9), and of a variance from 20 errors.
    assert variances.mean() == pytest.approx(1.0, abs=4 * np.sqrt(0.27 + 0.134) / np.sqrt(4000))
    assert np.quantile(variances, 0.1) < 0.35
    with refused("least variance"):
        UnequalErrors(design, 0.0)


@pytest.mark.parametrize("weight", list(WEIGHTS))
def test_weights_of_the_bic(weight: str) -> None:
    groups = assigned_groups(50, 2)
    panel = StaticSlopes(20, ((0.3,), (0.9,)), groups).draw(np.random.default_rng(4)).panel
    path = Pseudo(4).path(panel, RNG)
    size = 1000
    weights = {"one": 1, "fourth_root": 20**0.25, "root": 20**0.5, "units": 50 / np.log(1000)}
    values = []
    for n_groups, one in enumerate(path, start=1):
        weighted = n_groups * weights[weight] * np.log(size) / size
        values.append(
            np.log(one.objective / size) + weighted + (n_groups - 1) * np.log(2500) / 2500
        )
    fit = WeightedBIC(4, weight).fit(panel, RNG)
    assert fit.beta is not None
    assert len(fit.beta) == int(np.argmin(values)) + 1
    if weight == "root":
        assert fit.objective == ChosenByBIC(Pseudo(4), "pooled").fit(panel, RNG).objective
    with refused("weight"):
        WeightedBIC(4, "two")


@pytest.mark.parametrize(
    "name",
    [
        "ln_table3_variants",
        "ln_table3_groups",
        "ln_known_g",
        "ln_number_of_groups",
        "ln_homogeneity_test",
    ],
)
def test_studies_plan(name: str) -> None:
    experiment = find(name)
    cells = 1
    for values in experiment.factors.values():
        cells *= len(values)
    assert len(experiment.plan(replications=1).cells) == cells
