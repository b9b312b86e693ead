"""Panels of binary outcomes and counts for tests."""

from __future__ import annotations

from functools import cache

import numpy as np

from gfe_mc import GroupedOutcomes, Logit, Panel, Poisson, Probit
from gfe_mc.estimators.losses.loss import Loss

LOSSES: dict[str, Loss] = {"logit": Logit(), "probit": Probit(), "poisson": Poisson()}


@cache
def drawn(
    outcome: str,
    seed: int = 0,
    n_units: int = 24,
    n_periods: int = 5,
    n_slopes: int = 1,
    n_groups: int = 2,
) -> Panel:
    """Units of groups in turn, whose profiles are drawn; regressors that go with them."""
    rng = np.random.default_rng(seed)
    alpha = 1.2 * rng.standard_normal((n_groups, n_periods))
    groups = tuple((np.arange(n_units) % n_groups).tolist())
    rows = tuple(tuple(row) for row in alpha.tolist())
    design = GroupedOutcomes(outcome, (0.6,) * n_slopes, rows, groups, 0.3)
    return design.draw(rng).panel


def with_gaps(panel: Panel) -> Panel:
    """The panel without a tenth of its cells, none of a first period."""
    observed = np.random.default_rng(3).random(panel.y.shape) > 0.1
    observed[:, 0] = True
    return Panel.from_arrays(panel.y, panel.x, observed=observed)
