"""Units in the wrong group under the best relabelling."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import Misclassification
from gfe_mc.metrics.misclassification import NAME, PERCENT, misclassification
from tests.metrics.outcomes import brute_force, grouped, groupings


@pytest.mark.parametrize(
    ("groups", "truth", "share"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], 0.0),
        ([1, 1, 0, 0], [0, 0, 1, 1], 0.0),
        ([0, 0, 0, 1], [0, 0, 1, 1], 0.25),
        ([0, 1, 0, 1], [0, 0, 1, 1], 0.5),
        ([0, 0, 0, 0], [0, 0, 0, 1], 0.25),  # fewer groups than there are
        ([0, 1, 2, 3], [0, 0, 0, 0], 0.75),  # more groups than there are
        ([0, 0, 1, 1, 2, 2], [2, 2, 0, 1, 0, 1], 2 / 6),  # 2 + 1 + 1 agree
        ([0], [4], 0.0),
    ],
)
def test_by_hand(groups: list[int], truth: list[int], share: float) -> None:
    assert misclassification(np.array(groups), np.array(truth)) == pytest.approx(share)
    assert Misclassification().record(grouped(groups, truth))[NAME] == pytest.approx(share)


@given(groupings)
def test_it_is_the_best_of_all_relabellings(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert misclassification(*pair) == pytest.approx(brute_force(*pair))


@given(groupings, st.permutations(range(5)), st.permutations(range(5)))
def test_it_does_not_depend_on_labels(
    pair: tuple[np.ndarray, np.ndarray], one: list[int], other: list[int]
) -> None:
    relabelled = np.array(one)[pair[0]], np.array(other)[pair[1]]
    assert misclassification(*relabelled) == misclassification(*pair)
    assert misclassification(pair[1], pair[0]) == misclassification(*pair)


def test_without_groups_there_is_none() -> None:
    assert Misclassification().record(grouped(None, [0, 1])) == {}
    assert Misclassification().record(grouped([0, 1], None)) == {}


def test_its_figure_is_the_mean_in_percent(make_study: Callable[..., xr.Dataset]) -> None:
    study = make_study(np.zeros((1, 1, 4, 1)))
    study[NAME][0, 0] = [0.0, 0.1, 0.2, np.nan]
    ((parameter, statistic, figure),) = Misclassification.figures(study.isel(cell=0, estimator=0))
    assert (parameter, statistic) == ("none", PERCENT)
    assert (figure.value, figure.error) == pytest.approx((10.0, 10 / np.sqrt(3)))
    assert figure.used == 3
