"""Standard errors of the slopes of groups."""

from __future__ import annotations

import numpy as np

from gfe_mc import Covariance, Fit, GroupErrors
from tests.metrics.outcomes import outcome

FIT = Fit(np.ones(2), beta=np.array([[2.0, 0.0], [1.0, 5.0]]), groups=np.array([0, 1, 1, 0]))
"""The second group has the smaller slope."""


def test_by_hand() -> None:
    joint = Covariance(np.eye(2), joint=np.diag([9.0, 9.0, 1.0, 4.0, 16.0, 25.0]))
    found = GroupErrors().record(
        outcome(FIT, covariances={"joint": joint, "slopes alone": Covariance(np.eye(2))})
    )
    assert list(found) == ["group_errors"]
    np.testing.assert_array_equal(found["group_errors"][0], [[4.0, 5.0], [1.0, 2.0]])
    assert np.isnan(found["group_errors"][1]).all()
    assert found["group_errors"].shape == (2, 2, 2)


def test_without_slopes_of_groups_there_are_none() -> None:
    assert GroupErrors().record(outcome(covariances={"own": Covariance(np.eye(1))})) == {}


def test_they_are_summarised_with_the_slopes() -> None:
    assert list(GroupErrors.figures(None)) == []
