"""The search that goes on until groups have printed sizes and slopes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gfe_mc import Panel
from gfe_mc.fit import Status
from gfe_mc.papers.growth import COLUMNS, growth_panel
from gfe_mc.papers.printed_groups import CKMeansUntilMet
from tests.contract.properties import assert_is_frozen_and_known, bits
from tests.helpers import refused

X = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [4.0, 1.0, 0.0]])
PANEL = Panel.from_arrays(np.array([1.0, 1.0, 3.0, 3.0])[:, None] * X, X[:, :, None])
"""Two units of slope one, two of slope three."""


def test_by_hand() -> None:
    fit = CKMeansUntilMet((2, 2), (1.0, 3.0)).fit(PANEL, np.random.default_rng(0))
    assert fit.groups is not None
    assert fit.groups.tolist() == [0, 0, 1, 1]
    assert fit.status == Status.SUCCESS
    assert fit.estimator == CKMeansUntilMet((2, 2), (1.0, 3.0))
    assert fit.n_best == 1


@pytest.mark.parametrize(("sizes", "slopes"), [((1, 3), (1.0, 3.0)), ((2, 2), (1.0, 2.9999))])
def test_what_is_never_met_is_said(sizes: tuple[int, ...], slopes: tuple[float, ...]) -> None:
    with refused("none of 20 ends at"):
        CKMeansUntilMet(sizes, slopes, most=20).fit(PANEL, np.random.default_rng(0))


def test_the_number_of_starts_is_that_of_single_starts() -> None:
    search = CKMeansUntilMet((2, 2), (1.0, 3.0))
    fit = search.fit(PANEL, np.random.default_rng(3))
    again = search.fit(PANEL, np.random.default_rng(3))
    assert bits(fit) == bits(again)
    assert_is_frozen_and_known(search)


@pytest.mark.parametrize(
    ("sizes", "slopes"), [((), ()), ((2,), (1.0, 3.0)), ((2, 2), (3.0, 1.0)), ((2, 2), (1.0, 1.0))]
)
def test_what_is_no_print_is_refused(sizes: Any, slopes: Any) -> None:
    with refused("ascending"):
        CKMeansUntilMet(sizes, slopes)


def test_the_printed_groups_of_model_a(data_folder: Path) -> None:
    panel = growth_panel(COLUMNS.read(data_folder / "growth_pwt62.csv"), "A")
    search = CKMeansUntilMet.of_print("A", most=400)
    assert search.sizes == (9, 27, 13, 20)
    assert search.slopes == (0.8394, 0.8764, 0.9519, 0.9727)
    fit = search.fit(panel, np.random.default_rng(0))
    assert fit.status == Status.SUCCESS
    assert fit.objective == pytest.approx(4.84248, abs=5e-6)
    assert CKMeansUntilMet.of_print("B").sizes == (8, 16, 11, 34)
