"""Units in the wrong group under the best of some random relabellings."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc import RandomRelabellings
from gfe_mc.metrics.misclassification import misclassification
from gfe_mc.metrics.relabellings import NAME, PERCENT, misclassification_permutations
from tests.helpers import refused
from tests.metrics.outcomes import grouped, groupings


@given(groupings, st.integers(1, 200), st.integers(0, 100))
def test_some_relabellings_are_no_better_than_all(
    pair: tuple[np.ndarray, np.ndarray], n: int, seed: int
) -> None:
    some = misclassification_permutations(*pair, n, np.random.default_rng(seed))
    assert misclassification(*pair) <= some <= 1.0


@pytest.mark.parametrize(("n_groups", "n_all"), [(2, 2), (3, 6), (4, 24)])
def test_with_as_many_relabellings_as_there_are_all_are_tried(n_groups: int, n_all: int) -> None:
    """One fewer, and they are drawn: then the best is missed in some draws."""
    truth = np.arange(n_groups)
    rng = np.random.default_rng(0)
    assert all(misclassification_permutations(truth, truth, n_all, rng) == 0.0 for _ in range(100))
    drawn = [misclassification_permutations(truth, truth, n_all - 1, rng) for _ in range(100)]
    assert max(drawn) > 0.0


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_best_of_some_relabellings_has_its_expectation(n: int) -> None:
    """Three groups of one unit each, so that the units in agreement are fixed points.

    A relabelling of three has 0, 1 or 3 of them in 2, 3 and 1 of 6 cases; the best of n is the
    maximum of n such numbers.
    """
    points = [sum(g == h for g, h in enumerate(p)) for p in permutations(range(3))]
    best = np.array([max(tried) for tried in product(points, repeat=n)])
    rng, truth = np.random.default_rng(n), np.arange(3)
    draws = [misclassification_permutations(truth, truth, n, rng) for _ in range(4000)]
    error = best.std() / 3 / np.sqrt(len(draws))
    assert np.mean(draws) == pytest.approx(1 - best.mean() / 3, abs=4 * error)


def test_it_draws_from_the_stream_of_its_purpose() -> None:
    """Five groups, so that sixty relabellings are drawn of 120."""
    one = grouped([0, 1, 2, 3, 4, 0, 1], [4, 3, 2, 1, 0, 0, 1])
    expected = misclassification_permutations(
        np.asarray(one.fit.groups),
        np.asarray(one.sample.truth.groups),
        60,
        one.rng("permutations"),
    )
    assert RandomRelabellings(60).record(one) == {NAME: expected}
    assert RandomRelabellings(120).record(one) == {NAME: pytest.approx(2 / 7)}


def test_without_groups_there_is_none() -> None:
    assert RandomRelabellings(5).record(grouped(None, [0, 1])) == {}
    assert RandomRelabellings(5).record(grouped([0, 1], None)) == {}


@pytest.mark.parametrize("number", [0, -1, 2.5, True])
def test_a_number_that_is_none_is_refused(number: int) -> None:
    with refused("number"):
        RandomRelabellings(number)


def test_its_figure_is_the_mean_in_percent(make_study: Callable[..., xr.Dataset]) -> None:
    study = make_study(np.zeros((1, 1, 4, 1)))
    study[NAME][0, 0] = [0.2, 0.2, 0.4, 0.4]
    ((parameter, statistic, figure),) = RandomRelabellings.figures(study.isel(cell=0, estimator=0))
    assert (parameter, statistic, figure.used) == ("none", PERCENT, 4)
    assert figure.value == pytest.approx(30.0)
