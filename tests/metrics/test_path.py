"""The objective at each number of groups."""

from __future__ import annotations

import numpy as np

from gfe_mc import Fit, Panel
from gfe_mc.metrics.path import Path
from tests.helpers import refused
from tests.metrics.outcomes import outcome


def test_it_is_that_of_the_fit() -> None:
    found = Path().record(outcome(Fit(np.ones(1), path=np.array([9, 4, 1]))))
    assert list(found) == ["path"]
    np.testing.assert_array_equal(found["path"], [9.0, 4.0, 1.0])
    assert found["path"].dtype == np.float64


def test_paths_of_panels_with_gaps_are_none_for_criteria() -> None:
    seen = np.array([[True, True], [True, False]])
    panel = Panel.from_arrays(np.ones((2, 2)), observed=seen)
    with refused("A path for criteria needs a balanced panel"):
        Path().record(outcome(Fit(np.ones(0), path=np.ones(2)), panel=panel))


def test_an_estimator_of_one_number_has_none() -> None:
    assert Path().record(outcome()) == {}


def test_criteria_summarise_it() -> None:
    assert list(Path.figures(None)) == []
