"""Several samples of a design as one panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.dgp.sample import DGP, Sample, Truth
from gfe_mc.dgp.slope_groups import StaticSlopes
from gfe_mc.dgp.stacked import Stacked
from tests import small
from tests.helpers import TwoLevels, refused, tiny_calibration


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@dataclass(frozen=True)
class Counting:
    """Two units over two periods; outcomes are whole numbers that are drawn."""

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw."""
        y = rng.integers(0, 1000, (2, 2)).astype(float)
        panel = Panel.from_arrays(y, 10 * y[:, :, None], regressors=["tens"])
        return Sample(panel, Truth(np.array([0.1])))


def test_by_hand() -> None:
    sample = Stacked(Counting(), 3).draw(rng())
    numbers = rng().integers(0, 1000, (3, 2, 2)).reshape(6, 2)
    np.testing.assert_array_equal(sample.panel.y, numbers)
    np.testing.assert_array_equal(sample.panel.x[:, :, 0], 10 * numbers)
    assert sample.panel.regressors == ("tens",)
    assert sample.panel.shape == (6, 2, 1)
    assert len(set(sample.panel.units)) == 6
    assert sample.truth.groups is None
    assert sample.truth.theta.tolist() == [0.1]


@pytest.mark.parametrize(
    "design",
    [
        TwoLevels(),
        CalibratedDGP(small.calibration(3)),
        CalibratedDGP(tiny_calibration(error_variance=0.5)),
        StaticSlopes(4, ((0.3, -1.0), (0.9, 2.0)), (0, 1, 0, 1, 1, 0)),
    ],
    ids=["levels", "static", "dynamic", "slopes"],
)
def test_samples_lie_below_one_another(design: DGP) -> None:
    sample, stream = Stacked(design, 4).draw(rng(1)), rng(1)
    own = [design.draw(stream) for _ in range(4)]
    n = own[0].panel.shape[0]
    assert sample.panel.shape == (4 * n, *own[0].panel.shape[1:])
    assert sample.panel.regressors == own[0].panel.regressors
    assert sample.truth.groups is not None
    for c, one in enumerate(own):
        rows = slice(c * n, (c + 1) * n)
        np.testing.assert_array_equal(sample.panel.y[rows], one.panel.y)
        np.testing.assert_array_equal(sample.panel.x[rows], one.panel.x)
        assert one.truth.groups is not None
        np.testing.assert_array_equal(sample.truth.groups[rows], one.truth.groups)
        for name in ("theta", "alpha", "beta"):
            expected, found = getattr(one.truth, name), getattr(sample.truth, name)
            assert (found is None) == (expected is None)
            if expected is not None:
                np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(own[0].panel.y, own[1].panel.y), "samples differ"


def test_one_copy_is_the_design() -> None:
    one, design = Stacked(TwoLevels(), 1).draw(rng(2)), TwoLevels().draw(rng(2))
    np.testing.assert_array_equal(one.panel.y, design.panel.y)
    np.testing.assert_array_equal(one.panel.x, design.panel.x)


def test_its_identity_has_both_of_its_parts() -> None:
    keys = [
        fingerprint(Stacked(design, copies))
        for design in (TwoLevels(), TwoLevels(gap=1.0))
        for copies in (2, 3)
    ]
    assert len(set(keys)) == 4
    assert fingerprint(Stacked(TwoLevels(), 2)) == keys[0]


@pytest.mark.parametrize("copies", [0, -1, 1.5, True])
def test_copies_must_be_a_whole_number(copies: Any) -> None:
    with refused("`copies`"):
        Stacked(TwoLevels(), copies)


def test_gaps_stay_gaps() -> None:
    observed = np.array([[True, True], [False, True]])
    gappy = Panel.from_arrays(np.ones((2, 2)), np.ones((2, 2, 1)), observed=observed)
    panel = Stacked(ObservedPanel(gappy), 2).draw(rng()).panel
    np.testing.assert_array_equal(panel.observed, np.tile(observed, (2, 1)))
