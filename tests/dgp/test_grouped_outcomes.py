"""Outcomes given regressors: drawn ones, and those of a panel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.grouped_outcomes import GroupedOutcomes
from gfe_mc.errors import InputError

ALPHA, GROUPS = ((-1.0, 0.5), (1.0, 0.0)), (0, 0, 1)
GIVEN = (((1.0,), (2.0,)), ((-1.0,), (0.0,)), ((0.5,), (-3.0,)))


def design(**options: Any) -> GroupedOutcomes:
    return GroupedOutcomes("logit", (2.0,), ALPHA, GROUPS, **options)


def test_given_regressors_are_those_of_every_sample() -> None:
    for seed in range(3):
        panel = design(x=GIVEN).draw(np.random.default_rng(seed)).panel
        np.testing.assert_array_equal(panel.x, GIVEN)


def test_shares_of_ones_given_regressors() -> None:
    made, n = design(x=GIVEN), 4000
    rng = np.random.default_rng(0)
    shares = np.mean([made.draw(rng).panel.y for _ in range(n)], axis=0)
    for i, group in enumerate(GROUPS):
        for t in range(2):
            p = 1.0 / (1.0 + math.exp(-ALPHA[group][t] - 2.0 * GIVEN[i][t][0]))
            assert abs(shares[i, t] - p) <= 4.0 * math.sqrt(p * (1.0 - p) / n)


def test_without_given_regressors_a_design_is_what_it_was() -> None:
    assert fingerprint(design()) == fingerprint(design(x=None))
    assert fingerprint(design()) != fingerprint(design(x=GIVEN))


@pytest.mark.parametrize(
    "wrong",
    [
        GIVEN[:2],
        (((1.0,), (2.0,)), ((-1.0,), (0.0,)), ((0.5,), (math.nan,))),
        (((1.0,), (2.0,)), ((-1.0,), (0.0,)), ((0.5,),)),
        "regressors",
    ],
)
def test_regressors_of_another_shape_are_refused(wrong: Any) -> None:
    with pytest.raises(InputError, match=r"\(3, 2, 1\)"):
        design(x=wrong)


def test_given_regressors_do_not_go_with_profiles() -> None:
    with pytest.raises(InputError, match="x_on_alpha"):
        design(x=GIVEN, x_on_alpha=0.5)
