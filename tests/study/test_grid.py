"""Which combinations of factors are cells, and a grid that has too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gfe_mc import GFE, Experiment, GroupedEffects, TwoWay
from gfe_mc.errors import InputError
from gfe_mc.study import grid
from gfe_mc.study.part import part_of
from tests.helpers import refused


def experiment(
    n: Sequence[int] = (10, 20), g: Sequence[int] = (2, 3, 4), **more: Any
) -> Experiment:
    return Experiment(
        name="fraction",
        title="t",
        source="s",
        factors={"N": n, "G": g},
        dgp=lambda _, N, G: GroupedEffects(N, 4, G, 1.0),
        estimators=lambda N, G: {"gfe": GFE(G), "two_way": TwoWay()},  # noqa: ARG005
        parameters=("theta1",),
        replications=3,
        **more,
    )


def cells(one: Experiment) -> list[tuple[int, int]]:
    return [(cell.factors["N"], cell.factors["G"]) for cell in one.plan().cells]


def fraction(N: int, G: int) -> bool:
    return (N // 10 + G) % 2 == 0


def test_some_combinations_in_the_order_of_all(tmp_path: Path) -> None:
    whole, part = experiment(), experiment(within=fraction)
    assert cells(whole) == [(10, 2), (10, 3), (10, 4), (20, 2), (20, 3), (20, 4)]
    assert cells(part) == [(10, 3), (20, 2), (20, 4)]
    # The same replications as those of the whole grid.
    some, every = part.run(folder=tmp_path / "some"), whole.run(folder=tmp_path / "every")
    np.testing.assert_array_equal(some["estimate"], every["estimate"].isel(cell=[1, 3, 5]))
    assert some["G"].to_numpy().tolist() == [3, 2, 4]


def test_a_grid_that_is_given_is_run_whole() -> None:
    one = experiment(within=fraction)
    assert cells(part_of(one, {"N": (20,), "G": (2, 3)})) == [(20, 2), (20, 3)]
    assert cells(part_of(one, {}, ["gfe"])) == [(10, 3), (20, 2), (20, 4)]


def test_what_leaves_no_cell_or_cannot_say() -> None:
    with refused("`within` of fraction must leave some cells", "none of 6 combinations of N, G"):
        experiment(within=lambda N, G: False).plan()  # noqa: ARG005
    with refused("`within` must take the factors N, G"):
        experiment(within=lambda N: True).plan()  # noqa: ARG005
    with refused("must say of each combination", "ZeroDivisionError", "at N=10, G=2"):
        experiment(within=lambda N, G: 1 // (G - 2) > 0).plan()  # noqa: ARG005
    with refused("`within` must be a function", "3"):
        experiment(within=3)


def test_a_grid_of_a_million_cells() -> None:
    """Refused before any cell is drawn, with what it would cost."""
    large = experiment(range(10, 1010), range(1, 1001))
    with refused("at most 20,000 cells", "1,000,000 of 3 replications", "if all took"):
        large.plan()


def test_a_fraction_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_CELLS", 2)
    with refused("at most 2 cells", "3 of 3 replications"):
        experiment(within=fraction).plan()
    assert cells(experiment(within=lambda N, G: N == 10 and G == 2)) == [(10, 2)]
    monkeypatch.setattr(grid, "MOST_COMBINATIONS", 5)
    with refused("at most 2 cells", "6 of 3 replications"):
        experiment(within=fraction).plan()


def test_a_cost_that_cannot_be_told_hinders_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_CELLS", 5)

    def broken(*_: object, **__: int) -> GroupedEffects:
        raise ZeroDivisionError

    with pytest.raises(InputError) as raised:
        replace(experiment(), dgp=broken).plan()
    assert raised.value.came == "6 of 3 replications"


def test_words_of_a_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_CELLS", 5)
    monkeypatch.setattr(grid, "_seconds", lambda *_: 7 * 24 * 3600 / 18)
    with refused("6 of 3 replications: 7 days of one core if all took as the first one does"):
        experiment().plan()
