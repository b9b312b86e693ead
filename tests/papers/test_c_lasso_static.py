"""C-Lasso on the panels of its authors' simulations: what their program computes, and gives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gfe_mc import CLasso
from gfe_mc.study.catalogue import find


@pytest.fixture(scope="module")
def study() -> Any:
    return find("c_lasso_static")


def computed(study: Any, fit: object) -> tuple[float, float]:
    return study.parameters["correct"][1](fit), study.parameters["slopes1"][1](fit)


def test_by_hand(study: Any) -> None:
    # Ten units in groups of 3, 3 and 4; estimated groups come in another order, one unit is wrong.
    groups = np.array([1, 1, 1, 0, 0, 2, 2, 2, 2, 2])
    fit = SimpleNamespace(beta=np.array([[1.1, 0.9], [0.4, 1.7], [1.4, 0.4]]), groups=groups)
    correct, root = computed(study, fit)
    assert correct == pytest.approx(0.9)
    assert root == pytest.approx(np.sqrt(0.3 * 0.0 + 0.3 * 0.01 + 0.4 * 0.04))


def test_a_name_that_no_group_has_is_a_slope_of_zero(study: Any) -> None:
    groups = np.array([0, 0, 0, 2, 2, 2, 1, 1, 1, 1])
    fit = SimpleNamespace(beta=np.array([[0.4, 1.6], [1.6, 0.4], [1.5, 0.5]]), groups=groups)
    correct, root = computed(study, fit)
    # The third has the second's name, and its slopes count as the later of the two.
    assert correct == pytest.approx(0.7)
    assert root == pytest.approx(np.sqrt(0.3 * 1.0 + 0.4 * 0.01))


def test_the_design(study: Any) -> None:
    sample = study.dgp(None, T=5, N=200).draw(np.random.default_rng(0))
    assert np.bincount(sample.truth.groups).tolist() == [60, 60, 80]
    assert sample.truth.beta.sum(axis=1).tolist() == [2.0, 2.0, 2.0]
    assert study.parameters["correct"][0](sample.truth) == 1.0
    assert study.parameters["slopes1"][0](sample.truth) == 0.0


def test_the_program_of_its_authors_puts_as_many_units_right(study: Any) -> None:
    rng, design = np.random.default_rng(7), study.dgp(None, T=20, N=100)
    fits = [CLasso(3).fit(design.draw(rng).panel, rng) for _ in range(25)]
    correct, roots = np.array([computed(study, fit) for fit in fits]).T
    # Their 200 samples: .9409 of the units, and an RMSE of .0468.
    error = correct.std(ddof=1) * np.sqrt(1 / 25 + 1 / 200)
    assert correct.mean() == pytest.approx(0.9409, abs=3.5 * error)
    squares = roots**2
    error = squares.std(ddof=1) * np.sqrt(1 / 25 + 1 / 200)
    assert squares.mean() == pytest.approx(0.0468**2, abs=3.5 * error)
