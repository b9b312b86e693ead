"""Logit with grouped profiles as T grows, beside the logit that knows the groups, and one without.

120 units in three groups of a size, whose profiles in the index are at -1.5, 0 and 1.5 with a wave
over time that goes up first in the outer groups and down first in the other. The regressor goes
with the profiles. Nothing of it is in print: Bonhomme and Manresa (2012) write the estimator down
and leave it at that. `grouped_long` searches
from three times as many starts and does not stop before, on the first hundred samples: five to
sixteen times as long.
"""

import math

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.grouped_outcomes import GroupedOutcomes
from gfe_mc.dgp.slope_groups import assigned_groups
from gfe_mc.estimators.losses.given_groups import GivenGroupsM
from gfe_mc.estimators.losses.grouped_m import GroupedM
from gfe_mc.estimators.losses.loss import Logit
from gfe_mc.estimators.losses.search import SeededStarts
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.losses import LossErrors
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment

LEVELS, SIGNS, WAVE = (-1.5, 0.0, 1.5), (1, -1, 1), 0.5
UNITS = assigned_groups(120, len(LEVELS))


def dgp(panel: Panel | None, T: int) -> GroupedOutcomes:  # noqa: ARG001
    """Return the design for so many periods, over which there is one wave."""
    wave = [WAVE * math.sin(2.0 * math.pi * (t + 0.5) / T) for t in range(T)]
    alpha = tuple(
        tuple(level + sign * one for one in wave) for level, sign in zip(LEVELS, SIGNS, strict=True)
    )
    return GroupedOutcomes("logit", (1.0,), alpha, UNITS, x_on_alpha=0.25)


ESTIMATORS: dict[str, Estimator] = {
    "grouped": GroupedM(Logit(), len(LEVELS), search=SeededStarts(10, kicks=8, hits=2)),
    "grouped_long": GroupedM(Logit(), len(LEVELS), search=SeededStarts(30, hits=0)),
    "known": GivenGroupsM(Logit(), UNITS),
    "pooled": GroupedM(Logit(), 1),
}
CLUSTERED = {"clustered": LossErrors()}

experiment = Experiment(
    name="grouped_logit",
    title="Logit with grouped profiles, as the number of periods grows",
    source="estimator of Bonhomme and Manresa (2012), equation (8)",
    factors={"T": (10, 20, 40)},
    dgp=dgp,
    estimators=ESTIMATORS,
    inference=dict.fromkeys(ESTIMATORS, CLUSTERED),
    parameters=("theta",),
    replications=1000,
    first={"grouped_long": 100},
    report=Report(misses=(("grouped", "grouped_long"),)),
    cost="90 minutes on 1 core",
)
