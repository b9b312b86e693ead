"""What is computed of a panel once, and that nobody can tell but by the clock."""

from __future__ import annotations

import copy
import gc
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from gfe_mc import CKMeans, MinimumSize, Panel, Pseudo, UnitMoves
from gfe_mc.canonical import fingerprint
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes import products
from gfe_mc.estimators.slopes.memory import Memory
from gfe_mc.estimators.slopes.products import unit_cross_products
from tests.contract.properties import bits
from tests.reference import slopes_numpy as ref

ANY = MinimumSize(1, 0.0)
ESTIMATORS: list[Estimator] = [
    Pseudo(3, ANY),
    UnitMoves(3, minimum=ANY),
    Pseudo(2, ANY),
    CKMeans(2, minimum=ANY, common=("x2",)),
    CKMeans(2, minimum=ANY, individual=("x1",)),
]


def fresh(seed: int = 0) -> Panel:
    return ref.grouped_panel(np.random.default_rng(seed), 12, 8, 2, 2)


def test_one_computation_a_panel_and_options() -> None:
    memory: Memory[int] = Memory()
    panel, calls = fresh(), []

    def compute() -> int:
        calls.append(0)
        return len(calls)

    assert [memory.of(panel, option, compute) for option in "aabba"] == [1, 1, 2, 2, 3]
    assert memory.of(fresh(), "a", compute) == 4  # Another object, though of the same content.
    assert memory.of(copy.copy(panel), "a", compute) == 5


def test_what_fails_is_not_remembered() -> None:
    memory: Memory[int] = Memory()
    panel = fresh()

    def fail() -> int:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            memory.of(panel, None, fail)
    assert memory.of(panel, None, lambda: 1) == 1


def test_it_goes_with_the_panel() -> None:
    gc.collect()
    memories = products._PRODUCTS, products._ARRANGED, products._ESTIMATES
    before = [len(memory._held) for memory in memories]
    panel = fresh()
    Pseudo(2, ANY).fit(panel, np.random.default_rng(0))
    CKMeans(2, minimum=ANY, common=("x1",)).fit(panel, np.random.default_rng(0))
    assert [len(memory._held) for memory in memories] == [n + 1 for n in before]
    del panel
    gc.collect()
    assert [len(memory._held) for memory in memories] == before


def test_nothing_of_it_is_on_the_panel() -> None:
    panel, other = fresh(), fresh()
    UnitMoves(2, minimum=ANY).fit(panel, np.random.default_rng(0))
    assert vars(panel).keys() == vars(other).keys()
    assert pickle.dumps(panel) == pickle.dumps(other)
    assert fingerprint(panel) == fingerprint(other)


def test_a_panel_that_was_opened_is_computed_again() -> None:
    panel = fresh()
    before = unit_cross_products(panel, "test").products.copy()
    panel.y.flags.writeable = True
    panel.y[0] *= 2.0
    after = unit_cross_products(panel, "test").products
    assert after[0, 2, 2] == 4.0 * before[0, 2, 2]
    doubled = replace(panel, y=panel.y)
    np.testing.assert_array_equal(unit_cross_products(doubled, "test").products, after)


def test_estimators_find_the_same_whoever_came_before() -> None:
    panel, estimators = fresh(), ESTIMATORS
    alone = [bits(one.fit(fresh(), np.random.default_rng(1))) for one in estimators]
    for order in (range(5), range(4, -1, -1)):
        for n in order:
            assert bits(estimators[n].fit(panel, np.random.default_rng(1))) == alone[n]


def test_threads_that_share_a_panel_find_the_same() -> None:
    estimators = ESTIMATORS[2:]
    alone = [bits(one.fit(fresh(), np.random.default_rng(1))) for one in estimators]
    panel = fresh()
    with ThreadPoolExecutor(4) as threads:
        found = threads.map(
            lambda n: bits(estimators[n % 3].fit(panel, np.random.default_rng(1))), range(60)
        )
        assert all(one == alone[n % 3] for n, one in enumerate(found))
