"""How many groups there are, where slopes differ between them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from gfe_mc import Fit, NumberOfGroups
from gfe_mc.metrics.moments import percent
from gfe_mc.metrics.number_of_groups import CHOSEN, NAME
from tests.metrics.outcomes import outcome


@pytest.mark.parametrize("number", [1, 3])
def test_groups_with_slopes_are_counted(number: int) -> None:
    fit = Fit(np.ones(1), beta=np.arange(1.0 * number).reshape(-1, 1), groups=np.zeros(4, int))
    assert NumberOfGroups().record(outcome(fit)) == {NAME: number}


def test_groups_with_profiles_are_not() -> None:
    fit = Fit(np.ones(1), alpha=np.zeros((2, 3)), groups=np.array([0, 1, 1, 0]))
    assert NumberOfGroups().record(outcome(fit)) == {}


def test_its_figures_are_shares_of_what_there_was(make_study: Callable[..., xr.Dataset]) -> None:
    study = make_study(np.zeros((1, 1, 5, 1)))
    numbers = np.array([2, 1, 2, 4, 2]).reshape(1, 1, 5)
    study[NAME] = (("cell", "estimator", "replication"), numbers)
    found = list(NumberOfGroups.figures(study.isel(cell=0, estimator=0)))
    assert found == [
        ("1", CHOSEN, percent(1, 5)),
        ("2", CHOSEN, percent(3, 5)),
        ("4", CHOSEN, percent(1, 5)),
    ]
    study[NAME][:] = 0
    assert list(NumberOfGroups.figures(study.isel(cell=0, estimator=0))) == []
