"""A small part of the hostile panels and calls; `python -m tests.reliability.panels` has the rest.

Few estimators, whose kernels other tests compile as well.
"""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import GFE, MultiStart, Panel
from tests.reliability.honest import dishonest
from tests.reliability.panels import attack

FAMILIES = ("two-way", "pooled", "unit-by-unit", "known")


@pytest.mark.parametrize("seed", [1, 2])
def test_hostile_panels_are_refused_in_words_or_fitted_honestly(seed: int) -> None:
    counts = attack(100, seed, FAMILIES, options=False)
    assert not counts.bad, f"{counts}"
    assert counts.tried == 100
    ended = {outcome.split()[1] for outcome in counts.good}
    assert {"refused", "fit"} <= ended


def test_a_fit_that_is_not_honest_is_found() -> None:
    from dataclasses import replace

    rng = np.random.default_rng(0)
    panel = Panel.from_arrays(rng.standard_normal((6, 4)), rng.standard_normal((6, 4, 1)))
    fit = GFE(2, MultiStart(3)).fit(panel, rng)
    assert dishonest(panel, fit) == ""
    for wrong in (
        replace(fit, theta=fit.theta * np.nan),
        replace(fit, theta=fit.theta[:0]),
        replace(fit, groups=1 - fit.groups),
        replace(fit, objective=fit.objective * 1.01),
        replace(fit, alpha=fit.alpha[:, :3]),
    ):
        assert dishonest(panel, wrong)
