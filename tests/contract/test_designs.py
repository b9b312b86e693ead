"""Every design, through the same properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gfe_mc import (
    CalibratedDGP,
    DynamicSlopes,
    GroupedEffects,
    GroupedOutcomes,
    ObservedPanel,
    Sample,
    SeparatedSlopes,
    Stacked,
    StaticSlopes,
)
from gfe_mc.dgp.sample import DGP
from tests.contract.properties import (
    assert_is_frozen_and_known,
    assert_pickles,
    bits,
    exported,
    profiles,
    rows,
)
from tests.helpers import tiny_calibration


@dataclass(frozen=True)
class Row:
    """A design."""

    name: str
    design: DGP
    drawn: bool = True
    """Whether samples differ."""
    fails: Mapping[str, str] = field(default_factory=dict)
    """Properties that do not hold, and why."""


CALIBRATION = tiny_calibration(error_variance=0.5)
GROUPS = (0, 1, 1, 0, 1)
PROFILES = ((0.0, 0.5, 1.0), (1.0, 0.0, -1.0))
STATIC = StaticSlopes(6, ((0.3, 1.0), (0.9, 2.0)), GROUPS)

# A new design is one more row.
DESIGNS = [
    Row("calibrated normal", CalibratedDGP(CALIBRATION)),
    Row("calibrated resampled", CalibratedDGP(CALIBRATION, "resampled")),
    Row("calibrated wild", CalibratedDGP(CALIBRATION, "wild", rescale=True)),
    Row("static slopes", STATIC),
    Row("dynamic slopes", DynamicSlopes(6, ((0.3, 0.0), (0.8, 0.1)), GROUPS)),
    Row("stacked slopes", Stacked(STATIC, 3)),
    Row("stacked profiles", Stacked(CalibratedDGP(CALIBRATION), 2)),
    Row("grouped logit", GroupedOutcomes("logit", (1.0,), PROFILES, GROUPS, 0.5)),
    Row("grouped probit", GroupedOutcomes("probit", (), PROFILES, GROUPS)),
    Row("grouped counts", GroupedOutcomes("poisson", (0.5, -0.5), PROFILES, GROUPS)),
    Row("grouped effects", GroupedEffects(5, 4, 2, 1.0)),
    Row(
        "grouped effects, dynamic", GroupedEffects(5, 4, 2, 1.0, (1.0,), 0.5, error_dispersion=1.0)
    ),
    Row("separated slopes", SeparatedSlopes(5, 6, 2, 1.0)),
    Row(
        "separated slopes, dynamic",
        SeparatedSlopes(5, 6, 2, 1.0, (1.0,), 0.5, error_persistence=0.5, error_dispersion=1.0),
    ),
    Row("observed panel", ObservedPanel(profiles()), drawn=False),
]


def draw(row: Row, seed: int = 3) -> Sample:
    return row.design.draw(np.random.default_rng(seed))


def test_every_public_design_is_here() -> None:
    assert {type(row.design) for row in DESIGNS} == exported("draw")


@rows(DESIGNS)
def test_it_is_frozen_and_known_by_its_parameters(row: Row) -> None:
    assert_is_frozen_and_known(row.design)


@rows(DESIGNS)
def test_the_same_generator_gives_the_same_sample(row: Row) -> None:
    first = bits(draw(row))
    assert bits(draw(row)) == first
    # What it resamples may come out the same: among three generators one must differ.
    others = [bits(draw(row, seed)) for seed in (4, 5, 6)]
    assert any(other != first for other in others) == row.drawn


@rows(DESIGNS)
def test_the_truth_has_the_shapes_of_the_panel(row: Row) -> None:
    sample = draw(row)
    panel, truth = sample.panel, sample.truth
    n_units, n_periods, n_slopes = panel.shape
    assert truth.theta.shape == (n_slopes,)
    if truth.groups is not None:
        assert truth.groups.shape == (n_units,)
        assert truth.groups.dtype.kind == "i"
        n_groups = max(len(p) for p in (truth.alpha, truth.beta) if p is not None)
        assert set(truth.groups.tolist()) == set(range(n_groups))
        assert truth.alpha is None or truth.alpha.shape == (n_groups, n_periods)
        assert truth.beta is None or truth.beta.shape == (n_groups, n_slopes)
    if truth.beta is not None and truth.groups is not None:
        np.testing.assert_allclose(truth.theta, truth.beta[truth.groups].mean(axis=0))


@rows(DESIGNS)
def test_the_panel_is_sound(row: Row) -> None:
    panel = draw(row).panel
    assert panel.balanced
    assert np.isfinite(panel.y).all()
    assert np.isfinite(panel.x).all()
    assert len(panel.units) == panel.shape[0]
    assert not any(a.flags.writeable for a in (panel.y, panel.x, panel.observed))


@rows(DESIGNS)
def test_the_sample_pickles(row: Row) -> None:
    assert_pickles(draw(row))
