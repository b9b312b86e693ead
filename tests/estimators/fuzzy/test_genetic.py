"""The genetic search for soft groups, against annealing from many starts and known minima."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gfe_mc import FCR, Annealing, FuzzyGenetic, Panel, Status
from tests.helpers import refused
from tests.inference.panels import grouped

MANY = Annealing(starts=200, hits=0)
LOWEST = {3: 16.598736, 5: 12.593350, 8: 9.251368, 10: 7.749063, 15: 5.663959}
"""Least objectives known of income and democracy at m = 1.001, by number of groups."""


def test_it_is_the_default() -> None:
    assert FCR(3).search == FuzzyGenetic()


@pytest.mark.parametrize("m", [2.0, 1.5, 1.1, 1.03, 1.001])
@pytest.mark.parametrize("own", [(), ("x1",), ("x1", "x2")])
@pytest.mark.parametrize("unit_effects", [False, True])
def test_it_goes_as_low_as_annealing_from_many_starts(
    m: float, own: tuple[str, ...], unit_effects: bool
) -> None:
    # Groups of six units with all slopes of their own have many minima far from each other.
    hard = len(own) == 2 and m < 1.01
    search = FuzzyGenetic(population=16, patience=400, hits=0) if hard else FuzzyGenetic()
    for seed in range(2):
        panel = grouped(20 + seed, n_periods=5)
        given: Any = {"groups": 4, "m": m, "group_specific": own, "unit_effects": unit_effects}
        found = FCR(search=search, **given).fit(panel, np.random.default_rng(0))
        annealed = FCR(search=MANY, **given).fit(panel, np.random.default_rng(0))
        assert found.objective <= annealed.objective * (1 + 1e-8)
        assert found.status == Status.SUCCESS


@pytest.mark.parametrize("groups", LOWEST)
def test_it_meets_the_least_known_objectives(democracy: Panel, groups: int) -> None:
    found = FCR(groups).fit(democracy, np.random.default_rng(1))
    assert found.objective == pytest.approx(LOWEST[groups], abs=2e-6)
    assert found.status == Status.SUCCESS


def test_it_stops_after_children_that_are_no_better() -> None:
    # One group has one minimum, which every member and child meets.
    panel = grouped(0)
    found = FCR(1, search=FuzzyGenetic(4, 6, 0)).fit(panel, np.random.default_rng(0))
    assert (found.n_best, found.n_tries) == (10, 10)
    found = FCR(1, search=FuzzyGenetic(4, 6, 3)).fit(panel, np.random.default_rng(0))
    assert (found.n_best, found.n_tries) == (3, 3)


def test_it_says_that_it_did_not_settle() -> None:
    found = FCR(3, 1.5, FuzzyGenetic(2, 1, limit=1)).fit(grouped(10), np.random.default_rng(0))
    assert found.status == Status.ITERATION_LIMIT


@pytest.mark.parametrize(("name", "least"), [("population", 2), ("patience", 1), ("hits", 0)])
def test_refuses_counts(name: str, least: int) -> None:
    for value in (least - 1, 1.5, True, "3"):
        options: Any = {name: value}
        with refused(f"`{name}` must be a whole number"):
            FuzzyGenetic(**options)
    made: Any = {name: least}
    FuzzyGenetic(**made)


def test_refuses_schedules() -> None:
    with refused("`schedule` must fall, and stay above 1"):
        FuzzyGenetic(schedule=(1.01, 1.1))
