"""Logit with groups, on samples calibrated to its own fit of the panel.

The outcome is whether a country is democratic, above the middle of the index of democracy, and the
regressor its income five years before: the panel's own, in all samples. With free profiles the
panel's fit has infinite values, with three groups even levels have; samples are calibrated to two
groups with a level each. `levels` is the estimator of that model and `profiles` the one with free
profiles, on the first two hundred samples. `pooled` has one level and ignores groups.
`levels_long` is `levels` from fifty starts without the end after five that meet the best, on the
first hundred samples.
"""

from functools import lru_cache

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.grouped_outcomes import GroupedOutcomes
from gfe_mc.estimators.losses.grouped_m import GroupedM
from gfe_mc.estimators.losses.loss import Logit
from gfe_mc.estimators.losses.search import SeededStarts
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import Fit
from gfe_mc.inference.losses import LossErrors
from gfe_mc.papers.family import family_experiment, required
from gfe_mc.report.declaration import Report

GROUPS = 2
MIDDLE = 0.5
"""Of the index of democracy, from 0 to 1."""
REGRESSOR = "lag_income"
LONG = SeededStarts(50, hits=0)


def binary(panel: Panel) -> Panel:
    """Return the panel of who is democratic, and of income."""
    column = panel.regressors.index(REGRESSOR)
    return Panel.from_arrays(
        (panel.y > MIDDLE).astype(np.float64),
        panel.x[:, :, column, None],
        units=panel.units,
        periods=panel.periods,
        regressors=(REGRESSOR,),
    )


@lru_cache(maxsize=2)
def fitted(panel: Panel) -> Fit:
    """Fit the panel with a level a group; fifty starts meet nothing better."""
    estimator = GroupedM(Logit(), GROUPS, profiles="constant")
    return estimator.fit(binary(panel), np.random.default_rng(0))


def dgp(panel: Panel | None, G: int) -> GroupedOutcomes:  # noqa: ARG001
    """Calibrate to levels of two groups."""
    there = required(panel)
    fit = fitted(there)
    assert fit.alpha is not None
    assert fit.groups is not None
    x = tuple(tuple(tuple(row) for row in unit) for unit in binary(there).x.tolist())
    alpha = tuple(map(tuple, fit.alpha.tolist()))
    return GroupedOutcomes(
        "logit", tuple(fit.theta.tolist()), alpha, tuple(fit.groups.tolist()), x=x
    )


def estimators(G: int) -> dict[str, Estimator]:
    """Return the logits with levels, with profiles, and without groups."""
    return {
        "levels": GroupedM(Logit(), G, profiles="constant"),
        "profiles": GroupedM(Logit(), G),
        "pooled": GroupedM(Logit(), 1, profiles="constant"),
        "levels_long": GroupedM(Logit(), G, profiles="constant", search=LONG),
    }


CLUSTERED = {"clustered": LossErrors()}

experiment = family_experiment(
    name="bm_logit",
    title="Logit with groups on samples calibrated to its own fit",
    source="equation (8)",
    own="levels",
    factors={"G": (GROUPS,)},
    dgp=dgp,
    estimators=estimators,
    inference=dict.fromkeys(("levels", "profiles", "pooled"), CLUSTERED),
    parameters=("theta",),
    derived={},
    first={"profiles": 200, "levels_long": 100},
    report=Report(misses=(("levels", "levels_long"),)),
    cost="15 minutes on 2 cores",
)
