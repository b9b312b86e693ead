"""The objective at each number of groups."""

from __future__ import annotations

import numpy as np

from gfe_mc import Fit
from gfe_mc.metrics.path import Path
from tests.metrics.outcomes import outcome


def test_it_is_that_of_the_fit() -> None:
    found = Path().record(outcome(Fit(np.ones(1), path=np.array([9, 4, 1]))))
    assert list(found) == ["path"]
    np.testing.assert_array_equal(found["path"], [9.0, 4.0, 1.0])
    assert found["path"].dtype == np.float64


def test_an_estimator_of_one_number_has_none() -> None:
    assert Path().record(outcome()) == {}


def test_criteria_summarise_it() -> None:
    assert list(Path.figures(None)) == []
